"""The command as people start it: a process, a terminal's signals, and what is left when it is gone."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.fakes.serving import spawn

DIORAMA = str(Path(sys.executable).parent / "diorama")
FILM = (DIORAMA, "video", "a paper boat", "-m", "grok", "-o", "boat.mp4")


@contextmanager
def vendor(monkeypatch: pytest.MonkeyPatch, *flags: str) -> Iterator[Callable[[], list[dict[str, object]]]]:
    """xAI in a process of its own; yields what it has seen and answered so far."""
    log = Path("seen.jsonl").absolute()
    with spawn("xai", args=(*flags, "--log", str(log))) as settings:
        for name, value in {"XAI_API_KEY": "test-key", **settings}.items():
            monkeypatch.setenv(name, value)
        yield lambda: [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@contextmanager
def started(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A process in a group of its own, as a shell starts it: Ctrl-C goes to all of the group."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def press_ctrl_c(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGINT)


def until(happened: Callable[[], object]) -> None:
    for _ in range(1000):
        if happened():
            return
        time.sleep(0.02)
    pytest.fail("it never happened")


def test_a_picture_from_a_pipe() -> None:
    command = [DIORAMA, "image", "-m", "sketch", "--size", "64x64"]

    made = subprocess.run(command, input="a paper boat\n", capture_output=True, text=True, check=True)

    assert made.stdout.startswith("a-paper-boat-")
    assert Path(made.stdout.strip()).read_bytes().startswith(b"\x89PNG")
    assert "\x1b" not in made.stderr


def on_a_terminal(*command: str) -> tuple[int, str]:
    """The exit code, and what a terminal gets of stderr."""
    ours, its = pty.openpty()
    colourful = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=its, env=colourful) as process:
        os.close(its)
        shown = b""
        with suppress(OSError):  # how the end of a terminal shows
            while piece := os.read(ours, 65536):
                shown += piece
        os.close(ours)
    return process.returncode, shown.decode()


def test_a_terminal_gets_a_moving_line() -> None:
    code, shown = on_a_terminal(DIORAMA, "image", "a fox", "-m", "sketch", "--size", "64x64")

    assert code == 0
    assert "\x1b[?25l" in shown  # the cursor is hidden while the line moves
    assert shown.index("\x1b[?25h") < shown.index("$0 (reported)")


def test_a_terminal_gets_errors_in_red() -> None:
    code, shown = on_a_terminal(DIORAMA, "image", "a fox", "-m", "sketch", "--size", "10x10")

    assert code == 3
    assert "\x1b[31msketch:still has no size '10x10'.\x1b[0m" in shown


def test_ctrl_c_waits_for_what_is_on_the_wire_and_names_the_way_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with vendor(monkeypatch, "--submit-delay", "0.5") as seen, started(*FILM) as process:
        until(seen)  # the submit has arrived and is not answered yet
        press_ctrl_c(process)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, len(seen())) == (130, "", 2)

        way_back = err.split("Fetch it with: diorama ")[1].split()
        fetched = subprocess.run([DIORAMA, *way_back, "-o", "boat.mp4"], capture_output=True, text=True, check=True)

        assert fetched.stdout == "boat.mp4\n"
        assert Path("boat.mp4").stat().st_size > 1000
        assert len(seen()) == 2


def test_the_second_ctrl_c_leaves_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with vendor(monkeypatch, "--submit-delay", "60") as seen, started(*FILM) as process:
        until(seen)
        press_ctrl_c(process)
        assert process.stderr
        until(lambda: "Interrupted" in str(process.stderr and process.stderr.readline()))
        press_ctrl_c(process)

        assert process.wait(timeout=30) == 130
        assert len(seen()) == 1


def test_ctrl_c_waits_for_a_sketch_that_is_drawn() -> None:
    film = ("--size", "320x180", "--seconds", "1", "--fps", "12", "-m", "sketch")
    with started(DIORAMA, "video", "a fox", *film) as process:
        assert process.stderr
        until(lambda: "running" in str(process.stderr and process.stderr.readline()))
        press_ctrl_c(process)
        process.communicate(timeout=60)

    jobs = subprocess.run([DIORAMA, "jobs", "list", "--json"], capture_output=True, check=True)
    assert process.returncode == 130
    assert [job["state"] for job in json.loads(jobs.stdout)["data"]] == ["succeeded"]


def test_a_server_says_where_it_is_and_leaves_when_asked() -> None:
    import httpx2

    with started(DIORAMA, "serve", "--port", "0") as process:
        assert process.stderr
        address = process.stderr.readline().split()[2].rstrip(",")
        until(lambda: _answers(f"{address}/healthz"))

        assert httpx2.get(f"{address}/v1/models").json()["object"] == "list"

        process.send_signal(signal.SIGTERM)
        err = process.stderr.read()
        process.wait(timeout=30)
    assert process.returncode in (0, -signal.SIGTERM)
    assert "sketch draws" in err
    assert "Traceback" not in err


def _answers(url: str) -> bool:
    import httpx2

    try:
        return httpx2.get(url).status_code == 200
    except httpx2.ConnectError:
        return False
