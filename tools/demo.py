"""`make demo`: one picture and one film through the real command line, on this machine alone.

Every setting and every vendor's key is taken out of the environment first, so nothing leaves and nothing costs.
"""

import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "demo"
PICTURE, FILM = DEMO / "picture.png", DEMO / "film.mp4"
DIORAMA = Path(sysconfig.get_path("scripts")) / "diorama"

PICTURE_PROMPT = "a harbour with a lighthouse at sunset, a sailing boat, mountains behind"
FILM_PROMPT = "a fox in a snowy pine forest at night, stars over the mountains"


def clean_environment() -> dict[str, str]:
    """This environment without our settings and without any vendor's key or address, in a home of its own."""
    files = [tomllib.loads(file.read_text("utf-8")) for file in (ROOT / "src/diorama/catalog").glob("*.toml")]
    vendors = {name for file in files for names in [*file.get("keys", []), file.get("base_env", [])] for name in names}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIORAMA_")}
    return {name: value for name, value in kept.items() if name not in vendors} | {
        "DIORAMA_HOME": str(DEMO / ".diorama")
    }


def run(*arguments: str) -> None:
    """Runs `diorama` in demo/, where no `.env` lies; its own words say what goes wrong."""
    quiet = subprocess.DEVNULL  # the path it prints is told below
    outcome = subprocess.run([DIORAMA, *arguments], cwd=DEMO, env=clean_environment(), stdout=quiet, check=False)
    if outcome.returncode:
        sys.exit(outcome.returncode)


def make_picture() -> str:
    from PIL import Image

    run("image", PICTURE_PROMPT, "--model", "sketch:still", "--size", "1024x1024", "-o", PICTURE.name)
    with Image.open(PICTURE) as picture:
        return f"{picture.width}x{picture.height} {picture.format}"


def make_film() -> str:
    import av

    length = ("--seconds", "4", "--fps", "24")
    run("video", FILM_PROMPT, "--model", "sketch:motion", "--size", "1280x720", *length, "-o", FILM.name)
    with av.open(FILM) as film:
        stream = film.streams.video[0]
        seconds = float((film.duration or 0) / av.time_base)
        return f"{stream.width}x{stream.height}, {seconds:.1f} s at {float(stream.average_rate or 0):g} frames a second"


def main() -> None:
    DEMO.mkdir(exist_ok=True)
    for file in (PICTURE, FILM):
        file.unlink(missing_ok=True)
    made = {PICTURE: make_picture(), FILM: make_film()}

    print("\nMade on this machine, without a key and without a bill:\n")
    for file, what in made.items():
        print(f"  {file.relative_to(ROOT)!s:<18} {what}, {file.stat().st_size / 1024:,.0f} kB")
    print(
        "\nNext:\n"
        "  make serve                   the HTTP door on http://127.0.0.1:8000\n"
        "  export OPENAI_API_KEY=...    a vendor's key, then: .venv/bin/diorama image 'a red fox' -o fox.png\n"
        "  docs/reference/              every setting, route, command, model and error"
    )


if __name__ == "__main__":
    main()
