"""`routes.md` and `commands.md`: what the doors say of themselves."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from docs.pages.markdown import code, first_line, page, table

COLUMNS = 80


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
