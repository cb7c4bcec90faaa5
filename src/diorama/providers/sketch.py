"""The built-in sketch: pictures and films drawn on this machine. No key, no network, no bill.

Measured on two cores with 4 s films of 1280x720: two at once in threads take 9.0 s and delay every other task by up to
28 ms (19 ms in one of a hundred cases), two in processes take 5.5 s and delay by up to 17 ms (5 ms). So a film is drawn
in a process of its own, which also ends with its call; a picture is done before a process would have started.
"""

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from diorama.errors import ProviderError, ValidationError
from diorama.providers.base import (
    CallFacts,
    Done,
    Inline,
    Inputs,
    OnPartial,
    Pending,
    Prepared,
    Provider,
    Refused,
)
from diorama.schemas import Request

if TYPE_CHECKING:
    from diorama.providers.wire import Wire

AT_ONCE = 2
SMALLEST, LARGEST = 64, 2048
"""Edges of a picture, in pixels, as the catalog has them."""
NOT_DRAWABLE = (
    3  # exit status of the film's process when the message on its stdout says what was wrong with the request
)


class Sketch(Provider):
    vendor = "sketch"

    def __init__(self, wire: "Wire | None" = None, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(wire, settings)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sketch")
        self._films = asyncio.Semaphore(AT_ONCE)

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        drawing = {"prompt": request.prompt, "seed": _seed(request), "slot": call.slots[0]}
        if request.kind != "video":
            path, rest = "still", _size(request, inputs, 1024, 1024) | _picture_only(request)
        elif any(given.role == "source" for given in inputs):
            # Size and rate are the source's own.
            path, rest = "extension", _length(request)
        else:
            path, rest = "motion", _size(request, (), 1280, 720) | _length(request) | {"fps": request.fps or 24}
        return Prepared(method="DRAW", path=path, json=drawing | rest, inputs=inputs)

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        drawing, given = prepared.json or {}, _given(prepared.inputs)
        try:
            if prepared.path == "still":
                draw = partial(_picture, drawing, given)
                data = await asyncio.get_running_loop().run_in_executor(self._threads, draw)
            else:
                data = await self._film(_described(prepared.path, drawing, given))
        except ValueError as error:  # the sketch's own words about what it cannot draw
            raise Refused(ValidationError(str(error))) from None
        return Done(outputs=(Inline(data=data),), cost_usd=Decimal(0))

    async def probe(self) -> str:
        return "draws on this machine"

    async def _film(self, description: bytes) -> bytes:
        pipe = asyncio.subprocess.PIPE
        async with self._films:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", __name__),
                stdin=pipe,
                stdout=pipe,
                start_new_session=True,  # Ctrl-C is for us to answer; what is being drawn is waited for
            )
            try:
                film, _ = await process.communicate(description)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode == NOT_DRAWABLE:
            raise ValueError(film.decode())
        if process.returncode:
            message = f"The process that drew the film ended with status {process.returncode}."
            raise Refused(ProviderError(message, provider=self.vendor))
        return film


def _size(request: Request, inputs: Inputs, width: int, height: int) -> dict[str, Any]:
    """The size asked for, else that of the picture drawn over (within what can be drawn), else the usual one."""
    shaping = next((given for role in ("source", "reference") for given in inputs if given.role == role), None)
    if request.size is not None:
        width, height = map(int, request.size.split("x"))
    elif shaping and shaping.width and shaping.height:
        scale = min(1.0, LARGEST / max(shaping.width, shaping.height))
        width, height = (max(SMALLEST, round(edge * scale)) for edge in (shaping.width, shaping.height))
    return {"width": width, "height": height}


def _length(request: Request) -> dict[str, Any]:
    return {"seconds": request.seconds or 4.0, "audio": bool(request.audio)}


def _picture_only(request: Request) -> dict[str, Any]:
    return {
        "output_format": request.output_format or "png",
        "negative": request.negative_prompt,
        "transparent": request.background == "transparent",
        "quality": request.quality or "standard",
    }


def _seed(request: Request) -> int:
    """The seed asked for, else one that comes from the prompt alone: another size or format shows the same scene."""
    if request.seed is not None:
        return request.seed
    return int.from_bytes(hashlib.sha256(request.prompt.encode()).digest()[:6], "big")


def _given(inputs: Inputs) -> list[tuple[str, bytes]]:
    return [(given.role, given.data) for given in inputs]


def _by_role(given: list[tuple[str, bytes]]) -> dict[str, Any]:
    """The inputs as the engine's arguments."""
    single = {role: data for role, data in given if role != "reference"}
    return single | {"references": [data for role, data in given if role == "reference"]}


def _picture(drawing: dict[str, Any], given: list[tuple[str, bytes]]) -> bytes:
    from diorama.providers.sketching import draw_still

    return draw_still(**drawing, **_by_role(given))


def _described(path: str, drawing: dict[str, Any], given: list[tuple[str, bytes]]) -> bytes:
    """What the film's process reads: one line of JSON that says what follows it, and the inputs' bytes."""
    head = {"path": path, "drawing": drawing, "given": [(role, len(data)) for role, data in given]}
    return b"".join([json.dumps(head).encode(), b"\n", *(data for _, data in given)])


def main() -> int:
    """The film's process: a description on stdin, the film on stdout."""
    from diorama.providers.sketching import draw_extension, draw_motion

    head = json.loads(sys.stdin.buffer.readline())
    given = [(role, sys.stdin.buffer.read(length)) for role, length in head["given"]]
    try:
        draw: Callable[..., bytes] = draw_extension if head["path"] == "extension" else draw_motion
        film = draw(**head["drawing"], **_by_role(given))
    except ValueError as error:
        sys.stdout.buffer.write(str(error).encode())
        return NOT_DRAWABLE
    sys.stdout.buffer.write(film)
    return 0


if __name__ == "__main__":
    sys.exit(main())
