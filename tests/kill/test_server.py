"""A server with a queue of films is killed in full flow, and started again: nothing is bought twice or lost."""

import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.kill.processes import Program, Vendors, accepted, free_port, programs, until, vendors

pytestmark = pytest.mark.kill
FILM = "xai:grok-imagine-video"
FILMS, CAP = 18, 6
ON_THE_WAY_S = 0.2


def serve(start: Callable[..., Program], home: Path, outside: Vendors, port: int) -> Program:
    program = start(home, outside, "tests.kill.server", str(port), DIORAMA_LIMITS=f"xai={CAP}")
    until(lambda: _answers(program, port))
    return program


@pytest.mark.parametrize("moment", ["during submits", "during polls"])
def test_every_film_ends_and_none_is_sent_twice(moment: str, tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    with (
        vendors(tmp_path / "log", submit_delay=0.1, film_delay=0.3) as outside,
        programs() as start,
        httpx2.Client() as client,
    ):
        first = serve(start, home, outside, port)
        ids = [_ask(client, port, f"film {number}") for number in range(FILMS)]
        until(lambda: _time_to_kill(moment, home, outside))
        on_the_wire = _kill_and_count(first, outside)

        serve(start, home, outside, port)
        until(lambda: len(_ended(client, port)) == FILMS)
        jobs = _ended(client, port)

    arrived = Counter(str(entry["prompt"]) for entry in outside.entries("arrived"))
    states = Counter(job["state"] for job in jobs)
    assert {job["id"] for job in jobs} == set(ids)
    assert max(arrived.values()) == 1
    assert set(states) <= {"succeeded", "uncertain"}
    never_arrived = FILMS - len(arrived)  # marked as sent, and killed before the first byte left
    assert never_arrived <= states["uncertain"] <= on_the_wire + never_arrived
    assert states["uncertain"] <= CAP


def test_a_film_of_a_killed_command_is_kept_by_another_process(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    with vendors(tmp_path / "log", film_delay=1) as outside, programs() as start, httpx2.Client() as client:
        serve(start, home, outside, port)
        killed, _ = (
            start(home, outside, "diorama", "video", f"film {number}", "-m", FILM, "-o", f"{tmp_path}/{number}.mp4")
            for number in range(2)
        )
        until(lambda: len(accepted(home)) == 2)
        killed.kill()
        until(lambda: len(_ended(client, port)) == 2)
        states = {job["request"]["prompt"]: job["state"] for job in _jobs(client, port)}

    assert states == {"film 0": "succeeded", "film 1": "succeeded"}
    assert len(outside.entries("arrived")) == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_killed_server_leaves_its_port_free_though_a_film_is_still_being_drawn(tmp_path: Path) -> None:
    port = free_port()
    with vendors(tmp_path / "log") as outside, programs() as start, httpx2.Client() as client:
        server = start(tmp_path / "home", outside, "diorama", "serve", "--port", str(port))
        until(lambda: _answers(server, port))
        film = {"model": "sketch:motion", "prompt": "a fox", "seconds": 4}
        client.post(f"http://127.0.0.1:{port}/v1/generations", json=film)
        until(lambda: any(_is_drawing(child) for child in _children(server)))
        server.process.kill()
        server.process.wait()

        socket.create_server(("127.0.0.1", port)).close()


def _children(program: Program) -> list[Path]:
    process = Path(f"/proc/{program.process.pid}")
    return [Path("/proc") / pid for task in process.glob("task/*/children") for pid in task.read_text().split()]


def _is_drawing(process: Path) -> bool:
    return any(file.resolve().suffix == ".mp4" for file in process.glob("fd/*"))


def _answers(program: Program, port: int) -> bool:
    assert program.process.poll() is None, program.end()
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def _ask(client: httpx2.Client, port: int, prompt: str) -> str:
    body = {"model": FILM, "prompt": prompt}
    answer = client.post(f"http://127.0.0.1:{port}/v1/generations", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def _jobs(client: httpx2.Client, port: int) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = client.get(f"http://127.0.0.1:{port}/v1/jobs", params={"limit": 100}).json()["data"]
    return jobs


def _ended(client: httpx2.Client, port: int) -> list[dict[str, Any]]:
    return [job for job in _jobs(client, port) if job["ended_at"]]


def _time_to_kill(moment: str, home: Path, outside: Vendors) -> bool:
    if moment == "during submits":
        return len(outside.entries("arrived")) > len(outside.entries("answered"))
    return len(accepted(home)) >= CAP // 2 and len(outside.entries("arrived")) >= FILMS // 2


def _kill_and_count(server: Program, outside: Vendors) -> int:
    """Kill it; how many submits had arrived, with an answer that was not there yet or had hardly left."""
    at = time.monotonic()
    server.kill()
    answered = {entry["key"] for entry in outside.entries("answered") if float(str(entry["t"])) < at - ON_THE_WAY_S}
    return sum(entry["key"] not in answered for entry in outside.entries("arrived"))
