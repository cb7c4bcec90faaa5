"""The fake of Vertex against the unmodified google-genai==3.3.0: pictures, Imagen, Veo and Omni, by bearer token."""

import base64
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import anyio
import av
import httpx2
import pytest
from google.auth.credentials import Credentials
from google.auth.transport.requests import Request
from google.genai import _interactions as told
from google.genai import errors, types
from google.oauth2.service_account import Credentials as Account
from PIL import Image

from tests.fakes import google, google_predict, media
from tests.fakes.base import Fault
from tests.fakes.google import Google
from tests.fakes.google_client import client
from tests.fakes.google_tokens import SCOPE
from tests.fakes.serving import serve, spawn

# Imagen's methods warn that they will go; they are tried for as long as they are there.
pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:The .* method is deprecated")]
VEO, FAST, LITE = "veo-3.1-generate-001", "veo-3.1-fast-generate-001", "veo-3.1-lite-generate-001"
IMAGEN, EDITOR, UPSCALER = "imagen-4.0-generate-001", "imagen-3.0-capability-001", "imagen-4.0-upscale-preview"
HOME = "/v1beta1/projects/p1/locations/us-central1"
RAW = media.picture(320, 240)
PNG = {"bytesBase64Encoded": base64.b64encode(RAW).decode(), "mimeType": "image/png"}
MP4 = {"bytesBase64Encoded": base64.b64encode(media.film(640, 360, 2)).decode(), "mimeType": "video/mp4"}
CLIP = types.Video(video_bytes=media.film(640, 360, 2), mime_type="video/mp4")
PICTURE = types.Image(image_bytes=RAW, mime_type="image/png")


class Token(Credentials):
    """One that is always good."""

    def __init__(self, token: str = "ya29.good") -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.token = token

    def refresh(self, request: Any) -> None:
        raise AssertionError("never asked for")


@pytest.fixture
def fake() -> Google:
    fake = Google()
    fake.token, fake.project = "ya29.good", "p1"
    return fake


@pytest.fixture
async def http(fake: Google) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"authorization": "Bearer ya29.good"}
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url, headers=headers) as one:
        yield one


@pytest.fixture
async def sdk(fake: Google) -> AsyncIterator[Any]:
    async with httpx2.AsyncClient(transport=fake.transport()) as one:
        yield client(fake, one, enterprise=True, project="p1", location="us-central1", credentials=Token())


@pytest.fixture
def imagen(fake: Google) -> None:
    """Back when it lived."""
    fake.today = date(2026, 6, 1)


async def film(sdk: Any, model: str = VEO, source: dict[str, Any] | None = None, **asked: Any) -> Any:
    """Start, ask until it is done, and hand back the last answer."""
    asked = {"duration_seconds": 4} | asked
    operation = await sdk.models.generate_videos(
        model=model,
        source=types.GenerateVideosSource(**{"prompt": "a fox"} | (source or {})),
        config=types.GenerateVideosConfig(**asked),
    )
    for _ in range(10):
        if operation.done:
            return operation
        operation = await sdk.operations.get(operation)
    raise AssertionError("still running after 10 polls")


def measured(raw: bytes) -> tuple[int, int, float, bool]:
    with av.open(io.BytesIO(raw), "r") as container:
        stream = container.streams.video[0]
        return stream.width, stream.height, (container.duration or 0) / 1_000_000, bool(container.streams.audio)


async def test_a_film_is_an_operation_that_ends_with_its_bytes(sdk: Any, fake: Google) -> None:
    done = await film(sdk, aspect_ratio="9:16", number_of_videos=2, generate_audio=False)

    assert done.name.startswith(f"projects/p1/locations/us-central1/publishers/google/models/{VEO}/operations/")
    assert len(done.response.generated_videos) == 2
    for made in done.response.generated_videos:
        assert measured(made.video.video_bytes) == (720, 1280, 4, False)
        assert made.video.mime_type == "video/mp4"
    assert fake.polls == [done.name] * 3
    assert (fake.submits[0].kind, fake.submits[0].prompt) == ("video", "a fox")


async def test_a_film_waits_for_the_clock(sdk: Any, fake: Google) -> None:
    now = 0.0
    fake.now, fake.film_delay, fake.film_polls = lambda: now, 100.0, 0
    source = types.GenerateVideosSource(prompt="a fox")
    operation = await sdk.models.generate_videos(model=VEO, source=source)
    assert not (await sdk.operations.get(operation)).done
    now = 100.0

    assert (await sdk.operations.get(operation)).done


async def test_a_film_is_put_into_a_bucket_when_one_is_named(sdk: Any, fake: Google) -> None:
    done = await film(sdk, output_gcs_uri="gs://b/o/")
    (made,) = done.response.generated_videos

    assert made.video.video_bytes is None
    assert made.video.uri.startswith("gs://b/o/")
    assert measured(fake.bucket[made.video.uri]()) == (1280, 720, 4, True)


def veo(instance: dict[str, Any] | None = None, **parameters: Any) -> dict[str, Any]:
    return {"instances": [{"prompt": "a fox"} | (instance or {})], "parameters": {"durationSeconds": 8} | parameters}


def reference(kind: str = "ASSET") -> dict[str, Any]:
    return {"image": PNG, "referenceType": kind}


async def post(http: httpx2.AsyncClient, model: str, verb: str, body: dict[str, Any]) -> httpx2.Response:
    return await http.post(f"{HOME}/publishers/google/models/{model}:{verb}", json=body)


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (VEO, veo(fps=25)), (VEO, veo(fps=24, seed=2**32)), (VEO, veo(n=2)), (VEO, veo(sampleCount=5)),
        (VEO, veo(durationSeconds=5)), (VEO, veo(durationSeconds="8")), (VEO, veo(aspectRatio="1:1")),
        (VEO, veo(resolution="480p")), (LITE, veo(resolution="4k")), (VEO, veo(resolution="1080p", durationSeconds=6)),
        (VEO, veo(personGeneration="ALLOW_ADULT")), (VEO, veo(compressionQuality="optimized")),
        (VEO, veo(generateAudio="no")), (VEO, veo(storageUri="s3://b/o")), (VEO, veo(negativePrompt=None)),
        (VEO, veo(resizeMode="PAD")), (VEO, veo({"image": PNG}, resizeMode="STRETCH")),
        (VEO, veo({"prompt": ""})), (VEO, veo({"seed": 1})), (VEO, {"instances": []}),
        (VEO, {"instances": [{"prompt": "a"}, {"prompt": "b"}]}), (VEO, veo() | {"webhookConfig": {}}),
        (VEO, veo({"image": PNG | {"mimeType": "image/jpeg"}})), (VEO, veo({"image": PNG | {"gcsUri": "gs://b/a.png"}})),
        (VEO, veo({"image": {"gcsUri": "gs://b/nothing.png", "mimeType": "image/png"}})),
        (VEO, veo({"image": {"mimeType": "image/png"}})), (VEO, veo({"lastFrame": PNG})),
        (VEO, veo({"image": PNG, "video": MP4})), (VEO, veo({"referenceImages": [reference()] * 4})),
        (VEO, veo({"referenceImages": [reference("STYLE")]})), (FAST, veo({"referenceImages": [reference()]})),
        (VEO, veo({"referenceImages": [reference()], "image": PNG})),
        (VEO, veo({"referenceImages": [reference()]}, durationSeconds=4)),
        (VEO, veo({"image": PNG, "mask": PNG | {"maskMode": "INSERT"}})), (VEO, veo({"video": PNG})),
        (VEO, veo({"video": MP4}, resolution="1080p")), (VEO, veo({"video": MP4}, durationSeconds=4)),
    ],
    ids=lambda value: str(value)[:90],
)  # fmt: skip
async def test_refuses_of_veo(http: httpx2.AsyncClient, fake: Google, model: str, body: dict[str, Any]) -> None:
    answer = await post(http, model, "predictLongRunning", body)

    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert not fake.predictions.operations


@pytest.mark.parametrize(
    ("model", "source", "asked", "size"),
    [
        (VEO, {"image": PICTURE}, {"last_frame": PICTURE, "resize_mode": "PAD"}, (1280, 720, 4)),
        (VEO, {}, {"resolution": "1080p", "duration_seconds": 8, "seed": 3, "fps": 24}, (1920, 1080, 8)),
        (LITE, {}, {"negative_prompt": "dogs", "person_generation": "dont_allow"}, (1280, 720, 4)),
        (FAST, {}, {"compression_quality": "LOSSLESS", "enhance_prompt": True, "labels": {"a": "b"}}, (1280, 720, 4)),
        (VEO, {"video": CLIP}, {"duration_seconds": 8}, (1280, 720, 9)),
        (VEO, {}, {"duration_seconds": 8, "reference_images": [
            types.VideoGenerationReferenceImage(image=PICTURE, reference_type=types.VideoGenerationReferenceType.ASSET)
        ]}, (1280, 720, 8)),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
async def test_accepts_of_veo(
    sdk: Any, model: str, source: dict[str, Any], asked: dict[str, Any], size: tuple[int, int, float]
) -> None:
    (made,) = (await film(sdk, model, source, **asked)).response.generated_videos

    assert measured(made.video.video_bytes) == (*size, True)


async def test_an_older_veo_took_masks_and_styles_and_made_no_sound(sdk: Any, fake: Google) -> None:
    fake.today = date(2026, 6, 29)
    mask = types.VideoGenerationMask(image=PICTURE, mask_mode=types.VideoGenerationMaskMode.OUTPAINT)
    (made,) = (
        await film(sdk, "veo-2.0-generate-001", {"image": PICTURE}, mask=mask, duration_seconds=5)
    ).response.generated_videos
    style = types.VideoGenerationReferenceImage(image=PICTURE, reference_type=types.VideoGenerationReferenceType.STYLE)

    assert measured(made.video.video_bytes) == (1280, 720, 5, False)
    assert (await film(sdk, "veo-2.0-generate-001", reference_images=[style], duration_seconds=8)).done
    with pytest.raises(errors.ClientError, match="generateAudio"):
        await film(sdk, "veo-2.0-generate-001", generate_audio=True, duration_seconds=8)


@pytest.mark.parametrize("model", ["veo-3.0-generate-001", "veo-2.0-generate-001", "veo-4", "veo-3.1-generate-preview"])
async def test_a_retired_or_unknown_veo_is_not_found(sdk: Any, model: str) -> None:
    with pytest.raises(errors.ClientError) as refusal:
        await film(sdk, model)

    assert (refusal.value.code, refusal.value.status) == (404, "NOT_FOUND")


@pytest.mark.parametrize("model", [VEO, IMAGEN, "veo-3.1-generate-preview"])
@pytest.mark.parametrize("verb", ["predict", "predictLongRunning"])
async def test_veo_and_imagen_have_left_the_developer_door(fake: Google, model: str, verb: str) -> None:
    fake.today = date(2026, 11, 1)
    headers = {"x-goog-api-key": "k"}
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url, headers=headers) as http:
        answer = await http.post(f"/v1beta/models/{model}:{verb}", json=veo())

    assert answer.status_code == 404
    assert "no longer available" in answer.json()["error"]["message"]


async def test_a_doubtful_model_can_be_withdrawn(sdk: Any, fake: Google) -> None:
    fake.withdrawn.add(VEO)

    with pytest.raises(errors.ClientError, match="no longer available"):
        await film(sdk)
    assert f"publishers/google/models/{VEO}" not in {model.name async for model in await sdk.models.list()}


async def test_moderation_of_a_film_has_three_faces_and_may_spare_some(sdk: Any, fake: Google) -> None:
    fake.fail(Fault.moderated(), google_predict.SOME_BLOCKED, google.MODERATED_AS_FAILURE, google.MODERATED_AT_SUBMIT)
    all_gone, some, failed = [await film(sdk, number_of_videos=2) for _ in range(3)]

    assert (all_gone.response.generated_videos, all_gone.response.rai_media_filtered_count) == (None, 2)
    assert "15236754" in all_gone.response.rai_media_filtered_reasons[0]
    assert (len(some.response.generated_videos), some.response.rai_media_filtered_count) == (1, 1)
    assert (failed.error["code"], failed.response) == (3, None)
    with pytest.raises(errors.ClientError, match="15236754"):
        await film(sdk)


@pytest.mark.parametrize(("name", "code"), [("api_error", 13), ("service_unavailable", 14), ("step", 13)])
async def test_a_film_fails_within_a_success(sdk: Any, fake: Google, name: str, code: int) -> None:
    fake.fail(Fault.failed(name, "Because."))

    assert (await film(sdk)).error == {"code": code, "message": "Because."}


async def test_operations_go_wrong_while_they_are_asked_about(sdk: Any, fake: Google) -> None:
    fake.fail(*google.OUTCOMES["poll_server_error"])
    with pytest.raises(errors.ServerError):
        await film(sdk)
    fake.fail(Fault.expired())
    with pytest.raises(errors.ClientError, match="Operation not found"):
        await film(sdk)
    fake.fail(Fault.never_ending())
    with pytest.raises(AssertionError, match="still running"):
        await film(sdk)


async def test_a_film_comes_without_counts_and_types(sdk: Any, fake: Google) -> None:
    fake.fail(google_predict.BARE_OPERATION)
    done = await film(sdk)

    assert done.response.rai_media_filtered_count is None
    assert measured(done.response.generated_videos[0].video.video_bytes)[2] == 4


async def test_a_start_may_be_taken_without_a_name(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.fail(Fault.empty())

    assert (await post(http, VEO, "predictLongRunning", veo())).json() == {}


async def test_an_operation_is_asked_about_at_its_own_model(http: httpx2.AsyncClient) -> None:
    name = (await post(http, VEO, "predictLongRunning", veo(durationSeconds=4))).json()["name"]
    bodies = [{"operationName": name}, {"operationName": name + "x"}, {"name": name}]
    answers = [await post(http, VEO, "fetchPredictOperation", body) for body in bodies]
    astray = await post(http, FAST, "fetchPredictOperation", bodies[0])

    assert [answer.status_code for answer in [*answers, astray]] == [200, 404, 400, 400]
    assert answers[0].json() == {"name": name}


# Imagen


def rows(answer: Any) -> list[Image.Image]:
    return [Image.open(io.BytesIO(row.image.image_bytes)) for row in answer.generated_images or []]


@pytest.mark.usefixtures("imagen")
async def test_imagen_made_up_to_four_in_the_shape_and_type_asked_for(sdk: Any) -> None:
    config = types.GenerateImagesConfig(
        number_of_images=2,
        aspect_ratio="16:9",
        image_size="2K",
        output_mime_type="image/jpeg",
        include_safety_attributes=True,
    )
    answer = await sdk.models.generate_images(model=IMAGEN, prompt="a fox", config=config)

    assert [(image.format, image.size) for image in rows(answer)] == [("JPEG", (2816, 1536))] * 2
    assert answer.generated_images[0].enhanced_prompt == "a fox, in fine detail"
    assert answer.positive_prompt_safety_attributes.categories == ["Violence"]


@pytest.mark.usefixtures("imagen")
async def test_imagen_filtered_some_all_or_the_prompt(sdk: Any, fake: Google) -> None:
    fake.fail(
        google_predict.SOME_BLOCKED, Fault.moderated(), Fault.moderated(), Fault.empty(), google.MODERATED_AT_SUBMIT
    )

    async def draw(*, reasons: bool = True) -> Any:
        config = types.GenerateImagesConfig(number_of_images=2, include_rai_reason=reasons)
        return (await sdk.models.generate_images(model=IMAGEN, prompt="a fox", config=config)).generated_images

    some, none, silent, empty = await draw(), await draw(), await draw(reasons=False), await draw()
    assert [bool(row.image.image_bytes) for row in some] == [True, False]
    assert ["56562880" in row.rai_filtered_reason for row in none] == [True, True]
    assert (silent, empty) == (None, None)
    with pytest.raises(errors.ClientError, match="42876398"):
        await draw()


@pytest.mark.usefixtures("imagen")
async def test_imagen_edited_and_upscaled(sdk: Any) -> None:
    raw = types.RawReferenceImage(reference_id=1, reference_image=PICTURE)
    mode = types.MaskReferenceMode.MASK_MODE_BACKGROUND
    mask = types.MaskReferenceImage(reference_id=2, config=types.MaskReferenceConfig(mask_mode=mode, mask_dilation=0.1))
    edited = await sdk.models.edit_image(
        model=EDITOR,
        prompt="a fox",
        reference_images=[raw, mask],
        config=types.EditImageConfig(edit_mode=types.EditMode.EDIT_MODE_BGSWAP, number_of_images=1, base_steps=35),
    )
    larger = await sdk.models.upscale_image(model=UPSCALER, image=PICTURE, upscale_factor="x4")

    assert [image.size for image in rows(edited)] == [(320, 240)]
    assert [image.size for image in rows(larger)] == [(1280, 960)]


@pytest.mark.usefixtures("imagen")
@pytest.mark.parametrize(
    ("model", "instance", "parameters"),
    [
        (IMAGEN, {}, {"sampleCount": 5}), (IMAGEN, {}, {"aspectRatio": "21:9"}), (IMAGEN, {}, {"seed": 1}),
        (IMAGEN, {}, {"sampleImageSize": "4K"}), (IMAGEN, {}, {"size": "1024x1024"}), (IMAGEN, {"prompt": ""}, {}),
        (IMAGEN, {}, {"personGeneration": "allow_adult"}), (IMAGEN, {}, {"mode": "upscale"}),
        (IMAGEN, {"referenceImages": [{"referenceId": 1, "referenceType": "REFERENCE_TYPE_RAW"}]}, {}),
        ("imagen-4.0-fast-generate-001", {}, {"sampleImageSize": "2K"}), (EDITOR, {}, {}),
        (EDITOR, {"referenceImages": [{"referenceId": 1, "referenceType": "RAW", "referenceImage": PNG}]}, {}),
        (EDITOR, {"referenceImages": [{"referenceId": 1, "referenceType": "REFERENCE_TYPE_RAW"}]}, {}),
        (UPSCALER, {}, {"mode": "upscale", "upscaleConfig": {"upscaleFactor": "x4"}}),
        (UPSCALER, {"image": PNG}, {"mode": "upscale", "upscaleConfig": {"upscaleFactor": "x3"}}),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
async def test_refuses_of_imagen(
    http: httpx2.AsyncClient, model: str, instance: dict[str, Any], parameters: dict[str, Any]
) -> None:
    body = {"instances": [{"prompt": "a fox"} | instance], "parameters": parameters}

    assert (await post(http, model, "predict", body)).status_code == 400


@pytest.mark.parametrize("model", [IMAGEN, EDITOR, UPSCALER])
async def test_imagen_is_gone(http: httpx2.AsyncClient, model: str) -> None:
    assert (await post(http, model, "predict", {"instances": [{"prompt": "a fox"}]})).status_code == 404


# The other lanes at this door, and its keys


async def test_a_picture_takes_what_only_vertex_takes(sdk: Any, fake: Google) -> None:
    fake.bucket["gs://b/fox.png"] = lambda: RAW
    image = types.ImageConfig(
        aspect_ratio="1:1",
        output_mime_type="image/jpeg",
        output_compression_quality=80,
        person_generation="ALLOW_ADULT",
    )
    answer = await sdk.models.generate_content(
        model="gemini-nano-banana-2.1",
        contents=["a fox", types.Part.from_uri(file_uri="gs://b/fox.png", mime_type="image/png")],
        config=types.GenerateContentConfig(response_modalities=["IMAGE"], image_config=image),
    )

    assert answer.parts[-1].inline_data.mime_type == "image/jpeg"
    assert Image.open(io.BytesIO(answer.parts[-1].inline_data.data)).format == "JPEG"


async def test_store_is_unknown_here(http: httpx2.AsyncClient) -> None:
    body = {"contents": [{"parts": [{"text": "a fox"}]}], "generationConfig": {"responseModalities": ["IMAGE"]}}
    answers = [
        await post(http, "gemini-nano-banana-2.1", "generateContent", body | more) for more in ({}, {"store": True})
    ]

    assert [answer.status_code for answer in answers] == [200, 400]


@pytest.mark.parametrize(
    ("location", "change", "status"),
    [
        ("global", {}, 200), ("us-central1", {}, 400), ("global", {"delivery": "uri"}, 400),
        ("global", {"gcs_uri": "gs://b/o"}, 400), ("global", {"delivery": "uri", "gcs_uri": "gs://b/o"}, 200),
    ],
    ids=str,
)  # fmt: skip
async def test_omni_is_served_in_global_alone_and_into_a_bucket(
    http: httpx2.AsyncClient, fake: Google, location: str, change: dict[str, Any], status: int
) -> None:
    wanted = {"type": "video", "duration": "3s", "resolution": "360p"} | change
    body = {"model": "gemini-omni-1.2-flash", "input": "a fox", "response_format": wanted}
    answer = await http.post(f"/v1beta1/projects/p1/locations/{location}/interactions", json=body)

    assert answer.status_code == status
    if "gcs_uri" in change and status == 200:
        uri = answer.json()["steps"][-1]["content"][0]["uri"]
        assert measured(fake.bucket[uri]()) == (640, 360, 3, True)


@pytest.mark.parametrize("token", ["ya29.bad", ""])
async def test_a_wrong_token_is_refused(http: httpx2.AsyncClient, token: str) -> None:
    http.headers["authorization"] = f"Bearer {token}"
    answers = [
        await post(http, VEO, "predictLongRunning", veo()),
        await http.post("/v1beta1/projects/p1/locations/global/interactions", json={}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json()["error"]["status"] == "UNAUTHENTICATED"
    assert answers[1].json()["error"]["code"] == "authentication"


async def test_a_key_opens_no_project_and_a_token_opens_no_other(http: httpx2.AsyncClient, fake: Google) -> None:
    body = veo()
    by_key = await http.post(
        f"{HOME}/publishers/google/models/{VEO}:predictLongRunning", json=body, headers={"x-goog-api-key": "k"}
    )
    astray = await http.post(
        f"/v1beta1/projects/p2/locations/global/publishers/google/models/{VEO}:predictLongRunning", json=body
    )

    assert (by_key.status_code, astray.status_code) == (401, 403)


async def test_a_key_opens_the_express_mode(fake: Google) -> None:
    async with httpx2.AsyncClient(transport=fake.transport()) as http:
        sdk = client(fake, http, enterprise=True, api_key="k")
        config = types.GenerateContentConfig(response_modalities=["IMAGE"])
        answer = await sdk.models.generate_content(model="gemini-3.1-flash-image", contents="a fox", config=config)
        with pytest.raises(told.NotFoundError):
            await sdk.interactions.create(model="gemini-omni-flash", input="a fox")

    assert answer.parts[-1].inline_data.data


def test_over_a_socket_two_settings_lead_here() -> None:
    fake = Google()
    with serve(fake):
        listed = httpx2.get(f"{fake.settings()['GOOGLE_GEMINI_BASE_URL']}/v1/models", headers={"x-goog-api-key": "k"})
    with spawn("google", "xai") as settings:
        assert set(settings) == {"GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "XAI_API_BASE_URL"}
        answer = httpx2.get(
            f"{settings['GOOGLE_VERTEX_BASE_URL']}/v1beta1/publishers/google/models", headers={"x-goog-api-key": "k"}
        )

    assert len(listed.json()["models"]) > 5
    assert any(model["name"].endswith(VEO) for model in answer.json()["publisherModels"])


async def test_faults_the_vendor_does_not_have_are_the_tests_mistake(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.today = date(2026, 6, 1)
    lanes = [(VEO, "predictLongRunning", veo()), (IMAGEN, "predict", {"instances": [{"prompt": "a fox"}]})]
    for lane in lanes:
        fake.fail(Fault.variant("drafted"))
        with pytest.raises(AssertionError, match="knows no"):
            await post(http, *lane)


@pytest.mark.usefixtures("imagen")
async def test_a_picture_of_imagen_is_put_into_a_bucket_or_never_comes(http: httpx2.AsyncClient, fake: Google) -> None:
    body = {"instances": [{"prompt": "a fox"}], "parameters": {"storageUri": "gs://b/o"}}
    (row,) = (await post(http, IMAGEN, "predict", body)).json()["predictions"]
    fake.fail(Fault.never_ending())

    assert Image.open(io.BytesIO(fake.bucket[row["gcsUri"]]())).size == (1024, 1024)
    with pytest.raises(httpx2.ReadTimeout):
        await post(http, IMAGEN, "predict", body)


async def test_a_token_is_traded_for_a_signature_and_lives_an_hour(fake: Google) -> None:
    clock = [0.0]
    fake.now, fake.token = lambda: clock[0], None
    url = f"{HOME}/publishers/google/models/{VEO}:predictLongRunning"
    with serve(fake):
        held = Account.from_service_account_info(fake.tokens.service_account(), scopes=[SCOPE])  # type: ignore[no-untyped-call]
        await anyio.to_thread.run_sync(held.refresh, Request())
        async with httpx2.AsyncClient(base_url=fake.base_url) as http:

            async def status(token: str) -> int:
                return (await http.post(url, json=veo(), headers={"authorization": f"Bearer {token}"})).status_code

            young, foreign = await status(held.token), await status("ya29.made.up")
            clock[0] = 3600.0
            old = await status(held.token)

    assert (young, foreign, old) == (200, 401, 401)


async def test_a_person_s_token_is_traded_at_googles_own_address(http: httpx2.AsyncClient, fake: Google) -> None:
    form = fake.tokens.user() | {"grant_type": "refresh_token"}
    token = (await http.post("https://oauth2.googleapis.com/token", data=form)).json()["access_token"]
    fake.token = None
    http.headers["authorization"] = f"Bearer {token}"

    assert (await post(http, VEO, "predictLongRunning", veo())).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {}, {"grant_type": "password"},
        {"grant_type": "refresh_token", "refresh_token": "1//bad", "client_secret": "s1"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "e30.e30.c2ln"},
    ],
    ids=str,
)  # fmt: skip
async def test_no_token_for_nothing(http: httpx2.AsyncClient, form: dict[str, str]) -> None:
    answer = await http.post("/token", data=form)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
