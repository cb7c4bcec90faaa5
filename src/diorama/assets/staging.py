"""A file that appears whole or not at all, and once it has appeared survives a power cut. Blocking."""

import hashlib
import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from diorama.errors import ServiceError

_FOLDER = ".staging"  # no key starts with a dot
_KEPT_S = 24 * 3600


class TooLargeError(ServiceError):
    """A body passed the cap and was not stored. An upload's door answers it as the caller's mistake."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"The body is larger than the {max_bytes / 1e6:g} MB that are allowed here.")
        self.max_bytes = max_bytes


class Staged:
    """A body on its way to its key. One call at a time; only `discard` may come at any moment."""

    def __init__(self, root: Path, key: str, max_bytes: int | None) -> None:
        self._path = root / key
        self._max_bytes = max_bytes
        self._temp = root / _FOLDER / uuid4().hex
        # A cancelled caller discards while its last write may still run in its thread.
        self._lock = threading.Lock()
        self._over = False
        self._file = -1
        self._size = 0
        self._sha256 = hashlib.sha256()

    def write(self, parts: Iterable[bytes]) -> None:
        """Add to the body. Raises TooLargeError."""
        with self._lock:
            if self._over:
                return
            if self._file < 0:
                self._file = os.open(self._temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            for part in parts:
                self._size += len(part)
                if self._max_bytes is not None and self._size > self._max_bytes:
                    raise TooLargeError(self._max_bytes)
                self._sha256.update(part)
                _write_fully(self._file, part)

    def publish(self) -> tuple[int, str]:
        """Give the body its name and tell its size and SHA-256. A name that holds the same body already is fine."""
        self.write(())
        with self._lock:
            if self._over:
                raise ServiceError("The body was given up before it was stored.")
            os.fsync(self._file)
            make_folder(self._path.parent)
            sha256 = self._sha256.hexdigest()
            try:
                os.link(self._temp, self._path)
            except FileExistsError:
                if _sha256_of(self._path) != sha256:
                    raise ServiceError(f"Something else is already stored as {self._path.name!r}.") from None
            _sync_folder(self._path.parent)
            return self._size, sha256

    def discard(self) -> None:
        """Remove what was written under no name. To be called at the end in any case."""
        with self._lock:
            self._over = True
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
                self._temp.unlink(missing_ok=True)


def prepare(root: Path) -> None:
    """Make the folders, and remove what killed processes left half written a day ago."""
    staging = root / _FOLDER
    staging.mkdir(parents=True, exist_ok=True)
    for entry in os.scandir(staging):
        with suppress(FileNotFoundError):
            if entry.stat().st_mtime < time.time() - _KEPT_S:
                os.unlink(entry.path)


def make_folder(folder: Path) -> None:
    """mkdir -p whose new names survive a power cut."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _write_fully(file: int, data: bytes) -> None:
    # One write() takes at most about 2 GB, and may take less.
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
