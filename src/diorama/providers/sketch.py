"""The built-in sketch: pictures and films drawn on this machine. No key, no network, no bill.

Measured on two cores with 4 s films of 1280x720: two at once in threads take 9.0 s and delay every other task by up to
28 ms (19 ms in one of a hundred cases), two in processes take 5.5 s and delay by up to 17 ms (5 ms). So a film is drawn
in a process of its own, which also ends with its call; a picture is done before a process would have started.
"""

import asyncio
import hashlib
import json
import sys
from collections.abc import Mapping
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
        film = request.kind == "video"
        width, height = (request.size or ("1280x720" if film else "1024x1024")).split("x")
        drawing = {
            "prompt": request.prompt,
            "width": int(width),
            "height": int(height),
            "seed": _seed(request),
            "slot": call.slots[0],
            **(_film_only(request) if film else _picture_only(request)),
        }
        return Prepared(method="DRAW", path="motion" if film else "still", json=drawing, inputs=inputs)

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        drawing = prepared.json or {}
        try:
            if prepared.path == "motion":
                first = next((given.data for given in prepared.inputs if given.role == "first_frame"), b"")
                data = await self._film(json.dumps(drawing).encode() + b"\n" + first)
            else:
                data = await asyncio.get_running_loop().run_in_executor(self._threads, partial(_picture, drawing))
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


def _film_only(request: Request) -> dict[str, Any]:
    return {"seconds": request.seconds or 4.0, "fps": request.fps or 24, "audio": bool(request.audio)}


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


def _picture(drawing: dict[str, Any]) -> bytes:
    from diorama.providers.sketching import draw_still

    return draw_still(**drawing)


def main() -> int:
    """The film's process: one line of JSON and the first frame's bytes on stdin, the film on stdout."""
    from diorama.providers.sketching import draw_motion

    line, _, first = sys.stdin.buffer.read().partition(b"\n")
    try:
        film = draw_motion(**json.loads(line), first_frame=first or None)
    except ValueError as error:
        sys.stdout.buffer.write(str(error).encode())
        return NOT_DRAWABLE
    sys.stdout.buffer.write(film)
    return 0


if __name__ == "__main__":
    sys.exit(main())
