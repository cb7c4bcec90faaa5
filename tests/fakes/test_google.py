"""The fake of pictures against the unmodified google-genai==3.3.0: what it says is heard, what it is told it reads."""

import base64
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx2
import pytest
from google.genai import errors, types
from PIL import Image

from tests.fakes import google, media
from tests.fakes import google_pictures as pictures_of
from tests.fakes.base import Fault
from tests.fakes.google import Google
from tests.fakes.google_client import client

pytestmark = pytest.mark.anyio
BANANA = "gemini-nano-banana-2.1"
OMNI = "gemini-omni-1.2-flash"
PNG = media.picture(320, 240)
FILM: dict[str, Any] = {"model": OMNI, "input": "a fox", "background": True}


@pytest.fixture
def fake() -> Google:
    return Google()


@pytest.fixture
async def http(fake: Google) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url) as client:
        yield client


@pytest.fixture
def sdk(fake: Google, http: httpx2.AsyncClient) -> Any:
    return client(fake, http, api_key="k", enterprise=False)


def config(**image: Any) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(response_modalities=["IMAGE"], image_config=types.ImageConfig(**image))


async def draw(sdk: Any, *contents: Any, model: str = BANANA, **image: Any) -> Any:
    return await sdk.models.generate_content(model=model, contents=["a fox", *contents], config=config(**image))


def pictures(answer: Any) -> list[Image.Image]:
    kept = [part.inline_data for part in answer.parts or [] if part.inline_data and not part.thought]
    found: list[Image.Image] = [Image.open(io.BytesIO(blob.data)) for blob in kept]
    assert [f"image/{image.format}".lower() for image in found] == [blob.mime_type for blob in kept]
    return found


@pytest.mark.parametrize(
    ("model", "asked", "size", "tokens"),
    [
        (BANANA, {"aspect_ratio": "1:1"}, (1024, 1024), 1120),
        (BANANA, {"aspect_ratio": "16:9", "image_size": "2K"}, (2752, 1536), 1680),
        (BANANA, {"aspect_ratio": "8:1"}, (3072, 384), 1120),
        ("gemini-3-pro-image", {"aspect_ratio": "1:1", "image_size": "4K"}, (4096, 4096), 2000),
        ("gemini-3.1-flash-image", {"aspect_ratio": "9:16", "image_size": "512"}, (384, 688), 747),
        ("models/gemini-3.1-flash-lite-image", {}, (1024, 1024), 1120),
    ],
    ids=str,
)
async def test_a_picture_has_the_shape_and_bill_it_was_asked_in(
    sdk: Any, model: str, asked: dict[str, Any], size: tuple[int, int], tokens: int
) -> None:
    answer = await draw(sdk, model=model, **asked)

    (picture,) = pictures(answer)
    assert picture.size == size
    usage = answer.usage_metadata
    assert usage.candidates_token_count == tokens
    assert usage.total_token_count == usage.prompt_token_count + tokens + (usage.thoughts_token_count or 0)
    assert answer.model_version == model.removeprefix("models/")


async def test_a_thinking_model_drafts_another_picture_first(sdk: Any) -> None:
    parts = (await draw(sdk)).parts

    assert [part.thought for part in parts] == [True, True, None, None]
    draft, result = (Image.open(io.BytesIO(parts[at].inline_data.data)) for at in (1, 3))
    assert (draft.size, result.size) == ((512, 512), (1024, 1024))
    assert draft.getpixel((256, 256)) != result.getpixel((512, 512))
    assert parts[3].thought_signature


async def test_pictures_come_as_png_or_jpeg_as_it_comes(sdk: Any) -> None:
    kinds = {pictures(await draw(sdk, f"number {i}"))[0].format for i in range(6)}

    assert kinds == {"PNG", "JPEG"}


async def test_an_edit_takes_pictures_inline_or_uploaded_and_keeps_their_shape(sdk: Any, fake: Google) -> None:
    uploaded = await sdk.files.upload(file=io.BytesIO(PNG), config={"mime_type": "image/png"})
    inline = types.Part.from_bytes(data=PNG, mime_type="image/png")

    for content in (uploaded, inline):
        assert pictures(await draw(sdk, content))[0].size == (1200, 896)
    assert fake.prompts == {"a fox": 2}


async def test_what_arrived_is_remembered_per_prompt(sdk: Any, fake: Google) -> None:
    await draw(sdk)
    await sdk.interactions.create(**FILM)

    assert [(submit.kind, submit.path, submit.prompt) for submit in fake.submits] == [
        ("image", f"/v1/models/{BANANA}:generateContent", "a fox"),
        ("video", "/v1/interactions", "a fox"),
    ]
    assert fake.paid == {"a fox": 2}


def body(**change: Any) -> dict[str, Any]:
    """A plain request; `image_config` and `generation` go where they belong."""
    generation = {"responseModalities": ["IMAGE"]} | change.pop("generation", {})
    if "image_config" in change:
        generation["imageConfig"] = change.pop("image_config")
    return {"contents": [{"parts": [{"text": "a fox"}]}], "generationConfig": generation} | change


async def post(http: httpx2.AsyncClient, model: str, asked: dict[str, Any]) -> httpx2.Response:
    return await http.post(f"/v1beta/models/{model}:generateContent", json=asked, headers={"x-goog-api-key": "k"})


def part(**what: Any) -> dict[str, Any]:
    return {"contents": [{"parts": [{"text": "a fox"}, what]}]}


GOOD = {"mimeType": "image/png", "data": base64.b64encode(PNG).decode()}
LITE, OLD = "gemini-3.1-flash-lite-image", "gemini-3-pro-image"
REFUSED: list[tuple[str, dict[str, Any]]] = [
    (BANANA, {"seed": 7}),
    (BANANA, {"contents": []}),
    (BANANA, {"contents": [{"parts": []}]}),
    (BANANA, {"contents": [{"parts": [{"inlineData": GOOD}]}]}),
    (BANANA, {"contents": [{"parts": [{"text": "a fox", "inlineData": GOOD}]}]}),
    (BANANA, {"contents": [{"role": "system", "parts": [{"text": "a fox"}]}]}),
    (BANANA, part(inlineData=GOOD | {"data": "no base64!"})),
    (BANANA, part(inlineData=GOOD | {"data": ""})),
    (BANANA, part(inlineData=GOOD | {"mimeType": "image/jpeg"})),
    (BANANA, part(inlineData=GOOD | {"mimeType": "image/gif"})),
    (BANANA, part(inlineData=GOOD | {"name": "fox"})),
    (BANANA, part(fileData={"fileUri": "https://pictures.test/fox.png"})),
    (BANANA, part(fileData={"fileUri": "https://generativelanguage.googleapis.com/v1/files/nobody"})),
    (BANANA, part(fileData={"fileUri": "gs://b/fox.png"})),
    (BANANA, {"contents": [{"parts": [{"text": "a fox"}, *[{"inlineData": GOOD}] * 15]}]}),
    (BANANA, {"generationConfig": {}}),
    (BANANA, {"generation": {"responseModalities": ["TEXT"]}}),
    (BANANA, {"generation": {"responseModalities": None}}),
    (BANANA, {"generation": {"candidateCount": 2}}),
    (BANANA, {"generation": {"seed": "7"}}),
    (BANANA, {"generation": {"numberOfImages": 1}}),
    (BANANA, {"generation": {"thinkingConfig": {"thinkingLevel": "LOW"}}}),
    (OLD, {"generation": {"thinkingConfig": {"thinkingLevel": "HIGH"}}}),
    (BANANA, {"image_config": {"aspectRatio": "1024x1024"}}),
    (BANANA, {"image_config": {"imageSize": "512"}}),
    (BANANA, {"image_config": {"imageSize": "1k"}}),
    (BANANA, {"image_config": {"width": 1024}}),
    (BANANA, {"image_config": {"personGeneration": "ALLOW_ADULT"}}),
    (BANANA, {"image_config": {"imageOutputOptions": {"mimeType": "image/png"}}}),
    (LITE, {"image_config": {"imageSize": "2K"}}),
    (LITE, {"image_config": {"aspectRatio": "1:8"}}),
    (OLD, {"image_config": {"aspectRatio": "4:1"}}),
    (BANANA, {"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF", "method": "SEVERITY"}]}),
    (BANANA, {"safetySettings": [{"category": "harassment", "threshold": "OFF"}]}),
    (BANANA, {"tools": [{"codeExecution": {}}]}),
]


@pytest.mark.parametrize(("model", "change"), REFUSED, ids=lambda value: str(value)[:70])
async def test_refuses_of_pictures(http: httpx2.AsyncClient, fake: Google, model: str, change: dict[str, Any]) -> None:
    answer = await post(http, model, body(**change))

    assert answer.status_code == 400
    assert (answer.json()["error"]["code"], answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert fake.paid == {}


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    (BANANA, {"store": False, "labels": {"a": "b"}, "serviceTier": "flex"}),
    (BANANA, {"systemInstruction": {"parts": [{"text": "be brief"}]}}),
    (BANANA, {"generation": {"responseModalities": ["TEXT", "IMAGE"], "seed": 7, "candidateCount": 1}}),
    (BANANA, {"generation": {"thinkingConfig": {"thinking_level": "HIGH", "include_thoughts": True}}}),
    (BANANA, {"image_config": {"aspect_ratio": "1:4", "image_size": "1K"}}),
    (BANANA, {"tools": [{"googleSearch": {"searchTypes": {"imageSearch": {}}}}]}),
    (BANANA, {"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"}]}),
    (BANANA, {"contents": [{"parts": [{"text": "a fox"}, *[{"inlineData": GOOD}] * 14]}]}),
    (BANANA, part(inline_data={"mime_type": "image/png", "data": base64.urlsafe_b64encode(PNG).decode()})),
    ("nano-banana-pro-preview", {"image_config": {"imageSize": "4K", "aspectRatio": "21:9"}}),
]


@pytest.mark.parametrize(("model", "change"), ACCEPTED, ids=lambda value: str(value)[:70])
async def test_accepts_of_pictures(http: httpx2.AsyncClient, model: str, change: dict[str, Any]) -> None:
    answer = await post(http, model, body(**change))

    assert answer.json()["candidates"][0]["finishReason"] == "STOP"


async def test_an_unknown_field_is_named_as_google_names_it(http: httpx2.AsyncClient) -> None:
    answer = await post(http, BANANA, body(image_config={"imageShape": "round"}))

    assert answer.json()["error"]["message"] == (
        "Invalid JSON payload received. Unknown name \"imageShape\" at 'generation_config.image_config': "
        "Cannot find field."
    )


@pytest.mark.parametrize(
    "model",
    ["gemini-3-pro-image-preview", "gemini-2.5-flash-image", "imagen-4.0-generate-001", "gemini-9", OMNI, "veo-3.1"],
)
async def test_a_retired_or_unknown_model_is_not_found(sdk: Any, model: str) -> None:
    with pytest.raises(errors.ClientError) as refusal:
        await draw(sdk, model=model)

    assert (refusal.value.code, refusal.value.status) == (404, "NOT_FOUND")


async def test_a_model_dies_on_its_day_or_when_withdrawn(sdk: Any, fake: Google) -> None:
    fake.today = date(2026, 10, 1)
    await draw(sdk, model="gemini-2.5-flash-image")
    fake.today = date(2026, 10, 2)
    fake.withdrawn.add("gemini-3.1-flash-image")

    for model in ("gemini-2.5-flash-image", "gemini-3.1-flash-image"):
        with pytest.raises(errors.ClientError, match="no longer available"):
            await draw(sdk, model=model)


async def test_models_that_live_are_listed(sdk: Any, fake: Google) -> None:
    listed = {model.name async for model in await sdk.models.list()}

    assert {f"models/{BANANA}", f"models/{OMNI}"} <= listed
    assert "models/gemini-2.5-flash-image" not in listed
    assert not any(name.startswith(("models/veo", "models/imagen")) for name in listed)
    assert (await sdk.models.get(model=BANANA)).name == f"models/{BANANA}"


@pytest.mark.parametrize("headers", [{}, {"x-goog-api-key": "wrong"}, {"authorization": "Bearer k"}], ids=str)
async def test_a_wrong_key_is_refused_in_two_shapes(
    http: httpx2.AsyncClient, fake: Google, headers: dict[str, str]
) -> None:
    fake.key = "k"
    picture = await http.post(f"/v1/models/{BANANA}:generateContent?key=k", json=body(), headers=headers)
    film = await http.post("/v1/interactions", json=FILM, headers=headers)

    assert (picture.status_code, film.status_code) == (400, 401)
    assert picture.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    assert film.json()["error"]["code"] == "authentication"


async def test_a_key_in_the_url_is_refused(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/v1/models?key=k", headers={"x-goog-api-key": "k"})).status_code == 400


@pytest.mark.parametrize("path", [f"models/{BANANA}:generateContent", "interactions"])
async def test_only_json_is_taken(http: httpx2.AsyncClient, path: str) -> None:
    http.headers["x-goog-api-key"] = "k"
    form = await http.post(f"/v1/{path}", data={"model": OMNI})
    broken = await http.post(f"/v1/{path}", content="{", headers={"content-type": "application/json"})

    assert (form.status_code, broken.status_code) == (400, 400)


@pytest.mark.parametrize("reason", pictures_of.BLOCK_REASONS)
async def test_a_prompt_is_blocked_with_a_success_that_holds_no_candidate(sdk: Any, fake: Google, reason: str) -> None:
    fake.fail(pictures_of.BLOCKED_PROMPTS[reason])
    answer = await draw(sdk)

    assert answer.prompt_feedback.block_reason.value == reason
    assert (answer.candidates, answer.parts) == (None, None)


@pytest.mark.parametrize("fault", [*pictures_of.FILTERED_PICTURES.values(), *pictures_of.NO_PICTURES.values()], ids=str)
async def test_a_picture_is_withheld_with_a_success_that_says_why(
    http: httpx2.AsyncClient, fake: Google, fault: Fault
) -> None:
    fake.fail(fault)
    (candidate,) = (await post(http, BANANA, body())).json()["candidates"]

    assert candidate["finishReason"] == fault.name.partition(":")[2]
    assert candidate["content"] == {"role": "model"}
    assert "Support code" in candidate["finishMessage"]


async def test_answers_without_a_picture_come_in_other_shapes(sdk: Any, fake: Google) -> None:
    fake.fail(
        Fault.moderated(), Fault.empty(), pictures_of.REFUSED_IN_WORDS, pictures_of.ONLY_DRAFTS, pictures_of.NO_PARTS
    )
    blocked, empty, words, drafts, nothing = [await draw(sdk) for _ in range(5)]

    assert blocked.prompt_feedback.block_reason.value == "SAFETY"
    assert (empty.candidates, empty.prompt_feedback) == (None, None)
    assert (words.text, pictures(words)) == ("I cannot draw that, but I can draw a paper owl.", [])
    assert [part.thought for part in drafts.parts] == [True, True]
    assert nothing.parts is None
    assert nothing.candidates[0].finish_reason.value == "STOP"


async def test_good_pictures_come_in_other_shapes(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.fail(pictures_of.PLAIN, pictures_of.BARE, pictures_of.DRAFTED)
    plain, bare, drafted = [(await post(http, LITE, body())).json() for _ in range(3)]

    assert len(plain["candidates"][0]["content"]["parts"]) == 1
    assert set(bare) == {"candidates"}
    assert set(bare["candidates"][0]["content"]["parts"][0]["inlineData"]) == {"data"}
    assert drafted["candidates"][0]["content"]["parts"][0]["thought"] is True


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.refused(), errors.ClientError),
        (Fault.status(403), errors.ClientError),
        (Fault.status(429, headers={"retry-after": "2"}), errors.ClientError),
        (google.BUSY_IN_BODY, errors.ClientError),
        (Fault.status(500), errors.ServerError),
        (Fault.status(502, "<html>Bad Gateway</html>"), errors.ServerError),
        (Fault.status(201, {}), errors.APIError),
        (Fault.drop(), httpx2.RemoteProtocolError),
        (Fault.stall(), httpx2.ReadTimeout),
        (Fault.never_ending(), httpx2.ReadTimeout),
    ],
    ids=lambda value: f"{getattr(value, 'kind', '')}{getattr(value, 'code', '')}",
)
async def test_a_fault_strikes_a_picture_once(sdk: Any, fake: Google, fault: Fault, error: type[Exception]) -> None:
    fake.fail(fault)

    with pytest.raises(error):
        await draw(sdk)
    await draw(sdk)

    assert fake.prompts == {"a fox": 2}


async def test_lists_answer_what_they_are_asked_and_no_more(http: httpx2.AsyncClient) -> None:
    http.headers["x-goog-api-key"] = "k"
    paths = ("models?pageSize=50", "models?filter=image", "models/gemini-9", "models/gemini-2.5-flash-image")

    assert [(await http.get(f"/v1beta/{path}")).status_code for path in paths] == [200, 400, 404, 404]


@pytest.mark.parametrize(
    "fault", [Fault.variant("x"), Fault.moderated("x"), Fault.failed("api_error"), Fault.expired()], ids=str
)
async def test_a_fault_that_pictures_do_not_have_is_the_tests_mistake(sdk: Any, fake: Google, fault: Fault) -> None:
    fake.fail(fault)

    with pytest.raises(AssertionError, match="knows no"):
        await draw(sdk)
