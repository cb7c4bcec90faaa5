"""What a command leaves behind: files with names people can find, words on stderr, and an exit code."""

import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import typer

from diorama.errors import ConflictError, DioramaError, ProviderError, ServiceError, ValidationError

if TYPE_CHECKING:
    from diorama.schemas import Job, Money
    from diorama.sdk.handle import AsyncAsset

OK, FAILED, USAGE, REFUSED, UNCERTAIN, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

SPELLINGS = {
    "png": ("png",),
    "jpg": ("jpg", "jpeg"),
    "webp": ("webp",),
    "gif": ("gif",),
    "avif": ("avif",),
    "mp4": ("mp4", "m4v"),
    "webm": ("webm",),
    "mov": ("mov", "qt"),
}
"""Each true extension, and how people write it."""


# Words ---------------------------------------------------------------------------------------------------------------


def say(text: str, style: str = "") -> None:
    """A line for people: on stderr, coloured on a terminal, never wrapped."""
    if style and sys.stderr.isatty():
        from rich.console import Console

        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(text, style=style)
    else:
        typer.echo(text, err=True)


def say_error(error: DioramaError) -> None:
    say(error.message, "red")
    if error.hint:
        say(error.hint, "dim")


def exit_code(error: DioramaError) -> int:
    """What a script can branch on. An error without a job was raised before anything was spent."""
    if error.code == "uncertain":
        return UNCERTAIN
    after_all = error.job_id is not None or isinstance(error, ProviderError)
    ours = isinstance(error, ServiceError) and error.code != "queue_full"
    return FAILED if after_all or ours or error.code == "not_found" else REFUSED


def say_facts(job: "Job") -> None:
    """What it cost, who made it, and everything that is not quite as asked."""
    for note in job.notes:
        say(f"note: {note.message}", "dim")
    say(f"{job.model.used}, {price(job.cost)}", "dim")


def price(money: "Money | None") -> str:
    from diorama.schemas import plain_usd

    return "cost unknown" if money is None else f"${plain_usd(money.usd)} ({money.basis})"


# Names ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where results go: the file that was named, else files of our naming in a folder."""

    folder: Path
    name: str | None
    force: bool


def plan(output: str | None, n: int, *, force: bool) -> Target:
    """Check before anything is spent that results will have a place. Raises ConflictError or ValidationError."""
    if output is None:
        return Target(folder=Path(), name=None, force=False)
    path = Path(output).expanduser()
    if output.endswith(os.sep) or path.is_dir():
        return Target(folder=_writable(path, make=True), name=None, force=False)
    target = Target(folder=_writable(path.parent, make=False), name=path.name, force=force)
    for wanted in _spread(path, n):
        if wanted.exists() and not force:
            raise ConflictError(
                f"The file {str(wanted)!r} is there already.", hint="--force overwrites it; nothing was sent."
            )
    return target


def _writable(folder: Path, *, make: bool) -> Path:
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValidationError(f"The folder {str(folder)!r} cannot be made: {error.strerror}.", field="output") from None
    if not folder.is_dir():
        raise ValidationError(f"There is no folder {str(folder)!r}.", field="output", hint=f"mkdir -p {folder}")
    if not os.access(folder, os.W_OK):
        raise ValidationError(f"The folder {str(folder)!r} cannot be written to.", field="output")
    return folder


def _spread(path: Path, n: int) -> list[Path]:
    """`fox.png` for one; `fox-1.png`, `fox-2.png` for two."""
    return [path] if n == 1 else [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, n + 1)]


async def keep(job: "Job", assets: "tuple[AsyncAsset, ...]", target: Target) -> list[Path]:
    """Save every asset of the job; nothing is overwritten without --force."""
    n = len(job.slots)
    named = Path(target.name or f"{slug(job)}-{job.id[-6:]}")
    numbers = {slot.asset_id: slot.index for slot in job.slots}
    return [await _keep_one(asset, _spread(named, n)[numbers[asset.id]], target) for asset in assets]


async def _keep_one(asset: "AsyncAsset", named: Path, target: Target) -> Path:
    true = PurePosixPath(asset.url).suffix.removeprefix(".")
    name = true_name(named.name, true)
    if target.name is not None and name != named.name and named.suffix.lower().removeprefix(".") in _KNOWN:
        say(f"note: it is {true.upper()}, so it is saved as {name}", "dim")
        return await _save(asset, target.folder / name)
    return await _save(asset, target.folder / name, overwrite=target.force)


async def _save(asset: "AsyncAsset", wanted: Path, *, overwrite: bool = False) -> Path:
    for path in _free_names(wanted):
        try:
            return await asset.save(path, overwrite=overwrite)
        except ConflictError:
            continue
    raise AssertionError  # the names never end


def _free_names(path: Path) -> Iterator[Path]:
    yield path
    number = 2
    while True:
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1


_KNOWN = {word for words in SPELLINGS.values() for word in words}


def true_name(name: str, true: str) -> str:
    """The name with the extension that the bytes have: `fox.png` of a JPEG is `fox.jpg`."""
    stem, dot, given = name.rpartition(".")
    if dot and stem and given.lower() in SPELLINGS.get(true, (true,)):
        return name
    return f"{stem}.{true}" if dot and stem and given.lower() in _KNOWN else f"{name}.{true}"


def slug(job: "Job") -> str:
    """The prompt's first words, as a file name: `a-red-fox-in-the-snow`."""
    text = unicodedata.normalize("NFC", str(job.request.get("prompt", ""))).lower()
    words = re.findall(r"[^\W_]+", text)
    name = ""
    for word in words:
        if len(f"{name}-{word}".encode()) > 48:
            break
        name = f"{name}-{word}" if name else word
    return name or job.kind
