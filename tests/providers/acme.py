"""A vendor that does not exist: a wire to it, and a server in its place."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from pydantic import SecretStr

from diorama.providers.base import Complaint, Prepared, Provider
from diorama.providers.wire import Wire

KEY = "sk-test-0123456789abcdef"
PROMPT = "a lighthouse nobody must read about"
CALL = Prepared(method="POST", path="/images", json={"prompt": PROMPT})
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def explain(status: int, body: Any) -> Complaint:
    """What a vendor's adapter would read; the marks are spelt out in the fake answers."""
    body = body if isinstance(body, dict) else {}
    return Complaint(
        message=body.get("says", ""),
        code=body.get("code"),
        moderated=body.get("moderated", False),
        final=body.get("final", False),
        key_rejected=body.get("key", False),
        stage=body.get("stage"),
        categories=tuple(body.get("categories", ())),
        wait_s=body.get("wait_s"),
    )


def make_wire(client: httpx2.AsyncClient, base_url: str = "https://api.acme.example/v1", **given: Any) -> Wire:
    facts: dict[str, Any] = {"bills_on_5xx": "unknown", "submit_timeout_s": 5.0} | given
    return Wire(
        vendor="acme",
        name="acme",
        base_url=base_url,
        authorize=lambda: Provider.authorize({"ACME_API_KEY": SecretStr(KEY)}),
        explain=explain,
        client=client,
        key_names=("ACME_API_KEY",),
        **facts,
    )


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[str]:
    """A real server on this machine; its base URL."""

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    return head + await reader.readexactly(length)
