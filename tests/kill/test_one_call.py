"""kill -9 of a real process at each moment of a paid call; then a new process opens the same home."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from diorama.db.tables import calls, jobs
from diorama.schemas import Job
from diorama.settings import VendorEnvironment
from tests.clock import HurriedClock
from tests.houses import a_house
from tests.kill.processes import Program, Vendors, accepted, programs, until, vendors

pytestmark = [pytest.mark.anyio, pytest.mark.kill]
FILM, PICTURE = "xai:grok-imagine-video", "openai:gpt-image-2.5-flare"


Start = Callable[..., Program]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process of ours on this home that asks for one thing: `start(home, outside, model, *flags)`."""
    with programs() as run:
        yield lambda home, outside, *asked: run(home, outside, "tests.kill.child", *asked)


async def afterwards(home: Path, outside: Vendors) -> Job:
    """The only job of this home, carried to its end by a new process's worth of house."""
    environment = VendorEnvironment(outside.settings)
    async with a_house(home, environment=environment, clock=HurriedClock(), transport=None) as house:
        job_id = await house.db.read(lambda c: c.execute(select(jobs.c.id)).scalar_one())
        job = await house.jobs.wait(1, job_id, 30)
        assert job.ended, job.state
        made = await house.db.read(lambda c: c.execute(select(calls.c.id)).scalars().all())
        assert len(made) == 1
        return job


async def test_killed_before_anything_was_sent_it_is_sent_once(tmp_path: Path, start: Start) -> None:
    home = tmp_path / "home"
    with vendors(tmp_path / "log") as outside:
        process = start(home, outside, FILM, "--stop-at", "prepared")
        assert process.line() == "there"
        process.kill()

        job = await afterwards(home, outside)

        assert job.state == "succeeded"
        assert len(outside.entries("arrived")) == 1


@pytest.mark.parametrize("model", [FILM, PICTURE])
async def test_killed_with_the_request_on_the_wire_nobody_knows_and_nobody_sends_again(
    tmp_path: Path, start: Start, model: str
) -> None:
    home = tmp_path / "home"
    with vendors(tmp_path / "log", submit_delay=30) as outside:
        process = start(home, outside, model, "--waiting")
        until(lambda: outside.entries("arrived"))
        process.kill()

        job = await afterwards(home, outside)

        assert (job.state, (job.error or {})["code"]) == ("uncertain", "uncertain")
        assert len(outside.entries("arrived")) == 1


async def test_killed_while_the_vendor_works_the_film_is_fetched(tmp_path: Path, start: Start) -> None:
    home = tmp_path / "home"
    with vendors(tmp_path / "log", film_delay=1) as outside:
        process = start(home, outside, FILM)
        until(lambda: _is_accepted(home))
        process.kill()

        job = await afterwards(home, outside)

        assert job.state == "succeeded"
        assert job.assets[0].kind == "video"
        assert len(outside.entries("arrived")) == 1


@pytest.mark.parametrize("model", [FILM, PICTURE])
async def test_killed_between_storing_and_recording_what_was_stored_is_found(
    tmp_path: Path, start: Start, model: str
) -> None:
    home = tmp_path / "home"
    with vendors(tmp_path / "log") as outside:
        process = start(home, outside, model, "--stop-at", "storing", "--waiting")
        until(lambda: process.line() == "there")
        process.kill()

        job = await afterwards(home, outside)

        assert (job.state, len(job.assets)) == ("succeeded", 1)
        assert len(outside.entries("arrived")) == 1
    kept = [file for file in (home / "media").rglob("*") if file.is_file() and job.assets[0].id in file.name]
    assert [file.stat().st_size for file in kept] == [job.assets[0].bytes]


def _is_accepted(home: Path) -> bool:
    try:
        return bool(accepted(home))
    except sqlite3.OperationalError:  # its tables are still being made
        return False
