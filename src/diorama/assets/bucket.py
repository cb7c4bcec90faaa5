"""Where bytes rest: five verbs over obstore.

A body is written under a name nobody asks for, forced to the disk, and only then renamed to its key, replacing nothing:
a key never stands for half a body. obstore==0.12.1 alone would not do: its local store has no fsync, and a create-only
put gathers a stream in memory.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore

from diorama.assets.disk import Disk
from diorama.assets.keys import check_key
from diorama.assets.store import Head, OtherBodyError, Store, Stored, TooLargeError
from diorama.errors import ConfigurationError, ServiceError

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

_STAGING = ".staging"  # no key starts with a dot
_PIECE_BYTES = 1 << 20  # streams are hashed and handed on in pieces of about this size
_PART_BYTES = 5 << 20  # the least that S3 takes for a part of an upload; at most three are held
_READ_BYTES = 1 << 20


def open_store(url: str) -> Store:
    """The store that a setting names: a path or `file:///dir`, made if it is not there. Blocking.

    Raises ConfigurationError for anything else.
    """
    parts = urlsplit(url)
    is_file = parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/")
    if not is_file and (not url or "://" in url or parts.scheme == "file"):
        raise ConfigurationError(
            f"{url!r} is no storage this version can use.",
            key="DIORAMA_STORAGE_URL",
            hint="Give a directory, as a path or as file:///dir.",
        )
    disk = Disk(Path(unquote(parts.path) if is_file else url))
    with _failures("prepare", str(disk.folder)):
        disk.prepare(_STAGING)
        return Bucket(LocalStore(disk.folder), disk)


class Bucket:
    """A Store in any of obstore's; a local one comes with its `disk`.

    The others must be able to rename without replacing (S3: `copy_if_not_exists="multipart"`).
    """

    def __init__(self, store: "ObjectStore", disk: Disk | None = None) -> None:
        self._store = store
        self._disk = disk
        # Not asyncio's own threads: a slow disk must not hold up everything else that waits for one.
        self._threads = ThreadPoolExecutor(8, "diorama-bytes")

    async def put(
        self, key: str, data: bytes | AsyncIterator[bytes], *, mime: str, max_bytes: int | None = None
    ) -> Stored:
        staged, tally = f"{_STAGING}/{uuid4().hex}", _Tally(check_key(key), max_bytes)
        try:
            if self._disk and isinstance(data, bytes):
                await self._run("write", key, self._put_at_once, self._disk, staged, data, tally)
            else:
                await self._write(staged, data, tally, mime)
                await self._name(staged, key)
        except BaseException as error:
            tally.given_up = True
            # Not awaited: a caller that is being cancelled has no time, and nobody waits for the cleaning.
            self._threads.submit(self._forget, staged)
            if not isinstance(error, AlreadyExistsError):
                raise
            await self._expect(tally.stored)
            if self._disk:
                await self._run("write", key, self._disk.settle_name, key)
        return tally.stored

    def _put_at_once(self, disk: Disk, staged: str, data: bytes, tally: "_Tally") -> None:
        """A whole body in one visit to a thread: a tenth of the CPU of obstore's writer. Blocks.

        Only for a disk: bodies on their way to a bucket wait in obstore, not in our few threads.
        """
        tally.add(data)
        obstore.put(self._store, staged, data)
        disk.settle_bytes(staged, tally.key)
        if tally.given_up:
            self._forget(staged)
            return
        obstore.rename(self._store, staged, tally.key, overwrite=False)
        disk.settle_name(tally.key)

    async def _write(self, staged: str, data: bytes | AsyncIterator[bytes], tally: "_Tally", mime: str) -> None:
        writer = obstore.open_writer_async(
            self._store,
            staged,
            attributes=None if self._disk else {"Content-Type": mime},  # the local store takes none
            buffer_size=_PART_BYTES,
            max_concurrency=2,
        )
        # By hand, not `async with`: what closing raises is ours to word, what the stream raises is not.
        try:
            async for piece in _pieces(data):
                await self._run("write", tally.key, tally.add, piece)
                with _failures("write", tally.key):
                    await writer.write(piece)
        except BaseException as error:
            await writer.__aexit__(type(error), error, None)  # gives up what was written
            raise
        with _failures("write", tally.key):
            await writer.close()

    async def _name(self, staged: str, key: str) -> None:
        """Give a body its key. Raises AlreadyExistsError."""
        if self._disk:
            await self._run("write", key, self._disk.settle_bytes, staged, key)
        with _failures("write", key):
            await obstore.rename_async(self._store, staged, key, overwrite=False)
        if self._disk:
            await self._run("write", key, self._disk.settle_name, key)

    async def _expect(self, stored: Stored) -> None:
        """Raises OtherBodyError if a key holds another body."""
        found = _Tally(stored.key, None)
        async for piece in self.open(stored.key):
            await self._run("read", stored.key, found.add, piece)
        if found.stored != stored:
            raise OtherBodyError(stored.key)

    def _forget(self, staged: str) -> None:
        with suppress(FileNotFoundError):
            obstore.delete(self._store, staged)

    async def open(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        # In ranges, not obstore's stream: that reads a local file in pieces of 8 KB, at fourteen times the CPU, and
        # takes a reader that pauses for half a minute for a broken connection.
        with _failures("read", key):
            size = (await obstore.head_async(self._store, check_key(key)))["size"]
        end = size if end is None else min(end, size)
        for at in range(start, end, _READ_BYTES):
            with _failures("read", key):
                piece = await obstore.get_range_async(self._store, key, start=at, end=min(at + _READ_BYTES, end))
            yield bytes(piece)

    async def head(self, key: str) -> Head | None:
        with _failures("look up", key), suppress(FileNotFoundError):
            return _head(await obstore.head_async(self._store, check_key(key)))
        return None

    async def list(self, prefix: str) -> Sequence[Head]:
        if ".." in prefix or prefix.startswith("/"):
            raise ValueError(f"{prefix!r} is not a storage prefix")
        # obstore's prefixes are whole folders. The offset spares it the look at keys that come before.
        listing = obstore.list(self._store, prefix.rpartition("/")[0] or None, offset=prefix[:-1] or None)
        with _failures("list", prefix):
            found = [_head(meta) async for batch in listing for meta in batch if meta["path"].startswith(prefix)]
        return sorted((head for head in found if not head.key.startswith(".")), key=lambda head: head.key)

    async def delete(self, key: str) -> None:
        with _failures("delete", key), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, check_key(key))

    def local_path(self, key: str) -> Path | None:
        check_key(key)
        return self._disk.folder / key if self._disk else None

    async def _run(self, verb: str, key: str, work: Callable[..., None], *args: Any) -> None:
        with _failures(verb, key):
            await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)


class _Tally:
    """Counts and hashes a body on its way, which takes half a millisecond a megabyte.

    `given_up`: nobody waits for the body any more, so it shall not get its key.
    """

    def __init__(self, key: str, max_bytes: int | None) -> None:
        self.key = key
        self._max_bytes = max_bytes
        self._size = 0
        self._sha256 = hashlib.sha256()
        self.given_up = False

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._max_bytes is not None and self._size > self._max_bytes:
            raise TooLargeError(self._max_bytes)
        self._sha256.update(piece)

    @property
    def stored(self) -> Stored:
        return Stored(key=self.key, bytes=self._size, sha256=self._sha256.hexdigest())


async def _pieces(data: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A body in pieces worth a visit to a thread."""
    if isinstance(data, bytes):
        yield data
        return
    batch: list[bytes] = []
    async for chunk in data:
        batch.append(chunk)
        if sum(map(len, batch)) >= _PIECE_BYTES:
            yield b"".join(batch)
            batch.clear()
    yield b"".join(batch)


def _head(meta: "ObjectMeta") -> Head:
    return Head(key=meta["path"], bytes=meta["size"], modified=meta["last_modified"])


@contextmanager
def _failures(verb: str, key: str) -> Iterator[None]:
    """Our words for what storage refuses."""
    try:
        yield
    except AlreadyExistsError:
        raise
    except (BaseError, OSError) as error:
        raise ServiceError(
            f"Storage could not {verb} {key!r}: {_reason(error)}.",
            hint="`diorama doctor` shows where bytes are stored.",
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is nothing under this key"
    # obstore==0.12.1 gives no errno but in its words, which may hold paths and addresses besides.
    code = re.search(r"\(os error (\d+)\)", str(error))
    number = getattr(error, "errno", None) or (code and int(code[1]))
    return os.strerror(number) if number else f"it answered with {type(error).__name__}"
