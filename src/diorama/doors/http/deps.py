"""What routes are handed."""

from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from diorama.wiring import House


async def _house(request: Request) -> House:
    house = request.app.state.house
    assert isinstance(house, House)
    return house


Opened = Annotated[House, Depends(_house)]


def reply(body: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer that is dumped once. What we made ourselves is not validated a second time."""
    return Response(body.model_dump_json(), status, headers, "application/json")
