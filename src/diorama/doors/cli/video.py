"""`diorama video`."""

from diorama.doors.cli import flags
from diorama.doors.cli.making import make


def video(
    prompt: flags.Prompt = None,
    model: flags.Model = None,
    size: flags.Size = None,
    aspect_ratio: flags.AspectRatio = None,
    resolution: flags.Resolution = None,
    seconds: flags.Seconds = None,
    fps: flags.Fps = None,
    audio: flags.Audio = None,
    n: flags.Count = None,
    seed: flags.Seed = None,
    quality: flags.Quality = None,
    negative_prompt: flags.NegativePrompt = None,
    first_frame: flags.FirstFrame = None,
    last_frame: flags.LastFrame = None,
    inputs: flags.Inputs = None,
    option: flags.Options = None,
    fit: flags.Fit = None,
    no_store: flags.NoStore = False,
    deadline: flags.Deadline = None,
    customer: flags.Customer = 1,
    as_json: flags.JsonOrFiles = False,
    output: flags.Output = None,
    force: flags.Force = False,
    dry_run: flags.DryRun = False,
) -> None:
    """Make a film. Its path goes to stdout, everything else to stderr.

    \b
    diorama video "a paper boat on a quiet pond" --seconds 6 -o boat.mp4
    diorama video "it begins to snow" --first-frame fox.png -m grok

    Interrupted, it tells how to fetch the film later: `diorama jobs wait ID`. Exit codes are those of
    `diorama image`.
    """
    make("video", locals())
