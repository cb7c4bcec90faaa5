"""Edits by the unmodified openai==3.51.0, whose forms are what vendors see, and by JSON, which it cannot write."""

import base64
import io
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx2
import openai
import pytest
from PIL import Image

from tests.fakes import media
from tests.fakes import openai as vendor
from tests.fakes.base import Fault
from tests.fakes.forms import File
from tests.fakes.openai import OpenAI

pytestmark = pytest.mark.anyio
FLARE: dict[str, Any] = {"model": "gpt-image-2.5-flare", "prompt": "a hat", "size": "1024x1024", "quality": "low"}
V2, V15, MINI = {"model": "gpt-image-2"}, {"model": "gpt-image-1.5"}, {"model": "gpt-image-1-mini"}


def file(fmt: str = "png", size: tuple[int, int] = (320, 240), *, clear: bool = False) -> tuple[str, bytes, str]:
    return f"a.{fmt}", media.picture(*size, fmt, transparent=clear), f"image/{fmt}"


def raw(data: bytes, mime: str = "image/png") -> tuple[str, bytes, str]:
    return "a", data, mime


def data_url(fmt: str = "png", *, clear: bool = False) -> dict[str, str]:
    _, data, mime = file(fmt, clear=clear)
    return {"image_url": f"data:{mime};base64,{base64.b64encode(data).decode()}"}


@pytest.fixture
def fake() -> OpenAI:
    return OpenAI()


@pytest.fixture
async def sdk(fake: OpenAI) -> AsyncIterator[openai.AsyncOpenAI]:
    http = httpx2.AsyncClient(transport=fake.transport())
    async with openai.AsyncOpenAI(api_key="sk-1", base_url=fake.base_url, http_client=http, max_retries=0) as client:
        yield client


async def test_one_picture_travels_as_image_and_comes_back_edited(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    answer = await sdk.images.edit(**FLARE | {"size": "1536x1024", "n": 2}, image=file("webp"), output_format="jpeg")

    assert answer.data
    made = [Image.open(io.BytesIO(base64.b64decode(item.b64_json or ""))) for item in answer.data]
    assert [(picture.format, picture.size) for picture in made] == [("JPEG", (1536, 1024))] * 2
    (submit,) = fake.submits
    assert (submit.path, submit.prompt, submit.body["n"]) == ("/v1/images/edits", "a hat", "2")
    assert submit.body["image"] == File(filename="a.webp", mime="image/webp", data=file("webp")[1])


async def test_several_pictures_travel_as_image_brackets_in_their_order(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    await sdk.images.edit(**FLARE, image=[file("png"), file("jpeg"), file("webp")])

    (submit,) = fake.submits
    assert [part.mime for part in submit.body["image[]"]] == ["image/png", "image/jpeg", "image/webp"]
    assert "image" not in submit.body


async def test_a_picture_counts_as_input_and_the_sums_hold(sdk: openai.AsyncOpenAI) -> None:
    one = (await sdk.images.edit(**FLARE, image=file())).usage
    two = (await sdk.images.edit(**FLARE, image=[file(), file()])).usage

    assert one
    assert two
    assert two.input_tokens_details.image_tokens == 2 * one.input_tokens_details.image_tokens == 2 * 80
    assert one.input_tokens == one.input_tokens_details.text_tokens + one.input_tokens_details.image_tokens
    assert two.total_tokens == two.input_tokens + two.output_tokens


async def test_a_mask_or_a_markup_lies_over_the_first_picture(sdk: openai.AsyncOpenAI) -> None:
    images = [file("jpeg"), file("png", (64, 64))]

    masked = await sdk.images.edit(**FLARE, image=images, mask=file(clear=True))
    marked = await sdk.images.edit(**FLARE, image=images, markup=file(clear=True))

    assert masked.data
    assert marked.data


async def test_an_overlay_is_as_large_as_the_picture_stands_upright(sdk: openai.AsyncOpenAI) -> None:
    lying, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (320, 240)).save(lying, "JPEG", exif=exif)
    edit = partial(sdk.images.edit, **FLARE, image=raw(lying.getvalue(), "image/jpeg"))

    await edit(markup=file(size=(240, 320), clear=True))
    with pytest.raises(openai.BadRequestError):
        await edit(markup=file(clear=True))


async def test_every_option_of_the_sdk_is_understood_as_text(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.previews |= {"svg", "gif"}
    asked = FLARE | {"model": "gpt-image-2.6-flare", "image": file()}

    drawn = await sdk.images.edit(**asked, output_format="svg", svg={"model": "m", "reasoning": {"effort": "low"}})
    moving = await sdk.images.edit(**asked, output_format="gif", frame_count=3, frame_duration_ms=50)
    pressed = await sdk.images.edit(
        **asked, output_format="webp", output_compression=50, background="transparent", complexity="low",
        safety_identifier="u", user="u", extra_body={"moderation": "low"},
    )  # fmt: skip

    assert drawn.svg_usage
    assert drawn.svg_usage.model == "m"
    assert (moving.output_format, pressed.background, pressed.safety_identifier) == ("gif", "transparent", "u")


@pytest.mark.parametrize(
    "change",
    [
        V15 | {"input_fidelity": "high"},
        MINI | {"input_fidelity": "low"},
        {"model": "gpt-image-2.6-sunburst", "markup": file(clear=True)},
        V2 | {"mask": file(clear=True)},
        {"image": [file()] * 16},
    ],
    ids=lambda change: str(change)[:50],
)
async def test_accepts(sdk: openai.AsyncOpenAI, change: dict[str, Any]) -> None:
    assert (await sdk.images.edit(**FLARE | {"image": file()} | change)).data


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"image": [file()] * 17}, "invalid_value", "image"),
    ({"image": raw(b"GIF89a....", "image/png")}, "invalid_image_file", "image"),
    ({"image": raw(file()[1][:200])}, "invalid_image_file", "image"),
    ({"image": file()[1]}, "unsupported_file_mimetype", "image"),
    ({"image": raw(file()[1], "image/gif")}, "unsupported_file_mimetype", "image"),
    ({"mask": file(size=(320, 241), clear=True)}, "invalid_value", "mask"),
    ({"mask": file()}, "invalid_value", "mask"),
    ({"mask": file("webp", clear=True)}, "unsupported_file_mimetype", "mask"),
    ({"mask": file(clear=True), "markup": file(clear=True)}, "invalid_value", "markup"),
    ({"markup": file()}, "invalid_value", "markup"),
    (V2 | {"markup": file(clear=True)}, "invalid_value", "markup"),
    (V2 | {"input_fidelity": "high"}, "invalid_value", "input_fidelity"),
    (MINI | {"input_fidelity": "high"}, "invalid_value", "input_fidelity"),
    ({"input_fidelity": "low"}, "invalid_value", "input_fidelity"),
    ({"n": 11}, "invalid_value", "n"),
    ({"size": "512x512"}, "invalid_value", "size"),
    ({"extra_body": {"n": "two"}}, "invalid_type", "n"),
    ({"extra_body": {"stream": "yes"}}, "invalid_type", "stream"),
    ({"extra_body": {"images": "x"}}, "unknown_parameter", "images"),
    ({"extra_body": {"response_format": "b64_json"}}, "unknown_parameter", "response_format"),
    ({"extra_body": {"mask": "x"}}, "invalid_type", "mask"),
]


@pytest.mark.parametrize(("change", "code", "param"), REFUSED, ids=lambda value: str(value)[:40])
async def test_refuses(sdk: openai.AsyncOpenAI, change: dict[str, Any], code: str, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        await sdk.images.edit(**FLARE | {"image": file()} | change)

    assert (refusal.value.code, refusal.value.param) == (code, param)


async def test_a_picture_of_50_and_a_mask_of_4_megabytes_are_too_large(sdk: openai.AsyncOpenAI) -> None:
    mask = io.BytesIO()
    Image.new("RGBA", (1024, 1024)).save(mask, "PNG", compress_level=0)

    with pytest.raises(openai.BadRequestError, match="50 MB"):
        await sdk.images.edit(**FLARE, image=raw(b"\x89PNG\r\n\x1a\n" + bytes(50 << 20)))
    with pytest.raises(openai.BadRequestError, match="4 MB"):
        await sdk.images.edit(**FLARE, image=file(size=(1024, 1024)), mask=raw(mask.getvalue()))


async def test_a_moving_picture_takes_no_mask(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.previews.add("gif")
    asked = FLARE | {"model": "gpt-image-2.6-flare", "output_format": "gif", "frame_count": 2}

    await sdk.images.edit(**asked, image=file())
    with pytest.raises(openai.BadRequestError, match="mask"):
        await sdk.images.edit(**asked, image=file(), mask=file(clear=True))


@pytest.mark.parametrize(
    "files",
    [
        [],
        [("image", file()), ("image[]", file())],
        [("image", file()), ("image", file())],
        [("image", file()), ("mask", file(clear=True)), ("mask", file(clear=True))],
        [("image", file()), ("picture", file())],
    ],
    ids=lambda files: "+".join(name for name, _ in files),
)
async def test_wrong_forms_are_refused(fake: OpenAI, files: list[Any]) -> None:
    async with httpx2.AsyncClient(transport=fake.transport(), headers={"authorization": "Bearer k"}) as http:
        answer = await http.post(f"{fake.base_url}/images/edits", data=FLARE, files=files)

    assert answer.status_code == 400


async def edit_json(sdk: openai.AsyncOpenAI, **change: Any) -> openai.types.ImagesResponse:
    body = FLARE | {"images": [data_url()]} | change
    return await sdk.post("/images/edits", body=body, cast_to=openai.types.ImagesResponse)


async def test_json_takes_urls_and_data_urls(sdk: openai.AsyncOpenAI) -> None:
    answer = await edit_json(
        sdk,
        images=[data_url("jpeg"), {"image_url": "https://pictures.test/a.png"}],
        mask=data_url(clear=True),
        n=2,
        moderation="low",
    )

    assert answer.data
    assert len(answer.data) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"images": []},
        {"images": [data_url()] * 17},
        {"images": [data_url() | {"file_id": "f"}]},
        {"images": [{}]},
        {"images": [{"url": "https://pictures.test/a.png"}]},
        {"images": [{"file_id": "file_1"}]},
        {"images": [{"image_url": "file:///etc/passwd"}]},
        {"images": [{"image_url": "data:image/png;base64,AAAA"}]},
        {"images": [{"image_url": "data:image/png;base64,A A"}]},
        {"image": data_url()},
        {"markup": data_url(clear=True)},
        {"mask": data_url()},
        {"n": "2"},
    ],
    ids=lambda change: str(change)[:60],
)
async def test_refuses_of_json(sdk: openai.AsyncOpenAI, change: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError):
        await edit_json(sdk, **change)


async def test_a_stream_of_an_edit_has_its_own_event_names(sdk: openai.AsyncOpenAI) -> None:
    stream = await sdk.images.edit(**FLARE, image=file(), stream=True, partial_images=2)
    events = [event async for event in stream]

    assert [event.type for event in events] == ["image_edit.partial_image"] * 2 + ["image_edit.completed"]
    assert events[-1].type == "image_edit.completed"
    assert events[-1].usage.input_tokens_details.image_tokens == 80


@pytest.mark.parametrize("name", sorted(OpenAI().outcomes_of("image")))
async def test_every_outcome_of_a_picture_strikes_an_edit_too(fake: OpenAI, name: str) -> None:
    fake.fail(*vendor.OUTCOMES[name])
    ends: list[Any] = []
    async with httpx2.AsyncClient(transport=fake.transport(), headers={"authorization": "Bearer k"}) as http:
        for _ in range(2):
            try:
                answer = await http.post(f"{fake.base_url}/images/edits", data=FLARE, files={"image": file()})
                ends.append((answer.status_code, b"b64_json" in answer.content))
            except httpx2.TransportError as broken:
                ends.append(type(broken))

    assert ends[1] == (200, True)
    assert (ends[0] == ends[1]) is (name == "ok")


async def test_a_wrong_edit_uses_up_no_fault(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.fail(Fault.status(500))

    with pytest.raises(openai.BadRequestError):
        await sdk.images.edit(**FLARE | {"n": 11}, image=file())
    with pytest.raises(openai.InternalServerError):
        await sdk.images.edit(**FLARE, image=file())
