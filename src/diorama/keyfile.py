"""`vendors.env` in home: vendors' keys that the command line has put there. Only its owner may read it.

Blocking.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from diorama.errors import ConfigurationError

NAME: Final = "vendors.env"
HEAD: Final = "# Kept by `diorama vendors set`. The environment and `.env` go before it.\n"


def read_keys(home: Path) -> dict[str, str]:
    """What the file says; nothing when there is none. Raises ConfigurationError when it cannot be read."""
    from dotenv import dotenv_values

    file = home / NAME
    try:
        # Values stand as they are: a key may hold a `$`.
        found = dotenv_values(file, interpolate=False) if file.exists() else {}
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            f"The file {str(file)!r} cannot be read.", key=NAME, hint="Make it a text file that is yours, or remove it."
        ) from None
    return {name: value for name, value in found.items() if value}


def change_keys(home: Path, changes: Mapping[str, str | None]) -> None:
    """Set these variables, and take out those that are None. The others stay. Raises ConfigurationError."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(home):
            kept = {name: value for name, value in (read_keys(home) | dict(changes)).items() if value is not None}
            _replace(home / NAME, HEAD + "".join(f"{name}={_quoted(value)}\n" for name, value in kept.items()))
    except OSError as error:
        raise ConfigurationError(
            f"The file {str(home / NAME)!r} cannot be written: {error.strerror}.",
            key="DIORAMA_HOME",
            hint="Give DIORAMA_HOME a folder that you own.",
        ) from None


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time reads, changes and writes."""
    folder = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _replace(file: Path, text: str) -> None:
    """Written beside under a name nobody can guess, its mode set as it is made, then renamed."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def _quoted(value: str) -> str:
    """As python-dotenv reads it: in single quotes, where only the quote and the backslash are escaped."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
