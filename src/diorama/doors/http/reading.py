"""How bodies are read: strict JSON, and nothing that could be taken in but never be given out again.

The standard library's reader lets half characters, NaN and any depth through, which then break every list that they
end up in. pydantic's reader refuses them, and is quicker with pictures in the body.
"""

import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json

from diorama.bounds import find_flaw
from diorama.errors import ValidationError
from diorama.problems import of_flaw, to_error

HINT: Final = "Send a JSON object in UTF-8, with the header Content-Type: application/json."
FIELDS_HINT: Final = "GET /openapi.json has the fields; a model's own settings go into `options`."
HINTS: Final = {
    "customer_id": "Give your customer's number, 1 or greater.",
    "settings": 'It looks like {"image": {"model": "..."}} or {"video": {"model": "..."}}.',
}
ANY_DEPTH: Final = 1000
"""More than the reader itself goes down; where depth counts, the schema bounds it."""


def parse(body: bytes) -> Any:
    """The JSON value of a body. Raises ValidationError."""
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        where = re.search(r"line \d+ column \d+", str(error))
        message = f"The body is no JSON: it breaks off or goes wrong at {where[0] if where else 'its end'}."
        raise ValidationError(message, hint=HINT) from None
    if (flaw := find_flaw(value, deepest=ANY_DEPTH)) is not None:
        raise of_flaw(flaw)
    return value


def explain(found: Sequence[Any]) -> ValidationError:
    """What the framework found wrong with a request. It tells the place first: `body`, `query`, `path`, `header`."""
    place, *where = found[0]["loc"]
    kind = found[0]["type"]
    if place == "body" and not where and kind == "missing":
        return ValidationError("The request has no body.", hint=HINT)
    if place == "body" and not where and kind != "value_error":
        return ValidationError("The body is no JSON object.", hint=HINT)
    return to_error([{**found[0], "loc": where}], hints=HINTS, fields_hint=FIELDS_HINT)


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
