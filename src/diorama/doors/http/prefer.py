"""The `Prefer` header (RFC 7240): answer at once, or wait so long."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header


@dataclass(frozen=True, kw_only=True)
class Preference:
    """`wait_s`: seconds that the caller is willing to wait, if they said so."""

    respond_async: bool = False
    wait_s: float | None = None


async def _preference(
    prefer: Annotated[
        str | None,
        Header(
            description="`respond-async` answers at once with the job, `wait=SECONDS` waits that long at most.",
            examples=["respond-async"],
        ),
    ] = None,
) -> Preference:
    return read(prefer or "")


Preferred = Annotated[Preference, Depends(_preference)]


def read(header: str) -> Preference:
    """What is understood counts, the rest is left alone, as the standard wants it."""
    words = [word.strip().lower() for word in header.split(",")]
    waits = [word[5:].strip('"') for word in words if word.startswith("wait=")]
    wait_s = float(waits[0]) if waits and waits[0].isascii() and waits[0].isdigit() else None
    return Preference(respond_async="respond-async" in words, wait_s=wait_s)
