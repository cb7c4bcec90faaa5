"""The asking client: ask, look, listen, wait, stop, keep."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from diorama import AsyncDiorama
from diorama.errors import (
    ConfigurationError,
    ConflictError,
    NotFoundError,
    ProviderError,
    StillRunning,
    UnsupportedError,
    ValidationError,
)
from diorama.ids import new_id
from diorama.wiring import open_house
from tests.clock import HurriedClock
from tests.fakes import xai as xai_fake
from tests.fakes.base import Fake
from tests.fakes.faults import Fault
from tests.sdk.conftest import opener, quick

pytestmark = pytest.mark.anyio

SMALL = "64x64"


@pytest.fixture
async def diorama(tmp_path: Path) -> AsyncIterator[AsyncDiorama]:
    async with quick(tmp_path / "home") as client:
        yield client


async def test_a_picture_is_asked_for_and_saved(diorama: AsyncDiorama, tmp_path: Path) -> None:
    handle = await diorama.generate_image("a fox", size=SMALL)
    job = await handle.result()

    saved = await job.assets[0].save(tmp_path / "fox.png")

    assert (job.id, job.state, job.assets[0].width) == (handle.id, "succeeded", 64)
    assert saved.read_bytes() == await job.assets[0].read()
    assert saved.read_bytes().startswith(b"\x89PNG")


async def test_it_opens_by_itself_and_closes_when_told(tmp_path: Path) -> None:
    diorama = quick(tmp_path / "home")

    job = await (await diorama.generate_image("a fox", size=SMALL)).result()
    await diorama.close()

    with pytest.raises(RuntimeError, match="closed"):
        await job.assets[0].read()


async def test_two_first_calls_open_one_house(tmp_path: Path) -> None:
    diorama = quick(tmp_path / "home")

    await asyncio.gather(diorama.jobs(), diorama.jobs())

    assert len(list((tmp_path / "home" / "run").glob("????????-*"))) == 1
    await diorama.close()


async def test_a_file_that_is_there_is_not_touched(diorama: AsyncDiorama, tmp_path: Path) -> None:
    (tmp_path / "fox.png").write_text("mine")
    asset = (await (await diorama.generate_image("a fox", size=SMALL)).result()).assets[0]

    with pytest.raises(ConflictError, match=r"fox\.png"):
        await asset.save("fox.png")

    assert (tmp_path / "fox.png").read_text() == "mine"
    await asset.save("fox.png", overwrite=True)
    assert (tmp_path / "fox.png").stat().st_size == asset.bytes


async def test_a_folder_gets_a_file_under_the_assets_id(diorama: AsyncDiorama, tmp_path: Path) -> None:
    asset = (await (await diorama.generate_image("a fox", size=SMALL)).result()).assets[0]

    assert await asset.save(tmp_path) == tmp_path / f"{asset.id}.png"


@pytest.mark.parametrize("overwrite", [True, False])
async def test_a_save_that_fails_leaves_nothing_behind(diorama: AsyncDiorama, tmp_path: Path, overwrite: bool) -> None:
    asset = (await (await diorama.generate_image("a fox", size=SMALL)).result()).assets[0]
    (folder := tmp_path / "out").mkdir()
    for file in (tmp_path / "home" / "media").rglob("*.png"):
        file.unlink()

    with pytest.raises(Exception, match="nothing under this key"):
        await asset.save(folder / "fox.png", overwrite=overwrite)

    assert list(folder.iterdir()) == []


async def test_a_place_that_cannot_be_written_is_named(diorama: AsyncDiorama) -> None:
    asset = (await (await diorama.generate_image("a fox", size=SMALL)).result()).assets[0]

    with pytest.raises(ValidationError, match=r"'nowhere/fox\.png' cannot be written: No such file"):
        await asset.save("nowhere/fox.png")


async def test_events_end_with_the_job(tmp_path: Path, xai: Fake) -> None:
    async with quick(tmp_path / "home", xai) as diorama:
        handle = await diorama.generate_video("a fox", model="grok")

        seen = [job.state async for job in handle.events()]

    assert seen[-1] == "succeeded"
    assert "running" in seen


async def test_nobodys_patience_ends_a_job(tmp_path: Path, xai: Fake) -> None:
    xai.image_delay = 0.3
    async with quick(tmp_path / "home", xai) as diorama:
        handle = await diorama.generate_image("a fox", model="grok")

        with pytest.raises(StillRunning) as caught:
            await handle.result(timeout=0.05)

        assert caught.value.job_id == handle.id
        assert (await handle.result()).state == "succeeded"


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault.refused(), ProviderError, "vendor_failed"),
        (Fault.drop(), ProviderError, "uncertain"),
        (Fault.moderated("refused"), ValidationError, "moderated"),
    ],
    ids=["refused", "uncertain", "moderated"],
)
async def test_a_job_that_brought_nothing_raises_its_error(
    tmp_path: Path, xai: Fake, fault: Fault, kind: type[Exception], code: str
) -> None:
    xai.fail(fault)
    async with quick(tmp_path / "home", xai) as diorama:
        handle = await diorama.generate_image("a fox", model="grok")

        with pytest.raises(kind) as caught:
            await handle.result()

    assert (caught.value.code, caught.value.job_id) == (code, handle.id)  # type: ignore[attr-defined]


async def test_a_job_that_brought_a_part_says_what_is_missing(tmp_path: Path, xai: Fake) -> None:
    xai.fail(xai_fake.SOME_BLOCKED)
    async with quick(tmp_path / "home", xai) as diorama:
        job = await (await diorama.generate_image("a fox", model="grok", n=3)).result()

    assert (job.state, len(job.assets)) == ("partial", 2)
    assert job.error is not None


async def test_what_waits_for_a_slot_can_be_cancelled(tmp_path: Path, xai: Fake) -> None:
    xai.image_delay = 0.2
    async with quick(tmp_path / "home", xai, limits={"xai": 1}) as diorama:
        first = await diorama.generate_image("a fox", model="grok")
        second = await diorama.generate_image("a hare", model="grok")

        assert (await second.cancel()).cancel == "confirmed"

        with pytest.raises(ConflictError, match="was cancelled"):
            await second.result()
        await first.result()
    assert list(xai.prompts) == ["a fox"]


async def test_what_can_be_refused_is_refused_when_asked(diorama: AsyncDiorama) -> None:
    with pytest.raises(ValidationError, match="no size '10x10'"):
        await diorama.generate_image("a fox", size="10x10")
    with pytest.raises(UnsupportedError):
        await diorama.generate_video("a fox", model="sketch:still")
    with pytest.raises(ConfigurationError, match="XAI_API_KEY"):
        await diorama.generate_image("a fox", model="grok")

    assert (await diorama.jobs()).data == ()


async def test_a_picture_begins_a_film(diorama: AsyncDiorama) -> None:
    picture = (await (await diorama.generate_image("a fox", size=SMALL)).result()).assets[0]
    await picture.save("fox.png")

    for first_frame in (picture.id, picture.url, "fox.png"):
        handle = await diorama.generate_video("snow", size=SMALL, seconds=0.5, first_frame=first_frame)
        job = await handle.cancel()
        assert job.request["inputs"][0]["role"] == "first_frame"


async def test_jobs_come_newest_first_and_page_by_page(diorama: AsyncDiorama) -> None:
    ids = [(await diorama.generate_image(f"fox {number}", size=SMALL)).id for number in range(3)]

    first = await diorama.jobs(limit=2)
    rest = await diorama.jobs(limit=2, after=first.next_cursor)

    assert [job.id for job in (*first.data, *rest.data)] == ids[::-1]
    assert (first.has_more, rest.has_more) == (True, False)


async def test_a_job_is_found_again_by_its_id(diorama: AsyncDiorama) -> None:
    handle = await diorama.generate_image("a fox", size=SMALL)
    await handle.result()

    assert (await diorama.job(handle.id).status()).state == "succeeded"
    with pytest.raises(NotFoundError):
        await diorama.job(new_id()).status()


async def test_each_customer_sees_their_own(tmp_path: Path) -> None:
    async with quick(tmp_path / "home", customer_id=7) as seven:
        mine = await seven.generate_image("a fox", size=SMALL)
        theirs = await seven.generate_image("a hare", size=SMALL, customer_id=8)

        assert [job.id for job in (await seven.jobs()).data] == [mine.id]
        assert (await theirs.result()).assets[0].id
        with pytest.raises(NotFoundError):
            await seven.job(theirs.id).status()


async def test_models_say_whether_their_key_is_set(tmp_path: Path, xai: Fake) -> None:
    async with quick(tmp_path / "home", xai) as diorama:
        films = {info.id: info.available for info in await diorama.models("video")}
        everything = await diorama.models()

    assert films["xai:grok-imagine-video"]
    assert "sketch:still" not in films
    assert {info.available for info in everything if info.vendor == "openai"} == {False}


async def test_the_next_session_takes_up_what_the_last_has_left(tmp_path: Path, xai: Fake) -> None:
    xai.film_polls = 10**6
    async with hurried(tmp_path / "home", xai) as diorama:
        handle = await diorama.generate_video("a fox", model="grok")
        await until_polled(xai)
    xai.film_polls = 0

    async with hurried(tmp_path / "home", xai) as diorama:
        job = await diorama.job(handle.id).result(30)

    assert (job.state, len(xai.submits)) == ("succeeded", 1)


async def test_a_short_session_sends_what_others_queued_only_when_it_is_waited_for(tmp_path: Path, xai: Fake) -> None:
    xai.film_polls = 10**6
    async with hurried(tmp_path / "home", xai, limits={"xai": 1}) as diorama:
        sent, queued = [await diorama.generate_video(prompt, model="grok") for prompt in ("a fox", "a hare")]
        await until_polled(xai)
    xai.film_polls = 0

    async with hurried(tmp_path / "home", xai, everything=False) as diorama:
        assert (await diorama.job(sent.id).result(30)).state == "succeeded"
        assert (await diorama.job(queued.id).status()).state == "queued"
        assert (await diorama.job(queued.id).result(30)).state == "succeeded"


def hurried(home: Path, fake: Fake, *, everything: bool = True, **more: Any) -> AsyncDiorama:
    """A client in real time with short sleeps: a film that never comes does not bring its deadline about."""
    return AsyncDiorama(home, _open=opener(fake, clock=HurriedClock(), everything=everything), **more)


async def until_polled(fake: Fake) -> None:
    """Until the vendor's answer to the submit is written down."""
    while not fake.polls:
        await asyncio.sleep(0.01)


async def test_a_house_that_cannot_open_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="cannot be written"):
        await AsyncDiorama(tmp_path / "file" / "home", _open=open_house).jobs()
