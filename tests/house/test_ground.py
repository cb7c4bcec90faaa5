"""The ground that tests stand on, tested: a guard that guards nothing would make every other promise hollow."""

import os
import socket
from pathlib import Path

import pytest
import sqlalchemy as sa


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Lets a test be refused without failing for it."""
    from tests.conftest import _Guard

    def refuse(_self: object, what: str) -> None:
        raise RuntimeError(what)

    monkeypatch.setattr(_Guard, "_refuse", refuse)


@pytest.mark.usefixtures("attempts")
@pytest.mark.parametrize("host", ["example.com", "api.openai.com"])
def test_no_name_is_looked_up(host: str) -> None:
    with pytest.raises(RuntimeError, match=host):
        socket.getaddrinfo(host, 443)


@pytest.mark.usefixtures("attempts")
@pytest.mark.parametrize("address", ["93.184.215.14", "10.0.0.1", "169.254.169.254"])
def test_no_foreign_address_is_reached(address: str) -> None:
    with socket.socket() as client, pytest.raises(RuntimeError, match=address):
        client.connect((address, 443))


def test_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


def test_nobodys_keys_are_seen() -> None:
    assert not [name for name in os.environ if name.startswith("DIORAMA_") or name == "OPENAI_API_KEY"]


def test_a_test_works_in_an_empty_folder(tmp_path: Path) -> None:
    assert Path.cwd() == tmp_path
    assert Path.home() == tmp_path / "user"


def test_each_database_is_new(database_url: str) -> None:
    engine = sa.create_engine(database_url)

    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE once (id int)"))

    assert sa.inspect(engine).get_table_names() == ["once"]
    engine.dispose()


def test_each_database_is_new_again(database_url: str) -> None:
    test_each_database_is_new(database_url)
