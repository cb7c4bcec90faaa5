"""The door's keeper in local mode, before anything else is looked at.

Nobody is asked for a key on loopback, so whoever can make this machine's browser send a request could spend money.
Pages of others are told apart by `Origin` (which they cannot forge), names that were made to lead here (DNS rebinding)
by `Host`, and plain forms by their content type. Bodies are bounded here as well, while they arrive.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diorama.doors.http.auth import is_loopback
from diorama.doors.http.errors import CORS_HEADERS, answer, with_status
from diorama.errors import DioramaError, ForbiddenError, ValidationError
from diorama.settings import Settings

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
"""What a page may send across origins without asking first (fetch standard, CORS-safelisted)."""
READABLE: Final = "Location, Retry-After, Preference-Applied, X-Request-Id, Content-Range, Accept-Ranges"
BASE64: Final = 1.4
"""How much longer bytes are in a JSON body."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Who may come in. `host` is the name in our public URL, `origins` are those of other pages that may call us."""

    host: str
    origins: frozenset[str]
    max_body_bytes: int


def rules_of(settings: Settings) -> Rules:
    own = urlsplit(settings.own_url)
    return Rules(
        host=(own.hostname or "").lower(),
        origins=frozenset(_plain(origin) for origin in (*settings.cors_origins, f"{own.scheme}://{own.netloc}")),
        max_body_bytes=int((settings.max_upload_mb * BASE64 + 1) * 10**6),
    )


class Guard:
    """Pure ASGI: costs a few microseconds, and streams pass through untouched."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.app, self.rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = _refusal(scope["method"], headers, self.rules)
        cors = _cors(headers, readable=not isinstance(refused, ForbiddenError))
        if refused is not None:
            await answer(refused, scope["path"], cors)(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await Response(status_code=204, headers=cors | _preflight(headers))(scope, receive, send)
        else:
            scope[CORS_HEADERS] = cors
            bounded = _Bounded(receive, self.rules.max_body_bytes)
            await self.app(scope, bounded, _adding(cors, send) if cors else send)


def _refusal(method: str, headers: Headers, rules: Rules) -> DioramaError | None:
    return (
        _of_host(headers.getlist("host"), rules)
        or _of_origin(headers, rules, changes=method not in READING)
        or (None if method in READING else _of_body(headers, rules))
    )


def _of_host(hosts: list[str], rules: Rules) -> DioramaError | None:
    name = _host_name(hosts[0]) if len(hosts) == 1 else None
    if name is not None and (is_loopback(name) or name == rules.host):
        return None
    return ForbiddenError(
        f"This request was meant for the host {', '.join(hosts) or 'of no name'!r}, which is not us.",
        hint="Use http://127.0.0.1, or set DIORAMA_PUBLIC_URL to the address that you use.",
    )


def _of_origin(headers: Headers, rules: Rules, *, changes: bool) -> DioramaError | None:
    origins = headers.getlist("origin")
    if not origins:
        foreign = changes and headers.get("sec-fetch-site") == "cross-site"
        return _foreign("another site") if foreign else None
    origin = _plain(origins[0])
    own = {f"{scheme}://{headers['host'].lower()}" for scheme in ("http", "https")}
    return None if len(origins) == 1 and origin in rules.origins | own else _foreign(repr(", ".join(origins)))


def _foreign(origin: str) -> ForbiddenError:
    return ForbiddenError(
        f"A page of {origin} may not call this house.", hint="If it is yours, add its origin to DIORAMA_CORS_ORIGINS."
    )


def _of_body(headers: Headers, rules: Rules) -> DioramaError | None:
    mime = headers.get("content-type", "").partition(";")[0].strip().lower()
    if mime in FORMS:
        hint = "Send JSON with the header Content-Type: application/json (curl: -H 'Content-Type: application/json')."
        return with_status(ValidationError(f"A body of type {mime!r} is not read here.", hint=hint), 415)
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length) > rules.max_body_bytes:
        return _too_large(rules.max_body_bytes)
    return None


def _too_large(most: int) -> DioramaError:
    message = f"The body is larger than the {most / 10**6:g} MB that are taken."
    hint = "Give large pictures by URL, or raise DIORAMA_MAX_UPLOAD_MB."
    return with_status(ValidationError(message, hint=hint), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class _Bounded:
    """Receives a body up to so many bytes, whatever its headers have promised."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive, self.most, self.left = receive, most, most

    async def __call__(self) -> Message:
        message = await self.receive()
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            # The one kind of exception that the framework's body reading lets through.
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from _too_large(self.most)
        return message


def _cors(headers: Headers, *, readable: bool) -> dict[str, str]:
    """What lets the calling page read the answer."""
    origin = headers.get("origin")
    if origin is None or not readable:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": READABLE,
        "vary": "Origin",
    }


def _preflight(headers: Headers) -> dict[str, str]:
    allowed = {
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "access-control-allow-headers": headers.get("access-control-request-headers", "content-type"),
        "access-control-max-age": "600",
    }
    if headers.get("access-control-request-private-network") == "true":
        allowed["access-control-allow-private-network"] = "true"
    return allowed


def _adding(cors: dict[str, str], send: Send) -> Send:
    async def send_with_them(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(cors)
        await send(message)

    return send_with_them


def _host_name(host: str) -> str | None:
    """The name in a Host header, without its port; None when it is not one."""
    if not host or any(sign in host for sign in "@/?#\\ "):
        return None
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _plain(origin: str) -> str:
    return origin.strip().rstrip("/").lower()
