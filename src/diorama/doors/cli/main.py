"""The `diorama` command. Each command's own libraries are loaded when it runs, so that help comes at once."""

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Annotated

import typer
from typer.main import get_command

from diorama.doors.cli import output
from diorama.doors.cli.doctor import doctor
from diorama.doors.cli.image import image
from diorama.doors.cli.jobs import jobs
from diorama.doors.cli.models import models
from diorama.doors.cli.quote import quote
from diorama.doors.cli.serve import serve
from diorama.doors.cli.vendors import vendors
from diorama.doors.cli.video import video
from diorama.errors import DioramaError

app = typer.Typer(
    name="diorama",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"diorama {version('diorama')}")
        raise typer.Exit


@app.callback()
def diorama(
    debug: Annotated[bool, typer.Option("--debug", help="Say where an unexpected fault came from.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Pictures and films from every vendor: never pay twice, never lose what you paid for.

    \b
    diorama image "a red fox in the snow" -o fox.png
    diorama video "a paper boat on a quiet pond" --seconds 4
    diorama jobs list
    diorama models --kind video

    Without any vendor's key, the built-in sketch draws.
    """
    from diorama.doors.cli.logs import set_up

    set_up(debug=debug)


app.command()(image)
app.command()(video)
app.add_typer(quote)
app.add_typer(jobs)
app.add_typer(models)
app.add_typer(vendors)
app.command()(doctor)
app.command()(serve)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave by its exit code."""
    sys.excepthook = apologise
    try:
        get_command(app).main(args=None if arguments is None else list(arguments), prog_name="diorama")
    except DioramaError as error:
        output.say_error(error)
        sys.exit(output.exit_code(error))


def apologise(kind: type[BaseException], fault: BaseException, where: TracebackType | None) -> None:
    """What a person sees of a fault that is ours."""
    from diorama.doors.cli.logs import is_debugging

    if is_debugging():
        sys.__excepthook__(kind, fault, where)
        return
    output.say(f"Sorry, that is a fault in Diorama: {kind.__name__}.", "red")
    output.say("Nothing is sent twice; `diorama jobs list` shows how your jobs stand.", "dim")
    output.say("The same with `diorama --debug ...` or DIORAMA_LOG=debug says where it happened.", "dim")
