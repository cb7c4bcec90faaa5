"""How a job is doing, on stderr: a moving line on a terminal, a plain line for each change anywhere else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from diorama.doors.cli.output import say

if TYPE_CHECKING:
    from diorama.schemas import Job


class Progress(Protocol):
    def show(self, job: "Job") -> None: ...


@contextmanager
def progress() -> Iterator[Progress]:
    """Where a job can be shown again and again, until the block ends."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        yield Live(bar)


class Lines:
    """One line for each change worth a line."""

    def __init__(self) -> None:
        self._last = ""

    def show(self, job: "Job") -> None:
        line = describe(job)
        if line != self._last and not job.ended:
            say(line)
        self._last = line


class Live:
    """One line that moves."""

    def __init__(self, bar: object) -> None:
        from rich.progress import Progress as Bar

        assert isinstance(bar, Bar)
        self._bar = bar
        self._task = bar.add_task("sending", total=None)

    def show(self, job: "Job") -> None:
        part = share(job)
        total = None if part is None else 1.0
        self._bar.update(self._task, description=f"{job.model.used} {job.state}", total=total, completed=part or 0)


def share(job: "Job") -> float | None:
    """How much is done, from 0 to 1, where anybody knows."""
    if job.progress is not None:
        return job.progress
    done = sum(slot.state in ("succeeded", "failed") for slot in job.slots)
    return done / len(job.slots) if len(job.slots) > 1 else None


def describe(job: "Job") -> str:
    part = share(job)
    return f"{job.model.used}: {job.state}" + ("" if part is None else f", {part:.0%}")
