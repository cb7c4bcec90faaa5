"""What goes in: every input becomes one of our assets before anything is sent, checked and owned like any other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from diorama.assets.allowance import Allowance
from diorama.assets.kinds import sniff
from diorama.assets.media import ImageFacts, VideoFacts, check_input_image, probe_video
from diorama.assets.urls import FetchFailed, decode_data_url
from diorama.clock import Clock
from diorama.db.session import Db
from diorama.errors import ValidationError
from diorama.gallery import repository
from diorama.gallery.keep import Keeper, Place
from diorama.gallery.links import Links
from diorama.generation.check import InputFacts
from diorama.ids import new_id
from diorama.schemas import Input, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from diorama.assets.fetch import Fetcher

FETCH_S = 30.0
KEEP_S = 7 * 86400.0
NOBODY = Allowance()


@dataclass(frozen=True, kw_only=True)
class Brought:
    """The inputs as assets, and what they turned out to be. `rows` were stored just for this request."""

    inputs: tuple[Input, ...]
    facts: tuple[InputFacts, ...]
    rows: tuple[Any, ...]


@dataclass(frozen=True)
class Own:
    """One of our assets, if it is the caller's."""

    asset_id: str


@dataclass(frozen=True)
class Sent:
    """The bytes themselves, as a data: URL."""

    url: str


@dataclass(frozen=True)
class Elsewhere:
    """An address that has to be fetched."""

    url: str


class InputDesk:
    """Takes inputs in: our own assets and URLs by their owner, data: URLs, and public https addresses."""

    def __init__(
        self, *, db: Db, clock: Clock, keeper: Keeper, links: Links, fetcher: "Callable[[], Fetcher]", max_bytes: int
    ) -> None:
        self.db, self.clock, self.keeper, self.links = db, clock, keeper, links
        self.fetcher, self.max_bytes = fetcher, max_bytes

    async def bring(self, customer_id: int, inputs: Sequence[Input], hosts: frozenset[str]) -> Brought:
        """Every input as an asset of this customer. `hosts`: names under which the caller reached us.

        Raises ValidationError that names the input; then nothing of them is kept.
        """
        found: list[Any] = []
        new: list[Any] = []
        try:
            for index, item in enumerate(inputs):
                row, is_new = await self._bring(customer_id, item, hosts, field=f"inputs[{index}]")
                found.append(row)
                if is_new:
                    new.append(row)
        except BaseException:
            await self.forget(new)
            raise
        asked = list(zip(inputs, found, strict=True))
        return Brought(
            inputs=tuple(Input(role=item.role, asset=row.id) for item, row in asked),
            facts=tuple(_facts(item, row) for item, row in asked),
            rows=tuple(new),
        )

    async def forget(self, rows: Sequence[Any]) -> None:
        """Take back what was stored for a request that came to nothing."""
        for row in rows:
            await self.keeper.discard(row)
        if rows:
            await self.db.tx(partial(repository.remove, asset_ids=[row.id for row in rows]))

    async def _bring(self, customer_id: int, item: Input, hosts: frozenset[str], *, field: str) -> tuple[Any, bool]:
        match self.locate(item, hosts):
            case Own(asset_id):
                return await self.own(customer_id, asset_id, field), False
            case Sent(url):
                return await self._keep(customer_id, self.decode(url), field), True
            case Elsewhere(url):
                return await self._keep(customer_id, await self._download(url, field), field), True

    def locate(self, item: Input, hosts: frozenset[str]) -> Own | Sent | Elsewhere:
        """Where an input is to be had. `hosts` as for `bring`."""
        if item.asset is not None:
            return Own(item.asset)
        url = item.data or item.url or ""
        if item.data is not None or url.startswith("data:"):
            return Sent(url)
        link = self.links.ours(url, hosts)
        return Elsewhere(url) if link is None else Own(link.asset_id)

    def decode(self, url: str) -> bytes:
        """The bytes in a data: URL. Raises ValidationError."""
        return decode_data_url(url, self.max_bytes)[1]

    async def own(self, customer_id: int, asset_id: str, field: str) -> Any:
        row = await self.db.read(partial(repository.get, customer_id=customer_id, asset_id=asset_id))
        if row is None:
            raise ValidationError(
                f"{field} names the asset {asset_id!r}, which this customer does not have.",
                field=field,
                hint="Give the url or id of one of your own assets, an https URL, or a data: URL.",
            )
        return row

    async def _download(self, url: str, field: str) -> bytes:
        try:
            async with self.fetcher().open(url, max_bytes=self.max_bytes, timeout_s=FETCH_S, allow=NOBODY) as reply:
                return b"".join([chunk async for chunk in reply.chunks])
        except FetchFailed as failed:
            raise ValidationError(
                f"{field} could not be fetched from {failed.host}: {failed.reason}.",
                code="unreadable_input",
                field=field,
                hint="Check the address, or send the picture itself as a data: URL.",
            ) from failed
        except ValidationError as refused:
            refused.param = field
            raise

    async def _keep(self, customer_id: int, data: bytes, field: str) -> Any:
        kind: Kind = "video" if isinstance(await self.check(data, field), VideoFacts) else "image"
        now = self.clock.now()
        at = Place(customer_id=customer_id, asset_id=new_id(), kind=kind, created_at=now, store=True)
        row = _input_row(await self.keeper.keep(at, data), now)
        await self.db.tx(partial(repository.add, row=row))
        return await self.own(customer_id, at.asset_id, field)

    async def check(self, data: bytes, field: str) -> ImageFacts | VideoFacts:
        """Prove it to be whole before anything is stored: a film by its container, everything else as a picture."""
        found = sniff(data[:64])
        if found is None or found.kind == "image":
            return await self.keeper.run(partial(check_input_image, data, max_bytes=self.max_bytes, field=field))
        try:
            return await self.keeper.run(probe_video, BytesIO(data))
        except ValidationError as refused:
            refused.param = field
            raise


def _facts(item: Input, row: Any) -> InputFacts:
    return InputFacts(
        role=item.role,
        mime=row.mime,
        bytes=row.bytes,
        width=row.width,
        height=row.height,
        seconds=row.seconds if row.kind == "video" else None,
    )


def _input_row(row: dict[str, Any], now: float) -> dict[str, Any]:
    return {
        **row,
        "origin": "input",
        "tags": [],
        "starred": False,
        "metadata": {},
        "purge_at": now + KEEP_S,
    }
