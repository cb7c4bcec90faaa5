"""Pictures and films that go into a sketch: drawn over, hung in the scene, begun with, ended with, gone on from."""

import io
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat

from diorama.providers.sketching import draw_extension, draw_motion, draw_still
from diorama.providers.sketching.planes import to_frame, to_planes

STILL: dict[str, Any] = {"prompt": "a red fox in the rain", "width": 120, "height": 80, "seed": 7, "slot": 0}
MOTION: dict[str, Any] = {**STILL, "seconds": 1.0, "fps": 12}
LONGER: dict[str, Any] = {"prompt": "a robot at night", "seed": 7, "slot": 0, "seconds": 0.5}
BOX = (30, 20, 90, 70)


def png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def painting(width: int = 120, height: int = 80, *, turned: bool = False) -> Image.Image:
    ramp = Image.linear_gradient("L").resize((width, height))
    back = ramp.transpose(Image.Transpose.ROTATE_180)
    return Image.merge("RGB", (back, ramp, ramp) if turned else (ramp, back, ramp))


def mask(*, clear: bool) -> bytes:
    """A box to edit: transparent, or white on black."""
    image = Image.new("RGBA", (120, 80), "black") if clear else Image.new("L", (120, 80))
    ImageDraw.Draw(image).rectangle((*BOX[:2], BOX[2] - 1, BOX[3] - 1), fill=(0, 0, 0, 0) if clear else 255)
    return png(image)


def difference(first: Image.Image, second: Image.Image) -> float:
    """Mean absolute difference of the worst channel, 0 to 255."""
    return max(ImageStat.Stat(ImageChops.difference(first, second)).mean)


def frames(film: bytes) -> list[Image.Image]:
    with av.open(io.BytesIO(film), "r") as container:
        return [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]


def loudness(film: bytes, start: float, stop: float) -> float:
    """The largest sample of the sound between these seconds."""
    loudest = 0.0
    with av.open(io.BytesIO(film), "r") as container:
        for frame in container.decode(audio=0):
            if frame.time is not None and start <= frame.time < stop:
                loudest = max(loudest, *map(abs, memoryview(bytes(frame.planes[0])).cast("f")))
    return loudest


def film(size: tuple[int, int] = (96, 64), fps: Fraction = Fraction(10), count: int = 10, form: str = "mp4") -> bytes:
    """A film that somebody else made, without sound."""
    data = io.BytesIO()
    with av.open(data, "w", format=form) as output:
        stream = output.add_stream("libx264" if form == "mp4" else "libvpx-vp9", rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.thread_count = 1
        for index in range(count):
            image = painting(*(edge + edge % 2 for edge in size)).rotate(index)
            frame = to_frame(to_planes(image)).reformat(*size)
            frame.pts, frame.time_base = index, 1 / fps
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return data.getvalue()


@pytest.fixture(scope="module")
def sounding() -> bytes:
    return draw_motion(**{**MOTION, "prompt": "a boat at sunset"}, audio=True)


# Pictures.


@pytest.mark.parametrize("role", ["source", "references"])
def test_a_picture_is_drawn_over_at_the_size_that_was_asked(role: str) -> None:
    given = png(painting(300, 300))

    image = opened(draw_still(**{**STILL, role: given if role == "source" else [given]}))

    assert (image.size, image.mode) == ((120, 80), "RGB")
    fitted = painting(300, 300).crop((0, 50, 300, 250)).resize((120, 80))
    assert 8 < difference(image, fitted) < 60


@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize("prompt", ["a red fox in the rain", "a forest at night"])
def test_outside_the_mask_every_pixel_stays(clear: bool, prompt: str) -> None:
    given = painting()

    image = opened(draw_still(**{**STILL, "prompt": prompt}, references=[png(given)], mask=mask(clear=clear)))

    changed = ImageChops.difference(image, given)
    assert difference(image.crop(BOX), given.crop(BOX)) > 8
    changed.paste((0, 0, 0), BOX)
    assert changed.getbbox() is None


def test_outside_the_mask_a_larger_picture_stays_as_it_was_fitted() -> None:
    given = painting(300, 300)
    wide = Image.new("L", given.size)
    ImageDraw.Draw(wide).rectangle((100, 100, 199, 199), fill=255)

    image = opened(draw_still(**STILL, source=png(given), mask=png(wide)))

    fitted = ImageOps.fit(given, (120, 80), Image.Resampling.LANCZOS)
    changed = ImageChops.difference(image, fitted)
    changed.paste((0, 0, 0), (38, 18, 82, 62))  # the marked square, and the pixels that its edge lies in
    assert changed.getbbox() is None


def test_an_opaque_mask_with_an_alpha_channel_marks_by_its_white() -> None:
    white = opened(mask(clear=False)).convert("RGBA")
    given = png(painting())

    assert draw_still(**STILL, source=given, mask=png(white)) == draw_still(
        **STILL, source=given, mask=mask(clear=False)
    )


def test_the_same_edit_gives_the_same_bytes_and_another_seed_others() -> None:
    given: dict[str, Any] = {"references": [png(painting()), png(painting(turned=True))], "mask": mask(clear=True)}

    assert draw_still(**STILL, **given) == draw_still(**STILL, **given)
    assert draw_still(**STILL, **given) != draw_still(**{**STILL, "seed": 8}, **given)


def test_a_figure_brings_no_weather_that_nobody_asked_for() -> None:
    """A forest has mist of its own, which would lie like a bar over a picture."""
    grey = Image.new("RGB", (120, 80), (128, 128, 128))

    image = opened(draw_still(**{**STILL, "prompt": "a fox in the forest"}, source=png(grey), mask=mask(clear=True)))

    left = image.crop((BOX[0], BOX[1], BOX[0] + 4, BOX[3]))
    assert left.getcolors(3) is not None


def test_several_references_hang_in_the_scene_as_photographs() -> None:
    red, green = (png(Image.new("RGB", (90, 60), colour)) for colour in ((250, 0, 0), (0, 250, 0)))
    scene = {**STILL, "prompt": "a boat on the sea by day", "width": 240, "height": 160}

    image = opened(draw_still(**scene, references=[red, green]))

    colours = {colour for count, colour in image.getcolors(240 * 160) or () if count > 50}
    assert any(red > 180 > 60 > max(rest) for red, *rest in colours)  # type: ignore[misc]
    assert any(green > 180 > 60 > max(red, blue) for red, green, blue in colours)  # type: ignore[misc]


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA", "1", "I;16", "CMYK"])
def test_pictures_of_every_mode_are_drawn_over(mode: str) -> None:
    given = painting().convert("L").convert("I;16") if mode == "I;16" else painting().convert(mode)
    data = io.BytesIO()
    given.save(data, "JPEG" if mode == "CMYK" else "PNG")

    assert opened(draw_still(**STILL, source=data.getvalue())).size == (120, 80)


def test_a_picture_is_seen_upright() -> None:
    data, turn = io.BytesIO(), Image.Exif()
    turn[0x0112] = 3
    painting().save(data, "JPEG", exif=turn, quality=95)

    image = opened(draw_still(**STILL, source=data.getvalue(), mask=mask(clear=True)))

    assert difference(image.crop((0, 0, 120, 20)), painting().rotate(180).crop((0, 0, 120, 20))) < 4


def test_a_picture_or_mask_that_will_not_do_is_refused_in_words() -> None:
    given = png(painting())

    with pytest.raises(ValueError, match="The picture is not a readable picture"):
        draw_still(**STILL, source=b"GIF89a and nothing more")
    with pytest.raises(ValueError, match="The mask is not a readable picture"):
        draw_still(**STILL, source=given, mask=given[:200])
    with pytest.raises(ValueError, match="The mask marks nothing"):
        draw_still(**STILL, source=given, mask=png(Image.new("L", (120, 80))))
    with pytest.raises(ValueError, match="The reference is not a readable picture"):
        draw_still(**STILL, references=[given, b"no picture"])


# Films.


def test_a_film_begins_and_ends_as_its_pictures() -> None:
    first, last = painting(), painting(turned=True)

    seen = frames(draw_motion(**MOTION, first_frame=png(first), last_frame=png(last)))

    assert len(seen) == 12
    assert difference(seen[0], first) < 5
    assert difference(seen[-1], last) < 5
    assert min(difference(seen[6], first), difference(seen[6], last)) > 8


def test_a_film_may_end_as_a_picture_and_begin_with_the_scene() -> None:
    last = painting(300, 300)
    alone = frames(draw_motion(**MOTION))

    seen = frames(draw_motion(**MOTION, last_frame=png(last)))

    assert difference(seen[0], alone[0]) < 5
    assert difference(seen[-1], ImageOps.fit(last, (120, 80))) < 5


def test_no_frame_of_a_transition_jumps() -> None:
    grey, light = (png(Image.new("RGB", (120, 80), (value,) * 3)) for value in (90, 130))

    seen = frames(draw_motion(**{**MOTION, "fps": 30}, first_frame=grey, last_frame=light))

    steps = [difference(one, other) for one, other in pairwise(seen)]
    assert steps[-1] < 2
    assert max(steps) < 16


def test_references_come_into_a_film_as_photographs() -> None:
    red = png(Image.new("RGB", (90, 60), (250, 0, 0)))
    grey = png(Image.new("RGB", (120, 80), (128, 128, 128)))
    calm = {**MOTION, "prompt": "abstract"}

    seen = frames(draw_motion(**calm, first_frame=grey, references=[red]))

    def reds(image: Image.Image) -> int:
        return sum(count for count, (r, g, b) in image.getcolors(9600) or () if r > 150 and max(g, b) < 90)  # type: ignore[misc]

    assert reds(seen[0]) == 0
    assert reds(seen[-1]) > 100
    assert reds(frames(draw_motion(**calm, references=[red]))[0]) > 100


def test_a_film_goes_on_from_its_source(sounding: bytes) -> None:
    before = frames(sounding)

    longer = frames(draw_extension(**{**LONGER, "seconds": 2.0}, source=sounding))

    assert len(longer) == 12 + 24
    assert longer[0].size == (120, 80)
    assert max(difference(one, other) for one, other in zip(before, longer, strict=False)) < 4
    assert difference(longer[12], before[-1]) < 6
    assert difference(longer[-1], before[-1]) > 6


def test_an_extension_lasts_as_long_as_the_source_and_what_was_asked(sounding: bytes) -> None:
    with av.open(io.BytesIO(draw_extension(**LONGER, source=sounding)), "r") as container:
        video = container.streams.video[0]
        assert (video.frames, video.average_rate) == (18, Fraction(12))
        assert container.duration == 1.5 * av.time_base


@pytest.mark.parametrize("audio", [False, True])
def test_the_sources_sound_is_kept_and_the_new_part_sounds_when_asked(sounding: bytes, audio: bool) -> None:
    longer = draw_extension(**{**LONGER, "seconds": 2.0}, source=sounding, audio=audio)

    assert loudness(longer, 0.2, 0.8) == pytest.approx(loudness(sounding, 0.2, 0.8), rel=0.2)
    assert (loudness(longer, 1.5, 2.5) > 0.01) == audio
    with av.open(io.BytesIO(longer), "r") as container:
        assert (container.streams.audio[0].rate, container.duration) == (24_000, 3 * av.time_base)


def test_a_silent_source_gets_sound_in_its_new_part_alone() -> None:
    longer = draw_extension(**{**LONGER, "seconds": 1.0}, source=film(), audio=True)

    assert loudness(longer, 0, 0.9) < 0.001 < 0.01 < loudness(longer, 1.2, 1.8)


def test_stereo_stays_stereo_at_its_own_rate() -> None:
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as output, av.open(io.BytesIO(film()), "r") as source:
        video = output.add_stream_from_template(source.streams.video[0])
        voice = output.add_stream("aac", rate=44_100, layout="stereo")
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                output.mux(packet)
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=44_100)
        for plane in frame.planes:
            plane.update(bytes(44_100 * 4))
        frame.sample_rate = 44_100
        output.mux(voice.encode(frame))
        output.mux(voice.encode(None))

    with av.open(io.BytesIO(draw_extension(**LONGER, source=data.getvalue(), audio=True)), "r") as container:
        track = container.streams.audio[0]
        assert (track.rate, track.layout.name) == (44_100, "stereo")
        assert container.duration == pytest.approx(1.5 * av.time_base, rel=0.03)


@pytest.mark.parametrize(
    ("given", "size", "rate", "count"),
    [
        (film(fps=Fraction(30000, 1001)), (96, 64), Fraction(30000, 1001), 10 + 15),
        (film((97, 65), form="webm"), (96, 64), Fraction(10), 10 + 5),
        (film(count=1), (96, 64), Fraction(10), 1 + 5),
    ],
)
def test_sources_of_other_rates_sizes_and_kinds_go_on(
    given: bytes, size: tuple[int, int], rate: Fraction, count: int
) -> None:
    with av.open(io.BytesIO(draw_extension(**LONGER, source=given)), "r") as container:
        video = container.streams.video[0]
        assert ((video.width, video.height), video.average_rate, video.frames) == (size, rate, count)


def test_an_extension_may_end_as_a_picture(sounding: bytes) -> None:
    seen = frames(draw_extension(**LONGER, source=sounding, last_frame=png(painting())))

    assert difference(seen[-1], painting()) < 5


def test_the_same_extension_gives_the_same_bytes(sounding: bytes) -> None:
    asked = {**LONGER, "references": [png(painting())], "audio": True}

    assert draw_extension(**asked, source=sounding) == draw_extension(**asked, source=sounding)


@pytest.mark.parametrize(
    ("source", "change", "words"),
    [
        (b"no film at all", {}, "The film cannot be read to its end"),
        (film()[:-900], {}, "no picture that can be read"),
        (film(fps=Fraction(90)), {}, "90 frames per second"),
        (film(fps=Fraction(1), count=61), {}, "61.0 s is too long"),
        (film((48, 64)), {}, "width of 48 pixels"),
        (film(), {"seconds": 0.01}, "cannot last 0.01 s"),
        (film(), {"last_frame": b"x"}, "The last frame is not a readable picture"),
    ],
)
def test_a_source_that_will_not_do_is_refused_in_words(source: bytes, change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw_extension(**{**LONGER, **change}, source=source)
