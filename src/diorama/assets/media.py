"""What a picture or a film is, and its small still. Everything here blocks: call it in a thread.

Bytes come from strangers. Their kind is told by their first bytes; only that kind's reader is then opened (FFmpeg
would otherwise follow playlists to other files); sizes are checked before anything is decoded.
"""

import io
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from diorama.assets.kinds import AVIF, GIF, JPEG, MOV, MP4, PNG, WEBM, WEBP, MediaType, describe, sniff
from diorama.errors import ValidationError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

__all__ = [
    "ImageFacts",
    "MediaType",
    "VideoFacts",
    "check_input_image",
    "cover_png",
    "poster_webp",
    "probe_image",
    "probe_video",
    "sniff",
    "thumbnail_webp",
]

# Just under the size at which Pillow itself warns of a bomb (PIL.Image.MAX_IMAGE_PIXELS, pillow==13.0.0).
MAX_PIXELS = 89_000_000
MAX_INPUT_BYTES = 50_000_000

_PILLOW_FORMATS = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP", GIF: "GIF", AVIF: "AVIF"}
_FFMPEG_FORMATS = {MP4: "mp4", MOV: "mov", WEBM: "webm"}
# Pillow has no closed set of what damaged bytes raise. These are the built-in classes its readers use; AVIF's raises
# RuntimeError. A test looks for more. PyAV raises OSError, ValueError and their like, but its TypeError is our mistake.
_FILM_DAMAGE = (OSError, EOFError, ValueError, LookupError, ArithmeticError, RuntimeError, MemoryError)
_DAMAGE = (*_FILM_DAMAGE, SyntaxError, TypeError, struct.error, zlib.error)

_HEAD_BYTES = 512
_CONVERT = "Convert it to PNG, JPEG or WebP."
_EXIF_ORIENTATION = 0x0112
_POSTER_FRAMES = 72  # how far to look for a frame that is not blank: 3 s at 24 per second
_BLANK_STDDEV = 8.0  # of luma in 0..255; a fade from black stays below


@dataclass(frozen=True, kw_only=True)
class ImageFacts:
    """A picture as it is displayed: `width` and `height` are pixels after its EXIF orientation."""

    mime: str
    ext: str
    width: int
    height: int
    has_alpha: bool


@dataclass(frozen=True, kw_only=True)
class VideoFacts:
    """A film as it is displayed: `width` and `height` are pixels after its rotation."""

    mime: str
    ext: str
    width: int
    height: int
    seconds: float
    fps: float
    has_audio: bool


def probe_image(source: bytes | Path) -> ImageFacts:
    """What a picture is, from its header alone. Raises ValidationError `unreadable_input`."""
    with _opened(source) as (image, kind):
        return _facts(image, kind)


def check_input_image(data: bytes, *, max_bytes: int = MAX_INPUT_BYTES, field: str | None = None) -> ImageFacts:
    """A user's picture, proven to be whole by decoding it. Raises ValidationError that names what was seen."""
    if len(data) > max_bytes:
        raise _unreadable(f"The picture is {_size(data)}; at most {max_bytes / 1e6:g} MB are taken.", None, field)
    with _opened(data, field) as (image, kind):
        if getattr(image, "is_animated", False):
            raise _unreadable(f"The picture is an animated {kind.ext.upper()}.", _CONVERT, field)
        facts = _facts(image, kind)
        # A JPEG is read to its end just the same, with a 64th of the memory. Does nothing for other formats.
        image.draft(None, (1, 1))
        image.load()
        return facts


def thumbnail_webp(source: bytes | Path, edge: int = 512) -> bytes:
    """A WebP of at most `edge` pixels a side, upright, with its transparency. Raises as `probe_image`."""
    from PIL import ImageOps

    with _opened(source) as (image, _):
        # JPEG: decode at a half, quarter or eighth already; twice the edge leaves the rest to a good filter.
        image.draft("RGB", (2 * edge, 2 * edge))
        profile = _profile(image)
        small = _plain(image)
        small.thumbnail((edge, edge), reducing_gap=2.0)
        return _webp(ImageOps.exif_transpose(small), profile)


def cover_png(data: bytes, width: int, height: int) -> bytes:
    """The picture as a PNG of exactly this size, upright: scaled to cover it, what stands out cut off on both sides.

    Raises as `probe_image`.
    """
    from PIL import Image, ImageOps

    with _opened(data) as (image, _):
        profile = _profile(image)
        covering = ImageOps.fit(ImageOps.exif_transpose(_plain(image)), (width, height), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        covering.save(out, "PNG", compress_level=1, icc_profile=profile)
        return out.getvalue()


def probe_video(source: Path | BinaryIO) -> VideoFacts:
    """What a film is, from its container and first frame. Raises ValidationError `unreadable_input`."""
    with _film(source) as (film, kind):
        stream = film.streams.video[0]
        frame = _first_frame(film)
        width, height = (frame.height, frame.width) if _is_sideways(frame) else (frame.width, frame.height)
        return VideoFacts(
            mime=kind.mime,
            ext=kind.ext,
            width=width,
            height=height,
            seconds=_seconds(film),
            fps=float(stream.average_rate or stream.guessed_rate or 0),
            has_audio=bool(film.streams.audio),
        )


def poster_webp(source: Path | BinaryIO, edge: int = 512) -> bytes:
    """The first frame that is not blank as a WebP of at most `edge` pixels a side. Raises as `probe_video`."""
    with _film(source) as (film, _):
        frame = _good_frame(film)
        scale = min(1.0, edge / max(frame.width, frame.height))
        small = _still(frame, max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
        return _webp(small.rotate(frame.rotation, expand=True), None)


def _size(data: bytes | Path) -> str:
    count = len(data) if isinstance(data, bytes) else data.stat().st_size
    return f"{count} bytes" if count < 1000 else f"{count / 1e3:.1f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"


def _unreadable(message: str, hint: str | None, field: str | None = None) -> ValidationError:
    return ValidationError(message, code="unreadable_input", hint=hint, field=field)


def _too_many_pixels(what: str, size: tuple[int, int] | None, field: str | None = None) -> ValidationError:
    seen = f"is {size[0]}x{size[1]} pixels" if size else "has too many pixels"
    return _unreadable(f"The {what} {seen}; at most {MAX_PIXELS / 1e6:g} million are taken.", "Scale it down.", field)


@contextmanager
def _opened(source: bytes | Path, field: str | None = None) -> "Iterator[tuple[ImageFile, MediaType]]":
    """A picture, its header read and its size allowed. Pillow's failures inside the block become ours."""
    from PIL import AvifImagePlugin, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

    head = source[:_HEAD_BYTES] if isinstance(source, bytes) else _file_head(source)
    kind = sniff(head)
    if kind not in _PILLOW_FORMATS:
        message = f"The picture cannot be read: this is {describe(head)}, {_size(source)}."
        raise _unreadable(message, "Give a picture." if kind else _CONVERT, field)
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with Image.open(file, formats=(_PILLOW_FORMATS[kind],)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels("picture", image.size, field)
            yield image, kind
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels("picture", None, field) from None
    except _DAMAGE:
        message = (
            f"The picture cannot be read: it begins as {kind.ext.upper()}, {_size(source)}, but is cut off or damaged."
        )
        raise _unreadable(message, "Save or upload it again.", field) from None


def _facts(image: "ImageFile", kind: MediaType) -> ImageFacts:
    width, height = image.size
    # PNG: asking for EXIF that is not in front of the pixels would decode them all.
    if (kind is not PNG or "exif" in image.info) and image.getexif().get(_EXIF_ORIENTATION) in (5, 6, 7, 8):
        width, height = height, width
    return ImageFacts(mime=kind.mime, ext=kind.ext, width=width, height=height, has_alpha=image.has_transparency_data)


def _plain(image: "Image") -> "Image":
    """The picture in 8-bit RGB or RGBA."""
    if image.mode.startswith(("I", "F")):  # 16 bit grey
        return image.point(lambda level: level * (1 / 256)).convert("L").convert("RGB")
    wanted = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def _profile(image: "Image") -> bytes | None:
    """What its colours mean, where they stay what they are."""
    return image.info.get("icc_profile") if image.mode in ("RGB", "RGBA", "P") else None


def _webp(image: "Image", profile: bytes | None) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=80, method=4, icc_profile=profile or b"")
    return out.getvalue()


def _file_head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


@contextmanager
def _film(source: Path | BinaryIO) -> "Iterator[tuple[InputContainer, MediaType]]":
    """A film with a picture track of an allowed size. FFmpeg's failures inside the block become ours."""
    import av

    if isinstance(source, Path):
        head = _file_head(source)
    else:
        source.seek(0)
        head = source.read(_HEAD_BYTES)
        source.seek(0)
    kind = sniff(head)
    if kind not in _FFMPEG_FORMATS:
        raise _unreadable(f"The film cannot be read: this is {describe(head)}.", "Give an MP4, WebM or MOV film.")
    try:
        with _container(source, kind) as film:
            if not film.streams.video:
                raise _unreadable("The film has no picture track.", "Give an MP4, WebM or MOV film.")
            stream = film.streams.video[0]
            if getattr(stream, "codec_context", None) is None:
                raise _unreadable("The film's picture track has an unknown encoding.", "Give an H.264 film.")
            if stream.width * stream.height > MAX_PIXELS:
                raise _too_many_pixels("film", (stream.width, stream.height))
            yield film, kind
    except (av.FFmpegError, *_FILM_DAMAGE):
        message = f"The film cannot be read: it begins as {kind.ext.upper()} but is cut off or damaged."
        raise _unreadable(message, "Save or upload it again.") from None


def _container(source: Path | BinaryIO, kind: MediaType) -> "InputContainer":
    """Titles that are no UTF-8 are no damage: av==19.0.2 always bears them, av==18.1.0 when told to."""
    import av

    name = _FFMPEG_FORMATS[kind]
    if sys.version_info >= (3, 12):  # as pyproject.toml tells the versions of av apart
        film = av.open(source, "r", format=name)
    else:
        film = av.open(source, "r", format=name, metadata_errors="ignore")
    return film


def _first_frame(film: "InputContainer") -> "VideoFrame":
    for frame in film.decode(film.streams.video[0]):
        return frame
    raise _unreadable("The film has no frame that can be decoded.", None)


def _good_frame(film: "InputContainer") -> "VideoFrame":
    """The first frame with something on it, else the one with the most."""
    from PIL import ImageStat

    best, most = _first_frame(film), -1.0
    film.seek(0)
    for frame in islice(film.decode(film.streams.video[0]), _POSTER_FRAMES):
        (spread,) = ImageStat.Stat(_still(frame, 64, 64).convert("L")).stddev
        if spread > most:
            best, most = frame, spread
        if spread > _BLANK_STDDEV:
            break
    return best


def _still(frame: "VideoFrame", width: int, height: int) -> "Image":
    still: Image = frame.to_image(width=width, height=height)  # type: ignore[no-untyped-call]
    return still


def _is_sideways(frame: "VideoFrame") -> bool:
    return frame.rotation % 180 == 90


def _seconds(film: "InputContainer") -> float:
    """How long the film is: its picture track says it exactly, else its container, else its packets."""
    stream = film.streams.video[0]
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if film.duration:
        return film.duration / 1_000_000
    film.seek(0)
    ends = [packet.pts + (packet.duration or 0) for packet in film.demux(stream) if packet.pts is not None]
    return float(max(ends, default=0) * (stream.time_base or 0))
