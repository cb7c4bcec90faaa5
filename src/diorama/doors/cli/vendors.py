"""`diorama vendors`: whose key is here, and putting one where only its owner can read it."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from diorama.doors.cli import flags
from diorama.doors.cli.output import say
from diorama.errors import NotFoundError, ValidationError

if TYPE_CHECKING:
    from diorama.catalog.entry import Vendor as Entry
    from diorama.catalog.standing import Standing

vendors = typer.Typer(name="vendors", rich_markup_mode=None, no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="VENDOR", show_default=False, help="As `diorama vendors list` shows it.")]
Variable = Annotated[
    str | None,
    typer.Argument(metavar="VARIABLE", show_default=False, help="One of its variables; else those of its key."),
]


@vendors.callback()
def about() -> None:
    """List vendors and their keys, and keep keys in the home.

    \b
    diorama vendors list
    diorama vendors set openai
    """


@vendors.command("list")
def list_vendors(as_json: flags.Json = False) -> None:
    """Every vendor: which key was found and where, or what to set. Asks nobody; `diorama doctor` does."""
    from diorama.catalog.catalog import catalog_of
    from diorama.catalog.standing import standing
    from diorama.settings import load_settings, vendor_environment

    settings = load_settings()
    environment = vendor_environment(settings.home)
    found = [standing(vendor, environment) for vendor in catalog_of(settings).vendors.values()]
    if as_json:
        typer.echo("[" + ",\n".join(one.model_dump_json() for one in found) + "]")
        return
    for one in found:
        typer.echo(f"{one.vendor:10}  {key_line(one)}{_elsewhere(one)}")


@vendors.command("set")
def set_vendor(name: Name, variable: Variable = None) -> None:
    """Keep a vendor's key in the home, in a file that only you can read.

    The key is asked for without showing it, or read from stdin, one line for each variable; never from an argument,
    which others could see.

    \b
    diorama vendors set openai
    diorama vendors set openai < key.txt
    """
    from diorama.keyfile import NAME, change_keys
    from diorama.settings import load_settings, vendor_environment

    vendor = _find(name)
    names = [_own(vendor, variable)] if variable else list(vendor.needed[0])
    values = _read(names)
    for one, value in values.items():
        _check(one, value)
    home = load_settings().home
    change_keys(home, values)
    say(f"Kept {' and '.join(names)} in {home / NAME}. `diorama doctor` tries it; a running server needs a restart.")
    environment = vendor_environment(home)
    for one in (one for one in names if environment.origin(one) != NAME):
        say(f"note: {one} is set in {environment.origin(one)}, too, and that goes before it.", "dim")


@vendors.command("unset")
def unset_vendor(name: Name, variable: Variable = None) -> None:
    """Take a vendor's key out of the home again.

    What the environment or `.env` say stays.
    """
    from diorama.keyfile import NAME, change_keys, read_keys
    from diorama.settings import load_settings, vendor_environment

    vendor = _find(name)
    home = load_settings().home
    names = [_own(vendor, variable)] if variable else list(vendor.variables)
    kept = [one for one in names if one in read_keys(home)]
    if kept:
        change_keys(home, dict.fromkeys(kept))
    say(f"Took out {' and '.join(kept)}." if kept else f"{home / NAME} holds nothing of {vendor.display_name}.")
    environment = vendor_environment(home)
    for one in (one for one in names if environment.first((one,))):
        say(f"note: {one} is still set in {environment.origin(one)}.", "dim")


def key_line(vendor: "Standing") -> str:
    """What there is of a key, never the key."""
    if not vendor.needs_key:
        return "needs no key"
    if not vendor.variables:
        return f"no key; set {vendor.wants}"
    return ", ".join(
        f"{key.name}{f' …{key.ending}' if key.ending else ''} from {key.where}" for key in vendor.variables
    )


def _elsewhere(vendor: "Standing") -> str:
    return f"; {vendor.overridden_by} leads to {vendor.base_url}" if vendor.overridden_by else ""


def _find(name: str) -> "Entry":
    from diorama.catalog.catalog import catalog_of
    from diorama.settings import load_settings

    known = catalog_of(load_settings()).vendors
    if name.lower() not in known:
        raise NotFoundError(f"There is no vendor {name!r}.", param="vendor", hint=f"There are: {', '.join(known)}.")
    vendor = known[name.lower()]
    if not vendor.keys:
        raise ValidationError(f"{vendor.display_name} needs no key.", field="vendor")
    return vendor


def _own(vendor: "Entry", variable: str) -> str:
    if variable not in vendor.variables:
        hint = f"It has {', '.join(vendor.variables)}."
        raise ValidationError(f"{vendor.display_name} has no variable {variable!r}.", field="variable", hint=hint)
    return variable


def _read(names: list[str]) -> dict[str, str]:
    """From a prompt that shows nothing, else a line of stdin for each."""
    if sys.stdin.isatty():
        return {name: typer.prompt(name, hide_input=True, err=True).strip() for name in names}
    lines = [line.strip() for line in sys.stdin.read().splitlines() if line.strip()]
    if len(lines) != len(names):
        raise ValidationError(
            f"stdin has {len(lines)} lines, not {len(names)}.", hint=f"Give {', '.join(names)}, each on its own line."
        )
    return dict(zip(names, lines, strict=True))


def _check(name: str, value: str) -> None:
    """The value itself is never in the words."""
    if not value or not value.isprintable():
        raise ValidationError(f"What was given for {name} is empty, or holds what no key can hold.", field=name)
