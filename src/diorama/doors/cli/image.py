"""`diorama image`."""

from diorama.doors.cli import flags
from diorama.doors.cli.making import make


def image(
    prompt: flags.Prompt = None,
    model: flags.Model = None,
    size: flags.Size = None,
    aspect_ratio: flags.AspectRatio = None,
    resolution: flags.Resolution = None,
    n: flags.Count = None,
    seed: flags.Seed = None,
    quality: flags.Quality = None,
    background: flags.Background = None,
    output_format: flags.OutputFormat = None,
    negative_prompt: flags.NegativePrompt = None,
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
    """Make a picture. Its path goes to stdout, everything else to stderr.

    \b
    diorama image "a red fox in the snow" -o fox.png
    diorama image "a harbour at dawn" -m sketch --size 1280x720 -n 3 -o harbour/
    echo "a paper boat" | diorama image --json

    \b
    Exit codes: 0 made, 1 failed, 2 wrong usage, 3 refused before anything was spent,
    4 uncertain (it may have been billed), 5 made in part, 130 interrupted.
    """
    make("image", locals())
