"""kill -9 of a real process at each moment of a paid call; then a new process opens the same home."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from diorama.db.tables import calls, jobs
from diorama.schemas import Job
from diorama.settings import VendorEnvironment
from tests.clock import HurriedClock
from tests.fakes.serving import spawn
from tests.houses import a_house

pytestmark = [pytest.mark.anyio, pytest.mark.kill]
ROOT = Path(__file__).parents[2]
FILM, PICTURE = "xai:grok-imagine-video", "openai:gpt-image-2.5-flare"


class Vendor:
    """Fakes in a process of their own, with a log that survives every kill."""

    def __init__(self, settings: dict[str, str], log: Path) -> None:
        self.settings = settings | {"XAI_API_KEY": "k", "OPENAI_API_KEY": "k"}
        self.log = log

    def entries(self, at: str) -> list[dict[str, object]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["at"] == at]


@pytest.fixture
def vendors(tmp_path: Path) -> Iterator[Callable[..., Vendor]]:
    """Start the fakes with the given delays."""
    stack = []

    def start(**delays: float) -> Vendor:
        flags = [part for name, value in delays.items() for part in (f"--{name.replace('_', '-')}", str(value))]
        manager = spawn("xai", "openai", args=("--log", str(tmp_path / "log"), *flags))
        stack.append(manager)
        return Vendor(manager.__enter__(), tmp_path / "log")

    yield start
    for manager in stack:
        manager.__exit__(None, None, None)


def live(home: Path, vendor: Vendor, model: str, *flags: str) -> subprocess.Popen[str]:
    """A process of ours on this home."""
    environment = {"DIORAMA_HOME": str(home), "PATH": os.environ["PATH"], **vendor.settings}
    command = [sys.executable, "-m", "tests.kill.child", model, *flags]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def until(what: Callable[[], object]) -> None:
    """Look until it is so; the suite's own time limit is the end of patience."""
    while not what():
        time.sleep(0.01)


async def afterwards(home: Path, vendor: Vendor) -> Job:
    """The only job of this home, carried to its end by a new process's worth of house."""
    environment = VendorEnvironment(vendor.settings)
    async with a_house(home, environment=environment, clock=HurriedClock(), transport=None) as house:
        job_id = await house.db.read(lambda c: c.execute(select(jobs.c.id)).scalar_one())
        job = await house.jobs.wait(1, job_id, 30)
        assert job.ended, job.state
        made = await house.db.read(lambda c: c.execute(select(calls.c.id)).scalars().all())
        assert len(made) == 1
        return job


async def test_killed_before_anything_was_sent_it_is_sent_once(vendors: Callable[..., Vendor], tmp_path: Path) -> None:
    vendor, home = vendors(), tmp_path / "home"
    process = live(home, vendor, FILM, "--stop-at", "prepared")
    assert line(process) == "there"
    kill(process)

    job = await afterwards(home, vendor)

    assert job.state == "succeeded"
    assert len(vendor.entries("arrived")) == 1


@pytest.mark.parametrize("model", [FILM, PICTURE])
async def test_killed_with_the_request_on_the_wire_nobody_knows_and_nobody_sends_again(
    vendors: Callable[..., Vendor], tmp_path: Path, model: str
) -> None:
    vendor, home = vendors(submit_delay=30), tmp_path / "home"
    process = live(home, vendor, model, "--waiting")
    until(lambda: vendor.entries("arrived"))
    kill(process)

    job = await afterwards(home, vendor)

    assert job.state == "uncertain"
    assert job.error is not None
    assert job.error["code"] == "uncertain"
    assert len(vendor.entries("arrived")) == 1


async def test_killed_while_the_vendor_works_the_film_is_fetched(
    vendors: Callable[..., Vendor], tmp_path: Path
) -> None:
    vendor, home = vendors(film_delay=1), tmp_path / "home"
    process = live(home, vendor, FILM)
    line(process)
    until(lambda: _ref(home))
    kill(process)

    job = await afterwards(home, vendor)

    assert job.state == "succeeded"
    assert job.assets[0].kind == "video"
    assert len(vendor.entries("arrived")) == 1


@pytest.mark.parametrize("model", [FILM, PICTURE])
async def test_killed_between_storing_and_recording_what_was_stored_is_found(
    vendors: Callable[..., Vendor], tmp_path: Path, model: str
) -> None:
    vendor, home = vendors(), tmp_path / "home"
    process = live(home, vendor, model, "--stop-at", "storing", "--waiting")
    until(lambda: line(process) == "there")
    kill(process)

    job = await afterwards(home, vendor)

    assert job.state == "succeeded"
    assert len(job.assets) == 1
    assert len(vendor.entries("arrived")) == 1
    kept = [file for file in (home / "media").rglob("*") if file.is_file() and job.assets[0].id in file.name]
    assert [file.stat().st_size for file in kept] == [job.assets[0].bytes]


def _ref(home: Path) -> object:
    try:
        with sqlite3.connect(f"file:{home / 'diorama.db'}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT ref FROM calls WHERE state = 'accepted'").fetchone()
    except sqlite3.OperationalError:
        return None
