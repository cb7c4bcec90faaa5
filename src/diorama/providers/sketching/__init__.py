"""Pictures and films drawn from the words of a prompt: no model, no key, no network."""

from collections.abc import Sequence
from fractions import Fraction

FORMATS = ("png", "jpeg", "webp")
MIN_EDGE, MAX_EDGE = 64, 4096
MAX_SECONDS, MAX_FPS = 60.0, 60


def draw_still(
    *,
    prompt: str,
    width: int,
    height: int,
    seed: int,
    slot: int,
    output_format: str = "png",
    negative: str | None = None,
    transparent: bool = False,
    quality: str = "standard",
    source: bytes | None = None,
    references: Sequence[bytes] = (),
    mask: bytes | None = None,
) -> bytes:
    """A picture of exactly width x height pixels as PNG, JPEG or WebP bytes; the same arguments give the same bytes.

    `slot` is the picture's index among those of one request. `transparent` keeps the figures alone, on nothing.
    `source`, or a single reference, is a picture to draw over: cut to cover the frame, and left exactly as it is
    outside the area that `mask` marks. More references hang in the picture as photographs.
    Blocking: call it in a thread. Raises ValueError for sizes and formats it cannot draw and pictures it cannot read.
    """
    _check_size(width, height)
    if output_format not in FORMATS:
        raise ValueError(f"A sketch cannot be written as {output_format!r}. Use one of {', '.join(FORMATS)}.")
    if transparent and output_format == "jpeg":
        raise ValueError("JPEG has no transparency. Use output_format 'png' or 'webp', or an opaque background.")

    from diorama.providers.sketching import edit, pictures, still, words

    scene = words.read(prompt=prompt, seed=seed, slot=slot, negative=negative)
    base, rest = _base(source, references, masked=mask is not None)
    if base is None:
        image = still.picture(scene, width=width, height=height, transparent=transparent, references=rest)
    elif mask is None:
        image = edit.over(scene, pictures.fitted(base, width, height, "picture"), rest)
    else:
        area = pictures.marked(mask, width, height)
        image = edit.within(scene, pictures.fitted(base, width, height, "picture"), area, rest)
    return still.encode(image, output_format, quality)


def _base(source: bytes | None, references: Sequence[bytes], *, masked: bool) -> tuple[bytes | None, Sequence[bytes]]:
    """The picture to draw over, and those to hang in it."""
    if source is None and references and (masked or len(references) == 1):
        return references[0], references[1:]
    return source, references


def draw_motion(
    *,
    prompt: str,
    width: int,
    height: int,
    seconds: float,
    fps: int,
    seed: int,
    slot: int,
    first_frame: bytes | None = None,
    last_frame: bytes | None = None,
    references: Sequence[bytes] = (),
    audio: bool = False,
) -> bytes:
    """An MP4 (H.264, yuv420p, index in front) of exactly this size and round(seconds * fps) frames.

    `first_frame` and `last_frame` are pictures that the film begins and ends as, cut to cover the frame; `references`
    hang in it as photographs; `audio` adds a quiet AAC track. The same arguments give the same bytes within one
    installation. Blocking: call it in a thread. Raises ValueError for sizes, lengths and rates it cannot draw and for
    pictures it cannot read.
    """
    _check_size(width, height)
    if width % 2 or height % 2:
        raise ValueError(f"A film of {width}x{height} cannot be encoded: H.264 needs even edges. Add or drop a pixel.")
    if not 1 <= fps <= MAX_FPS:
        raise ValueError(f"A sketched film cannot have {fps!r} frames per second. Use 1 to {MAX_FPS}.")
    count = _count(seconds, fps)

    from diorama.providers.sketching import arrival, film, motion, pictures, planes, voice, words

    scene = words.read(prompt=prompt, seed=seed, slot=slot)
    if first_frame is None:
        frames = motion.frames(scene, references, width=width, height=height, count=count, fps=fps)
    else:
        first = planes.to_planes(pictures.fitted(first_frame, width, height, "first frame"))
        frames = arrival.onto(first, scene, references, count=count, fps=fps)
    if last_frame is not None:
        last = pictures.fitted(last_frame, width, height, "last frame")
        frames = arrival.covered(frames, last, scene, count=count, fps=fps)
    heard = voice.composed(count / fps, scene.seed) if audio else None
    return film.encode(map(planes.to_frame, frames), width=width, height=height, fps=Fraction(fps), voice=heard)


def draw_extension(
    *,
    prompt: str,
    source: bytes,
    seconds: float,
    seed: int,
    slot: int,
    last_frame: bytes | None = None,
    references: Sequence[bytes] = (),
    audio: bool = False,
) -> bytes:
    """The source film (MP4, MOV or WebM) and round(seconds * its fps) frames that go on from its last one, as an MP4.

    The whole keeps the source's size (to even edges), rate and sound; `audio` adds a quiet track to the new part,
    which is silent otherwise. Pictures as in `draw_motion`. One frame of the source is held at a time. Blocking: call
    it in a thread. Raises ValueError for a source that it cannot go on from and pictures it cannot read.
    """
    from diorama.providers.sketching import extension, film, reel, voice, words

    given = reel.opened(source)
    _check_size(given.width, given.height)
    scene, count = words.read(prompt=prompt, seed=seed, slot=slot), _count(seconds, given.fps)
    frames = extension.frames(given, scene, references, last_frame, count=count)
    heard = voice.continued(given, float(count / given.fps), scene.seed, audio=audio)
    return film.encode(
        frames, width=given.width, height=given.height, fps=given.fps, voice=heard, colours=given.colours
    )


def _count(seconds: float, fps: int | Fraction) -> int:
    if not 0 < seconds <= MAX_SECONDS or round(seconds * fps) < 1:
        raise ValueError(
            f"A sketched film cannot last {seconds!r} s. Use one frame (1/{float(fps):g} s) to {MAX_SECONDS:g} s."
        )
    return round(seconds * fps)


def _check_size(width: int, height: int) -> None:
    for name, edge in (("width", width), ("height", height)):
        if not MIN_EDGE <= edge <= MAX_EDGE:
            raise ValueError(f"A sketch cannot have a {name} of {edge!r} pixels. Use {MIN_EDGE} to {MAX_EDGE}.")
