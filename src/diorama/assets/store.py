"""Where bytes rest: five verbs, and local disk behind them.

The file system is spoken to directly rather than through obstore, which is meant for buckets. Measured with
obstore==0.12.1: its local store has no fsync, gathers a create-only stream in memory, and reads at twenty times the
CPU (5 ms a MB). Here a body is on the disk, whole, before its name exists.
"""

import asyncio
import errno
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from diorama.assets.keys import check_key
from diorama.assets.staging import Staged, TooLargeError, prepare
from diorama.errors import ConfigurationError, ServiceError

__all__ = ["Head", "LocalStore", "Store", "Stored", "TooLargeError", "open_store"]

_T = TypeVar("_T")

_WRITE_BYTES = 1 << 20  # a stream is handed to a thread in pieces of about this size
_READ_BYTES = 1 << 18


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
        is refused. If the stream breaks, its error is raised and nothing is visible. Raises TooLargeError.
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


def open_store(url: str) -> Store:
    """The store that a setting names: a path or `file:///dir`, made if it is not there. Blocking.

    Raises ConfigurationError for anything else.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        return LocalStore(Path(unquote(parts.path)))
    if not url or "://" in url or parts.scheme == "file":
        raise ConfigurationError(
            f"{url!r} is no storage this version can use.",
            key="DIORAMA_STORAGE_URL",
            hint="Give a directory, as a path or as file:///dir.",
        )
    return LocalStore(Path(url))


class LocalStore:
    """A Store on local disk. Keys are paths under `root`; the mime type is not kept, the database has it."""

    def __init__(self, root: Path, *, threads: int = 8) -> None:
        self._root = root.absolute()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="diorama-bytes")
        with _failures("prepare", str(root)):
            prepare(self._root)

    async def put(
        self, key: str, data: bytes | AsyncIterator[bytes], *, mime: str, max_bytes: int | None = None
    ) -> Stored:
        staged = Staged(self._root, check_key(key), max_bytes)
        run = partial(self._run, "write", key)
        try:
            if isinstance(data, bytes):
                size, sha256 = await run(lambda: _write_whole(staged, data))
            else:
                async for batch in _batches(data):
                    await run(partial(staged.write, batch))
                size, sha256 = await run(staged.publish)
        finally:
            # Not awaited: a caller that is being cancelled has no time, and nobody waits for the cleaning.
            self._threads.submit(staged.discard)
        return Stored(key=key, bytes=size, sha256=sha256)

    async def open(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        run = partial(self._run, "read", key)
        file = await run(partial(_open_at, self._path(key), start))
        left = sys.maxsize if end is None else end - start
        try:
            while left > 0 and (piece := await run(partial(file.read, min(left, _READ_BYTES)))):
                left -= len(piece)
                yield piece
        finally:
            self._threads.submit(file.close)

    async def head(self, key: str) -> Head | None:
        return await self._run("look up", key, partial(_head, key, self._path(key)))

    async def list(self, prefix: str) -> Sequence[Head]:
        if ".." in prefix or prefix.startswith("/"):
            raise ValueError(f"{prefix!r} is not a storage prefix")
        found = await self._run("list", prefix, lambda: tuple(_walk(self._root, prefix)))
        return sorted(found, key=lambda head: head.key)

    async def delete(self, key: str) -> None:
        path = self._path(key)
        await self._run("delete", key, lambda: path.unlink(missing_ok=True))

    def local_path(self, key: str) -> Path:
        return self._path(key)

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    async def _run(self, verb: str, key: str, work: Callable[[], _T]) -> _T:
        with _failures(verb, key):
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _write_whole(staged: Staged, data: bytes) -> tuple[int, str]:
    # One visit to a thread for a body that is in memory.
    staged.write((data,))
    return staged.publish()


def _open_at(path: Path, start: int) -> FileIO:
    file = FileIO(path)
    file.seek(start)
    return file


async def _batches(chunks: AsyncIterator[bytes]) -> AsyncIterator[Sequence[bytes]]:
    """A stream's chunks in batches worth a visit to a thread."""
    batch: list[bytes] = []
    size = 0
    async for chunk in chunks:
        batch.append(chunk)
        size += len(chunk)
        if size >= _WRITE_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _head(key: str, path: Path) -> Head | None:
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Head(key=key, bytes=facts.st_size, modified=datetime.fromtimestamp(facts.st_mtime, UTC))


def _walk(root: Path, prefix: str, folder: str = "") -> Iterator[Head]:
    """Heads of the keys with this prefix; folders that cannot hold one are not entered."""
    with suppress(FileNotFoundError), os.scandir(root / folder) as entries:
        for entry in entries:
            name = folder + entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                if prefix.startswith(f"{name}/") or name.startswith(prefix):
                    yield from _walk(root, prefix, f"{name}/")
            elif name.startswith(prefix) and (head := _head(name, Path(entry.path))):
                yield head


_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.ENOENT: "there is nothing under this key",
}


@contextmanager
def _failures(verb: str, key: str) -> Iterator[None]:
    """Our words for what the operating system refuses."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, f"the disk answered {errno.errorcode.get(error.errno or 0, 'EIO')}")
        raise ServiceError(
            f"Storage could not {verb} {key!r}: {reason}.", hint="`diorama doctor` shows where bytes are stored."
        ) from error
