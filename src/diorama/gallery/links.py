"""Stable addresses of kept bytes: `{PUBLIC_URL}/media/{asset}/{token}.{ext}`. Pure.

The token is a capability: an HMAC of the asset's id under a secret of this installation. Whoever has the URL may see
the bytes, nobody can guess another, and it never changes while the asset lives.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row

from diorama.clock import moment
from diorama.schemas import Asset


@dataclass(frozen=True, kw_only=True)
class Link:
    """A media URL read back: which asset, and whether its small picture is meant."""

    asset_id: str
    token: str
    thumbnail: bool


@dataclass(frozen=True, kw_only=True)
class Links:
    """Writes and reads the addresses of assets. `hosts` are the names (with port) under which we are reached."""

    public_url: str
    secret: bytes

    def url(self, asset_id: str, key: str) -> str:
        return f"{self.public_url}/media/{asset_id}/{self.token(asset_id)}{PurePosixPath(key).suffix}"

    def thumbnail_url(self, asset_id: str) -> str:
        return f"{self.public_url}/media/{asset_id}/{self.token(asset_id)}.thumb.webp"

    def token(self, asset_id: str) -> str:
        """144 bits: nothing to guess, and short enough for a link."""
        return urlsafe_b64encode(hmac.digest(self.secret, asset_id.encode(), "sha256")[:18]).decode()

    def is_genuine(self, link: Link) -> bool:
        return hmac.compare_digest(link.token.encode(), self.token(link.asset_id).encode())

    def ours(self, url: str, also: frozenset[str] = frozenset()) -> Link | None:
        """The asset that one of our own URLs names, or None for anybody else's. `also`: more hosts that are us."""
        parts = urlsplit(url)
        own = urlsplit(self.public_url)
        if parts.netloc and parts.netloc.lower() not in {own.netloc.lower(), *also}:
            return None
        if parts.netloc and parts.scheme not in ("http", "https"):
            return None
        return parse_path(parts.path.removeprefix(own.path) if parts.netloc else parts.path)

    def asset(self, row: Row[Any]) -> Asset:
        """The public shape of an asset's row."""
        same = ("id", "job_id", "kind", "mime", "bytes", "width", "height", "seconds", "fps", "has_audio", "has_alpha")
        more = ("sha256", "prompt", "model", "folder", "starred", "vendor_ref", "metadata")
        return Asset(
            **{name: row._mapping[name] for name in (*same, *more)},
            object="asset",
            tags=tuple(row.tags),
            url=self.url(row.id, row.key),
            thumbnail_url=self.thumbnail_url(row.id),
            expires_at=None if row.purge_at is None else moment(row.purge_at),
            created_at=moment(row.created_at),
        )


def parse_path(path: str) -> Link | None:
    """`/media/{asset}/{token}[.thumb].{ext}` or `/v1/assets/{asset}`, the latter without a token."""
    match path.strip("/").split("/"):
        case ["media", asset_id, name]:
            token, _, rest = name.partition(".")
            return Link(asset_id=asset_id, token=token, thumbnail=rest == "thumb.webp")
        case ["v1", "assets", asset_id] | ["v1", "assets", asset_id, "content"]:
            return Link(asset_id=asset_id, token="", thumbnail=False)
    return None
