"""What pages are written with: markdown from plain values."""

from collections.abc import Iterable

RENDERED = "<!-- Rendered from the code by `make docs`. -->"


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


def plain(value: object) -> str:
    """Numbers without a needless point, truth as a word, lists with commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(plain, value)) if isinstance(value, tuple | list) else str(value)
