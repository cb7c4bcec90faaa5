"""How bodies are read: strict JSON, and nothing that could be taken in but never be given out again.

The standard library's reader lets half characters, NaN and any depth through, which then break every list that they
end up in. pydantic's reader refuses them, and is quicker with pictures in the body.
"""

import math
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json

from diorama.errors import ValidationError

HINT = "Send a JSON object in UTF-8, with the header Content-Type: application/json."


def parse(body: bytes) -> Any:
    """The JSON value of a body. Raises ValidationError."""
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        where = re.search(r"line \d+ column \d+", str(error))
        message = f"The body is no JSON: it breaks off or goes wrong at {where[0] if where else 'its end'}."
        raise ValidationError(message, hint=HINT) from None
    if (found := _unkeepable(value)) is not None:
        raise ValidationError(f"The body holds {found}, which cannot be kept.", hint="Take it out.")
    return value


def _unkeepable(value: Any) -> str | None:
    """What a database would refuse, or give back as something else: too late, when it is paid for."""
    match value:
        case str() if "\0" in value:
            return "a text with the character U+0000"
        case float() if not math.isfinite(value):
            return "a number without end"
        case list():
            return next(filter(None, map(_unkeepable, value)), None)
        case dict():
            return next(filter(None, map(_unkeepable, (*value, *value.values()))), None)
    return None


class JsonRoute(APIRoute):
    """A route whose body is read by `parse`. The framework lets the errors of it through as the cause of its own."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def read_and_handle(request: Request) -> Response:
            return await handle(_JsonRequest(request.scope, request.receive))

        return read_and_handle


class _JsonRequest(Request):
    async def json(self) -> Any:
        return parse(await self.body())
