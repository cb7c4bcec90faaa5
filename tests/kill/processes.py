"""Real processes for tests that kill: fakes with a log, our programs with a home, and patience."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from tests.fakes.serving import spawn

ROOT = Path(__file__).parents[2]


class Vendors:
    """Fakes in a process of their own, with a log that survives every kill."""

    def __init__(self, settings: dict[str, str], log: Path) -> None:
        self.settings = settings | {"XAI_API_KEY": "k", "OPENAI_API_KEY": "k"}
        self.log = log

    def entries(self, at: str) -> list[dict[str, object]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["at"] == at]


@contextmanager
def vendors(log: Path, **delays: float) -> Iterator[Vendors]:
    """The fakes, with these delays in seconds (`submit_delay`, `film_delay`...)."""
    flags = [part for name, value in delays.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    with spawn("xai", "openai", args=("--log", str(log), *flags)) as settings:
        yield Vendors(settings, log)


class Program:
    """One of our programs on a home."""

    def __init__(self, home: Path, outside: Vendors, command: list[str], **settings: str) -> None:
        named = {"DIORAMA_HOME": str(home), "PATH": os.environ["PATH"], "HOME": str(home.parent)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=named | outside.settings | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        """The next line of what it says; there must be one."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.end()
        return line.strip()

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it at once, and its pipes with it."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.end()

    def end(self) -> tuple[int, str, str]:
        """How it ended, what it said and what it complained about."""
        out, err = self.process.communicate()
        return self.process.returncode, out, err


@contextmanager
def programs() -> Iterator[Callable[..., Program]]:
    """Start programs; whatever is still alive at the end is killed."""
    with ExitStack() as stack:

        def start(home: Path, outside: Vendors, *command: str, **settings: str) -> Program:
            program = Program(home, outside, list(command), **settings)
            stack.callback(program.kill)
            return program

        yield start


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def accepted(home: Path) -> list[str]:
    """The calls whose vendor said yes, as another process sees them."""
    with closing(sqlite3.connect(f"file:{home / 'diorama.db'}?mode=ro", uri=True)) as connection:
        return [call_id for (call_id,) in connection.execute("SELECT id FROM calls WHERE state = 'accepted'")]


def until(what: Callable[[], object]) -> None:
    """Look until it is so; the suite's own time limit is the end of patience."""
    while not what():
        time.sleep(0.01)
