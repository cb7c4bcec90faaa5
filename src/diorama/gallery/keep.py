"""From bytes to a kept asset: stored first, looked at, and only then a row.

The vendor's bytes are written untouched. Where they go is fixed before the call is sent, so that after a crash they
are found again by listing one prefix.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from diorama.assets import keys, media
from diorama.assets.kinds import MediaType, sniff
from diorama.assets.store import Store, Stored
from diorama.clock import moment
from diorama.errors import ProviderError, ValidationError
from diorama.schemas import Kind

if TYPE_CHECKING:
    from diorama.assets.allowance import Allowance
    from diorama.assets.fetch import Fetcher

T = TypeVar("T")
STAGED_S = 24 * 3600.0
DOWNLOAD_S = 900.0
MEDIA_THREADS = 2


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an output belongs: fixed before its call is sent. `created_at` in seconds since 1970."""

    customer_id: int
    asset_id: str
    kind: Kind
    created_at: float
    store: bool

    @property
    def prefix(self) -> str:
        at = moment(self.created_at)
        return keys.key_prefix(self.kind, self.customer_id, self.asset_id, at, staged=not self.store)

    def key(self, ext: str) -> str:
        return f"{self.prefix}.{ext}"


class Keeper:
    """Stores, probes and makes small pictures, in threads of its own."""

    def __init__(self, store: Store, fetcher: "Callable[[], Fetcher]", *, max_media_bytes: int) -> None:
        self.store = store
        self.max_media_bytes = max_media_bytes
        self._fetcher = fetcher
        self._pool = ThreadPoolExecutor(MEDIA_THREADS, "media")

    async def keep(self, place: Place, data: bytes) -> dict[str, Any]:
        """Store bytes that we hold; returns the asset's row as far as bytes tell it."""
        kind = _expect(place.kind, data[:64])
        stored = await self.store.put(place.key(kind.ext), data, mime=kind.mime, max_bytes=self.max_media_bytes)
        return await self._row(place, stored, data)

    async def fetch(self, place: Place, url: str, allowance: "Allowance") -> dict[str, Any]:
        """Stream a vendor's result into storage. Raises FetchFailed when it cannot be had."""
        async with AsyncExitStack() as stack:
            reply = await stack.enter_async_context(
                self._fetcher().open(url, max_bytes=self.max_media_bytes, timeout_s=DOWNLOAD_S, allow=allowance)
            )
            return await self.keep_stream(place, reply.chunks)

    async def keep_stream(self, place: Place, chunks: AsyncIterator[bytes]) -> dict[str, Any]:
        """Store a body as it comes, never whole in memory."""
        head, whole = await _peek(chunks)
        kind = _expect(place.kind, head)
        stored = await self.store.put(place.key(kind.ext), whole, mime=kind.mime, max_bytes=self.max_media_bytes)
        return await self._row(place, stored, None)

    async def find(self, place: Place) -> dict[str, Any] | None:
        """The row of what a crash left at this place, if its bytes are there and are any good."""
        for head in await self.store.list(f"{place.prefix}."):
            stored = Stored(key=head.key, bytes=head.bytes, sha256=await self._sha256(head.key))
            with suppress(ValidationError):
                return await self._row(place, stored, None)
        return None

    async def thumbnail(self, row: Any) -> bytes:
        """The small WebP of an asset: made the first time somebody looks, kept from then on."""
        key = keys.thumbnail_key(row.key)
        if await self.store.head(key) is not None:
            return await self.read(key)
        make = media.thumbnail_webp if row.kind == "image" else media.poster_webp
        small = await self.run(make, _openable(row.kind, await self._source(row.key)))
        await self.store.put(key, small, mime="image/webp")
        return small

    async def read(self, key: str) -> bytes:
        """The whole body. For inputs and small pictures; results are streamed."""
        return b"".join([chunk async for chunk in self.store.open(key)])

    async def discard(self, row: Any) -> None:
        """Delete an asset's bytes and its small picture."""
        await self.store.delete(row.key)
        await self.store.delete(keys.thumbnail_key(row.key))

    async def run(self, fn: Callable[..., T], *args: Any) -> T:
        """Blocking work on pictures and films, in our threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, fn, *args)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _row(self, place: Place, stored: Stored, data: bytes | None) -> dict[str, Any]:
        source = data if data is not None else await self._source(stored.key)
        probe = media.probe_image if place.kind == "image" else media.probe_video
        facts = asdict(await self.run(probe, _openable(place.kind, source)))
        facts.pop("ext")
        return {
            "id": place.asset_id,
            "customer_id": place.customer_id,
            "kind": place.kind,
            "key": stored.key,
            "bytes": stored.bytes,
            "sha256": stored.sha256,
            "created_at": place.created_at,
            "purge_at": None if place.store else place.created_at + STAGED_S,
            **dict.fromkeys(("seconds", "fps", "has_audio", "has_alpha")),
            **facts,
        }

    async def _source(self, key: str) -> Any:
        """What the probes can open: the file where there is one, else the bytes."""
        path = self.store.local_path(key)
        return path if path is not None else await self.read(key)

    async def _sha256(self, key: str) -> str:
        import hashlib

        digest = hashlib.sha256()
        async for chunk in self.store.open(key):
            digest.update(chunk)
        return digest.hexdigest()


def _openable(kind: Kind, source: Any) -> Any:
    """Films are read by seeking: bytes of one need a file around them."""
    return BytesIO(source) if kind == "video" and isinstance(source, bytes) else source


def _expect(kind: Kind, head: bytes) -> MediaType:
    """The type of a vendor's bytes, by their beginning. Raises ProviderError when they are no such thing."""
    found = sniff(head)
    if found is None or found.kind != kind:
        what = found.mime if found else f"{len(head)} bytes that begin with {head[:8]!r}"
        raise ProviderError(
            f"The vendor answered with {what} instead of {'a picture' if kind == 'image' else 'a film'}.",
            provider="vendor",
            code="vendor_failed",
        )
    return found


async def _peek(chunks: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """The first bytes of a stream, and the stream with them put back."""
    first = b""
    async for chunk in chunks:
        first += chunk
        if len(first) >= 64:
            break

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return first[:64], whole()
