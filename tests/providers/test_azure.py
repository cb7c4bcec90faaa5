"""Azure's adapter and rows against a strict fake: OpenAI's pictures under the names of deployments."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diorama.errors import ConfigurationError, ValidationError
from diorama.providers.azure import Azure as Adapter
from diorama.providers.base import Inline, InputBytes, Provider, Refused
from diorama.settings import VendorEnvironment
from tests.fakes import azure as fakes
from tests.fakes import media
from tests.houses import a_house, environment, make
from tests.providers.through import adapter, made, sent

pytestmark = pytest.mark.anyio

SMALL = {"size": "1024x1024", "quality": "low"}
MINE = "my-gpt-image-2.5-flare"


@pytest.fixture
def fake() -> fakes.Azure:
    return fakes.Azure()


@pytest.fixture
def azure(fake: fakes.Azure) -> Provider:
    return adapter(fake)


async def test_the_v1_api_is_asked_with_the_key_in_its_own_header(fake: fakes.Azure, azure: Provider) -> None:
    done = await made(azure, MINE, **SMALL)

    (submit,) = fake.submits
    assert (submit.path, submit.body["model"]) == ("/openai/v1/images/generations", MINE)
    assert submit.headers["api-key"] == "test-key-azure"
    assert "authorization" not in submit.headers
    assert isinstance(done.outputs[0], Inline)


@pytest.mark.parametrize("path", ["", "/", "/openai/v1", "/openai/v1/"])
async def test_an_endpoint_may_be_copied_with_the_path_of_the_api(path: str, fake: fakes.Azure) -> None:
    await made(adapter(fake, AZURE_OPENAI_ENDPOINT=f"{fake.base_url}{path}"), MINE, **SMALL)

    assert fake.submits[0].path == "/openai/v1/images/generations"


async def test_pictures_are_edited_as_a_form(fake: fakes.Azure, azure: Provider) -> None:
    picture = InputBytes(role="reference", mime="image/jpeg", data=media.picture(320, 192, "jpeg"))

    await made(azure, MINE, picture, **SMALL)

    assert fake.submits[0].path == "/openai/v1/images/edits"


@pytest.mark.parametrize("fault", [fakes.FILTERED_200, fakes.FILTERED_400])
async def test_filtered_content_is_moderation_under_either_status(
    fault: Any, fake: fakes.Azure, azure: Provider
) -> None:
    fake.fail(fault)

    with pytest.raises(Refused) as refused:
        await sent(azure, MINE, **SMALL)

    assert refused.value.error.code == "moderated"


async def test_a_name_that_nobody_deployed_says_how_to_name_one(azure: Provider) -> None:
    with pytest.raises(Refused, match="AZURE_OPENAI_DEPLOYMENTS=my-name=model"):
        await sent(azure, "gpt-image-2.5-flare", **SMALL)


async def test_the_probe_lists_models(azure: Provider) -> None:
    assert await azure.probe() == "lists 5 models"


# Through the house: which deployment is asked.


async def used(home: Path, fake: fakes.Azure, model: str, mapping: str | None = None) -> tuple[str, str]:
    values = environment([fake])._values
    more = {} if mapping is None else {"AZURE_OPENAI_DEPLOYMENTS": mapping}
    async with a_house(home, fake, environment=VendorEnvironment(values | more)) as house:
        job = await make(house, model=model, prompt="a paper fox")
    assert job.state == "succeeded", job.error
    return job.model.used, fake.submits[0].body["model"]


@pytest.mark.parametrize(
    ("asked", "model", "deployment"),
    [
        ("azure:my-gpt-image-2", "azure:gpt-image-2", "my-gpt-image-2"),
        ("azure:MY-gpt-image-2", "azure:gpt-image-2", "my-gpt-image-2"),
        ("azure:gpt-image-2", "azure:gpt-image-2", "my-gpt-image-2"),
        ("Azure:gpt-image-2.5-sunburst", "azure:gpt-image-2.5-sunburst", "my-gpt-image-2.5-sunburst"),
    ],
)
async def test_a_model_is_found_by_its_deployment_and_the_other_way_round(
    asked: str, model: str, deployment: str, fake: fakes.Azure, tmp_path: Path
) -> None:
    assert await used(tmp_path, fake, asked) == (model, deployment)


async def test_without_a_mapping_the_models_own_name_is_the_deployment(fake: fakes.Azure, tmp_path: Path) -> None:
    fake.deployments = {"gpt-image-2": "gpt-image-2"}

    assert await used(tmp_path, fake, "azure:gpt-image-2", "") == ("azure:gpt-image-2", "gpt-image-2")


async def test_any_other_name_is_a_deployment_too(fake: fakes.Azure, tmp_path: Path) -> None:
    fake.deployments = {"Drawings": "gpt-image-2.5-flare"}

    assert await used(tmp_path, fake, "azure:Drawings", "") == ("azure:drawings", "Drawings")


async def test_a_mapping_that_cannot_be_read_names_its_variable(fake: fakes.Azure, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="AZURE_OPENAI_DEPLOYMENTS: 'my-name' is not NAME=VALUE"):
        await used(tmp_path, fake, "azure:gpt-image-2", "my-name")


async def test_a_key_without_an_endpoint_is_not_enough(fake: fakes.Azure, tmp_path: Path) -> None:
    alone = VendorEnvironment({"AZURE_OPENAI_API_KEY": "k"})

    async with a_house(tmp_path, fake, environment=alone) as house:
        with pytest.raises(ConfigurationError, match="AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT"):
            await make(house, model="azure:gpt-image-2", prompt="a fox")


@pytest.mark.parametrize("model", ["azure:gpt-image-1", "azure:my-gpt-image-1", "azure:dall-e-3", "azure:sora-2"])
async def test_the_vendors_own_endpoints_do_not_bring_back_what_is_retired(
    model: str, fake: fakes.Azure, tmp_path: Path
) -> None:
    mapped = environment([fake], overridden=False)._values | {"AZURE_OPENAI_DEPLOYMENTS": "my-gpt-image-1=gpt-image-1"}

    async with a_house(tmp_path, fake, environment=VendorEnvironment(mapped)) as house:
        with pytest.raises(ValidationError, match="is retired since"):
            await make(house, model=model, prompt="a fox")

    assert fake.submits == []


@pytest.mark.parametrize(
    ("asked", "format_", "said"),
    [("webp", None, "has no output_format 'webp'"), ("png", "transparent", None), ("jpeg", "transparent", "needs png")],
)
async def test_pictures_are_png_or_jpeg(
    asked: str, format_: str | None, said: str | None, fake: fakes.Azure, tmp_path: Path
) -> None:
    wishes: dict[str, Any] = {"output_format": asked} | ({"background": format_} if format_ else {})
    ask: Callable[..., Any] = make
    async with a_house(tmp_path, fake) as house:
        if said is None:
            assert (await ask(house, model="azure:gpt-image-2.5-flare", prompt="a fox", **wishes)).state == "succeeded"
            return
        with pytest.raises(ValidationError, match=said):
            await ask(house, model="azure:gpt-image-2.5-flare", prompt="a fox", **wishes)


def test_without_a_wire_it_names_the_whole_path() -> None:
    assert Adapter().root == "/openai/v1"
