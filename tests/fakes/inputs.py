"""Reading what a client sent along: pictures and films have to be what they say. All functions block."""

import io
from collections.abc import Collection

import pybase64
from PIL import Image, UnidentifiedImageError


def raw_base64(text: str) -> bytes:
    """Bytes out of bare base64. Raises ValueError, also for a data: prefix."""
    if text.startswith("data:"):
        raise ValueError("it has a data: prefix; send the base64 alone")
    raw = pybase64.b64decode(text, validate=True)
    if not raw:
        raise ValueError("it is empty")
    return raw


def picture_size(raw: bytes, formats: Collection[str] = ("PNG", "JPEG", "WEBP")) -> tuple[int, int]:
    """Width and height of a whole, decodable picture in one of these formats (Pillow's names). Raises ValueError."""
    try:
        picture = Image.open(io.BytesIO(raw), formats=list(formats))
        picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise ValueError(f"it is no whole {' or '.join(formats)} picture") from None
    return picture.size


def film_seconds(raw: bytes) -> float:
    """Duration of a decodable MP4 or MOV. Raises ValueError."""
    import av  # slow to import, and most fakes never need it

    try:
        with av.open(io.BytesIO(raw), "r", format="mov") as film:
            return (film.duration or 0) / 1_000_000
    except av.FFmpegError:
        raise ValueError("it is no MP4 film") from None
