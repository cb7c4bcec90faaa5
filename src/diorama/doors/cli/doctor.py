"""`diorama doctor`: whether everything that is set up works."""

import asyncio
from typing import TYPE_CHECKING

import typer

from diorama.doors.cli import flags
from diorama.doors.cli.vendors import key_line

if TYPE_CHECKING:
    from diorama.checkup import Checkup, VendorFinding

MARKS = {True: "ok  ", False: "FAIL", None: "-   "}


def doctor(as_json: flags.Json = False) -> None:
    """Check the home, the database, the storage, and every vendor whose key is here. Costs nothing.

    Each vendor is asked the cheapest free question. No key is ever shown, only its last characters.

    \b
    diorama doctor

    \b
    Exit codes: 0 all that is set up works, 1 something fails.
    """
    from diorama.checkup import check_up

    found = asyncio.run(check_up())
    typer.echo(found.model_dump_json(indent=2) if as_json else "\n".join(_lines(found)))
    raise typer.Exit(0 if found.ok else 1)


def _lines(found: "Checkup") -> list[str]:
    house = [
        f"{MARKS[part.ok]}  {part.part:10}  {part.where}" + _unless_fine(part.ok, part.said) for part in found.house
    ]
    return house + [f"{MARKS[one.ok]}  {one.vendor:10}  {_vendor(one)}" for one in found.vendors]


def _unless_fine(ok: bool | None, said: str) -> str:
    return "" if ok else f": {said}"


def _vendor(one: "VendorFinding") -> str:
    if not one.usable:
        return key_line(one)
    address = f", {one.base_url}" if one.base_url else ""
    override = f" (by {one.overridden_by})" if one.overridden_by else ""
    return f"{key_line(one)}{address}{override}: {one.said}"
