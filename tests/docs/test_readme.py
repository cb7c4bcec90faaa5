"""What README tells people to type works as it stands, without any key."""

import json
import re
import shlex
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.main import get_command

from diorama.doors.cli.main import app
from diorama.doors.http.app import create_app
from diorama.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text()
COMMANDS = re.findall(r"^ {4}diorama (.+)$", README, re.MULTILINE)
REQUESTS = re.findall(r"^ {4}curl http://127\.0\.0\.1:8000(\S+) .*? -d '(.*?)'$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_is_understood(line: str) -> None:
    name, *arguments = shlex.split(line)

    understood = get_command(app).commands[name].make_context(name, arguments)  # type: ignore[attr-defined]

    assert understood.params["prompt"] == "a red fox in the snow"


def test_requests_are_served(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(home=tmp_path / "home")), base_url="http://127.0.0.1:8000") as client:
        answers = [client.post(route, json=json.loads(body)).status_code for route, body in REQUESTS]

    assert answers == [200, 202]


def test_python_runs(tmp_path: Path) -> None:
    block = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[0]

    exec(block, {})

    assert (tmp_path / "fox.png").read_bytes().startswith(b"\x89PNG")
