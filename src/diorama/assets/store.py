"""What it means to keep bytes: five verbs, and where a body is told by its key alone."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from diorama.errors import ServiceError


class TooLargeError(ServiceError):
    """A body passed the cap and was not stored. An upload's door answers it as the caller's mistake."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"The body is larger than the {max_bytes / 1e6:g} MB that are allowed here.")
        self.max_bytes = max_bytes


class OtherBodyError(ServiceError):
    """A key holds another body already, whole; keys never change."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Something else is already stored as {key!r}.")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What `put` wrote. `sha256` is lower-case hex."""

    key: str
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Head:
    """What is stored under a key: its size, and when it was written (UTC)."""

    key: str
    bytes: int
    modified: datetime


class Store(Protocol):
    """Object storage. A key is written once and never changes. Failures are ServiceError `storage_failed`."""

    async def put(
        self, key: str, data: bytes | AsyncIterator[bytes], *, mime: str, max_bytes: int | None = None
    ) -> Stored:
        """Store a body, durably, with constant memory if it is a stream.

        The same body under the same key again is fine (a crash came between storing and recording); another body
        is refused. If the stream breaks, its error is raised and nothing is visible. Raises TooLargeError and
        OtherBodyError.
        """
        ...

    def open(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`; what lies past the end is not there."""
        ...

    async def head(self, key: str) -> Head | None: ...

    async def list(self, prefix: str) -> Sequence[Head]:
        """What is stored under keys that start with `prefix`, by key."""
        ...

    async def delete(self, key: str) -> None:
        """Remove a key; one that is not there is fine."""
        ...

    def local_path(self, key: str) -> Path | None:
        """The file that holds the key, for tools that read files; None where bytes do not rest on this machine."""
        ...
