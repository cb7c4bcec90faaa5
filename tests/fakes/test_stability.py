"""Each rule of the fake both ways, and every misfortune it can play. There is no light client to prove it against."""

import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.fakes import media, stability
from tests.fakes.base import Fault
from tests.fakes.stability import Stability

pytestmark = pytest.mark.anyio


def file(width: int, height: int, fmt: str = "png", *, mime: str = "") -> tuple[str, bytes, str]:
    return (f"a.{fmt}", media.picture(width, height, fmt), mime or f"image/{fmt}")


Form = dict[str, Any]
PNG, TINY, LONG, BIG, LIE = (
    file(320, 256),
    file(48, 96),
    file(640, 128),
    file(2048, 1024, "jpeg"),
    file(64, 64, mime="image/webp"),
)
CORE, ULTRA, SD3 = "generate/core", "generate/ultra", "generate/sd3"
FAST, CONSERVATIVE, CREATIVE = "upscale/fast", "upscale/conservative", "upscale/creative"
ERASE, INPAINT, OUTPAINT, CUTOUT = "edit/erase", "edit/inpaint", "edit/outpaint", "edit/remove-background"
REPLACE, RECOLOR, RELIGHT = "edit/search-and-replace", "edit/search-and-recolor", "edit/replace-background-and-relight"
STRUCTURE, STYLE, TRANSFER = "control/structure", "control/style", "control/style-transfer"
FOX = {"prompt": "a fox"}
I2I = FOX | {"mode": "image-to-image", "image": PNG, "strength": "0.7"}


class Clock:
    """Time that passes when told."""

    t = 0.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def fake() -> Stability:
    return Stability(now=Clock())


@pytest.fixture
async def http(fake: Stability) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"authorization": "Bearer sk-1", "accept": "image/*"}
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url, headers=headers) as client:
        yield client


async def submit(
    http: httpx2.AsyncClient, path: str = CORE, form: Form | None = None, **headers: str
) -> httpx2.Response:
    parts = {k: v if isinstance(v, tuple) else (None, str(v)) for k, v in (form or FOX).items()}
    return await http.post(f"/v2beta/stable-image/{path}", files=parts, headers=headers)


async def poll(http: httpx2.AsyncClient, fake: Stability, name: str, accept: str = "*/*") -> httpx2.Response:
    fake.now.t += 10.0  # type: ignore[attr-defined]
    return await http.get(f"/v2beta/results/{name}", headers={"accept": accept})


async def ending(
    http: httpx2.AsyncClient, fake: Stability, path: str, form: Form, accept: str = "*/*"
) -> httpx2.Response:
    """Submit, poll until it is no longer in progress, and hand back the last answer."""
    name = (await submit(http, path, form)).json()["id"]
    for _ in range(10):
        answer = await poll(http, fake, name, accept)
        if answer.status_code != 202:
            return answer
    raise AssertionError("still in progress after 10 polls")


@pytest.mark.parametrize(
    ("path", "form", "shape", "cost"),
    [
        (CORE, FOX, ("PNG", (1248, 1248)), 3),
        (CORE, FOX | {"aspect_ratio": "16:9", "output_format": "webp"}, ("WEBP", (1680, 944)), 3),
        (ULTRA, FOX | {"output_format": "jpeg"}, ("JPEG", (1024, 1024)), 8),
        (ULTRA, FOX | {"image": PNG, "strength": "0.5", "aspect_ratio": "9:21"}, ("PNG", (672, 1568)), 8),
        (SD3, FOX, ("PNG", (1024, 1024)), 6.5),
        (SD3, FOX | {"model": "sd3.5-medium", "aspect_ratio": "2:3"}, ("PNG", (832, 1248)), 3.5),
        (SD3, FOX | {"model": "sd3.5-flash"}, ("PNG", (1024, 1024)), 2.5),
        (SD3, I2I | {"model": "sd3-large-turbo"}, ("PNG", (1152, 912)), 4),
        (FAST, {"image": PNG}, ("PNG", (1280, 1024)), 2),
        (CONSERVATIVE, FOX | {"image": PNG}, ("PNG", (2288, 1824)), 40),
        (ERASE, {"image": PNG, "mask": TINY}, ("PNG", (320, 256)), 5),
        (INPAINT, FOX | {"image": PNG}, ("PNG", (320, 256)), 5),
        (OUTPAINT, {"image": PNG, "left": "100", "down": "2000"}, ("PNG", (420, 2256)), 4),
        (REPLACE, FOX | {"image": PNG, "search_prompt": "dog"}, ("PNG", (320, 256)), 5),
        (RECOLOR, FOX | {"image": PNG, "select_prompt": "dog", "output_format": "jpeg"}, ("JPEG", (320, 256)), 5),
        (CUTOUT, {"image": BIG, "output_format": "webp"}, ("WEBP", (2048, 1024)), 5),
        ("control/sketch", FOX | {"image": PNG}, ("PNG", (320, 256)), 5),
        (STYLE, FOX | {"image": PNG, "aspect_ratio": "5:4"}, ("PNG", (1152, 912)), 5),
        (TRANSFER, {"init_image": PNG, "style_image": BIG}, ("PNG", (1152, 912)), 8),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
async def test_a_picture_has_its_shape_and_price(
    http: httpx2.AsyncClient, path: str, form: Form, shape: tuple[str, tuple[int, int]], cost: float
) -> None:
    before = (await http.get("/v1/user/balance")).json()["credits"]
    answer = await submit(http, path, form)
    picture = Image.open(io.BytesIO(answer.content))

    assert (picture.format, picture.size) == shape
    assert answer.headers["content-type"] == f"image/{shape[0].lower()}"
    assert before - (await http.get("/v1/user/balance")).json()["credits"] == cost


async def test_a_cut_out_has_no_background(http: httpx2.AsyncClient) -> None:
    picture = Image.open(io.BytesIO((await submit(http, CUTOUT, {"image": PNG})).content))

    assert picture.getpixel((0, 0)) == (0, 0, 0, 0)


async def test_an_answer_comes_in_two_shapes(http: httpx2.AsyncClient) -> None:
    plain = await submit(http, form=FOX | {"seed": "7"})
    told = await submit(http, form=FOX | {"seed": "7", "output_format": "jpeg"}, accept="application/json")
    chosen = await submit(http)

    assert (plain.headers["finish-reason"], plain.headers["seed"]) == ("SUCCESS", "7")
    assert told.headers["content-type"] == "application/json; type=image/jpeg"
    assert {"finish-reason", "seed"}.isdisjoint(told.headers)
    assert told.json() | {"image": ""} == {"image": "", "finish_reason": "SUCCESS", "seed": 7}
    assert Image.open(io.BytesIO(base64.b64decode(told.json()["image"], validate=True))).format == "JPEG"
    assert int(chosen.headers["seed"]) > 0
    assert all("x-request-id" in answer.headers for answer in (plain, told))


def each(path: str, base: Form, *changes: Form) -> list[tuple[str, Form]]:
    return [(path, base | change) for change in changes]


IMAGE = FOX | {"image": PNG}
LIT: Form = {"subject_image": PNG, "background_prompt": "a wood"}
REFUSED: list[tuple[str, Form]] = [
    *each(CORE, FOX,
        {"prompt": ""}, {"prompt": "x" * 10_001}, {"negative_prompt": "x" * 10_001}, {"aspect_ratio": "4:3"},
        {"aspect_ratio": "3:4"}, {"seed": "-1"}, {"seed": "4294967295"}, {"seed": "1.5"}, {"output_format": "gif"},
        {"style_preset": "cartoon"}, {"style_preset": ""}, {"width": "1024"}, {"height": "1024"}, {"n": "1"},
        {"size": "1024x1024"}, {"cfg_scale": "4"}, {"mode": "text-to-image"}, {"model": "core"}, {"image": PNG},
        {"strength": "0.5"}, {"samples": "1"}, {"steps": "30"},
    ),
    (CORE, {"negative_prompt": "dogs"}),
    *each(ULTRA, FOX, {"image": PNG}, {"strength": "0.5"}, {"image": PNG, "strength": "1.1"}, {"mode": "x"},
        {"image": "hello", "strength": "0.5"}, {"image": LIE, "strength": "0.5"}, {"image": TINY, "strength": "0.5"},
        {"image": ("a.png", b"hello", "image/png"), "strength": "0.5"},
        {"image": ("a.gif", media.animation(64, 64, 2, 100), "image/gif"), "strength": "0.5"},
    ),
    *each(SD3, FOX, {"model": "sd3"}, {"model": "sd3.5"}, {"model": "sd3.5-turbo"}, {"cfg_scale": "0.9"},
        {"cfg_scale": "11"}, {"image": PNG, "strength": "0.5"}, {"strength": "0.5"}, {"mode": "inpaint"},
        {"mode": "image-to-image"}, {"mode": "image-to-image", "image": PNG},
        {"mode": "image-to-image", "strength": "0.5"}, I2I | {"aspect_ratio": "1:1"},
    ),
    *each(FAST, {"image": PNG}, {"image": BIG}, {"seed": "1"}, {"prompt": "a fox"}, {"image": file(1600, 64)},
        {"image": file(31, 64)}),
    *each(CONSERVATIVE, IMAGE, {"creativity": "0.1"}, {"creativity": "0.6"}, {"image": LONG},
        {"style_preset": "anime"}),
    (CONSERVATIVE, {"image": PNG}), (CONSERVATIVE, FOX),
    *each(CREATIVE, IMAGE, {"creativity": "0.05"}, {"image": BIG}), (CREATIVE, {"image": PNG}),
    *each(ERASE, {"image": PNG}, {"grow_mask": "21"}, {"prompt": "a fox"}, {"mask": "white"}),
    *each(INPAINT, IMAGE, {"grow_mask": "101"}, {"strength": "0.5"}), (INPAINT, {"image": PNG}),
    *each(OUTPAINT, {"image": PNG}, {}, {"left": "0"}, {"left": "2001"}, {"top": "10"},
        {"left": "9", "creativity": "2"}, {"left": "9", "image": LONG}),
    (REPLACE, IMAGE), (REPLACE, IMAGE | {"select_prompt": "dog"}), (RECOLOR, IMAGE | {"search_prompt": "dog"}),
    *each(REPLACE, IMAGE | {"search_prompt": "dog"}, {"grow_mask": "21"}, {"image": LONG}),
    *each(CUTOUT, {"image": PNG}, {"output_format": "jpeg"}, {"seed": "1"}, {"prompt": "a"},
        {"image": file(2080, 2080)}),
    *each(RELIGHT, LIT, {"subject_image": LONG}, {"light_source_direction": "top"}, {"light_source_strength": "0.5"},
        {"keep_original_background": "yes"}, {"preserve_original_subject": "2"}, {"image": PNG}, {"prompt": "a"}),
    (RELIGHT, {"subject_image": PNG}), (RELIGHT, {"background_prompt": "a wood"}),
    *each(STRUCTURE, IMAGE, {"control_strength": "1.5"}, {"aspect_ratio": "1:1"}, {"fidelity": "0.5"}),
    *each(STYLE, IMAGE, {"fidelity": "1.5"}, {"control_strength": "0.5"}), (STYLE, FOX),
    *each(TRANSFER, {"init_image": PNG, "style_image": PNG}, {"change_strength": "0"}, {"image": PNG}),
    (TRANSFER, {"init_image": PNG}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "form"), REFUSED, ids=lambda value: str(value)[:50])
async def test_refuses(http: httpx2.AsyncClient, fake: Stability, path: str, form: Form) -> None:
    answer = await submit(http, path, form)
    body = answer.json()

    assert (answer.status_code, body["name"]) == (400, "bad_request")
    assert all(": " in error for error in body["errors"])
    assert len(body["id"]) == 32
    assert fake.credits == 100_000


ACCEPTED: list[tuple[str, Form]] = [
    *each(CORE, FOX, {"seed": "0", "negative_prompt": "", "style_preset": "tile-texture"}, {"seed": "4294967294"},
        {"prompt": "x" * 10_000}),
    (ULTRA, FOX | {"image": file(64, 64, "webp"), "strength": "0", "style_preset": "anime"}),
    *each(SD3, FOX, {"cfg_scale": "10", "mode": "text-to-image", "style_preset": "origami"}, {"model": "sd3-medium"},
        I2I | {"strength": "1", "negative_prompt": "dogs"}),
    (FAST, {"image": file(32, 32), "output_format": "webp"}),
    (CONSERVATIVE, IMAGE | {"creativity": "0.2", "seed": "3"}),
    (CREATIVE, IMAGE | {"creativity": "0.5", "style_preset": "anime"}), (ERASE, {"image": PNG, "grow_mask": "20"}),
    (INPAINT, IMAGE | {"mask": BIG, "grow_mask": "100", "seed": "1"}), (INPAINT, IMAGE | {"image": LONG}),
    (OUTPAINT, IMAGE | {"right": "1", "creativity": "1", "style_preset": "anime"}),
    (RECOLOR, IMAGE | {"select_prompt": "dog", "grow_mask": "0"}),
    (RELIGHT, LIT | {"light_source_direction": "above", "light_source_strength": "1", "seed": "4"}),
    (RELIGHT, {"subject_image": PNG, "background_reference": PNG, "light_reference": PNG,
               "light_source_strength": "0.1", "keep_original_background": "true", "foreground_prompt": "a fox"}),
    (STRUCTURE, IMAGE | {"control_strength": "0"}), (STYLE, IMAGE | {"fidelity": "1", "aspect_ratio": "21:9"}),
    (TRANSFER, {"init_image": PNG, "style_image": PNG, "prompt": "a fox", "change_strength": "0.1", "seed": "1"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "form"), ACCEPTED, ids=lambda value: str(value)[:50])
async def test_accepts(http: httpx2.AsyncClient, path: str, form: Form) -> None:
    assert (await submit(http, path, form)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"json": FOX},
        {"data": FOX},
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    ],
    ids=str,
)
async def test_only_forms_are_taken(http: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    answer = await http.post(f"/v2beta/stable-image/{CORE}", **body)

    assert answer.status_code == 400
    assert answer.json()["errors"] == ["content-type: must be multipart/form-data"]


async def test_a_part_may_come_once(http: httpx2.AsyncClient) -> None:
    parts = [("prompt", (None, "a fox")), ("prompt", (None, "an owl"))]

    assert (await http.post(f"/v2beta/stable-image/{CORE}", files=parts)).status_code == 400


async def test_ten_mebibytes_are_too_many(http: httpx2.AsyncClient) -> None:
    heavy = ("a.png", b"\0" * (10 * 1024 * 1024), "image/png")
    answer = await submit(http, FAST, {"image": heavy})

    assert (answer.status_code, answer.json()["name"]) == (413, "payload_too_large")


@pytest.mark.parametrize("header", ["", "sk-1", "Basic sk-1", "Bearer ", "bearer sk-1"])
async def test_a_wrong_key_and_an_unknown_path_are_told_alike(fake: Stability, header: str) -> None:
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url) as http:
        headers = {"authorization": header} if header else {}
        answers = [await submit(http, CORE, FOX, **headers), await http.get("/v1/user/balance", headers=headers)]
        answers += [await http.post("/v2beta/image-to-video", headers={"authorization": "Bearer sk-1"})]

    assert [(no.status_code, no.json()["name"]) for no in answers] == [(401, "unauthorized")] * 3


@pytest.mark.parametrize(("accept", "status"), [("text/html", 400), ("image/png", 400), ("*/*", 200)])
async def test_accept_has_few_words(http: httpx2.AsyncClient, accept: str, status: int) -> None:
    assert (await submit(http, accept=accept)).status_code == status


@pytest.mark.parametrize(
    ("path", "form", "size"), [(CREATIVE, IMAGE, (3232, 2592)), (RELIGHT, LIT, (320, 256))], ids=["upscale", "relight"]
)
async def test_what_takes_longer_is_asked_about(
    http: httpx2.AsyncClient, fake: Stability, path: str, form: Form, size: tuple[int, int]
) -> None:
    name = (await submit(http, path, form)).json()["id"]
    answers = [await poll(http, fake, name) for _ in range(3)]
    told = (await poll(http, fake, name, "application/json")).json()

    assert len(name) == 64
    assert [answer.status_code for answer in answers] == [202, 202, 200]
    assert answers[0].json() == {"id": name, "status": "in-progress"}
    assert Image.open(io.BytesIO(answers[2].content)).size == size
    assert (told["finish_reason"], fake.polls) == ("SUCCESS", [name] * 4)


async def test_a_result_is_for_its_key_and_a_day_and_not_asked_for_too_often(
    http: httpx2.AsyncClient, fake: Stability
) -> None:
    path = f"/v2beta/results/{(await submit(http, RELIGHT, LIT)).json()['id']}"
    any_type = {"accept": "*/*"}
    answers = [await http.get(path, headers=headers) for headers in (
        {"accept": "image/*"}, any_type | {"authorization": "Bearer sk-2"}, any_type, any_type,
    )]  # fmt: skip
    fake.now.t = 86_400.0  # type: ignore[attr-defined]
    answers += [await http.get(path, headers=any_type), await http.get("/v2beta/results/x", headers=any_type)]

    assert [answer.status_code for answer in answers] == [400, 404, 202, 429, 404, 404]


async def test_a_task_waits_for_the_clock(http: httpx2.AsyncClient, fake: Stability) -> None:
    fake.film_delay, fake.film_polls, fake.start_status = 20.0, 0, 202
    started = await submit(http, RELIGHT, LIT)
    answers = [await poll(http, fake, started.json()["id"]) for _ in range(2)]

    assert [started.status_code, *(answer.status_code for answer in answers)] == [202, 202, 200]


async def test_a_hundred_and_fifty_requests_in_ten_seconds_are_enough(
    http: httpx2.AsyncClient, fake: Stability
) -> None:
    fake.busy_after = 3
    answers = [(await submit(http, form={"prompt": ""})).status_code for _ in range(4)]
    for at in (59.0, 60.0):
        fake.now.t = at  # type: ignore[attr-defined]
        answers.append((await submit(http)).status_code)

    assert answers == [400, 400, 400, 429, 429, 200]


async def test_moderation_refuses_or_blurs(http: httpx2.AsyncClient, fake: Stability) -> None:
    clear = (await submit(http)).content
    fake.fail(stability.MODERATED, stability.FILTERED, stability.FILTERED)
    refused, blurred = await submit(http), await submit(http)
    told = (await submit(http, accept="application/json")).json()

    assert (refused.status_code, refused.json()["name"]) == (403, "content_moderation")
    assert (blurred.status_code, blurred.headers["finish-reason"]) == (200, "CONTENT_FILTERED")
    assert blurred.content != clear
    assert told["finish_reason"] == "CONTENT_FILTERED"
    assert fake.credits == 100_000 - 3 * 3


@pytest.mark.parametrize(
    ("fault", "status"),
    [(stability.FILTERED, 200), (Fault.expired(), 404), (Fault.failed("422", "no"), 422)],
    ids=lambda value: getattr(value, "kind", ""),
)
async def test_a_task_can_end_badly(http: httpx2.AsyncClient, fake: Stability, fault: Fault, status: int) -> None:
    fake.fail(fault)
    end = await ending(http, fake, CREATIVE, IMAGE)

    assert end.status_code == status
    assert end.headers.get("finish-reason", "CONTENT_FILTERED") == "CONTENT_FILTERED"


async def test_a_task_can_be_refused_lost_on_the_way_or_never_end(http: httpx2.AsyncClient, fake: Stability) -> None:
    fake.fail(stability.MODERATED, Fault.empty(), Fault.never_ending(), Fault.status(500, on="poll"))
    refused, empty, started = [await submit(http, RELIGHT, LIT) for _ in range(3)]
    polls = [(await poll(http, fake, started.json()["id"])).status_code for _ in range(5)]

    assert (refused.status_code, empty.json()) == (403, {})
    assert polls == [500, 202, 202, 202, 202]
    assert fake.prompts == {"a wood": 3}


async def test_answers_can_be_empty_seedless_or_never_come(http: httpx2.AsyncClient, fake: Stability) -> None:
    json = {"accept": "application/json"}
    fake.fail(Fault.empty(), Fault.empty(), stability.NO_SEED, Fault.never_ending())
    bare = await submit(http)
    told, seedless = await submit(http, CORE, FOX, **json), await submit(http, CORE, FOX, **json)
    with pytest.raises(httpx2.ReadTimeout):
        await submit(http)

    assert (bare.content, told.json()) == (b"", {"finish_reason": "SUCCESS"})
    assert set(seedless.json()) == {"image", "finish_reason"}


async def test_every_status_has_the_vendors_name(http: httpx2.AsyncClient, fake: Stability) -> None:
    fake.fail(*(Fault.status(status) for status in stability.NAMES))
    answers = [await submit(http) for _ in stability.NAMES]
    fake.credits = type(fake.credits)(2)

    assert {no.status_code: no.json()["name"] for no in answers} == stability.NAMES
    assert (await submit(http)).json()["name"] == "payment_required"


async def test_the_named_outcomes_strike_and_wrong_requests_use_none_up(
    http: httpx2.AsyncClient, fake: Stability
) -> None:
    for name in ("refused", "busy", "server_error", "garbage", "dropped"):
        fake.fail(*fake.outcomes[name])
    assert (await submit(http, form=FOX | {"n": "2"})).status_code == 400
    answers = [await submit(http) for _ in range(4)]
    with pytest.raises(httpx2.RemoteProtocolError):
        await submit(http)

    assert [answer.status_code for answer in answers] == [400, 429, 500, 200]
    assert fake.paid == {"a fox": 3}
    assert not {"expired", "poll_server_error"} & fake.outcomes_of("image").keys()


async def test_a_fault_the_vendor_does_not_have_is_the_tests_mistake(http: httpx2.AsyncClient, fake: Stability) -> None:
    fake.fail(Fault.variant("bare"), Fault.variant("bare"), Fault.variant("x", on="poll"))

    with pytest.raises(AssertionError, match="bare"):
        await submit(http)
    with pytest.raises(AssertionError, match="bare"):
        await submit(http, RELIGHT, LIT)
    with pytest.raises(AssertionError, match="poll"):
        await ending(http, fake, RELIGHT, LIT)
