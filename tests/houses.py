"""A whole house on a temporary home, with fakes instead of the network."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from diorama.catalog.catalog import Catalog, catalog_of, load_catalog
from diorama.catalog.entry import Model
from diorama.db.schema import ensure_schema
from diorama.db.session import Db
from diorama.generation.service import Asker
from diorama.schemas import Job, Request
from diorama.settings import Settings, VendorEnvironment
from diorama.wiring import House, open_house
from tests.clock import QuickClock
from tests.fakes.base import Fake, route
from tests.statements import compile_once

compile_once()
CATALOG = load_catalog()


def environment(
    fakes: Collection[Fake],
    *,
    overridden: bool = True,
    catalog: Catalog = CATALOG,
    model: Model | None = None,
    folder: Path | None = None,
) -> VendorEnvironment:
    """Keys for these vendors, and base URLs that lead to their fakes, or to hosts of the vendors' own. `model` may
    be one that only another key opens; what belongs to that is put into `folder`."""
    named = {fake.vendor: catalog.vendors[fake.vendor].keys[0] for fake in fakes}
    named |= {model.vendor: model.keys[0]} if model and model.keys else {}
    values = {name: f"test-key-{vendor}" for vendor, names in named.items() for name in names}
    for fake in fakes:
        values |= fake.papers(folder) if folder and model and model.keys else {}
        vendor = catalog.vendors[fake.vendor]
        own = {} if vendor.base else {vendor.base_env[0]: f"https://{vendor.own_hosts[0].replace('*', 'test')}"}
        values |= fake.settings() if overridden else own
    return VendorEnvironment(values)


def furnish(home: Path) -> None:
    """Put a database with our tables into a home that has none. To migrate one in each test would be slow."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (home / "diorama.db").exists():
        (home / "diorama.db").write_bytes(_with_tables())


@cache
def _with_tables() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "diorama.db"
        db = Db(f"sqlite:///{file}")
        ensure_schema(db)
        db.close()
        return file.read_bytes()


@asynccontextmanager
async def a_house(
    home: Path, *fakes: Fake, overridden: bool = True, model: Model | None = None, **more: Any
) -> AsyncIterator[House]:
    """An open house. `settings` among `more` are Settings fields; the clock is quick unless one is given; `model` will
    be asked, and may want a key of its own."""
    settings = Settings(home=home, _env_file=None, **more.pop("settings", {}))
    catalog = more.get("catalog") or (catalog_of(settings) if settings.vendors else CATALOG)
    filled: dict[str, Any] = {
        "catalog": catalog,
        "environment": environment(fakes, overridden=overridden, catalog=catalog, model=model, folder=home),
        "clock": QuickClock(),
        "transport": route(*fakes) if fakes else None,
        "resolve": _anywhere if fakes else None,
    } | more
    if settings.database_url is None:
        furnish(home)
    async with open_house(settings, **filled) as house:
        yield house


async def _anywhere(host: str, port: int) -> list[str]:
    """Every name is a public address; the transport knows where the fakes are."""
    return ["203.0.114.7"]


async def make(house: House, customer: int = 1, *, waiting: bool = True, **request: Any) -> Job:
    """Ask for something and wait for how it ends."""
    job_id = await house.generation.submit(Request(**request), Asker(customer_id=customer, waiting=waiting))
    job = await house.jobs.wait(customer, job_id, 60)
    assert job.ended, f"the job still stands at {job.state}"
    return job
