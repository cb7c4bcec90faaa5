"""The outermost layer of a fake: request ids, broken connections, and hosts by name."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Answered = Callable[[Any, int], None]  # the submit in scope, and the status it got


class Refusal(Exception):  # noqa: N818  it is an answer, not an error of ours
    """The vendor's no, as the HTTP answer it is."""

    def __init__(self, answer: Response) -> None:
        super().__init__(f"{answer.status_code}: {bytes(answer.body)[:500]!r}")
        self.answer = answer


class Broken(Exception):  # noqa: N818
    """The wire goes dead here: "drop" or "stall"."""


class Edge:
    """The outermost layer: names each answer, notes it, and breaks off where a fault says so."""

    def __init__(self, inner: ASGIApp, headers: Mapping[str, str], answered: Answered) -> None:
        self._inner = inner
        self._headers = headers
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = f"req_{uuid.uuid4().hex}"
                headers.update(self._headers)
                if submit := scope.get("submit"):
                    self._answered(submit, message["status"])
            await send(message)

        try:
            await self._inner(scope, receive, tell)
        except Refusal as no:
            await no.answer(scope, receive, tell)
        except Broken as broken:
            await _break_off(str(broken), receive, send)


async def _break_off(how: str, receive: Receive, send: Send) -> None:
    # uvicorn's `send` is a method of the request's cycle, which holds the socket; ASGI itself offers no way to hang up.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        if how == "drop":
            raise httpx2.RemoteProtocolError("Server disconnected without sending a response.")
        raise httpx2.ReadTimeout("The server did not answer in time.")
    if how == "drop":
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


class Hosts(httpx2.AsyncBaseTransport):
    """Several apps by host name, in process; an unknown host is an AssertionError."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._inner = {host: httpx2.ASGITransport(app=app) for host, app in apps.items()}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        assert request.url.host in self._inner, f"no fake answers for {request.url.host!r}; have {sorted(self._inner)}"
        return await self._inner[request.url.host].handle_async_request(request)
