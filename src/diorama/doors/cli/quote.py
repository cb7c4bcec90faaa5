"""`diorama quote`: like asking, and nothing is sent."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from diorama.doors.cli.image import image
from diorama.doors.cli.making import make
from diorama.doors.cli.video import video

if TYPE_CHECKING:
    from diorama.schemas import Kind

quote = typer.Typer(name="quote", rich_markup_mode=None, no_args_is_help=True)
WITHOUT = ("output", "force", "dry_run")
"""Flags of the asking command that make no sense where nothing is made."""


@quote.callback()
def about() -> None:
    """Say what asking would send, change and cost, and who else could do the very same. Nothing is sent or spent.

    \b
    diorama quote image "a red fox in the snow" -m openai --quality high
    diorama quote video "a paper boat" --seconds 6 --json
    """


def _quoting(kind: "Kind", command: Callable[..., None]) -> Callable[..., None]:
    """The same command with the same flags, run dry."""

    def ask(**flags: Any) -> None:
        make(kind, {**dict.fromkeys(WITHOUT), **flags, "dry_run": True})

    given = inspect.signature(command)
    kept = [parameter for parameter in given.parameters.values() if parameter.name not in WITHOUT]
    vars(ask)["__signature__"] = given.replace(parameters=kept)
    ask.__annotations__ = {parameter.name: parameter.annotation for parameter in kept}
    ask.__doc__ = (
        f"What `diorama {command.__name__}` with these flags would send, change and cost.\n\n"
        f'\b\ndiorama quote {command.__name__} "a red fox in the snow" --n 2'
    )
    return ask


for _kind, _command in (("image", image), ("video", video)):
    quote.command(_command.__name__)(_quoting(_kind, _command))  # type: ignore[arg-type]
