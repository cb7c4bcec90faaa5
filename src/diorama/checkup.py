"""Whether this installation can work: its home, database and storage, and every vendor whose key is here.

Costs nothing: each vendor is asked the cheapest free question that its adapter knows. Nothing here ever shows a key.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import make_url, select
from sqlalchemy.exc import SQLAlchemyError

from diorama.catalog.catalog import Catalog, catalog_of
from diorama.catalog.standing import Standing, standing
from diorama.db.session import Db, database_url
from diorama.db.tables import meta
from diorama.errors import DioramaError
from diorama.ids import new_id
from diorama.jobs.vendors import Vendors
from diorama.providers.base import Refused, UnknownFate
from diorama.schemas import Shape
from diorama.settings import Settings, VendorEnvironment, load_settings, vendor_environment
from diorama.wiring import House, make_vendors, open_house

if TYPE_CHECKING:
    import httpx2

    from diorama.assets.store import Store

Part = Literal["home", "database", "storage"]
PARTS: Final[tuple[Part, ...]] = ("home", "database", "storage")
PROBE_S: Final = 10.0
CHECK_S: Final = 5.0
PART_OF: Final[Mapping[str, Part]] = {
    "DIORAMA_HOME": "home",
    "DIORAMA_DATABASE_URL": "database",
    "DIORAMA_STORAGE_URL": "storage",
}


class Finding(Shape):
    """A part of the house. `ok` is null when it could not be looked at."""

    part: Part
    ok: bool | None
    where: str
    said: str


class VendorFinding(Standing):
    """A vendor. `ok` is null without a key, and where its adapter has no question that costs nothing."""

    ok: bool | None
    said: str


class Checkup(Shape):
    """`ok`: nothing that is set up fails."""

    ok: bool
    house: tuple[Finding, ...]
    vendors: tuple[VendorFinding, ...]


async def check_up(
    settings: Settings | None = None,
    *,
    environment: VendorEnvironment | None = None,
    transport: "httpx2.AsyncBaseTransport | None" = None,
) -> Checkup:
    """Look at everything at once. Raises ConfigurationError when the settings themselves cannot be read."""
    settings = settings or load_settings()
    environment = environment or vendor_environment(settings.home)
    catalog = catalog_of(settings)
    house, vendors = await asyncio.gather(
        _check_house(settings, environment, catalog), _check_vendors(settings, environment, catalog, transport)
    )
    ok = all(found.ok is not False for found in house) and all(found.ok is not False for found in vendors)
    return Checkup(ok=ok, house=house, vendors=vendors)


# The house -----------------------------------------------------------------------------------------------------------


async def ailing(house: House) -> dict[Part, str]:
    """What of an open house does not work just now, and what is wrong with it."""
    found = await asyncio.gather(_ailment(_read(house.db)), _ailment(_write(house.store)))
    parts: tuple[Part, ...] = ("database", "storage")
    return {part: said for part, said in zip(parts, found, strict=True) if said is not None}


async def _ailment(check: Awaitable[None]) -> str | None:
    try:
        async with asyncio.timeout(CHECK_S):
            await check
    except TimeoutError:
        return f"It did not answer within {CHECK_S:g} s."
    except SQLAlchemyError:
        return "It cannot be read."
    except DioramaError as error:
        return str(error)
    return None


async def _read(db: Db) -> None:
    await db.read(lambda c: c.execute(select(meta.c.key).limit(1)).first())


async def _write(store: "Store") -> None:
    key = f"checks/{new_id()}.txt"
    await store.put(key, b"ok", mime="text/plain")
    await store.delete(key)


async def _check_house(settings: Settings, environment: VendorEnvironment, catalog: Catalog) -> tuple[Finding, ...]:
    """Opens it, which makes and migrates what is missing, without carrying any job."""
    opened = False
    ill: dict[Part, str]
    try:
        async with open_house(settings, environment=environment, catalog=catalog, works=False) as house:
            opened, ill = True, await ailing(house)
    except DioramaError as error:
        ill = {PART_OF.get(error.param or "", "storage"): str(error)}
    except SQLAlchemyError:
        ill = {"database": "It cannot be reached. Check DIORAMA_DATABASE_URL, and whether its server runs."}
    except OSError as error:
        ill = {"home": f"It cannot be used: {error.strerror}."}
    first_ill = min((PARTS.index(part) for part in ill), default=len(PARTS))
    return tuple(
        Finding(
            part=part,
            ok=False if part in ill else True if opened or place < first_ill else None,
            where=_where(part, settings),
            said=ill.get(part, "It works." if opened or place < first_ill else "It was not reached."),
        )
        for place, part in enumerate(PARTS)
    )


def _where(part: Part, settings: Settings) -> str:
    """Without any password."""
    match part:
        case "home":
            return str(settings.home)
        case "storage":
            url = urlsplit(settings.storage_url or str(settings.home / "media"))
            return url._replace(netloc=url.netloc.rpartition("@")[2], query="").geturl()
        case "database":
            try:
                return make_url(database_url(settings.database_url, settings.home)).render_as_string()
            except (DioramaError, SQLAlchemyError):
                return "DIORAMA_DATABASE_URL"


# Vendors -------------------------------------------------------------------------------------------------------------


async def _check_vendors(
    settings: Settings,
    environment: VendorEnvironment,
    catalog: Catalog,
    transport: "httpx2.AsyncBaseTransport | None",
) -> tuple[VendorFinding, ...]:
    vendors = make_vendors(settings, catalog, environment, transport)
    try:
        stand = [standing(vendor, environment) for vendor in catalog.vendors.values()]
        return tuple(await asyncio.gather(*(_check_vendor(vendors, one) for one in stand)))
    finally:
        await vendors.close()


async def _check_vendor(vendors: Vendors, one: Standing) -> VendorFinding:
    ok, said = await _probe(vendors, one.vendor) if one.usable else (None, f"No key; set {one.wants}.")
    return VendorFinding(**dict(one), ok=ok, said=said)


async def _probe(vendors: Vendors, vendor: str) -> tuple[bool | None, str]:
    try:
        async with asyncio.timeout(PROBE_S):
            return True, await vendors.provider(vendor).probe()
    except TimeoutError:
        return False, f"It did not answer within {PROBE_S:g} s."
    except (Refused, UnknownFate) as told:
        return False, str(told.error)
    except DioramaError as error:
        return False, str(error)
    except NotImplementedError:
        return None, "Its key was not tried: no question of this vendor is free."
