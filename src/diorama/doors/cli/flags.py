"""The flags that commands share: the fields of a Request with dashes, and where results go."""

import json
import sys
from typing import Annotated, Any, Literal

import typer

Prompt = Annotated[
    str | None,
    typer.Argument(metavar="PROMPT", show_default=False, help="What to show; `-` or nothing reads it from stdin."),
]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", metavar="NAME", help="As `diorama models` lists it, or a family such as openai."),
]
Size = Annotated[
    str | None, typer.Option("--size", metavar="WxH", help="Width and height in pixels, such as 1024x1024.")
]
AspectRatio = Annotated[str | None, typer.Option("--aspect-ratio", metavar="W:H", help="The shape, such as 16:9.")]
Resolution = Annotated[
    str | None, typer.Option("--resolution", metavar="NAME", help="Where models name it, such as 720p or 2k.")
]
Count = Annotated[int | None, typer.Option("--n", "-n", metavar="NUMBER", help="How many to make.")]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="NUMBER", help="The same number draws the same again, where the model can."),
]
Quality = Annotated[
    str | None, typer.Option("--quality", metavar="NAME", help="Where models have grades, such as low or high.")
]
Background = Annotated[str | None, typer.Option("--background", metavar="NAME", help="Such as transparent.")]
OutputFormat = Annotated[str | None, typer.Option("--output-format", metavar="NAME", help="Such as png, jpeg or webp.")]
NegativePrompt = Annotated[str | None, typer.Option("--negative-prompt", metavar="TEXT", help="What not to show.")]
Seconds = Annotated[float | None, typer.Option("--seconds", metavar="SECONDS", help="Length of the film.")]
Fps = Annotated[int | None, typer.Option("--fps", metavar="NUMBER", help="Frames a second.")]
Audio = Annotated[bool | None, typer.Option("--audio/--no-audio", help="With sound, or without.")]
Inputs = Annotated[
    list[str] | None, typer.Option("--input", metavar="FILE|URL|ID", help="A picture to go by; may be repeated.")
]
FirstFrame = Annotated[
    str | None, typer.Option("--first-frame", metavar="FILE|URL|ID", help="A picture for the film to begin with.")
]
LastFrame = Annotated[
    str | None, typer.Option("--last-frame", metavar="FILE|URL|ID", help="A picture for the film to end with.")
]
Options = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="A setting of this model alone; may be repeated."),
]
Fit = Annotated[
    Literal["strict", "nearest"] | None,
    typer.Option("--fit", help="What the model cannot do: refuse it, or take what is nearest.  [default: strict]"),
]
NoStore = Annotated[bool, typer.Option("--no-store", help="Keep it out of the gallery; it is gone after a day.")]
Deadline = Annotated[float | None, typer.Option("--deadline", metavar="SECONDS", help="Give up after this long.")]
Customer = Annotated[int, typer.Option("--customer", metavar="NUMBER", min=1, help="Whose job it is.")]
Json = Annotated[bool, typer.Option("--json", help="The whole answer as JSON on stdout.")]
JsonOrFiles = Annotated[
    bool, typer.Option("--json", help="The whole answer as JSON on stdout; files only with --output.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be sent and what it would cost; send nothing.")
]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="FILE|DIR", help="Where to save it.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the file that --output names.")]


def read_prompt(prompt: str | None) -> str:
    """The prompt, from stdin if it is `-` or not given. Raises a usage error when there is none."""
    if prompt is None and sys.stdin.isatty():
        raise typer.BadParameter("say what to show, or pipe it in", param_hint="PROMPT")
    text = sys.stdin.read() if prompt in (None, "-") else prompt
    if not text or not text.strip():
        raise typer.BadParameter("it is empty; say what to show", param_hint="PROMPT")
    return text.strip()


def read_options(pairs: list[str] | None) -> dict[str, Any]:
    """`name=value` pairs; a value that is a JSON number, `true` or `false` is one, everything else is text."""
    found: dict[str, Any] = {}
    for pair in pairs or ():
        name, sign, text = pair.partition("=")
        if not sign or not name:
            raise typer.BadParameter(f"{pair!r} is not NAME=VALUE", param_hint="--option")
        found[name] = _value(text)
    return found


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float | str) else text
