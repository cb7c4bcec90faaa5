"""A given film, read frame by frame at an even pace and in the colours it came in. Blocking (PyAV)."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
from PIL import Image

from diorama.providers.sketching.planes import Planes, to_frame

MAX_SECONDS = 60
MAX_FPS = 60
RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000)
"""Samples per second that an AAC track may have."""


@dataclass(frozen=True, kw_only=True)
class Reel:
    """What a film is: even edges in pixels as displayed, `count` frames at `fps`, its colours as H.264 numbers them.

    `rate` and `layout` are those of its sound; none without sound.
    """

    data: bytes
    width: int
    height: int
    fps: Fraction
    count: int
    colours: tuple[int, int, int]
    rate: int | None
    layout: str

    @property
    def seconds(self) -> Fraction:
        return self.count / self.fps

    def frames(self) -> Iterator[av.VideoFrame]:
        """`count` frames, one per tick of `fps`, as yuv420p; late ones are shown longer. One is held at a time.

        Raises ValueError for a film that is damaged.
        """
        shown: av.VideoFrame | None = None
        given = 0
        with _opened(self.data) as film:
            for place, frame in _placed(film, self.fps):
                while shown and given < min(place, self.count):
                    yield shown
                    given += 1
                shown = self._fitted(frame)
        while shown and given < self.count:
            yield shown
            given += 1

    def sounds(self) -> Iterator[av.AudioFrame]:
        """Its sound as floats of each channel, in `rate` and `layout`."""
        resampler = av.AudioResampler(format="fltp", layout=self.layout, rate=self.rate)
        with _opened(self.data) as film:
            for frame in film.decode(audio=0):
                yield from resampler.resample(frame)
            yield from resampler.resample(None)

    def _fitted(self, frame: av.VideoFrame) -> av.VideoFrame:
        turned = frame.rotation % 360
        width, height = (self.height, self.width) if turned % 180 else (self.width, self.height)
        if (frame.width, frame.height, frame.format.name) != (width, height, "yuv420p"):
            frame = frame.reformat(width, height, "yuv420p")
        if not turned:
            return frame
        luma, blue, red = (plane.rotate(turned, expand=True) for plane in planes_of(frame))
        return to_frame((luma, blue, red))


def opened(data: bytes) -> Reel:
    """What a film is, from its head and first frame. Raises ValueError for one that cannot be gone on from."""
    with _opened(data) as film:
        frame = next(film.decode(video=0), None) if film.streams.video else None
        if frame is None:
            raise ValueError("The film has no picture that can be read. Send another one.")
        stream = film.streams.video[0]
        width, height = (frame.height, frame.width) if frame.rotation % 180 else (frame.width, frame.height)
        sound = film.streams.audio[0] if film.streams.audio else None
        fps, codec = _fps(stream), stream.codec_context
        return Reel(
            data=data,
            width=width - width % 2,
            height=height - height % 2,
            fps=fps,
            count=_count(_length(film, stream), fps),
            colours=(int(codec.colorspace), int(codec.color_primaries), int(codec.color_trc)),
            rate=(sound.rate if sound.rate in RATES else 48000) if sound else None,
            layout="mono" if sound and sound.codec_context.channels == 1 else "stereo",
        )


def _fps(stream: av.VideoStream) -> Fraction:
    fps = Fraction(stream.average_rate or stream.guessed_rate or 24).limit_denominator(1001)
    if not 1 <= fps <= MAX_FPS:
        raise ValueError(f"A film of {float(fps):g} frames per second cannot be gone on from. Use 1 to {MAX_FPS}.")
    return fps


def _count(seconds: Fraction, fps: Fraction) -> int:
    if seconds > MAX_SECONDS:
        raise ValueError(f"A film of {float(seconds):.1f} s is too long to go on from. Use {MAX_SECONDS} s at most.")
    return max(1, round(seconds * fps))


def planes_of(frame: av.VideoFrame) -> Planes:
    """The planes of a yuv420p frame."""
    sizes = ((frame.width, frame.height), (frame.width // 2, frame.height // 2), (frame.width // 2, frame.height // 2))
    luma, blue, red = (
        Image.frombytes("L", size, bytes(plane), "raw", "L", plane.line_size, 1)
        for plane, size in zip(frame.planes, sizes, strict=True)
    )
    return luma, blue, red


def _placed(film: av.container.InputContainer, fps: Fraction) -> Iterator[tuple[int, av.VideoFrame]]:
    """Every frame with the tick at which it begins, the first at 0; of two in one tick the later one wins."""
    start: Fraction | None = None
    place = -1
    for frame in film.decode(video=0):
        if frame.pts is None or frame.time_base is None:
            place += 1
        else:
            time = frame.pts * frame.time_base
            start = time if start is None else start
            place = max(place, round((time - start) * fps))
        yield place, frame


def _length(film: av.container.InputContainer, stream: av.VideoStream) -> Fraction:
    """Its seconds: the picture track says them exactly, else the container, else the packets."""
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    if film.duration:
        return Fraction(film.duration, av.time_base)
    film.seek(0)
    ends = [packet.pts + (packet.duration or 0) for packet in film.demux(stream) if packet.pts is not None]
    return max(ends, default=0) * (stream.time_base or Fraction(0))


@contextmanager
def _opened(data: bytes) -> Iterator[av.container.InputContainer]:
    """The film for reading. What the library raises in the block becomes a ValueError."""
    kind = "webm" if data.startswith(b"\x1a\x45\xdf\xa3") else "mp4"
    try:
        # Only this one reader is opened: FFmpeg would otherwise follow playlists to other files.
        with av.open(io.BytesIO(data), "r", format=kind, metadata_errors="ignore") as film:
            yield film
    except av.FFmpegError as error:
        raise ValueError("The film cannot be read to its end. Send a whole MP4, MOV or WebM film.") from error
