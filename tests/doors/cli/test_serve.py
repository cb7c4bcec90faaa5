"""`diorama serve` refuses before it serves."""

import socket

from tests.doors.cli.conftest import Run


def test_a_port_in_use_is_one_clear_line(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        said = run("serve", "--port", str(port))

    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines()[0] == f"Port {port} of 127.0.0.1 is in use."


def test_an_open_door_to_everybody_is_refused(run: Run) -> None:
    said = run("serve", "--host", "0.0.0.0")

    assert said.code == 3
    assert "'0.0.0.0', which others can reach" in said.err
