"""Who carries calls: the seam, so that one machine and many run the same code."""

from contextlib import AbstractContextManager
from typing import Protocol

from diorama.jobs.advance import Ready
from diorama.jobs.repository import Work
from diorama.schemas import Preview


class Runner(Protocol):
    """Carries calls to their end and passes on that a job has changed.

    A call that is dispatched twice is carried once: the second run fences the first off.
    """

    @property
    def works(self) -> bool:
        """Whether calls are carried here, now."""
        ...

    async def start(self) -> None:
        """Begin to work, with what dead owners have left."""
        ...

    def dispatch(self, call_id: str) -> None:
        """Carry a call that holds a slot at its vendor."""
        ...

    def expecting(self, call_ids: list[str]) -> AbstractContextManager[None]:
        """Around the insert of calls that will be handed to `dispatch` or `begin`: the house stays open meanwhile."""
        ...

    def begin(self, work: Work, ready: Ready, deadline_at: float) -> None:
        """Carry a call that its insert has marked as sent: the request leaves now."""
        ...

    def admitted(self, those: list[tuple[str, str]]) -> None:
        """These (call, owner) pairs were given a slot just now."""
        ...

    def cancel(self, call_id: str) -> None:
        """Stop carrying a call that has ended by somebody's wish."""
        ...

    def publish(self, job_id: str, preview: Preview | None = None) -> None:
        """Tell everybody who watches that this job has changed, or how it begins to look."""
        ...

    def subscribe(self, job_id: str) -> "Subscription":
        """Hear of a job's changes."""
        ...

    async def drain(self) -> None:
        """Put everything down in good order: what is on the wire is waited for, the rest is left to others."""
        ...


class Subscription(Protocol):
    """Changes of one job, as long as somebody listens."""

    def __enter__(self) -> "Subscription": ...

    def __exit__(self, *exc: object) -> None: ...

    async def change(self) -> list[Preview]:
        """Until something has changed since the last time; may come too often, never too seldom. Returns previews."""
        ...
