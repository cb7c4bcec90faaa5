"""The drawing engine keeps what it promises: exact sizes, repeatable bytes, readable files, pictures that differ."""

import hashlib
import io
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import pytest
from av.stream import Stream
from PIL import Image, ImageChops, ImageStat

from diorama.providers.sketching import draw_motion, draw_still
from diorama.providers.sketching.motion import seen
from diorama.providers.sketching.paper import Desk, Layer
from diorama.providers.sketching.stage import build
from diorama.providers.sketching.words import Scene, read

STILL: dict[str, Any] = {"prompt": "a red fox in the snow at dawn", "width": 96, "height": 80, "seed": 7, "slot": 0}
MOTION: dict[str, Any] = {**STILL, "prompt": "a boat at sunset", "seconds": 0.5, "fps": 12}


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def scene(prompt: str, negative: str | None = None) -> Scene:
    return read(prompt=prompt, seed=1, slot=0, negative=negative)


def frames(film: bytes) -> list[Image.Image]:
    with av.open(io.BytesIO(film), "r") as container:
        return [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]


def _seconds(stream: Stream) -> Fraction:
    assert stream.duration is not None
    assert stream.time_base is not None
    return stream.duration * stream.time_base


def flattened(layers: list[Layer]) -> Image.Image:
    canvas = Image.new("RGB", (200, 150), "magenta")
    for layer in layers:
        canvas.paste(layer.image, (layer.left, layer.top), layer.image if layer.image.mode == "RGBA" else None)
    return canvas


def difference(first: Image.Image, second: Image.Image) -> float:
    """Mean absolute difference per channel, 0 to 255."""
    channels = ImageStat.Stat(ImageChops.difference(first.convert("RGB"), second.convert("RGB"))).mean
    return sum(channels) / len(channels)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (101, 67), (64, 300), (300, 64), (333, 222)])
def test_a_picture_has_exactly_the_size_that_was_asked(width: int, height: int) -> None:
    image = opened(draw_still(**{**STILL, "width": width, "height": height}))

    assert image.size == (width, height)


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_a_picture_comes_in_the_format_that_was_asked(output_format: str) -> None:
    image = opened(draw_still(**STILL, output_format=output_format))

    assert (image.format, image.mode) == (output_format.upper(), "RGB")


@pytest.mark.parametrize("output_format", ["png", "webp"])
def test_a_transparent_picture_shows_its_figure_on_nothing(output_format: str) -> None:
    image = opened(draw_still(**STILL, output_format=output_format, transparent=True))

    assert image.mode == "RGBA"
    assert image.getchannel("A").getextrema() == (0, 255)


def test_the_same_request_gives_the_same_bytes() -> None:
    assert draw_still(**STILL) == draw_still(**STILL)


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import hashlib, sys; from diorama.providers.sketching import draw_motion, draw_still;"
        f"print(hashlib.sha256(draw_still(**{STILL!r})).hexdigest());"
        f"print(hashlib.sha256(draw_motion(**{MOTION!r}, audio=True)).hexdigest())"
    )
    # Another hash seed: an order taken from a set of words would show here. Other junk in fresh memory (where malloc is
    # glibc's): an encoder that reads what nobody wrote would show too.
    other = {"PYTHONHASHSEED": "42", "MALLOC_PERTURB_": "165"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=other)

    here = [draw_still(**STILL), draw_motion(**MOTION, audio=True)]
    assert done.stdout.split() == [hashlib.sha256(data).hexdigest() for data in here]


def test_importing_the_engine_loads_no_imaging_library() -> None:
    code = "import sys, diorama.providers.sketching; sys.exit(bool({'PIL', 'av'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("change", [{"slot": 1}, {"seed": 8}, {"prompt": "a red fox in the snow at night"}])
def test_another_slot_seed_or_prompt_gives_another_picture(change: dict[str, Any]) -> None:
    first, second = opened(draw_still(**STILL)), opened(draw_still(**{**STILL, **change}))

    assert difference(first, second) > 3


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "   ",
        "quarterly report",
        "赛博朋克城市",
        "ein Wald im Nebel",
        "قطة في الثلج",
        "🦊🌙",
        "a\x00b",
        "\ud800",
        "x " * 5000,
    ],
)
def test_any_prompt_gives_a_picture_with_light_and_shade(prompt: str) -> None:
    image = opened(draw_still(**{**STILL, "prompt": prompt}))

    (darkest, lightest) = cast("tuple[int, int]", image.convert("L").getextrema())
    assert lightest - darkest > 60


@pytest.mark.parametrize(
    ("prompt", "setting", "figures"),
    [
        ("a lighthouse by the sea at sunset", "sea", ["lighthouse"]),
        ("A hot-air BALLOON over desert dunes", "desert", ["balloon"]),
        ("ein Fuchs im Wald", "forest", ["fox"]),
        ("雪山上的狐狸", "mountains", ["fox"]),
        ("森の猫", "forest", ["cat"]),
        ("숲속의 여우가", "forest", ["fox"]),
        ("पहाड़ पर घर", "mountains", ["house"]),
        ("a bowl of ramen", "table", ["bowl"]),
        ("astronaut riding a horse on the moon", "space", ["astronaut", "horse"]),
    ],
)
def test_words_of_many_languages_are_read(prompt: str, setting: str, figures: list[str]) -> None:
    found = scene(prompt)

    assert (found.setting, [figure.name for figure in found.figures]) == (setting, figures)


def test_a_colour_before_a_figure_belongs_to_it_and_others_to_the_picture() -> None:
    found = scene("a blue cat, all in green and gold")

    assert (found.figures[0].colour, found.hues) == ("blue", ("green", "gold"))


def test_words_of_the_negative_prompt_are_left_out() -> None:
    found = scene("a fox in the snow", negative="snow")

    assert (found.weather, found.figures[0].name) == ("clear", "fox")


def test_a_colour_word_colours_the_picture() -> None:
    def warmth(prompt: str) -> float:
        red, _, blue = ImageStat.Stat(opened(draw_still(**{**STILL, "prompt": prompt}))).mean
        return red - blue

    assert warmth("abstract orange and red") > 30 > -30 > warmth("abstract blue and indigo")


@pytest.mark.parametrize("audio", [False, True])
def test_a_film_has_exactly_the_size_frames_and_seconds_that_were_asked(audio: bool) -> None:
    film = draw_motion(**{**MOTION, "width": 130, "height": 98, "seconds": 2.0}, audio=audio)

    with av.open(io.BytesIO(film), "r") as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height, video.frames) == (130, 98, 24)
        assert [_seconds(stream) for stream in container.streams] == [2] * (1 + audio)
        assert container.duration == 2 * av.time_base
        assert len(container.streams.audio) == audio
        assert sum(1 for _ in container.decode(video=0)) == 24


def test_a_film_can_be_played_while_it_loads() -> None:
    film = draw_motion(**MOTION)

    assert 0 < film.index(b"moov") < film.index(b"mdat")


def test_a_films_sound_is_quiet_but_there() -> None:
    with av.open(io.BytesIO(draw_motion(**{**MOTION, "seconds": 2.0}, audio=True)), "r") as container:
        samples = b"".join(bytes(frame.planes[0]) for frame in container.decode(audio=0))

    loudest = max(abs(value) for value in memoryview(samples).cast("f"))
    assert 0.02 < loudest < 0.5


@pytest.mark.parametrize(
    "prompt", ["fox in the snow", "city at night in the rain", "sea at sunset", "abstract", "cake"]
)
def test_cutting_off_what_is_hidden_changes_no_pixel(prompt: str) -> None:
    desk = Desk(width=200, height=150, margin=0, random=scene(prompt).dice("paper"))
    layers = build(desk, scene(prompt))

    assert flattened(seen(list(layers))).tobytes() == flattened(layers).tobytes()


def test_a_film_moves() -> None:
    film = frames(draw_motion(**{**MOTION, "width": 256, "height": 144, "seconds": 2.0}))

    assert difference(film[0], film[-1]) > 2


def test_a_film_starts_with_the_given_picture(tmp_path: Path) -> None:
    given = Image.linear_gradient("L").resize((200, 120))
    picture = Image.merge("RGB", (given, given.transpose(Image.Transpose.ROTATE_180), given))
    data = io.BytesIO()
    picture.save(data, "PNG")

    film = frames(draw_motion(**{**MOTION, "width": 160, "height": 160, "seconds": 2.0}, first_frame=data.getvalue()))

    # A square out of the middle of 200x120 is its middle 120 columns.
    fitted = picture.crop((40, 0, 160, 120)).resize((160, 160))
    assert difference(film[0], fitted) < 4
    assert difference(film[-1], fitted) > difference(film[0], fitted) + 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 63}, "width of 63 pixels"),
        ({"height": 4097}, "height of 4097 pixels"),
        ({"output_format": "gif"}, "'gif'"),
        ({"output_format": "jpeg", "transparent": True}, "JPEG has no transparency"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused_with_the_reason(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw_still(**{**STILL, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 101}, "even edges"),
        ({"fps": 0}, "0 frames per second"),
        ({"fps": 61}, "61 frames per second"),
        ({"seconds": 0.0}, "0.0 s"),
        ({"seconds": 61.0}, "61.0 s"),
        ({"seconds": float("nan")}, "nan s"),
        ({"first_frame": b"no picture"}, "not a readable"),
    ],
)
def test_a_film_that_cannot_be_drawn_is_refused_with_the_reason(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw_motion(**{**MOTION, **change})
