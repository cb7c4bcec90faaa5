"""Tiny but real pictures and films: every one decodes, has the size it claims, and costs milliseconds.

All functions block (Pillow, PyAV) and remember what they made.
"""

from functools import lru_cache
from io import BytesIO
from zlib import crc32

from PIL import Image

_COLOURS = (
    (214, 69, 65), (230, 126, 34), (241, 196, 15), (123, 176, 66), (39, 174, 96), (22, 160, 133),
    (41, 128, 185), (52, 73, 154), (142, 68, 173), (199, 75, 140), (127, 108, 90), (84, 110, 122),
)  # fmt: skip
_FILM_FPS = 4  # real films have 24; duration and size are what a gateway reads, and four frames a second are cheap


def tint(prompt: str, index: int = 0) -> int:
    """Which of twelve colours the picture of this prompt and slot has: siblings differ, repetitions do not."""
    return (crc32(prompt.encode()) + index) % len(_COLOURS)


@lru_cache(maxsize=64)
def picture(width: int, height: int, fmt: str = "png", colour: int = 0, *, transparent: bool = False) -> bytes:
    """A panel of one colour with a darker border (a clear one where `transparent`), as png, jpeg or webp."""
    image = _panel(width, height, colour, transparent=transparent)
    out = BytesIO()
    speed = {"png": {"compress_level": 1}, "jpeg": {"quality": 80}, "webp": {"method": 0}}[fmt]
    image.save(out, fmt.upper(), **speed)
    return out.getvalue()


@lru_cache(maxsize=16)
def animation(width: int, height: int, frames: int, frame_ms: int, colour: int = 0) -> bytes:
    """A GIF of exactly so many frames (each in another colour, or the encoder would merge them)."""
    first, *rest = (_panel(width, height, colour + i).quantize(8) for i in range(frames))
    out = BytesIO()
    first.save(out, "GIF", save_all=True, append_images=rest, duration=frame_ms, loop=0)
    return out.getvalue()


def drawing(width: int, height: int, colour: int = 0) -> bytes:
    """The same panel as SVG text."""
    fill = "#{:02x}{:02x}{:02x}".format(*_COLOURS[colour % len(_COLOURS)])
    size = f'width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect {size} fill="{fill}"/></svg>'.encode()


@lru_cache(maxsize=64)
def film(width: int, height: int, seconds: float, colour: int = 0, *, audio: bool = True) -> bytes:
    """An H.264 MP4 of exactly this size and duration, with a silent AAC track where `audio`."""
    import av  # slow to import, and a fake of pictures alone never needs it

    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=_FILM_FPS)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.options = {"preset": "ultrafast", "tune": "zerolatency", "threads": "1"}
        sound = container.add_stream("aac", rate=24_000, layout="mono") if audio else None
        frame = av.VideoFrame.from_image(_panel(width, height, colour)).reformat(format="yuv420p")  # type: ignore[no-untyped-call]
        for i in range(round(seconds * _FILM_FPS)):
            frame.pts = i
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            _silence(container, sound, seconds)
    return out.getvalue()


def _silence(container, sound, seconds: float) -> None:  # type: ignore[no-untyped-def]  # PyAV's types load slowly
    import av

    for at in range(0, round(seconds * sound.rate), 1024):
        frame = av.AudioFrame(format="fltp", layout="mono", samples=min(1024, round(seconds * sound.rate) - at))
        frame.sample_rate, frame.pts = sound.rate, at
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        container.mux(sound.encode(frame))
    container.mux(sound.encode(None))


def _panel(width: int, height: int, colour: int, *, transparent: bool = False) -> Image.Image:
    red, green, blue = _COLOURS[colour % len(_COLOURS)]
    edge = (0, 0, 0, 0) if transparent else (red // 2, green // 2, blue // 2)
    image = Image.new("RGBA" if transparent else "RGB", (width, height), edge)
    margin = max(1, min(width, height) // 8)
    fill = (red, green, blue, 255) if transparent else (red, green, blue)
    image.paste(fill, (margin, margin, width - margin, height - margin))
    return image
