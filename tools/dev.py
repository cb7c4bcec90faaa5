"""`make dev`: the server with reload, every vendor being a strict fake on this machine. No key, no bill.

Prompts steer the fakes; each says in `outcomes` of its module in tests/fakes what it can be made to do.
"""

import argparse
import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
CATALOG, FAKES = ROOT / "src/diorama/catalog", ROOT / "tests/fakes"
HOME = ROOT / "demo/.dev"
DIORAMA = Path(sysconfig.get_path("scripts")) / "diorama"


def vendors_with_fakes() -> dict[str, list[str]]:
    """Each vendor that has a fake, with the variables of its key; those that DIORAMA_VENDORS brings among them."""
    brought = [Path(folder) for folder in os.environ.get("DIORAMA_VENDORS", "").split(os.pathsep) if folder]
    found = {}
    for folder, fakes in [(CATALOG, FAKES), *((folder, folder / "fakes") for folder in brought)]:
        for file in sorted(folder.glob("*.toml")):
            keys = tomllib.loads(file.read_text("utf-8")).get("keys", [])
            if keys and (fakes / f"{file.stem}.py").exists():
                found[file.stem] = keys[0]
    return found


def start_fakes(vendors: list[str]) -> dict[str, str]:
    """Starts them on free ports, to end with this process; what they print are the settings that lead there."""
    slow = ("--image-delay", "1", "--film-delay", "6", "--parent-pid", str(os.getpid()))
    command = [sys.executable, "-m", "tests.fakes", *vendors, *slow]
    fakes = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if fakes.stdout is None:
        sys.exit("The fakes have no output to read their addresses from.")
    lines = [fakes.stdout.readline().strip() for _ in vendors]
    if not all(lines):
        sys.exit("The fakes did not start; their own words are above.")
    return dict(setting.split("=", 1) for line in lines for setting in line.split())


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve with reload against fakes.")
    parser.add_argument("--port", default="8000")
    port = parser.parse_args().port
    vendors = vendors_with_fakes()
    settings = start_fakes(list(vendors)) | {key: "fake" for keys in vendors.values() for key in keys}
    for name, value in settings.items():
        print(f"  {name}={value}", flush=True)  # before this process becomes another
    os.environ.update({"DIORAMA_HOME": str(HOME)} | settings)
    os.execv(DIORAMA, ["diorama", "serve", "--reload", "--port", port])  # the fakes watch this process id


if __name__ == "__main__":
    main()
