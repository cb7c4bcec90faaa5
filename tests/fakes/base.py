"""What every fake vendor is made of: records of what arrived, faults by script, result files on a host of their own.

A request must be right before it can go wrong: the wire is checked first, then the next fault of its lane is used up.
"""

import importlib
import itertools
import json
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import anyio
import httpx2
from starlette._utils import get_route_path
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.fakes.faults import ALWAYS, Fault, Kind, Lane
from tests.fakes.wire import Broken, Edge, Hosts, Refusal

__all__ = [
    "ALWAYS",
    "BROUGHT",
    "Broken",
    "Download",
    "Fake",
    "Fault",
    "Kind",
    "Lane",
    "Refusal",
    "Submit",
    "append_to",
    "load",
    "route",
]
BROUGHT = tuple(map(Path, filter(None, os.environ.get("DIORAMA_VENDORS", "").split(os.pathsep))))
_SECRETS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-key")


@dataclass(kw_only=True)
class Submit:
    """A paid request that arrived whole. `status` is what we answered; None: nothing (dropped, stalled, under way)."""

    ordinal: int
    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    prompt: str
    kind: Kind
    status: int | None = None

    @property
    def may_be_billed(self) -> bool:
        """Whether the caller must reckon with a bill: everything but a definite refusal."""
        return self.status is None or not 400 <= self.status < 500


@dataclass(frozen=True, kw_only=True)
class Download:
    """One fetch of a result file. `status` 0: the connection broke."""

    path: str
    headers: dict[str, str]
    status: int


@dataclass(frozen=True, kw_only=True)
class Result:
    """A file on the download host. `make` blocks and is called on the first fetch."""

    make: Callable[[], bytes]
    mime: str
    expires_at: float


class Fake:
    """One vendor. `app` is its API under `prefix`, `files` its download host; `transport()` reaches both in process."""

    vendor: ClassVar[str]
    env: ClassVar[str]  # the setting that takes `base_url`
    host: ClassVar[str]
    file_host: ClassVar[str] = ""
    prefix: ClassVar[str] = "/v1"
    outcomes: ClassVar[dict[str, list[Fault]]]
    film_only: ClassVar[frozenset[str]] = frozenset()  # outcomes that pictures, answered at once, cannot have
    polls_pictures: ClassVar[bool] = False  # pictures are asked about like films, and pend for `image_delay` of `now`
    expired_status: ClassVar[int] = 404  # what the result host says to a link that is too old

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.base_url = f"http://{self.host}{self.prefix}"
        self.files_url = f"http://{self.file_host or f'files.{self.host}'}"
        self.key: str | None = None  # when set, the only key that opens the door
        self.submits: list[Submit] = []
        self.polls: list[str] = []
        self.downloads: list[Download] = []
        self.faults: deque[Fault] = deque()
        self.results: dict[str, Result] = {}
        self.extra_headers: dict[str, str] = {}  # on every answer, such as rate limits when a test asks
        self.submit_delay = self.image_delay = 0.0  # real seconds between arrival and answer
        self.film_delay = 0.0  # seconds of `now` that a film stays pending
        self.film_polls = 2  # and polls that it stays pending at least
        self.refuse_agents = ("python-urllib",)  # result hosts turn some libraries' default agents away
        self.log: Callable[[dict[str, Any]], None] | None = None
        self._ordinals = itertools.count()
        api = Router([Mount(self.prefix, Router(self.routes(), default=self._lost))], default=self._lost)
        files = Router([Route("/{path:path}", self._download, methods=["GET"])])
        self.app: ASGIApp = Edge(api, self.extra_headers, self.answered)
        self.files: ASGIApp = Edge(files, self.extra_headers, self.answered)

    def routes(self) -> list[Route]:
        """The vendor's API, without the prefix."""
        raise NotImplementedError

    def error(self, status: int, message: str = "", *, code: str | None = None, param: str | None = None) -> Response:
        """The vendor's error envelope."""
        raise NotImplementedError

    def settings(self) -> dict[str, str]:
        """What to set so that all of this vendor's addresses lead here."""
        return {self.env: self.base_url}

    def papers(self, folder: Path) -> dict[str, str]:
        """What else to set for a key that is more than a text: files that belong to it, put into `folder`. Blocks."""
        return {}

    def fail(self, *faults: Fault) -> None:
        """Script what goes wrong next, in this order per lane."""
        self.faults.extend(faults)

    def outcomes_of(self, kind: Kind) -> dict[str, list[Fault]]:
        """The named outcomes that exist for pictures or for films; a name that is missing cannot happen there."""
        hidden = self.film_only if kind == "image" else frozenset()
        return {name: faults for name, faults in self.outcomes.items() if name not in hidden}

    @property
    def prompts(self) -> Counter[str]:
        """How often each prompt arrived, whatever became of it."""
        return Counter(submit.prompt for submit in self.submits)

    @property
    def paid(self) -> Counter[str]:
        """How often each prompt may have been billed; above 1 for one asked picture is money lost."""
        return Counter(submit.prompt for submit in self.submits if submit.may_be_billed)

    def hosts(self) -> dict[str, ASGIApp]:
        """Which app answers under which host name, in process."""
        return {httpx2.URL(self.base_url).host: self.app, httpx2.URL(self.files_url).host: self.files}

    def transport(self) -> httpx2.AsyncBaseTransport:
        """Reaches API and download host in process."""
        return route(self)

    # What vendors build their endpoints from.

    def submit_route(self, path: str, kind: Kind, handle: Callable[[Submit], Awaitable[Response]]) -> Route:
        async def endpoint(request: Request) -> Response:
            submit = self._arrived(request, await request.body(), kind)
            request.scope["submit"] = submit
            at_once = kind == "image" and not self.polls_pictures
            await anyio.sleep(self.submit_delay + (self.image_delay if at_once else 0))
            self.check_key(submit.headers)
            return await handle(submit)

        return Route(path, endpoint, methods=["POST"])

    def get_route(self, path: str, handle: Callable[[Request], Awaitable[Response]], *, poll: bool = False) -> Route:
        async def endpoint(request: Request) -> Response:
            if poll:
                self.polls.append(request.path_params["id"])
            self.check_key(request.headers)
            return await handle(request)

        return Route(path, endpoint, methods=["GET"])

    def check_key(self, headers: Mapping[str, str]) -> None:
        """Bearer by default."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key or key != key.strip() or self.key not in (None, key):
            raise Refusal(self.error(401, "Incorrect API key provided.", code="invalid_api_key"))

    def strike(self, lane: Lane) -> Fault | None:
        """Use up the next fault of this lane. Those of the wire happen here; a vendor's own kind is handed back."""
        fault = self._next_fault(lane)
        if fault is None or fault.kind == "ok":
            return None
        if fault.kind in ("drop", "stall"):
            raise Broken(fault.kind)
        if fault.kind == "status":
            raise Refusal(self._status_answer(fault))
        return fault

    def unknown_fault(self, fault: Fault) -> AssertionError:
        """A test scripted something this vendor cannot do: the test is wrong, and says so loudly."""
        return AssertionError(f"the fake of {self.vendor} knows no {fault.kind!r} ({fault.name!r}) on {fault.on!r}")

    def publish(self, name: str, make: Callable[[], bytes], mime: str, *, ttl_s: float) -> str:
        """Put a file on the download host; its URL."""
        self.results[f"/{name}"] = Result(make=make, mime=mime, expires_at=self.now() + ttl_s)
        return f"{self.files_url}/{name}"

    # Inside.

    def _next_fault(self, lane: Lane) -> Fault | None:
        for index, fault in enumerate(self.faults):
            if fault.on == lane:
                if fault.times > 1:
                    self.faults[index] = replace(fault, times=fault.times - 1)
                else:
                    del self.faults[index]
                return fault
        return None

    def _status_answer(self, fault: Fault) -> Response:
        match fault.body:
            case None:
                answer = self.error(fault.code, fault.message)
            case str() | bytes() as text:
                raw = text.encode() if isinstance(text, str) else text
                media = "application/json" if raw.startswith((b"{", b"[")) else "text/html" if raw else None
                answer = Response(raw, fault.code, media_type=media)
            case body:
                answer = JSONResponse(body, fault.code)
        answer.headers.update(fault.headers)
        return answer

    def _arrived(self, request: Request, raw: bytes, kind: Kind) -> Submit:
        body = self.read_body(request, raw)
        prompt = self.prompt_of(body)
        submit = Submit(
            ordinal=next(self._ordinals),
            path=self.prefix + get_route_path(request.scope),
            body=body,
            headers=dict(request.headers),
            prompt=prompt if isinstance(prompt, str) else repr(prompt),
            kind=kind,
        )
        self.submits.append(submit)
        self._note(submit, "arrived")
        return submit

    def read_body(self, request: Request, raw: bytes) -> dict[str, Any]:
        """The body as a dict; empty where it is no JSON object (which the vendor's own check then refuses)."""
        try:
            body = json.loads(raw)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    def prompt_of(self, body: dict[str, Any]) -> Any:
        """What the picture is of, wherever the vendor keeps it."""
        return body.get("prompt", "")

    def _note(self, submit: Submit, at: str) -> None:
        if self.log:
            entry = {"vendor": self.vendor, "path": submit.path, "key": submit.ordinal, "prompt": submit.prompt}
            self.log(entry | {"at": at, "status": submit.status, "t": time.monotonic()})

    def answered(self, submit: Submit, status: int) -> None:
        """Noted before the first byte leaves: whoever holds the answer can rely on the log having it."""
        submit.status = status
        self._note(submit, "answered")

    async def _lost(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.error(404, f"Unknown request URL: {scope['method']} {scope['path']}.")(scope, receive, send)

    async def _download(self, request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""  # of a signed link, which is nothing without it
        path, headers = f"/{request.path_params['path']}{query}", dict(request.headers)
        return await self.fetched(path, headers, self._file(path, headers))

    async def fetched(self, path: str, headers: dict[str, str], answering: Awaitable[Response]) -> Response:
        """Note one fetch of a result, however it ends; for vendors who serve results beside their API, too."""
        status = 0
        try:
            answer = await answering
            status = answer.status_code
        except Refusal as no:
            status = no.answer.status_code
            raise
        finally:
            self.downloads.append(Download(path=path, headers=headers, status=status))
        return answer

    async def _file(self, path: str, headers: Mapping[str, str]) -> Response:
        if any(name in headers for name in _SECRETS):
            return Response("A key has no business here.", 403)
        if headers.get("user-agent", "").lower().startswith(self.refuse_agents):
            return Response("Forbidden.", 403)
        result = self.results.get(path)
        if result is None:
            return Response("Not found.", 404)
        if self.now() >= result.expires_at:
            return Response("The link has expired.", self.expired_status)
        fault = self.strike("download")
        if fault is not None:
            raise self.unknown_fault(fault)
        return Response(await anyio.to_thread.run_sync(result.make), media_type=result.mime)


def route(*fakes: Fake) -> httpx2.AsyncBaseTransport:
    """One transport that reaches several fakes in process, by host name; an unknown host is an AssertionError."""
    apps: dict[str, ASGIApp] = {}
    for fake in fakes:
        apps |= fake.hosts()
    return Hosts(apps)


def load(vendor: str, *folders: Path) -> Fake:
    """A fresh fake of this vendor, found by its module's name: ours, or `fakes/<vendor>.py` of one of these folders
    (default: those of DIORAMA_VENDORS when the tests began)."""
    brought = [folder / "fakes" / f"{vendor}.py" for folder in folders or BROUGHT]
    file = next((file for file in brought if file.exists()), None)
    module = importlib.import_module(f"tests.fakes.{vendor}") if file is None else _import(file)
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Fake)]
    return next(kind for kind in found if getattr(kind, "vendor", None) == vendor)()


def _import(file: Path) -> ModuleType:
    spec = spec_from_file_location(f"fake_vendor_{file.stem}", file)
    assert spec, file
    assert spec.loader, file
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def append_to(path: str) -> Callable[[dict[str, Any]], None]:
    """A log that survives a kill: one JSON line per entry, in one write, unbuffered."""
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def append(entry: dict[str, Any]) -> None:
        os.write(target, json.dumps(entry).encode() + b"\n")

    return append
