"""Pictures and films drawn from the words of a prompt: no model, no key, no network."""

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
) -> bytes:
    """A picture of exactly width x height pixels as PNG, JPEG or WebP bytes; the same arguments give the same bytes.

    `slot` is the picture's index among those of one request. `transparent` keeps the figures alone, on nothing.
    Blocking: call it in a thread. Raises ValueError for sizes and formats it cannot draw.
    """
    _check_size(width, height)
    if output_format not in FORMATS:
        raise ValueError(f"A sketch cannot be written as {output_format!r}. Use one of {', '.join(FORMATS)}.")
    if transparent and output_format == "jpeg":
        raise ValueError("JPEG has no transparency. Use output_format 'png' or 'webp', or an opaque background.")

    from diorama.providers.sketching import still, words

    scene = words.read(prompt=prompt, seed=seed, slot=slot, negative=negative)
    image = still.picture(scene, width=width, height=height, transparent=transparent)
    return still.encode(image, output_format, quality)


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
    audio: bool = False,
) -> bytes:
    """An MP4 (H.264, yuv420p, index in front) of exactly this size and round(seconds * fps) frames.

    `first_frame` is a PNG, JPEG or WebP picture from which the film starts, cut to cover the frame; `audio` adds a
    quiet AAC track. The same arguments give the same bytes within one installation. Blocking: call it in a thread.
    Raises ValueError for sizes, lengths and rates it cannot draw and for a first frame it cannot read.
    """
    _check_size(width, height)
    if width % 2 or height % 2:
        raise ValueError(f"A film of {width}x{height} cannot be encoded: H.264 needs even edges. Add or drop a pixel.")
    if not 1 <= fps <= MAX_FPS:
        raise ValueError(f"A sketched film cannot have {fps!r} frames per second. Use 1 to {MAX_FPS}.")
    if not 0 < seconds <= MAX_SECONDS or round(seconds * fps) < 1:
        raise ValueError(f"A sketched film cannot last {seconds!r} s. Use one frame (1/{fps} s) to {MAX_SECONDS:g} s.")

    from diorama.providers.sketching import film, motion, sound, words

    scene = words.read(prompt=prompt, seed=seed, slot=slot)
    count = round(seconds * fps)
    if first_frame is None:
        frames = motion.frames(scene, width=width, height=height, count=count, fps=fps)
    else:
        frames = motion.frames_from(first_frame, scene, width=width, height=height, count=count, fps=fps)
    samples = sound.chunks(count / fps, scene.seed) if audio else None
    return film.encode(frames, width=width, height=height, fps=fps, samples=samples)


def _check_size(width: int, height: int) -> None:
    for name, edge in (("width", width), ("height", height)):
        if not MIN_EDGE <= edge <= MAX_EDGE:
            raise ValueError(f"A sketch cannot have a {name} of {edge!r} pixels. Use {MIN_EDGE} to {MAX_EDGE}.")
