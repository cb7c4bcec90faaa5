"""The one place where objects are made from settings."""

import asyncio
import fcntl
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diorama.assets.bucket import open_store
from diorama.assets.store import Store
from diorama.catalog.catalog import Catalog, catalog_of
from diorama.clock import Clock, SystemClock, moment
from diorama.db import meta
from diorama.db.schema import ensure_schema
from diorama.db.session import Db, database_url
from diorama.errors import ConfigurationError
from diorama.gallery.housekeeping import keep_house
from diorama.gallery.keep import Keeper
from diorama.gallery.links import Links
from diorama.generation.inputs import InputDesk
from diorama.generation.quote import computed
from diorama.generation.resolve import Reach
from diorama.generation.service import Generation
from diorama.ids import new_id
from diorama.jobs.advance import Carrier, Pricer
from diorama.jobs.owners import OwnerLocks
from diorama.jobs.repository import Work
from diorama.jobs.runners.local import LocalRunner
from diorama.jobs.runners.watch import Watch
from diorama.jobs.service import Jobs
from diorama.jobs.vendors import Vendors
from diorama.schemas import Money, Preview, Request
from diorama.settings import Settings, VendorEnvironment, load_settings, vendor_environment

if TYPE_CHECKING:
    import httpx2

    from diorama.assets.fetch import Fetcher
    from diorama.assets.guard import Resolve

MB = 10**6


@dataclass(frozen=True, kw_only=True)
class House:
    """Everything that is running, for a door to use."""

    settings: Settings
    clock: Clock
    catalog: Catalog
    vendors: Vendors
    db: Db
    store: Store
    keeper: Keeper
    links: Links
    runner: LocalRunner
    jobs: Jobs
    generation: Generation

    @property
    def today(self) -> date:
        return moment(self.clock.now()).date()

    @property
    def reach(self) -> Reach:
        return reach_of(self.settings, self.vendors)


def reach_of(settings: Settings, vendors: Vendors) -> Reach:
    """What this installation can reach, and what its operator wants."""
    return Reach(
        keyed=vendors.keyed,
        key_names=vendors.key_names,
        overridden=vendors.overridden,
        deployments=vendors.deployments,
        default_image_model=settings.default_image_model,
        default_video_model=settings.default_video_model,
        substitutes=settings.substitute_pairs,
        follow_successors=settings.follows_successors,
    )


@asynccontextmanager
async def open_house(
    settings: Settings | None = None,
    *,
    environment: VendorEnvironment | None = None,
    clock: Clock | None = None,
    transport: "httpx2.AsyncBaseTransport | None" = None,
    resolve: "Resolve | None" = None,
    catalog: Catalog | None = None,
    works: bool = True,
    everything: bool = True,
) -> AsyncIterator[House]:
    """Open the home, run in it, and leave it in good order.

    `works` False: only look; no call is carried. `everything` False: carry our own calls and what is paid for
    already, but send nothing that others have queued. `transport` stands in for the network, `resolve` for DNS.
    """
    house = await asyncio.to_thread(_build, settings, environment, clock, transport, resolve, catalog, everything)
    keeping: asyncio.Task[None] | None = None
    try:
        if works:
            await house.runner.start()
        if works and everything:
            keeping = asyncio.create_task(keep_house(house.db, house.keeper, house.clock))
        yield house
    finally:
        if keeping is not None:
            keeping.cancel()
        if works:
            await house.runner.drain()
        await house.vendors.close()
        house.keeper.close()
        await asyncio.to_thread(house.db.close)


def _build(
    settings: Settings | None,
    environment: VendorEnvironment | None,
    clock: Clock | None,
    transport: "httpx2.AsyncBaseTransport | None",
    resolve: "Resolve | None",
    catalog: Catalog | None,
    everything: bool,
) -> House:
    """Blocking: makes folders, migrates, reads the catalog."""
    settings = settings or load_settings()
    clock = clock or SystemClock()
    catalog = catalog or catalog_of(settings)
    db, secret = _open_database(settings)
    store = open_store(settings.storage_url or str(settings.home / "media"))
    fetcher = cache(partial(_make_fetcher, transport, resolve))
    vendors = make_vendors(settings, catalog, environment, transport)
    keeper = Keeper(store, fetcher, max_media_bytes=int(settings.max_media_mb * MB))
    links = Links(public_url=settings.own_url, secret=bytes.fromhex(secret))
    watch = Watch(db)
    price = _pricer(catalog)
    carrier = Carrier(db=db, clock=clock, me=new_id(), vendors=vendors, keeper=keeper, price=price)
    locks = OwnerLocks(settings.home / "run")
    runner = LocalRunner(carrier=carrier, db=db, clock=clock, locks=locks, watch=watch, everything=everything)
    carrier.previewed = partial(_show, watch, links)
    jobs = Jobs(
        db=db, clock=clock, runner=runner, carrier=carrier, vendors=vendors, links=links, queue_max=settings.queue_max
    )
    largest = int(settings.max_upload_mb * MB)
    desk = InputDesk(db=db, clock=clock, keeper=keeper, links=links, fetcher=fetcher, max_bytes=largest)
    generation = Generation(
        catalog=catalog,
        jobs=jobs,
        inputs=desk,
        reach=partial(reach_of, settings, vendors),
        today=lambda: moment(clock.now()).date(),
    )
    return House(
        settings=settings,
        clock=clock,
        catalog=catalog,
        vendors=vendors,
        db=db,
        store=store,
        keeper=keeper,
        links=links,
        runner=runner,
        jobs=jobs,
        generation=generation,
    )


def _show(watch: Watch, links: Links, job_id: str, slot: int, row: dict[str, Any]) -> None:
    """Tell who watches a job how one of its outputs begins to look."""
    watch.publish(job_id, Preview(slot=slot, url=links.url(row["id"], row["key"])))


def make_vendors(
    settings: Settings,
    catalog: Catalog,
    environment: VendorEnvironment | None = None,
    transport: "httpx2.AsyncBaseTransport | None" = None,
) -> Vendors:
    """The vendors of this installation; `close()` them when done."""
    environment = environment or vendor_environment(settings.home)
    return Vendors(catalog, environment, settings.limits, lambda: _make_client(transport))


def _make_client(transport: "httpx2.AsyncBaseTransport | None") -> "httpx2.AsyncClient":
    from diorama.providers.wire import make_client

    return make_client(transport)


def _make_fetcher(transport: "httpx2.AsyncBaseTransport | None", resolve: "Resolve | None") -> "Fetcher":
    from diorama.assets.fetch import Fetcher
    from diorama.assets.guard import resolve as ask_dns

    return Fetcher(transport=transport, resolve=resolve or ask_dns)


def _pricer(catalog: Catalog) -> Pricer:
    """What a finished call costs; a model that passed through without a row has no price."""

    def price(work: Work, request: Request, usage: Mapping[str, int], outputs: int) -> Money | None:
        model = catalog.find(work.model)
        return None if model is None else computed(model, request, usage, outputs)

    return price


def _open_database(settings: Settings) -> tuple[Db, str]:
    """The database, brought up to date, and this installation's secret. One process at a time does that."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (settings.home / "run").mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The home {str(settings.home)!r} cannot be written: {error.strerror}.",
            key="DIORAMA_HOME",
            hint="Give DIORAMA_HOME a folder that you own.",
        ) from None
    with (settings.home / "run" / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        db = Db(database_url(settings.database_url, settings.home))
        ensure_schema(db)
        _check_home(db, settings.home)
        secret = db.tx_now(lambda c: meta.get_or_make(c, "media_secret", lambda: secrets.token_hex(32)))
    return db, secret


def _check_home(db: Db, home: Path) -> None:
    """A shared database serves the processes of one home: locks in its folder tell who is alive."""
    file = home / "id"
    if not file.exists():
        file.write_text(new_id())
    mine = file.read_text().strip()
    known = db.tx_now(lambda c: meta.get_or_make(c, "home", lambda: mine))
    if known != mine:
        raise ConfigurationError(
            f"This database belongs to another home than {str(home)!r}.",
            key="DIORAMA_DATABASE_URL",
            hint="Use one DIORAMA_HOME for all processes, or a database of its own for this one.",
        )
