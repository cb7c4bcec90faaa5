"""The client without asyncio: the same answers, from plain code, from a running loop, and at the interpreter's end."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from diorama import Diorama
from diorama.errors import ConfigurationError, NotFoundError, StillRunning, ValidationError
from tests.fakes.base import Fake
from tests.sdk.conftest import quick_sync

SMALL = "64x64"


@pytest.fixture
def diorama(tmp_path: Path) -> Iterator[Diorama]:
    with quick_sync(tmp_path / "home") as client:
        yield client


def test_a_picture_is_asked_for_and_saved(diorama: Diorama, tmp_path: Path) -> None:
    job = diorama.generate_image("a fox", size=SMALL).result()

    saved = job.assets[0].save(tmp_path / "fox.png")

    assert saved.read_bytes() == job.assets[0].read()
    assert job.assets[0].url.endswith(".png")


def test_it_works_inside_a_running_loop(diorama: Diorama) -> None:
    async def cell() -> str:
        return diorama.generate_image("a fox", size=SMALL).result().state

    assert asyncio.run(cell()) == "succeeded"


def test_events_end_with_the_job(diorama: Diorama) -> None:
    handle = diorama.generate_image("a fox", size=SMALL)

    assert [job.state for job in handle.events()][-1] == "succeeded"


def test_nobody_has_to_listen_to_the_end(diorama: Diorama) -> None:
    handle = diorama.generate_image("a fox", size=SMALL)

    for job in handle.events():
        assert job.id == handle.id
        break

    assert handle.result().state == "succeeded"


def test_jobs_and_handles_are_found_again(diorama: Diorama) -> None:
    handle = diorama.generate_image("a fox", size=SMALL)
    handle.result()

    (listed,) = diorama.jobs().data

    assert listed.id == diorama.job(handle.id).status().id == handle.id
    assert listed.assets[0].read()
    assert diorama.job(handle.id).cancel().cancel == "too_late"


def test_models_are_listed(diorama: Diorama) -> None:
    assert "sketch:motion" in [info.id for info in diorama.models("video")]


def test_errors_are_the_same(diorama: Diorama) -> None:
    with pytest.raises(ValidationError, match="no size"):
        diorama.generate_image("a fox", size="10x10")
    with pytest.raises(NotFoundError):
        diorama.job("nosuch").status()


def test_patience_ends_and_the_job_goes_on(tmp_path: Path, xai: Fake) -> None:
    xai.image_delay = 0.3
    with quick_sync(tmp_path / "home", xai) as diorama:
        handle = diorama.generate_image("a fox", model="grok")
        with pytest.raises(StillRunning):
            handle.result(timeout=0.05)

        assert handle.result().state == "succeeded"


def test_closing_twice_is_fine_and_ends_its_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    diorama = quick_sync(tmp_path / "home")
    diorama.jobs()

    diorama.close()
    diorama.close()

    assert "diorama" not in [thread.name for thread in threading.enumerate()][before:]
    with pytest.raises(RuntimeError, match="closed"):
        diorama.jobs()


def test_a_client_that_cannot_be_made_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()

    with pytest.raises(ConfigurationError, match="DIORAMA_PORT"):
        Diorama(tmp_path, port="x")

    assert threading.active_count() == before


AT_THE_END = """
from diorama import Diorama
print(Diorama("home").generate_image("a fox", model="sketch", size="1024x1024").id)
"""


def test_the_end_of_the_interpreter_waits_for_what_is_on_the_wire(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", AT_THE_END], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert (run.returncode, run.stderr) == (0, "")
    with Diorama(tmp_path / "home") as diorama:
        assert diorama.job(run.stdout.strip()).status().state == "succeeded"
