"""Google's adapter at the door of Vertex, against a strict fake: tokens, Omni, Veo, and Imagen as it was."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from diorama.errors import ConfigurationError
from diorama.jobs.vendors import Vendors
from diorama.providers.base import Blocked, Done, Inline, InputBytes, Pending, Provider, Refused, UnknownFate
from diorama.providers.googling import doors, tokens
from diorama.providers.wire import make_client
from diorama.schemas import Input, Request
from diorama.settings import VendorEnvironment
from tests.fakes import google as fakes
from tests.fakes import google_predict as predict
from tests.fakes import media
from tests.fakes.base import Fault
from tests.fakes.serving import serve
from tests.houses import CATALOG, a_house, make
from tests.providers.through import adapter, made, prepared, sent

pytestmark = pytest.mark.anyio

VEO = "veo-3.1-generate-001"
FILM: dict[str, Any] = {"kind": "video", "aspect_ratio": "9:16", "resolution": "720p", "seconds": 4.0, "audio": True}
AT_VERTEX = {
    "GOOGLE_GENAI_USE_VERTEXAI": "true",
    "GOOGLE_CLOUD_PROJECT": "p1",
    "GOOGLE_CLOUD_LOCATION": "europe-west4",
}
HERE = "/v1beta1/projects/p1/locations/europe-west4/publishers/google/models"


def given(role: Any, **more: Any) -> InputBytes:
    return InputBytes(role=role, mime="image/jpeg", data=media.picture(320, 320, "jpeg"), **more)


def a_film() -> InputBytes:
    return InputBytes(role="source", mime="video/mp4", data=media.film(320, 192, 4), seconds=4)


@pytest.fixture
def fake() -> fakes.Google:
    return fakes.Google()


@pytest.fixture
def google(fake: fakes.Google, tmp_path: Path) -> Provider:
    return adapter(fake, **AT_VERTEX, **fake.papers(tmp_path))


@asynccontextmanager
async def over_sockets(fake: fakes.Google, papers: dict[str, str]) -> AsyncIterator[Provider]:
    """The adapter as it is made where nothing stands in for the network."""
    values = AT_VERTEX | fake.settings() | papers
    vendors = Vendors(CATALOG, VendorEnvironment(values), {}, make_client)
    try:
        yield vendors.provider("google")
    finally:
        await vendors.close()


# Tokens


async def test_a_service_account_gets_one_token_for_many_requests(fake: fakes.Google, google: Provider) -> None:
    await made(google, VEO, **FILM)

    (token,) = fake.tokens.given
    assert fake.submits[0].headers["authorization"] == f"Bearer {token}"
    assert "x-goog-api-key" not in fake.submits[0].headers


async def test_a_token_is_fetched_over_a_real_socket_too(fake: fakes.Google, tmp_path: Path) -> None:
    with serve(fake):
        async with over_sockets(fake, fake.papers(tmp_path)) as google:
            assert "models" in await google.probe()

    assert len(fake.tokens.given) == 1


async def test_a_token_server_that_cannot_be_reached_may_be_tried_again(fake: fakes.Google, tmp_path: Path) -> None:
    papers = fake.papers(tmp_path)
    account = json.loads((tmp_path / "service-account.json").read_text())
    (tmp_path / "service-account.json").write_text(json.dumps(account | {"token_uri": "http://127.0.0.1:1/token"}))

    async with over_sockets(fake, papers) as google:
        with pytest.raises(Refused, match="could not be reached") as refused:
            await sent(google, VEO, **FILM)

    assert refused.value.retry


async def test_a_key_is_not_asked_for_where_vertex_is_switched_on(fake: fakes.Google, tmp_path: Path) -> None:
    google = adapter(fake, **AT_VERTEX, GEMINI_API_KEY="AIza-0123456789", **fake.papers(tmp_path))

    await made(google, "gemini-nano-banana-2.1", kind="image", aspect_ratio="1:1", resolution="1K")

    assert fake.submits[0].path == f"{HERE}/gemini-nano-banana-2.1:generateContent"


async def test_a_switch_that_says_no_is_off(fake: fakes.Google) -> None:
    google = adapter(fake, **AT_VERTEX | {"GOOGLE_GENAI_USE_VERTEXAI": "False"})

    assert prepared(google, "gemini-nano-banana-2.1").path.startswith("/v1/models/")


async def test_without_credentials_nothing_is_sent_and_the_way_out_is_named(fake: fakes.Google, tmp_path: Path) -> None:
    google = adapter(fake, **AT_VERTEX, GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "nowhere.json"))

    with pytest.raises(Refused, match=r"nowhere\.json") as refused:
        await sent(google, VEO, **FILM)

    assert "gcloud auth" in (refused.value.error.hint or "")
    assert fake.submits == []


async def test_a_login_that_is_refused_is_told_and_a_film_under_way_is_asked_about_again(
    fake: fakes.Google, google: Provider, tmp_path: Path
) -> None:
    pending = await sent(google, VEO, **FILM)
    assert isinstance(pending, Pending)
    file = tmp_path / "service-account.json"
    file.write_text(file.read_text().replace("painter@", "stranger@"))
    stranger = adapter(fake, **AT_VERTEX, GOOGLE_APPLICATION_CREDENTIALS=str(file))

    with pytest.raises(Refused, match="invalid_grant"):
        await sent(stranger, VEO, **FILM)
    with pytest.raises(UnknownFate, match="invalid_grant"):
        await stranger.check(pending.ref)


def test_without_the_package_the_line_that_installs_it_is_named(
    fake: fakes.Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "find_spec", lambda name: None)

    with pytest.raises(ConfigurationError) as refused:
        adapter(fake, **AT_VERTEX)

    assert "pip install" in (refused.value.hint or "")


async def test_a_foreign_project_is_told(fake: fakes.Google, google: Provider) -> None:
    fake.project = "another"

    with pytest.raises(Refused, match="p1"):
        await sent(google, VEO, **FILM)


# Addresses

HOSTS = [
    ("global", "https://aiplatform.googleapis.com"),
    ("us-central1", "https://us-central1-aiplatform.googleapis.com"),
    ("eu", "https://aiplatform.eu.rep.googleapis.com"),
]


@pytest.mark.parametrize(("location", "host"), HOSTS)
def test_every_location_has_a_host_and_films_by_omni_are_made_in_one(location: str, host: str) -> None:
    door = doors.vertex({"GOOGLE_CLOUD_PROJECT": "p1", "GOOGLE_CLOUD_LOCATION": location})

    assert door.models == f"{host}/v1beta1/projects/p1/locations/{location}/publishers/google/models"
    assert door.interactions == "https://aiplatform.googleapis.com/v1beta1/projects/p1/locations/global/interactions"


@pytest.mark.parametrize(("location", "host"), HOSTS)
def test_the_token_goes_to_googles_own_hosts(location: str, host: str, fake: fakes.Google, tmp_path: Path) -> None:
    values = AT_VERTEX | {"GOOGLE_CLOUD_LOCATION": location, "GOOGLE_VERTEX_BASE_URL": ""}
    google = adapter(fake, **values, **fake.papers(tmp_path))

    url, headers = google.preview(prepared(google, VEO, **FILM))

    assert url.startswith(host)
    assert headers["authorization"] == "Bearer [key]"


@pytest.mark.parametrize(
    ("url", "theirs"), [("http://127.0.0.1:9", True), ("https://europe-west4-aiplatform.googleapis.com", False)]
)
def test_a_vertex_of_somebody_elses_may_still_serve_what_google_has_ended(url: str, theirs: bool) -> None:
    vendors = Vendors(CATALOG, VendorEnvironment(AT_VERTEX | {"GOOGLE_VERTEX_BASE_URL": url}), {}, make_client)

    assert ("google" in vendors.overridden) is theirs


# Veo


async def test_a_film_by_veo_says_everything_that_it_can_be_told(fake: fakes.Google, google: Provider) -> None:
    options = {"person_generation": "dont_allow", "enhance_prompt": False, "compression_quality": "lossless"}
    more = {"negative_prompt": "rain", "seed": 7, "fps": 24, "n": 2, "options": options}

    done = await made(google, VEO, **FILM, **more)

    assert fake.submits[0].path == f"{HERE}/{VEO}:predictLongRunning"
    assert fake.submits[0].body == {
        "instances": [{"prompt": "a paper fox"}],
        "parameters": {
            "sampleCount": 2,
            "durationSeconds": 4,
            "aspectRatio": "9:16",
            "resolution": "720p",
            "fps": 24,
            "seed": 7,
            "negativePrompt": "rain",
            "generateAudio": True,
            "personGeneration": "dont_allow",
            "enhancePrompt": False,
            "compressionQuality": "LOSSLESS",
        },
    }
    assert [type(output) for output in done.outputs] == [Inline, Inline]
    assert done.usage == {"second": 8}


ROLES = [
    (["first_frame"], 4.0, {"image"}),
    (["first_frame", "last_frame"], 4.0, {"image", "lastFrame"}),
    (["reference", "reference"], 8.0, {"referenceImages"}),
]


@pytest.mark.parametrize(("roles", "seconds", "fields"), ROLES)
async def test_pictures_go_in_by_their_role(
    roles: list[str], seconds: float, fields: set[str], fake: fakes.Google, google: Provider
) -> None:
    await made(google, VEO, *map(given, roles), **FILM | {"seconds": seconds})

    assert set(fake.submits[0].body["instances"][0]) == {"prompt"} | fields


async def test_a_film_goes_on_for_seven_seconds_and_they_are_what_is_owed(fake: fakes.Google, google: Provider) -> None:
    done = await made(google, VEO, a_film(), **FILM | {"seconds": 8.0})

    assert set(fake.submits[0].body["instances"][0]) == {"prompt", "video"}
    assert done.usage == {"second": 7}


async def test_a_mask_says_what_is_to_happen_there(fake: fakes.Google, google: Provider) -> None:
    fake.today = date(2026, 6, 1)  # while the one model lived that takes a mask

    options = {"mask_mode": "remove"}
    asked = {"kind": "video", "seconds": 8.0, "options": options}
    await sent(google, "veo-2.0-generate-001", given("first_frame"), given("mask"), **asked)

    assert fake.submits[0].body["instances"][0]["mask"]["maskMode"] == "REMOVE"


async def test_of_several_films_some_may_be_withheld(fake: fakes.Google, google: Provider) -> None:
    fake.fail(predict.SOME_BLOCKED)

    done = await made(google, VEO, **FILM, n=2)

    film, withheld = done.outputs
    assert isinstance(film, Inline)
    assert isinstance(withheld, Blocked)
    assert withheld.categories == ("celebrity",)
    assert done.usage == {"second": 4}


async def test_a_finished_operation_may_say_the_least(fake: fakes.Google, google: Provider) -> None:
    fake.fail(predict.BARE_OPERATION)

    assert isinstance((await made(google, VEO, **FILM)).outputs[0], Inline)


@pytest.mark.parametrize("fault", [fakes.MODERATED_AT_SUBMIT, fakes.MODERATED_AS_FAILURE])
async def test_moderation_is_known_by_its_support_code(fault: Fault, fake: fakes.Google, google: Provider) -> None:
    fake.fail(fault)

    with pytest.raises(Refused) as refused:
        await made(google, VEO, **FILM)

    assert refused.value.error.code == "moderated"
    assert refused.value.error.details["categories"] == ["celebrity"]


async def test_an_operation_cannot_be_cancelled(google: Provider) -> None:
    pending = await sent(google, VEO, **FILM)
    assert isinstance(pending, Pending)

    assert await google.cancel(pending.ref) is False


# Omni


async def test_a_film_by_omni_comes_along_with_the_answer(fake: fakes.Google, google: Provider) -> None:
    asked = {"kind": "video", "aspect_ratio": "16:9", "resolution": "720p", "seconds": 3.0}

    done = await made(google, "gemini-omni-1.2-flash", **asked)

    assert fake.submits[0].path == "/v1beta1/projects/p1/locations/global/interactions"
    assert "delivery" not in fake.submits[0].body["response_format"][0]
    (output,) = done.outputs
    assert isinstance(output, Inline)
    assert output.vendor_ref["vertex"] is True


# Imagen, for those who still serve it


@pytest.fixture
def early(fake: fakes.Google) -> None:
    fake.today = date(2026, 6, 1)


@pytest.mark.usefixtures("early")
async def test_imagen_answers_at_once_with_several_pictures(fake: fakes.Google, google: Provider) -> None:
    asked = {"kind": "image", "aspect_ratio": "16:9", "resolution": "2K", "seed": 7, "n": 2, "output_format": "jpeg"}

    done = await sent(google, "imagen-4.0-generate-001", **asked, options={"person_generation": "allow_all"})

    assert isinstance(done, Done)
    assert done.usage == {"image": 2}
    parameters = fake.submits[0].body["parameters"]
    assert (parameters["personGeneration"], parameters["addWatermark"]) == ("ALLOW_ALL", False)
    assert parameters["outputOptions"] == {"mimeType": "image/jpeg"}


@pytest.mark.usefixtures("early")
async def test_imagen_says_which_pictures_it_withholds(fake: fakes.Google, google: Provider) -> None:
    fake.fail(predict.SOME_BLOCKED)

    done = await sent(google, "imagen-4.0-generate-001", kind="image", n=2)

    assert isinstance(done, Done)
    assert [type(output) for output in done.outputs] == [Inline, Blocked]
    assert done.outputs[1].categories == ("violence",)  # type: ignore[union-attr]


@pytest.mark.usefixtures("early")
async def test_imagen_edits_behind_a_mask_and_makes_larger(fake: fakes.Google, google: Provider) -> None:
    masked = (given("source"), given("mask"))
    edited = await sent(google, "imagen-3.0-capability-001", *masked, kind="image", resolution="1K")
    larger = await sent(
        google, "imagen-4.0-upscale-preview", given("source"), kind="image", options={"upscale_factor": "x4"}
    )

    assert isinstance(edited, Done)
    assert isinstance(larger, Done)
    assert fake.submits[0].body["parameters"]["editMode"] == "EDIT_MODE_INPAINT_INSERTION"
    assert fake.submits[1].body["parameters"]["upscaleConfig"] == {"upscaleFactor": "x4"}


# Through the house


async def test_veo_needs_vertex_and_says_so_before_anything_is_sent(tmp_path: Path, fake: fakes.Google) -> None:
    async with a_house(tmp_path, fake) as house:
        with pytest.raises(ConfigurationError) as refused:
            await make(house, model="veo-3.1-fast", kind="video", prompt="a paper fox")

    assert refused.value.code == "missing_key"
    assert "GOOGLE_GENAI_USE_VERTEXAI and GOOGLE_CLOUD_PROJECT" in (refused.value.hint or "")
    assert "google:gemini-omni-1.2-flash" in (refused.value.hint or "")
    assert fake.submits == []


async def test_who_follows_successors_gets_one_that_the_key_opens(tmp_path: Path, fake: fakes.Google) -> None:
    async with a_house(tmp_path, fake, settings={"substitutes": "successors"}) as house:
        found = house.generation.resolve(Request(model="veo", kind="video", prompt="a paper fox"))

    assert found.model.name == "google:gemini-omni-1.2-flash"
    assert [note.code for note in found.notes] == ["substituted"]


async def test_a_film_by_veo_goes_on_end_to_end(tmp_path: Path, fake: fakes.Google) -> None:
    async with a_house(tmp_path, fake, model=CATALOG.find(VEO)) as house:
        first = await make(house, model="veo", kind="video", prompt="a paper fox", seconds=4)
        source = Input(role="source", asset=first.assets[0].id)
        longer = await make(house, model="veo", kind="video", prompt="it jumps", inputs=[source])

    assert (first.state, longer.state) == ("succeeded", "succeeded")
    assert longer.assets[0].seconds == pytest.approx(11, abs=0.2)
    assert first.cost is not None
    assert str(first.cost.usd) == "1.6"


async def test_the_probe_lists_models_and_makes_nothing(fake: fakes.Google, google: Provider) -> None:
    assert "models" in await google.probe()
    assert fake.submits == []
