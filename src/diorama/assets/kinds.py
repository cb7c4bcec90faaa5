"""What kind of file bytes are, told by how they begin; names and headers are never believed."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class MediaType:
    """A type we keep. `ext` has no dot."""

    kind: Literal["image", "video"]
    mime: str
    ext: str


PNG = MediaType(kind="image", mime="image/png", ext="png")
JPEG = MediaType(kind="image", mime="image/jpeg", ext="jpg")
WEBP = MediaType(kind="image", mime="image/webp", ext="webp")
GIF = MediaType(kind="image", mime="image/gif", ext="gif")
AVIF = MediaType(kind="image", mime="image/avif", ext="avif")
MP4 = MediaType(kind="video", mime="video/mp4", ext="mp4")
WEBM = MediaType(kind="video", mime="video/webm", ext="webm")
MOV = MediaType(kind="video", mime="video/quicktime", ext="mov")

_MP4_BRANDS = ("isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "dash", "MSNV")

# For messages only: what people send that is no picture of ours.
_STRANGERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"8BPS", "a Photoshop document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x1a\x45\xdf\xa3", "a Matroska film"),
)


def sniff(head: bytes) -> MediaType | None:
    """The type told by the first bytes (a few dozen are enough), or None if it is none that we keep."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return WEBM
    if head[4:8] in (b"moov", b"wide", b"mdat"):
        return MOV
    return _by_brand(_brands(head))


def _brands(head: bytes) -> list[str]:
    """The brands of an ISO base media file, the major one first; none for anything else."""
    if head[4:8] != b"ftyp":
        return []
    box = head[8 : int.from_bytes(head[:4], "big")].decode("latin-1")
    return [box[:4], *(box[at : at + 4] for at in range(8, len(box), 4))]


def _by_brand(brands: list[str]) -> MediaType | None:
    if not brands:
        return None
    if "avif" in brands or "avis" in brands:
        return AVIF
    if brands[0] == "qt  ":
        return MOV
    return MP4 if any(brand in _MP4_BRANDS for brand in brands) and not _is_heic(brands) else None


def _is_heic(brands: list[str]) -> bool:
    return bool(brands) and brands[0] in ("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1")


def describe(head: bytes) -> str:
    """What bytes look like, in words for people."""
    if not head:
        return "nothing"
    if known := sniff(head):
        return f"{'a film' if known.kind == 'video' else 'a picture'} ({known.ext.upper()})"
    if _is_heic(_brands(head)):
        return "a HEIC picture"
    for start, name in _STRANGERS:
        if head.startswith(start):
            return name
    return _textdescribe(head) or f"unknown data that starts with {head[:8].hex(' ')}"


def _textdescribe(head: bytes) -> str | None:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text:
        return "an SVG drawing"
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if text.startswith((b"{", b"[")):
        return "JSON"
    return "text" if head.isascii() and min(head) >= 0x09 else None
