"""What obstore leaves to us on a local disk: that bytes survive a power cut, and that what was given up goes away."""

import os
import time
from contextlib import suppress
from pathlib import Path

_KEPT_S = 24 * 3600


class Disk:
    """The folder under which a local store keeps its files. Everything blocks and may raise OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def prepare(self, staging: str) -> None:
        """Make the folders, and remove what killed processes left under `staging` a day ago."""
        (self.folder / staging).mkdir(parents=True, exist_ok=True)
        for entry in os.scandir(self.folder / staging):
            with suppress(FileNotFoundError):
                if entry.stat().st_mtime < time.time() - _KEPT_S:
                    os.unlink(entry.path)

    def settle_bytes(self, staged: str, key: str) -> None:
        """Before a body gets its name: have its bytes on the disk, and the folders of that name."""
        _sync(self.folder / staged)
        _make_folder((self.folder / key).parent)

    def settle_name(self, key: str) -> None:
        """After a body got its name: have that on the disk."""
        _sync((self.folder / key).parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
