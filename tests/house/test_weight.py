"""A command answers quickly because it loads only what it needs."""

import subprocess
import sys

import pytest

HEAVY = {"PIL", "av", "alembic", "fastapi", "httpx2", "obstore", "pydantic", "rich", "sqlalchemy", "uvicorn"}
LIBRARY = "import diorama"
HELP = "import sys; sys.argv = ['diorama', '--help']\nfrom diorama.doors.cli.main import main\nmain()"


@pytest.mark.parametrize("code", [LIBRARY, HELP], ids=["import diorama", "diorama --help"])
def test_heavy_libraries_stay_away(code: str) -> None:
    report = "import atexit, sys\natexit.register(lambda: print('LOADED', *sys.modules))\n"

    said = subprocess.run([sys.executable, "-c", report + code], capture_output=True, text=True, check=True).stdout

    assert not HEAVY & set(said.rsplit("LOADED", 1)[1].split())
