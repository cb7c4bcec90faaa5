"""Stability AI's adapter against a strict fake: forms by model, answers in every shape, and pictures withheld."""

from typing import Any

import pytest

from diorama.errors import UnsupportedError, ValidationError
from diorama.providers.base import Blocked, CallFacts, Inline, InputBytes, Pending, Provider, Refused, UnknownFate
from diorama.providers.stability import PATHS
from diorama.schemas import Request
from tests.fakes import media
from tests.fakes import stability as fakes
from tests.fakes.base import Fault
from tests.fakes.forms import File
from tests.providers.through import CATALOG, adapter, made, prepared, sent

pytestmark = pytest.mark.anyio

PICTURE = media.picture(320, 320)
RELIGHT = "replace-background-and-relight"
KEEP = {"keep_original_background": True}


def given(role: Any, data: bytes = PICTURE, mime: str = "image/png") -> InputBytes:
    return InputBytes(role=role, mime=mime, data=data)


@pytest.fixture
def fake() -> fakes.Stability:
    fake = fakes.Stability()
    fake.poll_every_s = 0
    return fake


@pytest.fixture
def stability(fake: fakes.Stability) -> Provider:
    return adapter(fake)


def files(body: dict[str, Any]) -> dict[str, str | None]:
    return {name: value.filename for name, value in body.items() if isinstance(value, File)}


def texts(body: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in body.items() if isinstance(value, str)}


# What goes out.


async def test_a_picture_from_words_is_asked_for_by_a_form_of_texts(fake: fakes.Stability, stability: Provider) -> None:
    settings: dict[str, Any] = {"aspect_ratio": "16:9", "seed": 7, "output_format": "webp", "negative_prompt": "fog"}

    await made(stability, "core", **settings, options={"style_preset": "anime"})

    assert fake.submits[0].path == "/v2beta/stable-image/generate/core"
    assert fake.submits[0].headers["accept"] == "image/*"
    assert fake.submits[0].body == {
        "prompt": "a paper fox",
        "aspect_ratio": "16:9",
        "seed": "7",
        "output_format": "webp",
        "negative_prompt": "fog",
        "style_preset": "anime",
    }


@pytest.mark.parametrize("model", ["sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash", "sd3-medium"])
async def test_one_endpoint_is_told_the_model_and_the_mode(
    model: str, fake: fakes.Stability, stability: Provider
) -> None:
    await made(stability, model, aspect_ratio="1:1", options={"cfg_scale": 5.5})

    said = {"model": model, "mode": "text-to-image", "cfg_scale": "5.5", "aspect_ratio": "1:1", "prompt": "a paper fox"}
    assert fake.submits[0].path.endswith("/generate/sd3")
    assert fake.submits[0].body == said


async def test_a_picture_that_goes_in_changes_the_mode(fake: fakes.Stability, stability: Provider) -> None:
    await made(stability, "sd3.5-large", given("source"), options={"strength": 0.4})

    assert texts(fake.submits[0].body)["mode"] == "image-to-image"
    assert texts(fake.submits[0].body)["strength"] == "0.4"
    assert files(fake.submits[0].body) == {"image": "source.png"}


@pytest.mark.parametrize(
    ("model", "roles", "options", "parts"),
    [
        ("ultra", ["source"], {"strength": 0.7}, ["image"]),
        ("upscale-fast", ["source"], {}, ["image"]),
        ("upscale-conservative", ["source"], {"creativity": 0.3}, ["image"]),
        ("upscale-creative", ["source"], {"creativity": 0.3}, ["image"]),
        ("erase", ["source", "mask"], {"grow_mask": 9}, ["image", "mask"]),
        ("inpaint", ["source", "mask"], {"grow_mask": 9}, ["image", "mask"]),
        ("outpaint", ["source"], {"left": 64}, ["image"]),
        ("search-and-replace", ["source"], {"search_prompt": "a bear"}, ["image"]),
        ("search-and-recolor", ["source"], {"select_prompt": "a bear"}, ["image"]),
        ("remove-background", ["source"], {}, ["image"]),
        (RELIGHT, ["source", "reference"], KEEP, ["background_reference", "subject_image"]),
        ("control-sketch", ["source"], {"control_strength": 0.5}, ["image"]),
        ("control-structure", ["source"], {"control_strength": 0.5}, ["image"]),
        ("control-style", ["reference"], {"fidelity": 0.5}, ["image"]),
        ("style-transfer", ["source", "reference"], {"style_strength": 0.5}, ["init_image", "style_image"]),
    ],
)
async def test_each_model_takes_its_files_under_its_own_names(
    model: str, roles: list[str], options: dict[str, Any], parts: list[str], fake: fakes.Stability, stability: Provider
) -> None:
    done = await made(stability, model, *map(given, roles), options=options)

    assert fake.submits[0].path == f"/v2beta/stable-image/{PATHS[model]}"
    assert sorted(files(fake.submits[0].body)) == parts
    assert isinstance(done.outputs[0], Inline)


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        ("upscale-fast", {}, {}),
        ("erase", {}, {}),
        ("remove-background", {}, {}),
        (RELIGHT, KEEP, {"background_prompt": "a paper fox", "keep_original_background": "true"}),
    ],
)
async def test_some_read_no_prompt_and_one_reads_it_as_the_background(
    model: str, options: dict[str, Any], said: dict[str, str], fake: fakes.Stability, stability: Provider
) -> None:
    await made(stability, model, given("source"), options=options)

    assert texts(fake.submits[0].body) == said


@pytest.mark.parametrize(("seed", "slot", "sent_as"), [(7, 0, 7), (7, 2, 9), (0, 2, 0), (4_294_967_294, 1, 1)])
def test_each_output_of_a_job_has_a_seed_of_its_own(seed: int, slot: int, sent_as: int, stability: Provider) -> None:
    call = CallFacts(id="c1", model="core", slots=(slot,))

    sent = stability.prepare(Request(prompt="a paper fox", seed=seed), (), call)

    assert [part.value for part in sent.form or () if part.name == "seed"] == [str(sent_as)]


@pytest.mark.parametrize("kind", ["image", "video"])
def test_what_the_catalog_should_have_refused_is_refused(kind: str, stability: Provider) -> None:
    with pytest.raises(UnsupportedError):
        prepared(stability, "core", given("first_frame"), kind=kind)


# What comes back.


async def test_seed_and_request_are_kept_with_the_picture(fake: fakes.Stability, stability: Provider) -> None:
    done = await made(stability, "core", seed=7)

    (output,) = done.outputs
    assert isinstance(output, Inline)
    assert output.data.startswith(b"\x89PNG")
    assert output.vendor_ref["seed"] == 7


@pytest.mark.parametrize("model", ["core", "upscale-creative"])
async def test_a_blurred_picture_is_none(model: str, fake: fakes.Stability, stability: Provider) -> None:
    fake.fail(fakes.FILTERED)

    done = await made(stability, model, *([given("source")] if model != "core" else []))

    (output,) = done.outputs
    assert isinstance(output, Blocked)
    assert output.stage == "output"


async def test_a_refused_prompt_is_moderation_and_blames_no_key(fake: fakes.Stability, stability: Provider) -> None:
    fake.fail(fakes.MODERATED)

    with pytest.raises(Refused, match="content moderation") as refused:
        await sent(stability, "core")

    assert isinstance(refused.value.error, ValidationError)
    assert (refused.value.error.code, refused.value.error.hint) == ("moderated", None)


async def test_a_403_that_is_not_about_content_is_not_called_so(fake: fakes.Stability, stability: Provider) -> None:
    fake.fail(fakes.V1_ERROR)

    with pytest.raises(Refused, match="Denied") as refused:
        await sent(stability, "core")

    assert refused.value.error.code == "vendor_failed"
    assert "STABILITY_API_KEY" in (refused.value.error.hint or "")


async def test_what_takes_longer_is_asked_about_by_its_id(fake: fakes.Stability, stability: Provider) -> None:
    answer = await sent(stability, "upscale-creative", given("source"))

    assert isinstance(answer, Pending)
    assert await stability.check(answer.ref) == answer
    assert fake.polls == [answer.ref["id"]]


async def test_a_task_may_begin_with_another_2xx(fake: fakes.Stability, stability: Provider) -> None:
    fake.start_status = 202

    assert isinstance(await sent(stability, RELIGHT, given("source")), Pending)


async def test_a_task_that_failed_says_why(fake: fakes.Stability, stability: Provider) -> None:
    fake.fail(Fault.failed("422", "The subject could not be found."))

    with pytest.raises(Refused, match="subject could not be found"):
        await made(stability, RELIGHT, given("source"))


async def test_a_task_refused_for_its_content_is_moderated(fake: fakes.Stability, stability: Provider) -> None:
    fake.fail(Fault.failed("403", "Flagged."))

    with pytest.raises(Refused) as refused:
        await made(stability, RELIGHT, given("source"))

    assert refused.value.error.code == "moderated"


@pytest.mark.parametrize("fault", [fakes.V1_ERROR, Fault.status(403, b""), Fault.status(422, b""), Fault.status(429)])
async def test_an_answer_that_says_nothing_of_the_task_is_no_news(
    fault: Fault, fake: fakes.Stability, stability: Provider
) -> None:
    pending = await sent(stability, RELIGHT, given("source"))
    assert isinstance(pending, Pending)
    fake.fail(Fault.status(fault.code, fault.body, on="poll"))

    with pytest.raises(UnknownFate):
        await stability.check(pending.ref)


async def test_the_other_shape_of_an_answer_is_read_as_well(fake: fakes.Stability, stability: Provider) -> None:
    fake.fail(Fault.garbage(b'{"image": "iVBORw0KGgo=", "finish_reason": "SUCCESS", "seed": 3}'))

    done = await made(stability, "core")

    (output,) = done.outputs
    assert isinstance(output, Inline)
    assert (output.data, output.vendor_ref["seed"]) == (b"\x89PNG\r\n\x1a\n", 3)


@pytest.mark.parametrize("picture", [b"", b'"image": "iVBORw0KGgo=", '])
async def test_the_other_shape_withholds_as_well(picture: bytes, fake: fakes.Stability, stability: Provider) -> None:
    fake.fail(Fault.garbage(b"{" + picture + b'"finish_reason": "CONTENT_FILTERED"}'))

    done = await made(stability, "core")

    assert isinstance(done.outputs[0], Blocked)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.empty(),
        Fault.garbage(b'{"image": "???", "finish_reason": "SUCCESS"}'),
        Fault.garbage(b'{"finish_reason": "SUCCESS"}'),
        Fault.garbage(b"{}"),
        Fault.garbage(b"<html>"),
    ],
)
async def test_an_answer_without_a_picture_is_an_unknown_fate(
    fault: Fault, fake: fakes.Stability, stability: Provider
) -> None:
    fake.fail(fault)

    with pytest.raises(UnknownFate):
        await sent(stability, "core")


async def test_too_many_requests_wait_as_long_as_the_lock(fake: fakes.Stability, stability: Provider) -> None:
    fake.fail(Fault.status(429))

    with pytest.raises(Refused) as refused:
        await sent(stability, "core")

    assert (refused.value.retry, refused.value.retry_after_s) == (True, 60)


async def test_an_empty_account_says_what_to_do(fake: fakes.Stability, stability: Provider) -> None:
    fake.fail(fakes.NO_CREDITS)

    with pytest.raises(Refused, match="enough credits") as refused:
        await sent(stability, "core")

    assert "Buy credits" in (refused.value.error.hint or "")


async def test_the_probe_spends_nothing(fake: fakes.Stability, stability: Provider) -> None:
    assert await stability.probe() == "100000 credits left"
    assert fake.submits == []


def test_every_path_has_its_row() -> None:
    rows = {model.id for model in CATALOG.models if model.vendor == "stability" and not model.retired}

    assert PATHS.keys() == {row for row in rows if not row.startswith("sd3")}
