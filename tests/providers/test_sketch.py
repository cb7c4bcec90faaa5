"""The built-in sketch as a vendor: what it is told to draw, and that drawing stands in nobody's way."""

import asyncio
import io
import shutil
import sys
from decimal import Decimal
from typing import Any

import av
import pytest
from PIL import Image

from diorama.errors import ProviderError, ValidationError
from diorama.providers.base import CallFacts, Done, Inline, InputBytes, Prepared, Refused
from diorama.providers.sketch import Sketch
from diorama.schemas import Request

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
