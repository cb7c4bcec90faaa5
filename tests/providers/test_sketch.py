"""The built-in sketch as a vendor: what it is told to draw, and that drawing stands in nobody's way."""

import asyncio
import base64
import io
import shutil
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image
from sqlalchemy import func, select

from diorama.db.tables import assets
from diorama.errors import ProviderError, ValidationError
from diorama.providers.base import CallFacts, Done, Inline, InputBytes, Prepared, Refused
from diorama.providers.sketch import Sketch
from diorama.schemas import Input, Request, Role
from tests.houses import a_house, make

pytestmark = pytest.mark.anyio

FOX = Request(kind="image", prompt="a fox in the snow", size="96x64")
FILM = Request(kind="video", prompt="a fox in the snow", size="128x72", seconds=0.5, fps=12, audio=False)


def call(slot: int = 0, name: str = "c1") -> CallFacts:
    return CallFacts(id=name, model="still", slots=(slot,))


def told(request: Request, facts: CallFacts | None = None) -> dict[str, Any]:
    prepared = Sketch().prepare(request, (), facts or call())
    assert prepared.json is not None
    return prepared.json


async def draw(request: Request, *inputs: InputBytes, slot: int = 0) -> bytes:
    sketch = Sketch()
    done = await sketch.submit(sketch.prepare(request, inputs, call(slot)))
    assert isinstance(done, Done)
    (output,) = done.outputs
    assert isinstance(output, Inline)
    assert done.cost_usd == Decimal(0)
    return output.data


def _png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def _plain(colour: str, size: tuple[int, int] = (128, 72)) -> bytes:
    return _png(Image.new("RGB", size, colour))


def _shown(film: bytes, index: int) -> tuple[int, ...]:
    """The colour in the middle of a frame."""
    with av.open(io.BytesIO(film), "r") as container:
        image = list(container.decode(video=0))[index].to_image()  # type: ignore[no-untyped-call]
    colour = image.getpixel((64, 36))
    assert isinstance(colour, tuple)
    return colour


# What it is told.


def test_a_dry_run_shows_everything_that_will_be_drawn() -> None:
    request = FOX.model_copy(update={"seed": 7, "negative_prompt": "trees", "background": "transparent"})

    assert Sketch().prepare(request, (), call(slot=2)) == Prepared(
        method="DRAW",
        path="still",
        json={
            "prompt": "a fox in the snow",
            "width": 96,
            "height": 64,
            "seed": 7,
            "slot": 2,
            "output_format": "png",
            "negative": "trees",
            "transparent": True,
            "quality": "standard",
        },
    )


def test_a_film_has_length_rate_and_sound() -> None:
    assert told(FILM).items() >= {"seconds": 0.5, "fps": 12, "audio": False, "width": 128, "height": 72}.items()


def test_what_is_drawn_does_not_depend_on_the_call() -> None:
    assert told(FOX, call(name="c1")) == told(FOX, call(name="c2"))


def test_without_a_seed_the_prompt_alone_is_the_seed() -> None:
    larger = FOX.model_copy(update={"size": "192x128", "output_format": "webp"})
    other = FOX.model_copy(update={"prompt": "a wolf in the snow"})

    assert told(FOX)["seed"] == told(larger)["seed"] != told(other)["seed"]


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(300, 200, (300, 200)), (4096, 1024, (2048, 512)), (40, 90, (64, 90)), (3000, 9, (2048, 64))],
)
def test_a_picture_drawn_over_keeps_its_size_within_what_can_be_drawn(
    width: int, height: int, size: tuple[int, int]
) -> None:
    given = InputBytes(role="reference", mime="image/png", data=b"", width=width, height=height)

    drawing = Sketch().prepare(FOX.model_copy(update={"size": None}), (given,), call()).json or {}

    assert (drawing["width"], drawing["height"]) == size


def test_a_dry_run_of_an_extension_says_how_much_is_added() -> None:
    source = InputBytes(role="source", mime="video/mp4", data=b"", width=640, height=360, seconds=8)

    prepared = Sketch().prepare(FILM.model_copy(update={"size": None, "fps": None}), (source,), call())

    assert prepared.path == "extension"
    assert prepared.json == {
        "prompt": "a fox in the snow",
        "seed": told(FILM)["seed"],
        "slot": 0,
        "seconds": 0.5,
        "audio": False,
    }


# What comes of it.


async def test_a_picture_has_the_size_and_format_asked_for() -> None:
    picture = Image.open(io.BytesIO(await draw(FOX.model_copy(update={"output_format": "webp"}))))

    assert (picture.size, picture.format) == ((96, 64), "WEBP")


async def test_the_same_request_and_slot_are_the_same_bytes() -> None:
    assert await draw(FOX) == await draw(FOX)


async def test_another_slot_is_another_picture() -> None:
    assert await draw(FOX) != await draw(FOX, slot=1)


async def test_a_film_has_the_size_length_and_rate_asked_for() -> None:
    with av.open(io.BytesIO(await draw(FILM)), "r") as film:
        stream = film.streams.video[0]

        assert (stream.width, stream.height, stream.frames) == (128, 72, 6)
        assert stream.average_rate == 12


async def test_a_film_starts_from_its_first_frame() -> None:
    red = io.BytesIO()
    Image.new("RGB", (128, 72), (220, 20, 20)).save(red, "PNG")

    data = await draw(FILM, InputBytes(role="first_frame", mime="image/png", data=red.getvalue()))

    with av.open(io.BytesIO(data), "r") as film:
        shown = next(film.decode(video=0)).to_image().getpixel((64, 36))  # type: ignore[no-untyped-call]
    assert isinstance(shown, tuple)
    assert shown[0] > 150 > 90 > max(shown[1:3])


async def test_a_film_ends_as_its_last_frame_with_references_on_the_way() -> None:
    red, blue = (InputBytes(role="last_frame", mime="image/png", data=_plain(hue)) for hue in ("red", "blue"))

    data = await draw(FILM, red, replace(blue, role="reference"))

    assert _shown(data, -1)[0] > 200 > 60 > max(_shown(data, -1)[1:])


async def test_a_film_goes_on_from_a_film() -> None:
    before = await draw(FILM)

    after = await draw(FILM, InputBytes(role="source", mime="video/mp4", data=before))

    with av.open(io.BytesIO(after), "r") as film:
        assert (film.streams.video[0].width, film.streams.video[0].frames) == (128, 12)


async def test_a_picture_is_drawn_over_where_its_mask_says() -> None:
    half = Image.new("L", (96, 64))
    half.paste(255, (48, 0, 96, 64))
    inputs = [("source", _plain("red", (96, 64))), ("mask", _png(half))]

    data = await draw(FOX, *(InputBytes(role=role, mime="image/png", data=data) for role, data in inputs))  # type: ignore[arg-type]

    image = Image.open(io.BytesIO(data))
    assert image.crop((0, 0, 48, 64)).getcolors() == [(48 * 64, (255, 0, 0))]
    assert image.crop((48, 0, 96, 64)).getcolors(2) is None


async def test_a_source_it_cannot_read_is_refused_in_its_own_words() -> None:
    with pytest.raises(Refused, match="The film cannot be read"):
        await draw(FILM, InputBytes(role="source", mime="video/mp4", data=b"no film"))


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (FOX.model_copy(update={"size": "9x64"}), "width of 9 pixels"),
        (FILM.model_copy(update={"size": "129x72"}), "even edges"),
    ],
)
async def test_what_it_cannot_draw_is_refused_in_its_own_words(request_: Request, words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        await draw(request_)

    assert isinstance(caught.value.error, ValidationError)
    assert caught.value.retry is False


# In the house.


def _given(role: Role, data: bytes, mime: str = "image/png") -> Input:
    return Input(role=role, data=f"data:{mime};base64,{base64.b64encode(data).decode()}")


async def test_an_edit_without_a_size_has_that_of_its_picture(tmp_path: Path) -> None:
    picture, area = _given("source", _plain("red", (150, 90))), _given("mask", _png(Image.new("L", (150, 90), 255)))

    async with a_house(tmp_path) as house:
        job = await make(house, model="sketch:still", prompt="a fox", inputs=(picture, area))

    assert (job.state, job.assets[0].width, job.assets[0].height) == ("succeeded", 150, 90)


async def test_an_extension_goes_through_the_house(tmp_path: Path) -> None:
    small: dict[str, Any] = {"size": "96x64", "seconds": 0.5, "fps": 12}

    async with a_house(tmp_path) as house:
        first = await make(house, model="sketch:motion", prompt="a fox", **small)
        source = Input(role="source", asset=first.assets[0].id)
        longer = await make(house, model="sketch:motion", prompt="it runs", seconds=1, inputs=(source,))

    (film,) = longer.assets
    assert (film.width, film.height, film.seconds, film.fps) == (96, 64, 1.5, 12)


@pytest.mark.parametrize(
    ("model", "roles", "words"),
    [
        ("sketch:still", ("mask",), "needs an input as 'reference' or 'source'"),
        ("sketch:motion", ("source",), "inputs[0] is a picture (image/png); sketch:motion takes a film as 'source'"),
        ("sketch:motion", ("source", "first_frame"), "cannot use an input as 'first_frame' here"),
        ("sketch:still", ("reference",) * 5, "takes 4 input(s) as 'reference', not 5"),
    ],
)
async def test_inputs_that_do_not_suit_are_refused_and_not_kept(
    tmp_path: Path, model: str, roles: tuple[Role, ...], words: str
) -> None:
    async with a_house(tmp_path) as house:
        with pytest.raises(ValidationError) as refused:
            await make(house, model=model, prompt="a fox", inputs=tuple(_given(role, _plain("red")) for role in roles))
        kept = await house.db.read(lambda c: c.execute(select(func.count()).select_from(assets)).scalar_one())

    assert words in str(refused.value)
    assert kept == 0


# Whom it stands in the way of.


async def test_everybody_else_goes_on_while_a_film_is_drawn() -> None:
    ticks = 0
    film = asyncio.create_task(draw(FILM))

    while not film.done():
        await asyncio.sleep(0.01)
        ticks += 1

    assert ticks > 5
    assert await film


async def test_a_film_nobody_waits_for_is_not_drawn_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    processes: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def noted(*args: Any, **kwargs: Any) -> asyncio.subprocess.Process:
        processes.append(await start(*args, **kwargs))
        return processes[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    film = asyncio.create_task(draw(FILM.model_copy(update={"size": "1920x1080", "seconds": 30})))
    while not processes:
        await asyncio.sleep(0.01)
    film.cancel()
    with pytest.raises(asyncio.CancelledError):
        await film

    assert processes[0].returncode == -9


async def test_a_process_that_dies_is_the_vendors_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))

    with pytest.raises(Refused, match="ended with status 1") as caught:
        await draw(FILM)

    assert isinstance(caught.value.error, ProviderError)
