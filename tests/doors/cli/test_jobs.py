"""`diorama jobs`: look at them without touching them, wait for them, stop them."""

import asyncio
import json
from pathlib import Path

import pytest

from diorama.sdk.async_client import AsyncDiorama
from tests.doors.cli.conftest import Run
from tests.fakes.base import Fake

SMALL = ("--size", "64x64", "-m", "sketch")


@pytest.fixture
def job(run: Run) -> str:
    return str(json.loads(run("image", "a fox", *SMALL, "--json").out)["id"])


async def leave_a_film(xai: Fake) -> str:
    """A job whose film is at the vendor while nobody here works on it."""
    xai.film_polls = 10**6
    async with AsyncDiorama() as diorama:
        handle = await diorama.generate_video("a fox", model="grok")
        async for state in handle.events():
            if xai.submits and state.state == "running":
                break
    xai.film_polls = 0
    return handle.id


def test_an_empty_home_has_no_jobs(run: Run) -> None:
    said = run("jobs", "list")

    assert (said.code, said.out) == (0, "")
    assert "No jobs" in said.err


def test_jobs_are_listed_newest_first(run: Run, job: str) -> None:
    run("image", "a hare", *SMALL)

    newest, oldest = run("jobs", "list").lines

    assert newest.endswith("a hare")
    assert oldest.split()[0] == job
    assert "succeeded" in oldest


def test_a_long_list_says_how_it_goes_on(run: Run, job: str) -> None:
    run("image", "a hare", *SMALL)

    first = run("jobs", "list", "--limit", "1")
    after = first.err.split("--after ")[1].split()[0]

    assert run("jobs", "list", "--limit", "1", "--after", after).lines[0].split()[0] == job


def test_a_job_is_shown(run: Run, job: str) -> None:
    said = run("jobs", "show", job)

    assert {"state    succeeded", "model    sketch:still", "prompt   a fox"} <= set(said.lines)
    assert "64x64 image/png" in said.out


@pytest.mark.parametrize("command", [("show",), ("wait",), ("cancel",)], ids=" ".join)
def test_every_answer_is_there_as_json(run: Run, job: str, command: tuple[str, ...]) -> None:
    assert json.loads(run("jobs", *command, job, "--json").out)["id"] == job


def test_the_list_is_there_as_json(run: Run, job: str) -> None:
    assert [one["id"] for one in json.loads(run("jobs", "list", "--json").out)["data"]] == [job]


@pytest.mark.parametrize("command", ["show", "wait", "cancel"])
def test_a_job_of_somebody_else_is_not_there(run: Run, job: str, command: str) -> None:
    said = run("jobs", command, job, "--customer", "2")

    assert (said.code, said.out) == (1, "")
    assert f"There is no job '{job}'" in said.err


def test_waiting_for_what_is_made_saves_it(run: Run, job: str) -> None:
    said = run("jobs", "wait", job, "-o", "fox.png")

    assert (said.code, said.out) == (0, "fox.png\n")
    assert Path("fox.png").exists()


def test_waiting_carries_on_what_nobody_works_on(run: Run, xai: Fake) -> None:
    job = asyncio.run(leave_a_film(xai))

    said = run("jobs", "wait", job, "-o", "fox.mp4")

    assert (said.code, said.out, len(xai.submits)) == (0, "fox.mp4\n", 1)


def test_looking_carries_nothing(run: Run, xai: Fake) -> None:
    job = asyncio.run(leave_a_film(xai))
    polls = len(xai.polls)

    assert "running" in run("jobs", "show", job).out
    assert "running" in run("jobs", "list").out
    assert "cannot be called back" in run("jobs", "cancel", job).err
    assert len(xai.polls) == polls


def test_waiting_refuses_to_overwrite(run: Run, job: str) -> None:
    Path("fox.png").touch()

    assert run("jobs", "wait", job, "-o", "fox.png").code == 3


def test_cancelling_what_has_ended_says_so(run: Run, job: str) -> None:
    assert "ended already" in run("jobs", "cancel", job).err
