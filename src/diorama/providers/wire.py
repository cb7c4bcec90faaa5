"""The one way out to the vendors: one HTTP client, and one table from what happened to what it means for money.

A paid request is sent once: no retry, no redirect. Whatever comes of it is a verdict. Facts about connections were read
from httpcore2==2.16.2 (`_async/http11.py`, `_async/connection_pool.py`) and httpx2==2.16.2.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, TypeVar

import httpx2
from pydantic import BaseModel
from pydantic import ValidationError as SchemaError
from pydantic_core import from_json, to_json

from diorama.errors import ConfigurationError, ProviderError, ValidationError
from diorama.providers.base import Complaint, Moved, Part, Prepared, Refused, UnknownFate
from diorama.providers.patience import wait_s

CONNECT_S = 10.0
POLL_S = 30.0
STALLED_S = 60.0
# A connection is used again only this soon after its last answer. Servers hang up on idle connections, the quickest
# common ones after 5 s (uvicorn==0.54.0 `timeout_keep_alive`); a request that meets the hang-up is lost without an
# answer, and then a paid call's fate is unknown. The pool also looks, before it hands one out, whether the server has
# hung up already. What is left is a server that hangs up within one round trip of our request.
REUSE_S = 3.0
LARGEST_EVENT = 128 * 1024 * 1024  # one event may hold a whole picture in base64
LONGEST_COMPLAINT = 500
GONE = "The model may be gone; `diorama models` lists what there is."
MOVED = "A redirect is never followed; set the base URL to the address it leads to."
NO_WORDS = Complaint(message="")
NEVER_OPENED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
TOO_LATE = (httpx2.TimeoutException, TimeoutError)
BROKE_OFF = (httpx2.HTTPError, TimeoutError)

Schema = TypeVar("Schema", bound=BaseModel)
T = TypeVar("T")


def make_client(transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """The client that all vendors share. `HTTPS_PROXY` and `NO_PROXY` hold, unless a transport is given."""
    headers = {"user-agent": "diorama", "accept": "application/json"}
    with suppress(PackageNotFoundError):  # a plain checkout has none
        headers["user-agent"] = f"diorama/{version('diorama')}"
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=64, keepalive_expiry=REUSE_S)
    return httpx2.AsyncClient(transport=transport, headers=headers, limits=limits, follow_redirects=False)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a vendor answered, unread."""

    vendor: str
    name: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    def parse(self, schema: type[Schema]) -> Schema:
        """The body as `schema`. Raises UnknownFate when it cannot be read: the vendor did something, who knows what."""
        try:
            return schema.model_validate_json(self.content)
        except SchemaError:
            raise self.unreadable("with a body that cannot be read") from None

    def unreadable(self, how: str) -> UnknownFate:
        """The verdict on a 2xx that does not hold what it should: `<vendor> answered 200 <how>.`"""
        message = f"{self.name} answered {self.status} {how}."
        return UnknownFate(ProviderError(message, provider=self.vendor, code="uncertain", vendor_status=self.status))


class Wire:
    """Speaks HTTP with one vendor. Raises ConfigurationError when address or key cannot be used at all.

    `vendor` is its id, `name` what people call it. `explain` reads its error bodies, `key_names` are the variables that
    hold its key, for hints. `submit_timeout_s` bounds a paid request from the moment it is connected. `hosts` are
    further hosts of this vendor's API, `*.example.com`, a name with port, or an address: only there and at `base_url`
    goes the key. An adapter whose key is a token that has to be fetched sets `sign`, which is awaited before each
    request.
    """

    def __init__(
        self,
        *,
        vendor: str,
        name: str,
        base_url: str,
        authorize: Callable[[], dict[str, str]],
        explain: Callable[[int, Any], Complaint],
        bills_on_5xx: Literal["yes", "no", "unknown"],
        submit_timeout_s: float,
        client: httpx2.AsyncClient,
        key_names: tuple[str, ...] = (),
        hosts: tuple[str, ...] = (),
    ) -> None:
        self.sign: Callable[[], Awaitable[dict[str, str]]] | None = None
        self._hosts = tuple(host for host in hosts if "://" not in host)
        self._origins = {_origin(httpx2.URL(_checked(host, name))) for host in hosts if "://" in host}
        self._fetched: dict[str, str] = {}
        self.vendor, self.name, self.key_names = vendor, name, key_names
        self._base_url = _checked(base_url, name)
        self._authorize = authorize
        self._explain = explain
        self._free_on_5xx = bills_on_5xx == "no"
        self._submit_timeout_s = submit_timeout_s
        self._client = client
        self._key_hint = f"Check {' and '.join(key_names) or f'the key of {name}'}, and what that key may do."
        if not all(value.isascii() and value.isprintable() for value in authorize().values()):
            problem = f"The key of {name} holds a character that no header can carry, such as a line break."
            raise ConfigurationError(problem, key=next(iter(key_names), None), hint=self._key_hint)

    async def send(self, prepared: Prepared) -> Reply:
        """Send a paid request, once. A Reply is a 2xx; everything else is Refused or UnknownFate."""
        headers = await self._signed(prepared.headers)
        try:
            reply = await self._exchange(prepared, headers, self._submit_timeout_s)
        except BROKE_OFF as error:
            raise self._broken_off(error) from None
        if not 200 <= reply.status < 300:
            raise self._verdict(reply)
        return reply

    async def events(self, prepared: Prepared) -> AsyncGenerator[tuple[str, str]]:
        """Send a paid request, once, whose answer comes as server-sent events: the name and data of each, as they come.

        An answer that is no stream is one event without a name. Raises as `send`, also when the stream breaks off.
        """
        connect_s = min(CONNECT_S, self._submit_timeout_s)
        until = asyncio.get_running_loop().time() + 2 * connect_s + self._submit_timeout_s
        timeout = httpx2.Timeout(self._submit_timeout_s, connect=connect_s, pool=connect_s)
        headers = await self._signed(prepared.headers) | {"accept": "text/event-stream"}
        try:
            fields = _fields(prepared, headers)
            url = self.url(prepared.path)
            async with self._client.stream(prepared.method, url, timeout=timeout, **fields) as answer:
                if answer.is_success and answer.headers.get("content-type", "").startswith("text/event-stream"):
                    events = aiter(httpx2.EventSource(answer, max_event_size=LARGEST_EVENT))
                    while (event := await _within(until, anext(events, None))) is not None:
                        yield event.event, event.data
                    return
                await _within(until, answer.aread())
        except BROKE_OFF as error:
            raise self._broken_off(error) from None
        if not answer.is_success:
            raise self._verdict(self._reply(answer))
        yield "", answer.text

    def whole(self, data: str) -> Reply:
        """An answer that was no stream, out of the event that `events` made of it."""
        return Reply(vendor=self.vendor, name=self.name, status=200, headers={}, content=data.encode())

    async def get(self, path: str) -> Reply:
        """Ask how a call stands. A Reply is a 2xx; Refused: the vendor does not know it any more; else ask again."""
        return await self.ask(Prepared(method="GET", path=path))

    async def ask(self, prepared: Prepared, *, also: tuple[int, ...] = (), within_s: float = POLL_S) -> Reply:
        """`get` for vendors that want to be asked by another method, or with a body or headers.

        `also`: further statuses that may carry news in their body; the adapter reads that first. `within_s`: how long
        the answer may take, in seconds.
        """
        headers = await self._asking(prepared.headers)
        try:
            reply = await self._exchange(prepared, headers, within_s)
        except BROKE_OFF:
            raise UnknownFate(self._error("vendor_busy", "could not be asked just now")) from None
        if not (200 <= reply.status < 300 or reply.status in also):
            raise self.no_news(reply)
        return reply

    async def stream(self, path: str) -> AsyncIterator[bytes]:
        """The bytes that wait behind this path, piece by piece. Raises as `get`, also when they break off, or Moved."""
        headers = await self._asking({})
        timeout = httpx2.Timeout(STALLED_S, connect=CONNECT_S, pool=CONNECT_S)
        try:
            async with self._client.stream("GET", self.url(path), headers=headers, timeout=timeout) as answer:
                if answer.next_request is not None:
                    raise Moved(str(answer.next_request.url))
                if not 200 <= answer.status_code < 300:
                    await answer.aread()
                    raise self.no_news(self._reply(answer))
                async for chunk in answer.aiter_bytes():
                    yield chunk
        except BROKE_OFF:
            raise UnknownFate(self._error("vendor_busy", "broke off while sending the result")) from None

    @property
    def base_url(self) -> str:
        """Where the API is, without a slash at its end."""
        return self._base_url

    def preview(self, prepared: Prepared) -> tuple[str, dict[str, str]]:
        """Where a request would go, and under which headers: secrets as `[key]`, none of them fetched for this."""
        masked = {name: f"{value.rpartition(' ')[0]} [key]".strip() for name, value in self._authorize().items()}
        kind = "application/json" if prepared.json is not None else "multipart/form-data" if prepared.form else None
        return self.url(prepared.path), {**prepared.headers, **masked, **({"content-type": kind} if kind else {})}

    def url(self, path: str) -> str:
        """A path below the base URL; or a whole URL out of an answer, if it is the vendor's own: the key goes there.

        Raises UnknownFate for anybody else's.
        """
        if not path.startswith(("https://", "http://")):
            return self._base_url + path
        asked, base = httpx2.URL(path), httpx2.URL(self._base_url)
        if not asked.userinfo and (_origin(asked) in self._origins or self._is_own(asked, base)):
            return path
        raise UnknownFate(self._error("uncertain", f"named an address that is not its own: {asked.host!r}"))

    def _is_own(self, asked: httpx2.URL, base: httpx2.URL) -> bool:
        if asked.scheme not in ("https", base.scheme):
            return False
        if (asked.host, asked.port) == (base.host, base.port):
            return True
        return any(fnmatch(asked.host, host) or fnmatch(asked.netloc.decode(), host) for host in self._hosts)

    def broken_off(self, complaint: Complaint) -> UnknownFate:
        """A call that the vendor had begun and broke off itself: who knows whether it bills for that."""
        return UnknownFate(self._error("uncertain", "broke it off; it may have been billed", complaint))

    def no_news(self, reply: Reply) -> Refused | UnknownFate:
        """What an answer other than 2xx to a question means."""
        status, complaint = reply.status, self._explain(reply.status, _json(reply.content))
        if status in (404, 410):
            return Refused(self._error("result_lost", "no longer knows this call", complaint, status))
        pause_s = wait_s(reply.headers, complaint)
        return UnknownFate(self._error("vendor_busy", f"answered {status}", complaint, status, pause_s=pause_s))

    def refusal(self, complaint: Complaint, status: int) -> Refused:
        """A definite no to a paid request: moderation is the request's fault, the rest is the vendor's."""
        if not complaint.moderated:
            hint = GONE if status == 404 else MOVED if 300 <= status < 400 else None
            return Refused(self._error("vendor_failed", f"answered {status}", complaint, status, hint=hint))
        error = self._error("moderated", "refused this for its content", complaint, status)
        return Refused(ValidationError(error.message, code="moderated", hint=error.hint, details=error.details))

    def failure(self, complaint: Complaint) -> Refused:
        """A call that the vendor had taken, and then gave up."""
        code = "moderated" if complaint.moderated else "vendor_failed"
        return Refused(self._error(code, "gave it up", complaint))

    async def plain(self, prepared: Prepared, content: bytes | None = None) -> Reply:
        """Whatever is answered at another address, asked without the key: where tokens come from. Raises Refused."""
        try:
            answer = await self._client.request(
                prepared.method, prepared.path, headers=prepared.headers, content=content, timeout=POLL_S
            )
        except BROKE_OFF:
            raise Refused(self._error("vendor_busy", "could not be reached"), retry=True) from None
        return self._reply(answer)

    async def _signed(self, headers: Mapping[str, str]) -> dict[str, str]:
        """These headers with the key. Raises what `sign` raises: Refused, as nothing was sent."""
        self._fetched = await self.sign() if self.sign else {}
        return {**headers, **self._authorize(), **self._fetched}

    async def _asking(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The same for a question about what is paid for already: without a key it was not asked, so ask again."""
        try:
            return await self._signed(headers)
        except Refused as unsigned:
            why = unsigned.error
            error = ProviderError(why.message, provider=self.vendor, code="vendor_busy", hint=why.hint)
            raise UnknownFate(error) from None

    async def _exchange(self, prepared: Prepared, headers: dict[str, str], within_s: float) -> Reply:
        connect_s = min(CONNECT_S, within_s)
        # The client's own read timeout starts anew with every byte; an answer that trickles in is bounded from outside.
        async with asyncio.timeout(2 * connect_s + within_s):
            answer = await self._client.request(
                prepared.method,
                self.url(prepared.path),
                timeout=httpx2.Timeout(within_s, connect=connect_s, pool=connect_s),
                **_fields(prepared, headers),
            )
        return self._reply(answer)

    def _broken_off(self, error: Exception) -> Refused | UnknownFate:
        """What it means for money that a paid request met no whole answer."""
        if isinstance(error, NEVER_OPENED):
            hint = "Check the network, the proxy settings and the base URL."
            return Refused(self._error("vendor_busy", "could not be reached", hint=hint), retry=True)
        how = "did not answer in time" if isinstance(error, TOO_LATE) else "broke off the connection"
        return UnknownFate(self._error("uncertain", f"got the request and {how}; it may have been billed"))

    def _reply(self, answer: httpx2.Response) -> Reply:
        return Reply(
            vendor=self.vendor,
            name=self.name,
            status=answer.status_code,
            headers=answer.headers,
            content=answer.content,
        )

    def _verdict(self, reply: Reply) -> Refused | UnknownFate:
        """What an answer other than 2xx to a paid request means."""
        status, complaint = reply.status, self._explain(reply.status, _json(reply.content))
        if (status == 429 and not complaint.final) or (status >= 500 and self._free_on_5xx):
            pause_s = wait_s(reply.headers, complaint)
            busy = self._error("vendor_busy", f"answered {status}", complaint, status, pause_s=pause_s)
            return Refused(busy, retry=not complaint.final, retry_after_s=pause_s)
        if status >= 500 and not complaint.final:
            said = f"answered {status} to a request that may have been billed"
            return UnknownFate(self._error("uncertain", said, complaint, status))
        return self.refusal(complaint, status)

    def _error(
        self,
        code: str,
        said: str,
        complaint: Complaint = NO_WORDS,
        status: int | None = None,
        *,
        hint: str | None = None,
        pause_s: float | None = None,
    ) -> ProviderError:
        facts = {"stage": complaint.stage, "categories": list(complaint.categories)} if complaint.moderated else None
        about_key = complaint.key_rejected or (status in (401, 403) and not complaint.moderated)
        return ProviderError(
            self._sentence(said, complaint),
            provider=self.vendor,
            code=code,
            hint=complaint.hint or (self._key_hint if about_key else hint),
            vendor_status=status,
            vendor_code=complaint.code,
            retry_after_s=pause_s,
            details=facts,
        )

    def _sentence(self, said: str, complaint: Complaint) -> str:
        """Our words, and then the vendor's own: in one line, cut, and without any key that it echoes."""
        text = " ".join(complaint.message.split())
        for value in (*self._authorize().values(), *self._fetched.values()):
            if len(secret := value.rpartition(" ")[2]) > 3:
                text = text.replace(secret, "[key]")
        text = re.sub(r"\S{2,}\*{3,}\S*", "[key]", text)  # keys that come back half masked: sk-abc***xyz
        if not text:
            return f"{self.name} {said}."
        if len(text) > LONGEST_COMPLAINT:
            text = text[: LONGEST_COMPLAINT - 1] + "…"
        return f"{self.name} {said}: {text}" + ("" if text.endswith((".", "!", "?", "…")) else ".")


async def _within(until: float, waiting: Awaitable[T]) -> T:
    """Not longer than to this moment of the loop's clock."""
    async with asyncio.timeout_at(until):
        return await waiting


def _fields(prepared: Prepared, headers: dict[str, str]) -> dict[str, Any]:
    """Headers and body as the client takes them."""
    content = None if prepared.json is None else to_json(prepared.json)
    kind = {} if content is None else {"content-type": "application/json"}
    return {"headers": headers | kind, "content": content, "files": _files(prepared.form)}


def _files(form: tuple[Part, ...] | None) -> list[tuple[str, Any]] | None:
    """A form as the client takes it. Text parts are written as files without a name, so that all keep their order."""
    if form is None:
        return None
    return [(part.name, (part.filename, part.value, part.mime)) for part in form]


def _json(content: bytes) -> Any:
    with suppress(ValueError):
        return from_json(content)
    return None


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _checked(base_url: str, name: str) -> str:
    """The base URL without a slash at its end. One with a password would end up in logs, and replace the key."""
    try:
        url = httpx2.URL(base_url)
        usable = url.scheme in ("http", "https") and url.host and not (url.userinfo or url.query or url.fragment)
    except httpx2.InvalidURL:
        usable = False
    if not usable:
        shown = re.sub(r"//[^/]*@", "//…@", base_url)
        hint = "Give it as https://host/path, without user, password, query or fragment."
        raise ConfigurationError(f"The base URL of {name}, {shown!r}, cannot be used.", hint=hint)
    return base_url.rstrip("/")
