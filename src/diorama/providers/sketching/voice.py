"""The sound of a film as chunks of exact length, whatever it comes from. Blocking (PyAV)."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain

import av

from diorama.providers.sketching import sound
from diorama.providers.sketching.reel import Reel

Chunk = tuple[bytes, ...]
"""Native 32-bit floats of each channel."""
WIDE = 4


class Voice:
    """Sound of `rate` samples per second in `layout` (mono or stereo), as chunks of up to 1024 samples."""

    def __init__(self, *, rate: int, layout: str, parts: Iterable[Iterator[Chunk]]) -> None:
        self.rate, self.layout = rate, layout
        self._chunks = chain.from_iterable(parts)
        self._place = 0

    def up_to(self, seconds: Fraction | None) -> Iterator[av.AudioFrame]:
        """The next frames, until this time; None: to the end."""
        while seconds is None or self._place < seconds * self.rate:
            chunk = next(self._chunks, None)
            if chunk is None:
                return
            frame = av.AudioFrame(format="fltp", layout=self.layout, samples=len(chunk[0]) // WIDE)
            for plane, samples in zip(frame.planes, chunk, strict=True):
                plane.update(samples)
            frame.sample_rate, frame.pts, frame.time_base = self.rate, self._place, Fraction(1, self.rate)
            self._place += frame.samples
            yield frame


def composed(seconds: float, seed: int) -> Voice:
    """The sketch's own quiet pad."""
    return Voice(rate=sound.RATE, layout="mono", parts=[((chunk,) for chunk in sound.chunks(seconds, seed))])


def continued(reel: Reel, after: float, seed: int, *, audio: bool) -> Voice | None:
    """The film's own sound to its end, then silence or (`audio`) the pad for `after` seconds.

    None when there is nothing to hear at all.
    """
    if reel.rate is None and not audio:
        return None
    rate, layout = (reel.rate, reel.layout) if reel.rate else (sound.RATE, "mono")
    channels = 1 if layout == "mono" else 2
    own = (_floats(frame) for frame in reel.sounds()) if reel.rate else iter(())
    added = _resampled(after, seed, rate, layout) if audio else iter(())
    first, second = round(reel.seconds * rate), round(after * rate)
    return Voice(rate=rate, layout=layout, parts=[exactly(own, first, channels), exactly(added, second, channels)])


def exactly(chunks: Iterator[Chunk], total: int, channels: int) -> Iterator[Chunk]:
    """These chunks cut off after `total` samples, or followed by silence up to there."""
    left = total
    while left > 0:
        chunk = next(chunks, None) or (bytes(sound.CHUNK * WIDE),) * channels
        chunk = tuple(samples[: left * WIDE] for samples in chunk)
        left -= len(chunk[0]) // WIDE
        yield chunk


def _resampled(seconds: float, seed: int, rate: int, layout: str) -> Iterator[Chunk]:
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
    for frame in composed(seconds, seed).up_to(None):
        for made in resampler.resample(frame):
            yield _floats(made)
    for made in resampler.resample(None):
        yield _floats(made)


def _floats(frame: av.AudioFrame) -> Chunk:
    # Planes may be padded beyond their samples.
    return tuple(bytes(plane)[: frame.samples * WIDE] for plane in frame.planes)
