"""`diorama models`: what can be asked for."""

import asyncio
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from diorama.doors.cli import flags
from diorama.doors.cli.making import client
from diorama.doors.cli.output import say
from diorama.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import date

    from diorama.catalog.describe import ModelInfo
    from diorama.catalog.entry import Option

Name = Annotated[
    str | None, typer.Argument(metavar="ID", show_default=False, help="A model, to be told everything about it.")
]
Kind = Annotated[Literal["image", "video"] | None, typer.Option("--kind", help="Only those that make this.")]
PER = {
    "image": "an image",
    "further_megapixel": "a further megapixel",
    "second": "a second",
    "input_image": "an input image",
    "text_in": "a million text tokens in",
    "text_out": "a million text tokens",
    "image_in": "a million image tokens in",
    "image_out": "a million image tokens",
    "video_out": "a million film tokens",
}
Everything = Annotated[bool, typer.Option("--all", help="The ones that have ended as well.")]


Within = Annotated[int, typer.Option("--within", metavar="DAYS", min=0, help="How far to look ahead.")]
DEFAULT = "list"


class Models(TyperGroup):
    """`diorama models ...` is `diorama models list ...`, unless it begins with another of its commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else [DEFAULT, *args])


models = typer.Typer(name="models", cls=Models, rich_markup_mode=None)


@models.callback()
def about() -> None:
    """Models: what they make, take and cost, and when they end. Without a command, `list` is meant.

    \b
    diorama models --kind video
    diorama models sketch:still
    diorama models sunset
    """


@models.command(DEFAULT)
def list_models(
    name: Name = None, kind: Kind = None, everything: Everything = False, as_json: flags.Json = False
) -> None:
    """List models with their prices, or tell everything about one.

    \b
    diorama models --kind video
    diorama models sketch:still
    """
    found = asyncio.run(_ask(kind=kind))
    if name is not None:
        info = _find(found, name)
        typer.echo(info.model_dump_json(indent=2) if as_json else _page(info))
        return
    shown = [info for info in found if everything or not _has_ended(info)]
    if as_json:
        typer.echo(_json(shown))
        return
    for info in shown:
        typer.echo(
            f"{info.id:38}  {info.makes}  {_price(info):30}  {'' if info.available else _why_not(info)}".rstrip()
        )
    say("Everything about one: diorama models ID", "dim")


@models.command("sunset")
def list_sunset(within: Within = 90, everything: Everything = False, as_json: flags.Json = False) -> None:
    """What ends soon, when, and what to use then.

    \b
    diorama models sunset --within 365
    """
    ended = [info for info in asyncio.run(_ask()) if _has_ended(info)] if everything else []
    ended.sort(key=lambda info: (str(info.lifecycle.retired), info.id))
    ending = asyncio.run(_ask(sunset_within=within))
    if as_json:
        typer.echo(_json(ended + ending))
        return
    for info in ended + ending:
        typer.echo(f"{info.lifecycle.retired}  {_days_left(info):14}  {info.id:38}  {_heir(info)}".rstrip())
    if not ending:
        say(f"Nothing ends within {within} days.", "dim")


async def _ask(**chosen: Any) -> "list[ModelInfo]":
    async with client(1, works=False) as diorama:
        return await diorama.models(**chosen)


def _json(shown: "list[ModelInfo]") -> str:
    return "[" + ",\n".join(info.model_dump_json() for info in shown) + "]"


def _find(found: "list[ModelInfo]", name: str) -> "ModelInfo":
    names = {known.lower(): info for info in reversed(found) for known in (*info.names, info.name, info.id)}
    if name.lower() not in names:
        close = get_close_matches(name.lower(), names, n=3)
        raise ConfigurationError(
            f"There is no model {name!r}.",
            code="unknown_model",
            key="model",
            hint=f"Did you mean {', '.join(close)}?" if close else "`diorama models` lists them.",
        )
    return names[name.lower()]


def _has_ended(info: "ModelInfo") -> bool:
    end = info.lifecycle.retired
    return end is not None and end <= _today()


def _today() -> "date":
    from datetime import UTC, datetime

    return datetime.now(UTC).date()


def _days_left(info: "ModelInfo") -> str:
    assert info.lifecycle.retired is not None, "only what ends is listed"
    days = (info.lifecycle.retired - _today()).days
    return "has ended" if days <= 0 else "in 1 day" if days == 1 else f"in {days} days"


def _heir(info: "ModelInfo") -> str:
    return f"use {info.lifecycle.successor}" if info.lifecycle.successor else "nothing takes its place"


def _why_not(info: "ModelInfo") -> str:
    if _has_ended(info):
        return f"ended {info.lifecycle.retired}" + (f", {_heir(info)}" * bool(info.lifecycle.successor))
    return f"needs {info.api_key_env}"


def _price(info: "ModelInfo") -> str:
    """The price of an output: the cheapest and the dearest, where it depends."""
    outputs = [price for price in info.prices if price.per in ("image", "second", "image_out", "video_out")]
    if not outputs:
        return "no known price"
    per = PER[outputs[0].per]
    amounts = sorted({price.usd for price in outputs})
    span = f"${amounts[0]}" if len(amounts) == 1 else f"${amounts[0]}-{amounts[-1]}"
    return "free" if amounts == [0] else f"{span} {per}"


def _page(info: "ModelInfo") -> str:
    """Every field that says something, one to a line."""
    hidden = {"object", "created", "owned_by", "name", "vendor", "prices", "options", "rules", "lifecycle", "flags"}
    fields = info.model_dump(mode="json", exclude=hidden, exclude_none=True)
    lines = [_row(name, _plain(value)) for name, value in fields.items() if value not in ([], {}, "never")]
    lines += [_row("price", f"${price.usd} {PER[price.per]} {_when(price.when)}".rstrip()) for price in info.prices]
    lines += [_row("option", f"{option.name} ({_values(option)}): {option.description}") for option in info.options]
    lines += [_row("rule", rule.because) for rule in info.rules]
    ends = {name: value for name, value in info.lifecycle.model_dump(mode="json").items() if value}
    return "\n".join([*lines, *(_row(name, value) for name, value in ends.items())])


def _row(name: str, value: str) -> str:
    return f"{name:23}  {value}"


def _values(option: "Option") -> str:
    if option.values:
        return ", ".join(map(str, option.values))
    bounds = (("at least", option.min), ("at most", option.max))
    return ", ".join([option.type, *(f"{words} {edge:g}" for words, edge in bounds if edge is not None)])


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(part)}" for name, part in value.items())
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _when(when: dict[str, tuple[object, ...]]) -> str:
    return ", ".join(f"{field} {' or '.join(map(str, values))}" for field, values in when.items())
