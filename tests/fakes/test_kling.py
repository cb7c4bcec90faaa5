"""Each rule of the fake both ways, and every misfortune it can play. There is no light client to prove it against."""

import base64
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import av
import httpx2
import pytest
from PIL import Image

from tests.fakes import kling, media
from tests.fakes.base import Fault
from tests.fakes.kling import Kling
from tests.fakes.kling_codes import HTTP_OF, refused_with

pytestmark = pytest.mark.anyio
NOW = 1_800_000_000


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


PNG = b64(media.picture(400, 320))
SMALL = b64(media.picture(320, 200))
LONG = b64(media.picture(1000, 320))
WEBP = b64(media.picture(400, 320, "webp"))
PREFIXED = "data:image/png;base64," + PNG
WEB = "https://pictures.test/fox.png"
SAY = {"type": "prompt", "text": "a fox"}
FIRST, LAST, REFER = ({"type": kind, "url": PNG} for kind in ("first_frame", "last_frame", "refer_image"))
FEATURE, BASE = ({"type": kind, "url": "https://films.test/a.mp4"} for kind in ("feature_video", "base_video"))
ELEMENT = {"type": "element", "element_id": "e1", "id": "fox"}
VOICE = {"type": "voice", "voice_id": "v1", "id": "fox"}
TURBO, V3, V26, V25 = (f"/text-to-video/kling-{v}" for v in ("3.0-turbo", "3.0", "2.6", "2.5-turbo"))
I_TURBO, I3, I26, I25 = (f"/image-to-video/kling-{v}" for v in ("3.0-turbo", "3.0", "2.6", "2.5-turbo"))
OMNI, O1 = "/omni-video/kling-3.0-omni", "/omni-video/kling-o1"
PICTURE, OMNI_PICTURE, EXPAND = "/v1/images/generations", "/v1/images/omni-image", "/v1/images/editing/expand"
T2V, I2V = "/v1/videos/text2video", "/v1/videos/image2video"
K3 = {"model_name": "kling-v3", "prompt": "a fox"}


class Clock:
    """Time that passes when told."""

    t = 0.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def fake() -> Kling:
    fake = Kling(now=Clock())
    fake.wall = lambda: NOW
    return fake


@pytest.fixture
async def http(fake: Kling) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"authorization": "Bearer k"}
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url, headers=headers) as client:
        yield client


def text(external_id: str | None = None, **settings: Any) -> dict[str, Any]:
    options = {"options": {"external_task_id": external_id}} if external_id else {}
    return {"prompt": "a fox", "settings": settings} | options


def of(*contents: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"contents": [SAY, *contents], "settings": settings}


def expand(**ratios: float) -> dict[str, Any]:
    sides = dict.fromkeys(("up", "down", "left", "right"), 0.0) | ratios
    return {"image": PNG} | {f"{side}_expansion_ratio": ratio for side, ratio in sides.items()}


async def ending(http: httpx2.AsyncClient, path: str = TURBO, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Submit, poll until it is no longer pending, and hand back the task as it then stands."""
    data = (await http.post(path, json=body or text())).json()["data"]
    for _ in range(10):
        if "id" in data:
            task: dict[str, Any] = (await http.get("/tasks", params={"task_ids": data["id"]})).json()["data"][0]
        else:
            task = (await http.get(f"{path}/{data['task_id']}")).json()["data"]
        if (task.get("status") or task["task_status"]) not in ("submitted", "processing", "paused"):
            return task
    raise AssertionError("still pending after 10 polls")


async def download(fake: Kling, url: str) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=fake.transport()) as stranger:
        return await stranger.get(url)


def token(access: str = "ak_test", secret: str = "sk_test", **change: Any) -> str:
    head = change.pop("head", {"alg": "HS256", "typ": "JWT"})
    claims = {"iss": access, "exp": NOW + 1800, "nbf": NOW - 5} | change
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (head, claims)]
    signed = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    mac = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


@pytest.mark.parametrize(
    ("path", "body", "size", "seconds", "sound", "units"),
    [
        (TURBO, text(duration=3), (1280, 720), 3, True, "2.4"),
        (V3, text(), (1280, 720), 5, False, "3"),
        (V3, text(audio="native", aspect_ratio="9:16", resolution="1080p", duration=3), (1080, 1920), 3, True, "3.6"),
        (V26, text(resolution="1080p", audio="native"), (1920, 1080), 5, True, "5"),
        (V25, text(aspect_ratio="1:1"), (960, 960), 5, False, "1.5"),
        (I3, of(FIRST, LAST, duration=4), (1074, 858), 4, False, "2.4"),
        (I26, of(FIRST, VOICE, resolution="1080p", audio="native"), (1610, 1288), 5, True, "6"),
        (OMNI, of(REFER, REFER, aspect_ratio="16:9", duration=3), (1280, 720), 3, False, "1.8"),
        (OMNI, of(FEATURE, duration=3), (1280, 720), 3, False, "2.7"),
        (O1, of(BASE, audio="original", duration=3), (1280, 720), 3, True, "2.7"),
        (T2V, K3 | {"duration": "3", "sound": "on"}, (1280, 720), 3, True, "2.7"),
        (I2V, {"model_name": "kling-v2-6", "image": WEB, "mode": "pro"}, (1440, 1440), 5, False, "2.5"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_film_is_real_and_billed_in_units(
    http: httpx2.AsyncClient, fake: Kling, path: str, body: dict[str, Any], size: tuple[int, int], seconds: int,
    sound: bool, units: str,
) -> None:  # fmt: skip
    task = await ending(http, path, body)
    (made,) = task["outputs"] if "outputs" in task else task["task_result"]["videos"]
    file = await download(fake, made["url"])

    unit = {"charge_type": "unit", "amount": units, "package_type": "video"}
    assert task.get("billing", [unit]) == [unit]
    assert task.get("final_unit_deduction", units) == units
    assert made["duration"] == f"{seconds}.041"
    with av.open(io.BytesIO(file.content), "r") as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height, film.duration) == (*size, seconds * 1_000_000)
        assert bool(film.streams.audio) is sound


@pytest.mark.parametrize(
    ("path", "body", "size", "n", "units"),
    [
        (PICTURE, K3, (1360, 768), 1, "8"),
        (PICTURE, K3 | {"aspect_ratio": "1:1", "n": 2, "resolution": "2k"}, (2048, 2048), 2, "16"),
        (PICTURE, K3 | {"model_name": "kling-v2-1", "aspect_ratio": "3:4"}, (880, 1184), 1, "4"),
        (OMNI_PICTURE, K3 | {"model_name": "kling-v3-omni", "image_list": [{"image": PNG}]}, (1152, 912), 1, "8"),
        (OMNI_PICTURE, K3 | {"model_name": "kling-image-o1", "result_type": "series", "series_amount": 3},
         (1024, 1024), 3, "24"),
        (OMNI_PICTURE, K3 | {"model_name": "kling-v3-omni", "resolution": "4k"}, (4096, 4096), 1, "16"),
        (EXPAND, expand(left=0.5), (600, 320), 1, "8"),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
async def test_pictures_are_real_and_billed_in_units(
    http: httpx2.AsyncClient, fake: Kling, path: str, body: dict[str, Any], size: tuple[int, int], n: int, units: str
) -> None:
    task = await ending(http, path, body)
    images = task["task_result"]["images"]
    pictures = [Image.open(io.BytesIO((await download(fake, image["url"])).content)) for image in images]

    assert [picture.size for picture in pictures] == [size] * n
    assert [image["index"] for image in images] == list(range(n))
    assert (task["task_status"], task["final_unit_deduction"]) == ("succeed", units)
    assert len({picture.convert("RGB").getpixel((size[0] // 2, size[1] // 2)) for picture in pictures}) == n


def each(path: str, base: dict[str, Any], *changes: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, base | change) for change in changes]


REFUSED: list[tuple[str, dict[str, Any]]] = [
    *each(V3, {},
        {}, {"prompt": ""}, {"prompt": None}, {"prompt": "x" * 3073}, text() | {"negative_prompt": "dogs"},
        text() | {"seed": 1}, text() | {"n": 2}, text() | {"model_name": "kling-v3"}, text(duration="5"),
        text(duration=2), text(duration=16), text(duration=5.5), text(resolution="2k"), text(resolution=None),
        text(aspect_ratio="4:3"), text(audio="on"), text(audio="original"), text(multi_shot="no"), text(fps=24),
        text() | {"options": {"callback_url": "http://a.test"}}, text() | {"options": {"external_task_id": ""}},
        text() | {"options": {"watermark_info": True}}, text() | {"external_task_id": "x"}, of(),
    ),
    (TURBO, text(audio="native")), (TURBO, text(audio="off")), (TURBO, text(multi_shot=False)),
    (TURBO, text(resolution="4k")), (V26, text(duration=3)), (V26, text(audio="native")),
    (V26, text(multi_shot=False)), (V26, text() | {"prompt": "x" * 2501}), (V25, text(audio="off")),
    (V25, text(resolution="4k")),
    *each(I3, {},
        of(), of(LAST), of(FIRST, FIRST), of(FIRST, aspect_ratio="1:1"), of(FIRST, REFER), of(FIRST, FEATURE),
        of(FIRST | {"url": PREFIXED}), of(FIRST | {"url": SMALL}), of(FIRST | {"url": LONG}), of(FIRST | {"url": WEBP}),
        of(FIRST | {"url": "http://a.test/a.png"}), of(FIRST | {"id": "a"}), of(FIRST, *[ELEMENT] * 4),
        of(FIRST, VOICE), {"contents": [FIRST]}, {"contents": [SAY, SAY, FIRST]}, {"contents": []},
        of({"type": "image", "url": PNG}), of({"type": "first_frame"}), of(FIRST | {"text": "x"}), text(),
    ),
    (I_TURBO, of(FIRST, LAST)), (I_TURBO, of(FIRST, ELEMENT)), (I26, of(FIRST, LAST)),
    (I26, of(FIRST, LAST, resolution="1080p", audio="native")), (I26, of(FIRST, VOICE)),
    (I26, of(FIRST, *[VOICE] * 3, resolution="1080p", audio="native")), (I25, of(FIRST, LAST)),
    *each(OMNI, {},
        of(), of(REFER), of(LAST), of(*[REFER] * 8, aspect_ratio="1:1"), of(FEATURE, *[REFER] * 5), of(FEATURE, BASE),
        of(FEATURE, audio="native"), of(FEATURE, multi_shot=False), of(BASE, FIRST), of(BASE, audio="native"),
        of(BASE, multi_shot=True), of(BASE | {"url": PNG}), of(VOICE, aspect_ratio="1:1"),
        of(REFER, aspect_ratio="1:1", audio="original"),
        {"contents": [SAY | {"text": "x" * 2501}], "settings": {"aspect_ratio": "1:1"}},
    ),
    (O1, of(aspect_ratio="1:1", duration=4)), (O1, of(FIRST, duration=3)),
    (O1, of(REFER, aspect_ratio="1:1", duration=11)),
    (O1, of(REFER, aspect_ratio="1:1", resolution="4k")), (O1, of(REFER, aspect_ratio="1:1", audio="native")),
    (O1, of(REFER, aspect_ratio="1:1", multi_shot=False)),
    *each(PICTURE, K3,
        {"prompt": ""}, {"prompt": "x" * 2501}, {"n": 0}, {"n": 10}, {"n": "1"}, {"resolution": "4k"},
        {"aspect_ratio": "auto"}, {"image": PREFIXED}, {"image": PNG, "negative_prompt": "dogs"},
        {"image": PNG, "image_reference": "face"}, {"image_fidelity": 0.5}, {"size": "1k"}, {"seed": 1},
        {"callback_url": "http://a.test"}, {"options": {}}, {"settings": {}}, {"negative_prompt": "x" * 2501},
        {"model_name": "kling-v2-1", "image": PNG, "image_reference": "face", "human_fidelity": 0.5},
        {"model_name": "kling-v2-1", "image": PNG, "image_fidelity": 1.1},
        {"model_name": "kling-v2-1", "image_fidelity": 1},
    ),
    (PICTURE, {"prompt": "a fox"}), (OMNI_PICTURE, K3 | {"model_name": "kling-image-o1", "resolution": "4k"}),
    (OMNI_PICTURE, K3 | {"model_name": "kling-v3-omni", "series_amount": 3}),
    (OMNI_PICTURE, K3 | {"model_name": "kling-v3-omni", "image_list": [PNG]}),
    (OMNI_PICTURE, K3 | {"model_name": "kling-v3-omni", "image_list": [{"image": WEB}] * 6,
                         "element_list": [{"element_id": "e"}] * 5}),
    (EXPAND, expand(left=2.0, up=0.5)), (EXPAND, expand(left=2.1)), (EXPAND, {"image": PNG}),
    *each(T2V, K3,
        {"duration": 5}, {"duration": "16"}, {"duration": "5.0"}, {"mode": "720p"}, {"sound": "native"},
        {"cfg_scale": 0.5}, {"camera_control": {}}, {"model_name": "kling-v2-6", "sound": "on"},
        {"model_name": "kling-v2-5-turbo", "mode": "4k"}, {"image": PNG},
    ),
    (I2V, {"model_name": "kling-v3"}), (I2V, K3 | {"image": PNG, "aspect_ratio": "1:1"}),
    (I2V, {"model_name": "kling-v2-6", "image": PNG, "image_tail": PNG}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), REFUSED, ids=lambda value: str(value)[:60])
async def test_refuses(http: httpx2.AsyncClient, fake: Kling, path: str, body: dict[str, Any]) -> None:
    answer = await http.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, 1201)
    assert not fake.tasks


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    (V3, text(resolution="4k", duration=15, multi_shot=False, audio="off") | {"prompt": "x" * 3072}),
    (V3, {"prompt": "a fox", "options": {"callback_url": "https://a.test", "watermark_info": {"enabled": True}}}),
    (TURBO, text(resolution="1080p", duration=15)), (V26, text(duration=10, audio="off")), (V25, text(duration=10)),
    (I3, of(FIRST | {"url": WEB}, LAST, *[ELEMENT] * 3, multi_shot=False, resolution="4k")), (I_TURBO, of(FIRST)),
    (I26, of(FIRST, LAST, resolution="1080p", audio="off")), (I25, of(FIRST, LAST, resolution="1080p")),
    (OMNI, of(FIRST | {"id": "a"}, LAST, multi_shot=False, resolution="4k")), (OMNI, of(BASE, REFER, audio="original")),
    (OMNI, of(*[REFER] * 6, ELEMENT, aspect_ratio="1:1", audio="native")), (OMNI, of(FEATURE, *[REFER] * 4)),
    (O1, of(aspect_ratio="1:1", duration=10)), (O1, of(REFER, aspect_ratio="1:1", duration=4)),
    (PICTURE, K3 | {"n": 9, "image": PNG, "element_list": [{"element_id": "e"}], "external_task_id": "x"}),
    (PICTURE, K3 | {"negative_prompt": "dogs", "watermark_info": {"enabled": False}, "callback_url": "https://a.test"}),
    (PICTURE, K3 | {"model_name": "kling-v2-1", "image": WEB, "image_reference": "subject", "human_fidelity": 0.1}),
    (OMNI_PICTURE, K3 | {"model_name": "kling-v3-omni", "result_type": "series", "series_amount": "auto"}),
    (EXPAND, expand(left=1.0, up=0.5) | {"prompt": "more", "n": 9}),
    (T2V, K3 | {"mode": "4k", "negative_prompt": "dogs", "aspect_ratio": "1:1", "duration": "15"}),
    (I2V, {"model_name": "kling-v2-5-turbo", "image": PNG, "image_tail": PNG, "mode": "pro", "duration": "10"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), ACCEPTED, ids=lambda value: str(value)[:60])
async def test_accepts(http: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> None:
    answer = (await http.post(path, json=body)).json()

    assert (answer["code"], answer["data"].get("status") or answer["data"]["task_status"]) == (0, "submitted")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/text-to-video/kling-2.1", text()),
        ("/text-to-video/kling-v3", text()),
        ("/text-to-video/kling-3.0-omni", text()),
        ("/omni-video/kling-3.0", of(REFER)),
        ("/extend-video/kling-3.0", text()),
        ("/motion-control/kling-3.0", text()),
        ("/v1/videos/video-extend", {"video_id": "1"}),
        ("/v1/videos/multi-image2video", {}),
        *[(PICTURE, K3 | {"model_name": name}) for name in ("kling-v1", "kling-v1-5", "kling-v2", "kling-v3-omni")],
        *[(T2V, K3 | {"model_name": f"kling-{v}"}) for v in ("v1", "v1-6", "v2-master", "v2-1", "v3-omni", "3.0")],
    ],
    ids=lambda value: str(value)[:50],
)
async def test_a_retired_or_unknown_model_is_not_found(http: httpx2.AsyncClient, path: str, body: Any) -> None:
    answer = await http.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (404, 1203)


@pytest.mark.parametrize(
    ("header", "code"),
    [("", 1001), ("Bearer ", 1001), ("k", 1001), ("Basic k", 1002), ("Bearer  k", 1002)],
)
@pytest.mark.parametrize("path", [V3, PICTURE])
async def test_a_wrong_key_is_refused(fake: Kling, path: str, header: str, code: int) -> None:
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url) as http:
        answer = await http.post(path, json=text(), headers={"authorization": header} if header else {})

    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_a_token_opens_the_legacy_standard_alone(http: httpx2.AsyncClient, fake: Kling) -> None:
    fake.key = "only-this"
    signed = {"authorization": f"Bearer {token()}"}
    old = await http.post(PICTURE, json=K3, headers=signed)
    new = await http.post(V3, json=text(), headers=signed)
    asked = await http.get("/tasks?task_ids=1", headers=signed)

    assert old.status_code == 200
    assert [(no.status_code, no.json()["code"]) for no in (new, asked)] == [(401, 1002)] * 2
    assert (await http.post(PICTURE, json=K3)).status_code == 401


async def test_the_vendors_own_example_of_a_token_is_taken(http: httpx2.AsyncClient) -> None:
    example = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJha190ZXN0IiwiZXhwIjoxODAwMDAxODAwLCJuYmYiOjE3OTk5OTk5OTV9"
        ".XTYea_keiCVlvp3QaRokghinzaO162D5RFbBCta-EqI"
    )

    assert example == token()
    assert (await http.post(PICTURE, json=K3, headers={"authorization": f"Bearer {example}"})).status_code == 200


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (token(secret="other"), 1000),
        (token(access="nobody"), 1002),
        (token(exp=None), 1002),
        (token(nbf=str(NOW)), 1002),
        (token(head={"alg": "none", "typ": "JWT"}), 1002),
        (token(head={"alg": "HS256"}), 1002),
        (token(nbf=NOW + 60), 1003),
        (token(exp=NOW), 1004),
        ("a.b.c", 1002),
        (token()[:-2], 1000),
    ],
    ids=str,
)
async def test_a_wrong_token_is_refused_with_its_own_code(http: httpx2.AsyncClient, bad: str, code: int) -> None:
    answer = await http.post(PICTURE, json=K3, headers={"authorization": f"Bearer {bad}"})

    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_only_json_is_taken(http: httpx2.AsyncClient) -> None:
    answers = [await http.post(path, data={"prompt": "a fox"}) for path in (V3, PICTURE)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, 1200)] * 2


async def test_a_task_walks_with_its_standards_own_words(http: httpx2.AsyncClient) -> None:
    new = (await http.post(V3, json=text("mine"))).json()["data"]
    old = (await http.post(PICTURE, json=K3 | {"external_task_id": "ours"})).json()["data"]
    walk = [(await http.get("/tasks", params={"task_ids": new["id"]})).json()["data"] for _ in range(3)]
    legacy = [(await http.get(f"{PICTURE}/{old['task_id']}")).json()["data"] for _ in range(3)]

    assert [task["status"] for (task,) in walk] == ["submitted", "processing", "succeeded"]
    assert [task["task_status"] for task in legacy] == ["submitted", "processing", "succeed"]
    assert {task["external_id"] for (task,) in walk} == {"mine"}
    assert legacy[2]["task_info"] == {"external_task_id": "ours"}
    assert set(new) == {"id", "status", "message", "create_time", "update_time", "external_id"}


async def test_many_tasks_are_asked_about_at_once(http: httpx2.AsyncClient, fake: Kling) -> None:
    ids = [(await http.post(V3, json=text(f"job-{i}"))).json()["data"]["id"] for i in range(3)]
    by_id = (await http.get("/tasks", params={"task_ids": f"{ids[2]},unknown,{ids[0]}"})).json()["data"]
    by_name = (await http.get("/tasks", params={"external_task_ids": "job-1"})).json()["data"]

    assert {task["id"] for task in by_id} == {ids[0], ids[2]}
    assert [task["id"] for task in by_name] == [ids[1]]
    assert fake.polls == [ids[2], "unknown", ids[0], "job-1"]


@pytest.mark.parametrize(
    "query", ["", "?task_ids=", "?task_ids=1&external_task_ids=2", "?ids=1", "?task_ids=" + ",".join("1" * 21)]
)
async def test_a_wrong_question_is_refused(http: httpx2.AsyncClient, query: str) -> None:
    answer = await http.get("/tasks" + query)

    assert (answer.status_code, answer.json()["code"]) == (400, 1201)


async def test_an_unknown_task_is_an_empty_list_or_a_refusal(http: httpx2.AsyncClient, fake: Kling) -> None:
    empty = await http.get("/tasks", params={"task_ids": "1"})
    fake.unknown_is_error = True
    refused = [await http.get("/tasks", params={"task_ids": "1"}), await http.get(f"{PICTURE}/1")]

    assert empty.json()["data"] == []
    assert [(no.status_code, no.json()["code"]) for no in refused] == [(400, 1201)] * 2


async def test_a_task_is_known_only_under_its_own_standard_and_path(http: httpx2.AsyncClient) -> None:
    film = (await http.post(T2V, json=K3 | {"external_task_id": "mine"})).json()["data"]["task_id"]
    picture = (await http.get(f"{PICTURE}/{film}")).json()["code"]
    task = (await http.get("/tasks", params={"task_ids": film})).json()["data"]

    assert (picture, task) == (1201, [])
    assert (await http.get(f"{T2V}/mine")).json()["data"]["task_id"] == film


@pytest.mark.parametrize(("path", "body"), [(V3, text("mine")), (PICTURE, K3 | {"external_task_id": "mine"})])
async def test_the_same_external_id_twice_is_refused_and_not_repeated(
    http: httpx2.AsyncClient, fake: Kling, path: str, body: dict[str, Any]
) -> None:
    await http.post(path, json=body)
    again = await http.post(path, json=body)

    assert (again.status_code, again.json()["code"]) == (400, 1201)
    assert "already exists" in again.json()["message"]
    assert len(fake.tasks) == 1


@pytest.mark.parametrize("fault", [kling.ACCEPTED_THEN_DROPPED, kling.ACCEPTED_THEN_500], ids=lambda fault: fault.name)
async def test_what_was_accepted_without_our_hearing_can_be_found_after_a_while(
    http: httpx2.AsyncClient, fake: Kling, fault: Fault
) -> None:
    fake.visible_after_s = 5.0
    fake.fail(fault)
    if fault is kling.ACCEPTED_THEN_500:
        assert (await http.post(V3, json=text("mine"))).json()["code"] == 5000
    else:
        with pytest.raises(httpx2.RemoteProtocolError):
            await http.post(V3, json=text("mine"))
    early = (await http.get("/tasks?external_task_ids=mine")).json()["data"]
    fake.now.t = 5.0  # type: ignore[attr-defined]

    assert early == []
    assert (await http.get("/tasks?external_task_ids=mine")).json()["data"][0]["external_id"] == "mine"


async def test_what_was_dropped_before_it_was_taken_is_not_there(http: httpx2.AsyncClient, fake: Kling) -> None:
    fake.fail(Fault.drop())
    with pytest.raises(httpx2.RemoteProtocolError):
        await http.post(V3, json=text("mine"))

    assert (await http.get("/tasks?external_task_ids=mine")).json()["data"] == []
    assert (await http.post(V3, json=text("mine"))).status_code == 200


@pytest.mark.parametrize("code", HTTP_OF)
async def test_every_code_comes_with_its_status_on_both_lanes(http: httpx2.AsyncClient, fake: Kling, code: int) -> None:
    fake.fail(refused_with(code), refused_with(code, on="poll"))
    answers = [await http.post(V3, json=text()), await http.get("/tasks?task_ids=1")]

    assert [(no.status_code, no.json()["code"]) for no in answers] == [(HTTP_OF[code], code)] * 2


@pytest.mark.parametrize(("path", "body"), [(V3, text()), (PICTURE, K3)], ids=["film", "picture"])
async def test_a_task_can_fail_with_words_alone(http: httpx2.AsyncClient, fake: Kling, path: str, body: Any) -> None:
    fake.fail(kling.MODERATED_AS_FAILURE, *kling.OUTCOMES["failed_text"])
    said = [await ending(http, path, body) for _ in range(2)]

    assert [task.get("status") or task["task_status"] for task in said] == ["failed"] * 2
    assert [task.get("message") or task["task_status_msg"] for task in said] == [
        kling.RISK,
        "Task failed, please try again.",
    ]
    assert not any("outputs" in task or "task_result" in task for task in said)


async def test_moderation_can_refuse_at_once(http: httpx2.AsyncClient, fake: Kling) -> None:
    fake.fail(*kling.OUTCOMES["moderated"], kling.REJECTED_IN_200)
    refused, inside = await http.post(V3, json=text()), await http.post(V3, json=text())

    assert (refused.status_code, refused.json()["code"]) == (400, 1301)
    assert (inside.status_code, inside.json()["code"]) == (200, 1201)


async def test_bills_come_in_three_kinds(http: httpx2.AsyncClient, fake: Kling) -> None:
    fake.fail(kling.CASH, kling.NO_BILL, kling.CASH, kling.NO_BILL)
    cash, none = [(await ending(http))["billing"] for _ in range(2)]
    old_cash, old_none = [await ending(http, PICTURE, K3) for _ in range(2)]

    assert cash == [{"charge_type": "cash", "cash_type": "balance", "currency": "USD", "amount": "0.560",
                     "list_price": "0.560"}]  # fmt: skip
    assert none == []
    assert old_cash["final_balance_deduction"] == {"quota": "0.028", "list_price": "0.028"}
    assert "final_unit_deduction" not in old_cash | old_none


async def test_outputs_can_be_missing_and_states_unheard_of(http: httpx2.AsyncClient, fake: Kling) -> None:
    fake.fail(kling.NO_OUTPUTS, kling.UNKNOWN_STATUS, Fault.empty())
    missing = await ending(http)
    name = (await http.post(V3, json=text())).json()["data"]["id"]
    words = [(await http.get(f"/tasks?task_ids={name}")).json()["data"][0]["status"] for _ in range(3)]

    assert (missing["status"], missing["outputs"]) == ("succeeded", [])
    assert words == ["submitted", "paused", "succeeded"]
    assert (await http.post(V3, json=text())).json()["data"] == {}


async def test_a_task_can_vanish_or_never_end(http: httpx2.AsyncClient, fake: Kling) -> None:
    fake.fail(Fault.expired(), Fault.never_ending())
    ids = [(await http.post(V3, json=text())).json()["data"]["id"] for _ in range(2)]
    answers = [(await http.get(f"/tasks?task_ids={','.join(ids)}")).json()["data"] for _ in range(5)]

    assert [len(answer) for answer in answers] == [2, 2, 1, 1, 1]
    assert answers[-1][0]["status"] == "processing"


async def test_places_are_counted_per_model_and_freed_at_the_end(http: httpx2.AsyncClient, fake: Kling) -> None:
    fake.slots, fake.film_polls = 2, 1
    too_many = await http.post(PICTURE, json=K3 | {"n": 3})
    first = (await http.post(PICTURE, json=K3 | {"n": 2})).json()["data"]["task_id"]
    full, other = await http.post(PICTURE, json=K3), await http.post(V3, json=text())
    await http.get(f"{PICTURE}/{first}")

    assert [(no.status_code, no.json()["code"]) for no in (too_many, full)] == [(429, 1303)] * 2
    assert (other.status_code, (await http.post(PICTURE, json=K3)).status_code) == (200, 200)


async def test_a_link_needs_its_signature_no_key_and_haste(http: httpx2.AsyncClient, fake: Kling) -> None:
    body = text() | {"options": {"watermark_info": {"enabled": True}}}
    made = (await ending(http, TURBO, body))["outputs"][0]
    url = made["url"]
    answers = [await download(fake, url), await http.get(url), await download(fake, url.partition("?")[0])]
    marked = await download(fake, made["watermark_url"])
    fake.now.t = 30 * 86_400.0  # type: ignore[attr-defined]
    answers.append(await download(fake, url))

    assert httpx2.URL(url).host == "klingcdn.fake"
    assert [answer.status_code for answer in (*answers, marked)] == [200, 403, 404, 403, 200]


async def test_tasks_wait_for_the_clock(http: httpx2.AsyncClient, fake: Kling) -> None:
    fake.image_delay, fake.film_delay, fake.film_polls = 10.0, 20.0, 0
    film = (await http.post(V3, json=text())).json()["data"]["id"]
    picture = (await http.post(PICTURE, json=K3)).json()["data"]["task_id"]

    async def states() -> tuple[str, str]:
        (task,) = (await http.get(f"/tasks?task_ids={film}")).json()["data"]
        return task["status"], (await http.get(f"{PICTURE}/{picture}")).json()["data"]["task_status"]

    assert await states() == ("submitted", "submitted")
    fake.now.t = 10.0  # type: ignore[attr-defined]
    assert await states() == ("processing", "succeed")
    fake.now.t = 20.0  # type: ignore[attr-defined]
    assert await states() == ("succeeded", "succeed")


async def test_the_named_outcomes_strike_and_wrong_requests_use_none_up(http: httpx2.AsyncClient, fake: Kling) -> None:
    for name in ("refused", "busy", "server_error", "garbage"):
        fake.fail(*fake.outcomes[name])
    fake.fail(kling.PACK_EMPTY, Fault.drop())
    assert (await http.post(V3, json=text(duration="5"))).status_code == 400
    answers = [await http.post(I3, json=of(FIRST)) for _ in range(5)]
    with pytest.raises(httpx2.RemoteProtocolError):
        await http.post(I3, json=of(FIRST))

    assert [answer.status_code for answer in answers] == [400, 429, 500, 200, 429]
    assert [answers[i].json()["code"] for i in (0, 1, 2, 4)] == [1201, 1302, 5000, 1102]
    assert fake.paid == {"a fox": 3}
    assert fake.outcomes_of("image").keys() == fake.outcomes_of("video").keys() == kling.OUTCOMES.keys()


async def test_a_fault_the_vendor_does_not_have_is_the_tests_mistake(http: httpx2.AsyncClient, fake: Kling) -> None:
    fake.fail(Fault.variant("bare"), Fault.variant("x", on="poll"))

    with pytest.raises(AssertionError, match="bare"):
        await http.post(V3, json=text())
    with pytest.raises(AssertionError, match="poll"):
        await ending(http)
