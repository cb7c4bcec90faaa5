"""Kling: films by its new standard, pictures by its legacy one; tasks that can be found again by our own id.

Wire facts from the vendor's documents of September 2026, and where they are silent from clients that follow the
service. HTTP 429 alone says nothing here: the `code` in the body tells what may be tried again. Checked 2026-11-20.
"""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from contextlib import suppress
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

import pybase64
from pydantic import BaseModel, Field

from diorama.errors import ProviderError, UnsupportedError
from diorama.providers.base import (
    EXTRA,
    CallFacts,
    Complaint,
    Done,
    InputBytes,
    Inputs,
    Keys,
    Lost,
    OnPartial,
    Output,
    Pending,
    Prepared,
    Provider,
    Ref,
    Refused,
    Remote,
    words,
)
from diorama.providers.wire import Reply
from diorama.schemas import Request

TOKEN_LIVES_S = 1800
LINK_LIVES_S = 30 * 86_400
UNIT_USD = {"video": Decimal("0.14"), "image": Decimal("0.0035")}
BUSY, MODERATED, KEY_REJECTED = frozenset({1302, 1303}), frozenset({1300, 1301}), range(1000, 1005)
TEXT, FRAMES, OMNI = "/text-to-video", "/image-to-video", "/omni-video"
PICTURE, OMNI_PICTURE = "/v1/images/generations", "/v1/images/omni-image"
TEXT_FILM, FRAMES_FILM = "/v1/videos/text2video", "/v1/videos/image2video"
PICTURES = (PICTURE, OMNI_PICTURE)
LEGACY = (*PICTURES, TEXT_FILM, FRAMES_FILM)
LEGACY_NAMES = {"kling-3.0": "kling-v3", "kling-2.6": "kling-v2-6", "kling-2.5-turbo": "kling-v2-5-turbo"}
MODES = {"720p": "std", "1080p": "pro", "4k": "4k"}


class Kling(Provider):
    vendor = "kling"
    can_find = True

    @classmethod
    def authorize(cls, keys: Keys) -> dict[str, str]:
        """The static key, or a token signed with the secret one."""
        if (secret := keys.get("KLING_SECRET_KEY")) is None:
            return super().authorize(keys)
        access, now = keys["KLING_ACCESS_KEY"].get_secret_value(), int(time.time())
        return {"authorization": f"Bearer {token(access, secret.get_secret_value(), now)}"}

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        if request.kind == "image":
            path = OMNI_PICTURE if "omni" in call.model or call.model.endswith("-o1") else PICTURE
            body = _picture_body(request, inputs, path) | {"model_name": call.model, "external_task_id": call.id}
            return Prepared(method="POST", path=path, json=_said(body))
        if old_name := self._legacy_name(call.model):
            body = _legacy_film_body(request, inputs) | {"model_name": old_name, "external_task_id": call.id}
            return Prepared(method="POST", path=FRAMES_FILM if inputs else TEXT_FILM, json=_said(body))
        path = _film_path(call.model, inputs)
        options = {"external_task_id": call.id, "watermark_info": {"enabled": False}}
        return Prepared(
            method="POST",
            path=f"{path}/{call.model}",
            json={**_film_body(request, inputs, path, call.model), "options": options},
        )

    @property
    def _signs(self) -> bool:
        return "KLING_SECRET_KEY" in self.wire.key_names

    def _legacy_name(self, model: str) -> str | None:
        """The name under which the legacy standard makes this film, where that is the one to speak."""
        if model.startswith("kling-v"):
            return model
        return LEGACY_NAMES.get(model) if self._signs else None

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        reply = await self.wire.send(prepared)
        task = self._read(reply).task
        if task is None:
            raise reply.unreadable("without a task")
        return Pending(ref={"id": task.name, "path": prepared.path if prepared.path in LEGACY else None})

    async def check(self, ref: Ref) -> Done | Pending:
        path = ref.get("path")
        where = f"{path}/{quote(ref['id'], safe='')}" if path else f"/tasks?task_ids={quote(ref['id'], safe='')}"
        task = await self._look(where)
        if task is None:
            raise Refused(ProviderError("Kling no longer knows this task.", provider=self.vendor, code="result_lost"))
        return self._standing(task, ref)

    async def find(self, call_id: str) -> Done | Pending | None:
        name = quote(call_id, safe="")
        new = [] if self._signs else [(None, f"/tasks?external_task_ids={name}")]
        for path, where in [*new, *((path, f"{path}/{name}") for path in LEGACY)]:
            task = await self._look(where)
            if task is not None:
                return self._standing(task, {"id": task.name, "path": path})
        return None

    async def _look(self, where: str) -> "_Task | None":
        """A task by its address; None when there is none, which the vendor says in three ways."""
        try:
            reply = await self.wire.ask(Prepared(method="GET", path=where), also=(400,))
        except Refused:
            return None
        with suppress(Refused):
            return self._read(reply).task
        return None

    async def probe(self) -> str:
        await self._look(f"{PICTURE}/diorama-probe")  # a task that nobody made: a wrong key is refused before
        return "the key opens the door"

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        code = body.get("code") if isinstance(body, dict) else None
        message = words(body.get("message")) if isinstance(body, dict) else ""
        return Complaint(
            message=message,
            code=None if code is None else words(code),
            moderated=code in MODERATED,
            final=status == 429 and code is not None and code not in BUSY,
            key_rejected=code in KEY_REJECTED,
        )

    def _read(self, reply: Reply) -> "_Answer":
        """An answer whose code is 0; the vendor may say no with HTTP 200."""
        answer = reply.parse(_Answer)
        if answer.code == 0:
            return answer
        complaint = self.explain(reply.status, {"code": answer.code, "message": answer.message})
        if answer.code in BUSY:
            busy = ProviderError(f"Kling has no room: {complaint.message}", provider=self.vendor, code="vendor_busy")
            raise Refused(busy, retry=True)
        if answer.code >= 5000:
            raise reply.unreadable(f"with the code {answer.code}")
        raise self.wire.refusal(complaint, reply.status)

    def _standing(self, task: "_Task", ref: Ref) -> Done | Pending:
        match task.word:
            case "succeed" | "succeeded":
                outputs = tuple(_output(made, ref) for made in task.made) or (Lost(reason="Kling made nothing."),)
                return Done(outputs=outputs, cost_usd=task.cost(ref.get("path") in PICTURES))
            case "failed":
                said = task.message or task.task_status_msg or ""
                withheld = "risk control" in said.lower() or "moderat" in said.lower()
                raise self.wire.failure(Complaint(message=said, moderated=withheld))
        return Pending(ref=ref)


def token(access: str, secret: str, now: int) -> str:
    """The vendor's JWT: HS256 over `iss`, `exp` and `nbf`, good for half an hour."""
    head, claims = {"alg": "HS256", "typ": "JWT"}, {"iss": access, "exp": now + TOKEN_LIVES_S, "nbf": now - 5}
    signed = b".".join(_url64(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    return (signed + b"." + _url64(hmac.digest(secret.encode(), signed, "sha256"))).decode()


def _url64(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _film_path(model: str, inputs: Inputs) -> str:
    if "omni" in model or model == "kling-o1":
        return OMNI
    return FRAMES if inputs else TEXT


def _film_body(request: Request, inputs: Inputs, path: str, model: str) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "resolution": request.resolution,
        "duration": None if request.seconds is None else int(request.seconds),
        "aspect_ratio": request.aspect_ratio if path != FRAMES and not _shaped(inputs) else None,
    }
    if model in ("kling-3.0", "kling-2.6", "kling-3.0-omni"):
        settings["audio"] = "native" if request.audio else "off"
    if model in ("kling-3.0", "kling-3.0-omni"):
        settings["multi_shot"] = False  # on, unless told otherwise
    if path == TEXT:
        return {"prompt": request.prompt, "settings": _said(settings)}
    contents = [{"type": "prompt", "text": request.prompt}, *(_content(given, request) for given in inputs)]
    return {"contents": contents, "settings": _said(settings)}


def _legacy_film_body(request: Request, inputs: Inputs) -> dict[str, Any]:
    frames = {given.role: _base64(given) for given in inputs}
    if unusable := sorted(frames.keys() - {"first_frame", "last_frame"}):
        raise UnsupportedError(f"Kling's legacy standard has no use for an input as {unusable[0]!r}.", param="inputs")
    return {
        "prompt": request.prompt,
        "mode": MODES.get(request.resolution or ""),
        "duration": None if request.seconds is None else f"{request.seconds:g}",
        "aspect_ratio": None if inputs else request.aspect_ratio,
        "sound": None if request.audio is None else "on" if request.audio else "off",
        "image": frames.get("first_frame"),
        "image_tail": frames.get("last_frame"),
    }


def _shaped(inputs: Inputs) -> bool:
    """Whether the film takes its shape from what goes in."""
    return any(given.role in ("first_frame", "source") for given in inputs)


def _content(given: InputBytes, request: Request) -> dict[str, str]:
    match given.role:
        case "first_frame" | "last_frame":
            return {"type": given.role, "url": _base64(given)}
        case "reference":
            return {"type": "refer_image", "url": _base64(given)}
        case "source":
            kind = "base_video" if request.options.get("edit") else "feature_video"
            return {"type": kind, "url": _address(given)}
    raise UnsupportedError(f"Kling has no use for an input as {given.role!r}.", param="inputs")


def _address(given: InputBytes) -> str:
    """Films go in by address only: the one under which Kling itself keeps its own."""
    url = given.vendor_ref.get("url") if isinstance(given.vendor_ref, dict) else None
    if not url:
        raise UnsupportedError(
            "Kling takes a film by its public address only, and this one was not made by Kling.",
            param="inputs",
            hint="Go on from a film that Kling made, or choose a model that takes the film itself.",
        )
    return str(url)


def _picture_body(request: Request, inputs: Inputs, path: str) -> dict[str, Any]:
    pictures = [_base64(given) for given in inputs]
    body: dict[str, Any] = {
        **request.options,
        "prompt": request.prompt,
        "n": request.n,
        "aspect_ratio": request.aspect_ratio,
        "resolution": request.resolution,
    }
    if path == OMNI_PICTURE:
        return body | {"image_list": [{"image": picture} for picture in pictures] or None}
    return body | {"image": pictures[0] if pictures else None, "negative_prompt": request.negative_prompt}


def _base64(given: InputBytes) -> str:
    """Without a data: prefix, which the vendor's documents call wrong."""
    return pybase64.b64encode(given.data).decode("ascii")


def _said(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


class _Made(BaseModel):
    id: str | None = None
    url: str | None = None


class _Result(BaseModel):
    images: list[_Made] = []
    videos: list[_Made] = []


class _Bill(BaseModel):
    charge_type: str
    amount: Decimal
    package_type: str | None = None
    currency: str | None = None


class _Task(BaseModel):
    id: str | None = None
    task_id: str | None = None
    status: str | None = None
    task_status: str | None = None
    message: Annotated[str | None, EXTRA] = None
    task_status_msg: Annotated[str | None, EXTRA] = None
    outputs: list[_Made] = []
    task_result: _Result | None = None
    billing: Annotated[list[_Bill] | None, EXTRA] = None
    final_unit_deduction: Annotated[Decimal | None, EXTRA] = None

    @property
    def name(self) -> str:
        return self.id or self.task_id or ""

    @property
    def word(self) -> str | None:
        return self.status or self.task_status

    @property
    def made(self) -> list[_Made]:
        result = self.task_result or _Result()
        return self.outputs or result.videos or result.images

    def cost(self, is_picture: bool) -> Decimal | None:
        """In dollars, where the vendor tells units or dollars; None for a kind of charge that nobody knows."""
        if self.final_unit_deduction is not None:
            return self.final_unit_deduction * UNIT_USD["image" if is_picture else "video"]
        if not self.billing:
            return None
        amounts = [_dollars(bill) for bill in self.billing]
        return None if None in amounts else sum((amount for amount in amounts if amount is not None), Decimal(0))


class _Answer(BaseModel):
    code: int
    message: Annotated[str | None, EXTRA] = None
    data: _Task | list[_Task] | None = Field(default=None)

    @property
    def task(self) -> _Task | None:
        """The task; an empty list, or one without a name, is none."""
        first = (self.data[0] if self.data else None) if isinstance(self.data, list) else self.data
        return first if first is not None and first.name else None


def _dollars(bill: _Bill) -> Decimal | None:
    match bill.charge_type:
        case "unit" if bill.package_type in UNIT_USD:
            return bill.amount * UNIT_USD[bill.package_type]
        case "cash" if (bill.currency or "USD").upper() == "USD":
            return bill.amount
    return None


def _output(made: _Made, ref: Ref) -> Output:
    if not made.url:
        return Lost(reason="Kling made it and does not say where it is.")
    named = {"task": ref["id"], "id": made.id, "url": made.url}
    return Remote(url=made.url, expires_s=LINK_LIVES_S, vendor_ref=named)
