"""Where Azure differs from OpenAI, by the unmodified openai==3.51.0 as Microsoft documents it; the rest is shared."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx2
import openai
import pytest

from tests.fakes import azure, media
from tests.fakes.azure import Azure
from tests.fakes.base import Fault, load
from tests.fakes.serving import serve

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")]
FLARE: dict[str, Any] = {"model": "my-gpt-image-2.5-flare", "prompt": "a fox", "size": "1024x1024"}
PNG = ("a.png", media.picture(320, 240), "image/png")


@pytest.fixture
def fake() -> Azure:
    return Azure()


@pytest.fixture
async def sdk(fake: Azure) -> AsyncIterator[openai.AsyncOpenAI]:
    http = httpx2.AsyncClient(transport=fake.transport())
    url = f"{fake.base_url}/openai/v1"
    async with openai.AsyncOpenAI(api_key="k", base_url=url, http_client=http, max_retries=0) as client:
        yield client


async def test_the_settings_lead_to_the_root_of_the_resource_and_its_deployments(fake: Azure) -> None:
    fake.deployments = {"a": "gpt-image-2", "b": "gpt-image-2.5-flare"}

    assert isinstance(load("azure"), Azure)
    assert fake.settings() == {
        "AZURE_OPENAI_ENDPOINT": "http://azure.fake",
        "AZURE_OPENAI_DEPLOYMENTS": "a=gpt-image-2,b=gpt-image-2.5-flare",
    }


async def test_pictures_are_made_and_edited_under_a_deployments_name(sdk: openai.AsyncOpenAI, fake: Azure) -> None:
    drawn = await sdk.images.generate(**FLARE, output_format="jpeg")
    edited = await sdk.images.edit(**FLARE, image=[PNG])

    assert (drawn.output_format, drawn.quality, edited.quality) == ("jpeg", "high", "high")
    assert [submit.path for submit in fake.submits] == ["/openai/v1/images/generations", "/openai/v1/images/edits"]


@pytest.mark.parametrize("query", ["", "?api-version=preview", "?api-version=v1"])
async def test_the_key_comes_by_either_header_and_a_version_is_not_needed(fake: Azure, query: str) -> None:
    fake.key = "k"
    url = f"{fake.base_url}/openai/v1/images/generations{query}"
    async with httpx2.AsyncClient(transport=fake.transport()) as http:
        good = [await http.post(url, json=FLARE, headers=h) for h in ({"api-key": "k"}, {"authorization": "Bearer k"})]
        keys: list[dict[str, str]] = [{}, {"api-key": "x"}, {"api-key": ""}, {"authorization": "k"}, {"x-api-key": "k"}]
        bad = [await http.post(url, json=FLARE, headers=headers) for headers in keys]

    assert [answer.status_code for answer in good] == [200] * 2
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in bad] == [(401, "401")] * 5


@pytest.mark.parametrize("model", ["gpt-image-2.5-flare", "my-gpt-image-1", "my-sora-2", "nobody"])
async def test_what_is_no_living_deployment_is_not_found(sdk: openai.AsyncOpenAI, model: str) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        await sdk.images.generate(**FLARE | {"model": model})

    assert refusal.value.code == "DeploymentNotFound"


async def test_models_die_on_azures_days_not_on_openais(sdk: openai.AsyncOpenAI, fake: Azure) -> None:
    asked = FLARE | {"model": "my-gpt-image-1.5"}
    fake.today = date(2026, 12, 15)
    await sdk.images.generate(**asked)
    fake.today = date(2026, 12, 16)

    with pytest.raises(openai.NotFoundError):
        await sdk.images.generate(**asked)
    assert "gpt-image-1.5" not in [model.id async for model in sdk.models.list()]
    assert (await sdk.models.retrieve("gpt-image-2")).shutdown_date == "2027-04-21"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"output_format": "webp"}, "output_format"),
        ({"image": ("a.webp", media.picture(64, 64, "webp"), "image/webp")}, "image"),
        ({"model": "my-gpt-image-1-mini", "input_fidelity": "low"}, "input_fidelity"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_refuses_what_openai_takes(sdk: openai.AsyncOpenAI, change: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        await sdk.images.edit(**FLARE | {"image": PNG} | change)

    assert refusal.value.param == param


async def test_edits_are_forms_only(sdk: openai.AsyncOpenAI) -> None:
    body = FLARE | {"images": [{"image_url": "https://pictures.test/a.png"}]}

    with pytest.raises(openai.BadRequestError, match="multipart"):
        await sdk.post("/images/edits", body=body, cast_to=object)


async def test_the_legacy_paths_are_not_there(fake: Azure) -> None:
    http = httpx2.AsyncClient(transport=fake.transport())
    async with openai.AsyncAzureOpenAI(
        azure_endpoint=fake.base_url, api_version="2025-04-01-preview", api_key="k", http_client=http, max_retries=0
    ) as legacy:
        with pytest.raises(openai.NotFoundError):
            await legacy.images.generate(**FLARE)


async def test_filtered_content_has_three_faces(sdk: openai.AsyncOpenAI, fake: Azure) -> None:
    fake.fail(Fault.moderated("input"), azure.FILTERED_400, azure.FILTERED_200)

    with pytest.raises(openai.BadRequestError, match="Azure support") as blocked:
        await sdk.images.generate(**FLARE)
    with pytest.raises(openai.BadRequestError) as filtered:
        await sdk.images.generate(**FLARE)
    quiet = await sdk.images.generate(**FLARE)

    assert (blocked.value.code, filtered.value.code) == ("moderation_blocked", "contentFilter")
    assert quiet.data is None
    assert quiet.to_dict()["error"] == filtered.value.body


async def test_films_have_ended_unless_a_test_keeps_them(sdk: openai.AsyncOpenAI, fake: Azure) -> None:
    asked: dict[str, Any] = {"model": "my-sora-2", "prompt": "a fox", "seconds": "4", "size": "1280x720"}
    with pytest.raises(openai.NotFoundError, match="September"):
        await sdk.videos.create(**asked)
    fake.videos, fake.film_polls = True, 0

    video = await sdk.videos.create_and_poll(**asked)

    assert (video.status, video.model) == ("completed", "my-sora-2")
    assert (await sdk.videos.download_content(video.id)).content[4:8] == b"ftyp"
    assert fake.downloads[0].path == f"/openai/v1/videos/{video.id}/content"
    for wrong in ({"model": "sora-2"}, {"model": FLARE["model"]}):
        with pytest.raises(openai.NotFoundError, match="deployment"):
            await sdk.videos.create(**asked | wrong)
    with pytest.raises(openai.BadRequestError):
        await sdk.videos.create(**asked | {"size": "1792x1024"})


def test_it_is_the_same_over_a_socket(fake: Azure) -> None:
    with serve(fake):
        answer = httpx2.post(
            fake.settings()["AZURE_OPENAI_ENDPOINT"] + "/openai/v1/images/generations",
            json=FLARE | {"quality": "low"},
            headers={"api-key": "k"},
        )

    assert answer.json()["data"][0]["b64_json"]
    assert fake.submits[0].path == "/openai/v1/images/generations"
