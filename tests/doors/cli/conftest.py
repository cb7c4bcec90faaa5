"""The command in this process: what it printed, and the code it left by."""

import io
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from diorama.doors.cli.main import main
from tests.fakes.base import Fake, load
from tests.fakes.serving import serve


@dataclass(frozen=True, kw_only=True)
class Said:
    """`out` and `err` are what went to stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs `diorama` with these arguments, and `stdin` piped in."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    log = logging.getLogger("diorama")

    def run(*arguments: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as left:
            main(arguments)
        said = capsys.readouterr()
        return Said(code=int(left.value.code or 0), out=said.out, err=said.err)

    yield run
    log.handlers.clear()
    log.setLevel(logging.NOTSET)


@pytest.fixture
def xai(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """xAI as a fake behind a socket, with its key in the environment."""
    fake = load("xai")
    with serve(fake):
        monkeypatch.setenv("XAI_API_KEY", "test-key")
        monkeypatch.setenv(fake.env, fake.base_url)
        yield fake
