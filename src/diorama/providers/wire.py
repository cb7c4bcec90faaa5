"""The one way out to the vendors: one HTTP client, and one table from what happened to what it means for money.

A paid request is sent once: no retry, no redirect. Whatever comes of it is a verdict. Facts about connections were read
from httpcore2==2.16.2 (`_async/http11.py`, `_async/connection_pool.py`) and httpx2==2.16.2.
"""

import asyncio
import math
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, TypeVar

import httpx2
from pydantic import BaseModel
from pydantic import ValidationError as SchemaError
from pydantic_core import from_json, to_json

from diorama.errors import ConfigurationError, ProviderError, ValidationError
from diorama.providers.base import Complaint, Prepared, Refused, UnknownFate

CONNECT_S = 10.0
POLL_S = 30.0
# A connection is used again only this soon after its last answer. Servers hang up on idle connections, the quickest
# common ones after 5 s (uvicorn==0.54.0 `timeout_keep_alive`); a request that meets the hang-up is lost without an
# answer, and then a paid call's fate is unknown. The pool also looks, before it hands one out, whether the server has
# hung up already. What is left is a server that hangs up within one round trip of our request.
REUSE_S = 3.0
LONGEST_WAIT_S = 120.0
LONGEST_COMPLAINT = 500
GONE = "The model may be gone; `diorama models` lists what there is."
MOVED = "A redirect is never followed; set the base URL to the address it leads to."
NO_WORDS = Complaint(message="")
NEVER_OPENED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
TOO_LATE = (httpx2.TimeoutException, TimeoutError)
BROKE_OFF = (httpx2.HTTPError, TimeoutError)

Schema = TypeVar("Schema", bound=BaseModel)


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
    hold its key, for hints. `submit_timeout_s` bounds a paid request from the moment it is connected.
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
    ) -> None:
        self.vendor, self.name = vendor, name
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
        content = None if prepared.json is None else to_json(prepared.json)
        try:
            reply = await self._exchange(prepared, content, self._submit_timeout_s)
        except NEVER_OPENED:
            hint = "Check the network, the proxy settings and the base URL."
            raise Refused(self._error("vendor_busy", "could not be reached", hint=hint), retry=True) from None
        except BROKE_OFF as error:
            how = "did not answer in time" if isinstance(error, TOO_LATE) else "broke off the connection"
            said = f"got the request and {how}; it may have been billed"
            raise UnknownFate(self._error("uncertain", said)) from None
        if not 200 <= reply.status < 300:
            raise self._verdict(reply)
        return reply

    async def get(self, path: str) -> Reply:
        """Ask how a call stands. A Reply is a 2xx; Refused: the vendor does not know it any more; else ask again."""
        try:
            reply = await self._exchange(Prepared(method="GET", path=path), None, POLL_S)
        except BROKE_OFF:
            raise UnknownFate(self._error("vendor_busy", "could not be asked just now")) from None
        if 200 <= reply.status < 300:
            return reply
        status, complaint = reply.status, self._explain(reply.status, _json(reply.content))
        if status in (404, 410):
            raise Refused(self._error("result_lost", "no longer knows this call", complaint, status))
        wait_s = retry_after_s(reply.headers)
        raise UnknownFate(self._error("vendor_busy", f"answered {status}", complaint, status, wait_s=wait_s))

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

    async def _exchange(self, prepared: Prepared, content: bytes | None, within_s: float) -> Reply:
        connect_s = min(CONNECT_S, within_s)
        headers = {**prepared.headers, **self._authorize()}
        if content is not None:
            headers["content-type"] = "application/json"
        # The client's own read timeout starts anew with every byte; an answer that trickles in is bounded from outside.
        async with asyncio.timeout(2 * connect_s + within_s):
            answer = await self._client.request(
                prepared.method,
                self._base_url + prepared.path,
                content=content,
                headers=headers,
                timeout=httpx2.Timeout(within_s, connect=connect_s, pool=connect_s),
            )
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
            wait_s = retry_after_s(reply.headers)
            busy = self._error("vendor_busy", f"answered {status}", complaint, status, wait_s=wait_s)
            return Refused(busy, retry=not complaint.final, retry_after_s=wait_s)
        if status >= 500:
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
        wait_s: float | None = None,
    ) -> ProviderError:
        facts = {"stage": complaint.stage, "categories": list(complaint.categories)} if complaint.moderated else None
        about_key = complaint.key_rejected or status in (401, 403)
        return ProviderError(
            self._sentence(said, complaint),
            provider=self.vendor,
            code=code,
            hint=complaint.hint or (self._key_hint if about_key else hint),
            vendor_status=status,
            vendor_code=complaint.code,
            retry_after_s=wait_s,
            details=facts,
        )

    def _sentence(self, said: str, complaint: Complaint) -> str:
        """Our words, and then the vendor's own: in one line, cut, and without any key that it echoes."""
        text = " ".join(complaint.message.split())
        for value in self._authorize().values():
            if len(secret := value.rpartition(" ")[2]) > 3:
                text = text.replace(secret, "[key]")
        text = re.sub(r"\S{2,}\*{3,}\S*", "[key]", text)  # keys that come back half masked: sk-abc***xyz
        if not text:
            return f"{self.name} {said}."
        if len(text) > LONGEST_COMPLAINT:
            text = text[: LONGEST_COMPLAINT - 1] + "…"
        return f"{self.name} {said}: {text}" + ("" if text.endswith((".", "!", "?", "…")) else ".")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `Retry-After` (seconds or a date): from 0 to 120, None if unsaid."""
    seconds = None
    for name, per_second in (("retry-after", 1), ("retry-after-ms", 1000)):
        with suppress(ValueError):
            seconds = float(headers.get(name, "")) / per_second
    if seconds is None:
        try:
            until = parsedate_to_datetime(headers.get("retry-after", ""))
        except ValueError:
            return None
        seconds = until.timestamp() - time.time()
    return min(max(seconds, 0.0), LONGEST_WAIT_S) if math.isfinite(seconds) else None


def _json(content: bytes) -> Any:
    with suppress(ValueError):
        return from_json(content)
    return None


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
