"""Renders docs/reference/ from the code. `--check` changes nothing and fails when a page is stale."""

import re
import sys
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from diorama import errors
from diorama.catalog.catalog import load_catalog
from diorama.catalog.entry import FreeSize, Model, Span, Vendor
from diorama.schemas import plain_usd
from diorama.settings import Settings

OUT = Path(__file__).parent / "reference"
RENDERED = "<!-- Rendered from the code by `make docs`. -->"
COLUMNS = 80


def page(title: str, intro: str, *parts: str) -> str:
    return "\n\n".join([RENDERED, f"# {title}", intro, *(part for part in parts if part)]) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = [list(head), ["---"] * len(list(head)), *map(list, rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


def code(text: object) -> str:
    return f"`{text}`"


def first_line(doc: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((doc or "").strip().split("\n\n")[0].split())


# Settings ---------------------------------------------------------------------------------------------------------


def settings_page() -> str:
    rows = (
        (code(f"DIORAMA_{name.upper()}"), _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    )
    return page(
        "Settings",
        "Read from the environment and from `.env` in the working directory; the environment wins.",
        table(("variable", "default", "meaning"), rows),
        "## Vendors",
        "A vendor can be used once its key is set. A base URL replaces the vendor's default whole: a gateway, a "
        "region, a stand-in.",
        table(("vendor", "key", "base URL", "its default"), map(_keys_row, vendors_with_keys())),
    )


def _default(field: FieldInfo) -> str:
    factory: Callable[..., Any] | None = field.default_factory
    if factory is not None:
        text = first_line(factory.__doc__) if factory.__module__.startswith("diorama") else "none"
        return text[0].lower() + text[1:].rstrip(".")
    if field.default in (None, "", ()):
        return "none"
    shown = field.default if isinstance(field.default, tuple) else (field.default,)
    return ", ".join(code(plain(value)) for value in shown)


def plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def vendors_with_keys() -> list[Vendor]:
    return [vendor for vendor in load_catalog().vendors.values() if vendor.keys or vendor.base_env]


def _keys_row(vendor: Vendor) -> tuple[str, ...]:
    keys = " or ".join(" + ".join(map(code, names)) for names in vendor.keys)
    return vendor.display_name, keys, ", ".join(map(code, vendor.base_env)), code(vendor.base)


# Errors -----------------------------------------------------------------------------------------------------------


def errors_page() -> str:
    rows = [row for cls in errors.CLASSES.values() for row in _error_rows(cls)]
    meanings = (f"- {code(cls.__name__)}: {_meaning(cls)}" for cls in errors.CLASSES.values() if cls.__doc__)
    return page(
        "Errors",
        "One tree, from `diorama.errors`, whichever door was used. `code` is the word to branch on. The routes "
        "`/image/...` and `/video/...` answer `{success, data, error, code}`, `/v1` answers "
        "`{error: {message, type, code, param, hint, job_id}}`.",
        table(("code", "class", "status on `/v1`", "on `/image`, `/video`"), rows),
        "## Meanings",
        "\n".join(meanings),
    )


CODES = re.compile(r"Codes: `([^`]+)`\.?")


def _meaning(cls: type[errors.DioramaError]) -> str:
    """The whole docstring but for the codes, which have their own table."""
    return " ".join(CODES.sub("", cls.__doc__ or "").split())


def _error_rows(cls: type[errors.DioramaError]) -> Iterable[tuple[str, ...]]:
    listed = CODES.search(cls.__doc__ or "")
    for word in listed[1].split() if listed else [cls.code]:
        extra: dict[str, Any] = {"provider": "acme"} if cls is errors.ProviderError else {}
        error = cls("", code=word, **extra)
        yield code(word), code(cls.__name__), str(error.status), str(error.seed_status)


# Models -----------------------------------------------------------------------------------------------------------


def models_page() -> str:
    parts: list[str] = []
    for vendor in load_catalog().vendors.values():
        staying = [model for model in vendor.models if model.retired is None]
        ending = [model for model in vendor.models if model.retired is not None]
        parts += [f"## {vendor.display_name}", _vendor_words(vendor)]
        parts.append(table(("model", "makes", "shapes", "price in USD"), map(_staying_row, staying)))
        if ending:
            parts.append(table(("ending or ended", "refused from", "instead"), map(_ending_row, ending)))
    return page(
        "Models",
        "What the catalog says. Everything that a model takes, with its options, is in `diorama models ID` and in "
        "`GET /v1/models/{id}`. A model that has ended is refused before anything is sent, naming the date and what to "
        "use instead.",
        *parts,
    )


def _vendor_words(vendor: Vendor) -> str:
    families = (
        f"{', '.join(map(code, alias.names))} for {' or '.join(code(m) for m in (alias.image, alias.video) if m)}"
        for alias in vendor.aliases
    )
    checked = f"Read from {vendor.source} on {vendor.checked}." if vendor.keys else "Needs no key and sends nothing."
    return f"{checked} Short names: {'; '.join(families)}."


def _staying_row(model: Model) -> tuple[str, ...]:
    return code(model.name), _makes(model), _shapes(model), _price(model)


def _ending_row(model: Model) -> tuple[str, ...]:
    return code(model.name), str(model.retired), code(model.successor) if model.successor else "nothing"


def _makes(model: Model) -> str:
    given = [role.replace("_", " ") for role in model.inputs]
    return model.makes + (f", from {', '.join(given)}" if given else "")


def _shapes(model: Model) -> str:
    free = [_free(model.free_size)] if model.free_size else list(model.sizes)
    parts = [", ".join(free), ", ".join(model.resolutions), _count(model.aspect_ratios, "ratio"), _seconds(model)]
    return "; ".join(part for part in parts if part)


def _free(rule: FreeSize) -> str:
    """Any size up to an edge, in steps."""
    step = f" in steps of {rule.multiple}" if rule.multiple > 1 else ""
    return f"any up to {rule.max_edge} pixels an edge{step}"


def _count(values: tuple[str, ...], noun: str) -> str:
    return f"{len(values)} {noun}s" if len(values) > 2 else ", ".join(values)


def _seconds(model: Model) -> str:
    match model.seconds:
        case None | ():
            return ""
        case Span(min=low, max=high):
            return f"{low:g} to {high:g} s"
        case lengths:
            return ", ".join(f"{length:g}" for length in lengths) + " s"


PER = {"image": "an image", "second": "a second", "input_image": "an input image"}


def _price(model: Model) -> str:
    parts = [_range([row.usd for row in model.prices if row.per == unit], noun) for unit, noun in PER.items()]
    per_token = [row.usd / 1_000_000 for row in model.prices if row.per == "image_out"]
    counts = [count.image_out for count in model.tokens if "size" not in count.when]
    parts.append(_range([usd * count for usd in per_token for count in counts], "an image of 1024x1024, by tokens"))
    return "; ".join(filter(None, parts)) or "unknown"


def _range(amounts: list[Decimal], noun: str) -> str:
    if not amounts:
        return ""
    if not any(amounts):
        return "free"
    low, high = (plain_usd(round(amount, 4)) for amount in (min(amounts), max(amounts)))
    return f"{low if low == high else f'{low} to {high}'} {noun}"


# Routes and commands ----------------------------------------------------------------------------------------------


def routes_page() -> str:
    from diorama.doors.http.app import create_app

    operations = [
        (route, method.upper(), operation)
        for route, methods in create_app().openapi()["paths"].items()
        for method, operation in methods.items()
    ]
    parts: list[str] = []
    for tag, group in groupby(operations, lambda operation: (operation[2].get("tags") or ["house"])[0]):
        rows = ((code(f"{method} {route}"), first_line(said.get("description"))) for route, method, said in group)
        parts += [f"## {str(tag).capitalize()}", table(("route", "what it does"), rows)]
    return page(
        "Routes",
        "A running server shows each with its body and answers on `/docs`, and tells programs in `/openapi.json`.",
        *parts,
    )


def commands_page() -> str:
    import typer.testing

    from diorama.doors.cli.main import app

    runner = typer.testing.CliRunner(env={"COLUMNS": str(COLUMNS), "NO_COLOR": "1", "TERM": "dumb"})
    parts: list[str] = []
    for words in commands(typer.main.get_command(app)):
        text = runner.invoke(app, [*words, "--help"], prog_name="diorama").output.rstrip()
        parts += [f"## {' '.join(('diorama', *words))}", f"```text\n{text}\n```"]
    return page("Commands", "What `--help` says.", *parts)


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    """The words of this command and of all below it."""
    yield words
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*words, name))


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "models.md": models_page,
    "routes.md": routes_page,
    "commands.md": commands_page,
}


def stale() -> list[str]:
    """Pages on disk that are not what the code says now, and pages nobody renders any more."""
    there = {path.name: path.read_text(encoding="utf-8") for path in OUT.glob("*.md")}
    wanted = {name: render() for name, render in PAGES.items()}
    return sorted(name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name))


def main() -> int:
    if "--check" in sys.argv[1:]:
        for name in stale():
            print(f"docs/reference/{name} is stale. Run: make docs", file=sys.stderr)
        return int(bool(stale()))
    OUT.mkdir(exist_ok=True)
    for path in OUT.glob("*.md"):
        path.unlink()
    for name, render in PAGES.items():
        (OUT / name).write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
