"""The names under which bytes are stored. Pure.

customers/7/assets/image/{uuid}.png
customers/7/assets/video/20261120T101500Z_{uuid}.mp4
customers/7/assets/image/thumbnails/{uuid}.webp
customers/7/staged/...                               the same, for results that are not kept
"""

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Literal

Kind = Literal["image", "video"]

# Letters, digits, `_`, `-`, `=` and inner dots: nothing a file system, a URL or a bucket reads as anything else.
_SEGMENT = re.compile(r"[A-Za-z0-9_=-]+(\.[A-Za-z0-9_=-]+)*")
_ASSET_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_EXT = re.compile(r"[a-z0-9]{1,5}")


def check_key(key: str) -> str:
    """The key itself, if it is safe to store under. Raises ValueError: a bad key is our mistake, never a caller's."""
    if len(key) > 512 or not all(_SEGMENT.fullmatch(part) for part in key.split("/")):
        raise ValueError(f"{key!r} is not a storage key")
    return key


def image_key(customer: int, asset_id: str, ext: str, *, staged: bool = False) -> str:
    """Where a picture rests. `ext` is the true one of its bytes, without the dot."""
    return _with_ext(_folder(customer, "image", staged) + _checked_id(asset_id), ext)


def video_key(customer: int, asset_id: str, created: datetime, ext: str = "mp4", *, staged: bool = False) -> str:
    """Where a film rests. `created` is written in UTC, to the second."""
    return _with_ext(key_prefix("video", customer, asset_id, created, staged=staged), ext)


def key_prefix(kind: Kind, customer: int, asset_id: str, created: datetime, *, staged: bool = False) -> str:
    """The key without its extension: known before the bytes are, so what a crash left is found by listing it."""
    folder = _folder(customer, kind, staged)
    if kind == "image":
        return folder + _checked_id(asset_id)
    return f"{folder}{_utc(created):%Y%m%dT%H%M%SZ}_{_checked_id(asset_id)}"


def thumbnail_key(asset_key: str) -> str:
    """Where the small WebP of an asset rests: beside it, and outside of what `key_prefix` lists."""
    path = PurePosixPath(check_key(asset_key))
    return str(path.parent / "thumbnails" / f"{path.stem}.webp")


def _folder(customer: int, kind: Kind, staged: bool) -> str:
    if customer <= 0:
        raise ValueError(f"{customer!r} is not a customer")
    return f"customers/{customer}/{'staged' if staged else 'assets'}/{kind}/"


def _checked_id(asset_id: str) -> str:
    if not _ASSET_ID.fullmatch(asset_id):
        raise ValueError(f"{asset_id!r} is not an asset id")
    return asset_id


def _with_ext(prefix: str, ext: str) -> str:
    if not _EXT.fullmatch(ext):
        raise ValueError(f"{ext!r} is not a file extension")
    return f"{prefix}.{ext}"


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)
