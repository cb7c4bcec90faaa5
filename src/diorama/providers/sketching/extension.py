"""A given film and what comes after it. Blocking (Pillow, PyAV)."""

from collections.abc import Iterator, Sequence

import av

from diorama.providers.sketching import arrival, pictures
from diorama.providers.sketching.planes import to_frame
from diorama.providers.sketching.reel import Reel, planes_of
from diorama.providers.sketching.words import Scene


def frames(
    reel: Reel, scene: Scene, references: Sequence[bytes], last_frame: bytes | None, *, count: int
) -> Iterator[av.VideoFrame]:
    """The frames of the film, then `count` that go on from its last one."""
    # Read before the first frame is given, so that a picture that will not do is told at once.
    last = pictures.fitted(last_frame, reel.width, reel.height, "last frame") if last_frame else None
    shown: av.VideoFrame | None = None
    for shown in reel.frames():
        yield shown
    assert shown is not None, "a reel has at least one frame"
    whole, fps = count + 1, float(reel.fps)
    added = arrival.onto(planes_of(shown), scene, references, count=whole, fps=fps)
    if last is not None:
        added = arrival.covered(added, last, scene, count=whole, fps=fps)
    next(added)  # the source's last frame, which is not shown twice
    yield from map(to_frame, added)
