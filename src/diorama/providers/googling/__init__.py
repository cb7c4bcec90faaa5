"""How Google is spoken to, one way in each module; `providers/google.py` chooses among them.

Pictures come by generateContent (`gemini`), films by Interactions (`omni`). On Vertex there are Veo (`veo`) and, for as
long as somebody serves it, Imagen (`imagen`). Errors and refusals read alike everywhere (`safety`).
"""

from typing import Any

import pybase64
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from diorama.providers.base import InputBytes
from diorama.providers.wire import Reply


class Camel(BaseModel):
    """A message of Google's older APIs, whose names are in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


def base64(given: InputBytes) -> str:
    return pybase64.b64encode(given.data).decode("ascii")


def decoded(data: str, reply: Reply) -> bytes:
    """Bytes out of either alphabet of base64: which one is used differs by call. Raises UnknownFate."""
    try:
        return pybase64.b64decode(data.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        raise reply.unreadable("with bytes that cannot be read") from None


def said(body: dict[str, Any]) -> dict[str, Any]:
    """Without what was left open: no field may be null."""
    return {name: value for name, value in body.items() if value is not None}
