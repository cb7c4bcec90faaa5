"""Black Forest Labs' FLUX: every result is asked for, then asked about where the answer says, then fetched.

Wire facts from the vendor's OpenAPI document (tryAGI/BlackForestLabs:src/libs/BlackForestLabs/openapi.json, June 2026),
its pages of autumn 2026 and @ai-sdk/black-forest-labs==2.0.41. Checked 2026-11-20.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

import pybase64
from pydantic import BaseModel, Field, SecretStr

from diorama.errors import UnsupportedError
from diorama.providers.base import (
    EXTRA,
    Blocked,
    CallFacts,
    Complaint,
    Done,
    Inputs,
    Keys,
    Lost,
    OnPartial,
    Pending,
    Prepared,
    Provider,
    Ref,
    Remote,
    words,
)
from diorama.schemas import Request, Role

CREDIT_USD = Decimal("0.01")
PICTURE_LIVES_S, FILM_LIVES_S = 600, 3600
NEWS_STATUSES = (404, 422, 503)  # a failed task may answer with these, and a body like any other
MODERATED = {"Request Moderated": "input", "Content Moderated": "output"}
FAILED = ("Error", "Failed")

# The field that takes the pictures of a role; a family is known by how its id begins. `{}` is the picture's number.
FIELDS: dict[str, dict[Role, str]] = {
    "flux-2": {"reference": "input_image{}"},
    "flux-3-image": {"reference": "images"},
    "flux-kontext": {"reference": "input_image{}"},
    "flux-pro-1.0": {"source": "image", "mask": "mask"},
    "flux-pro-1.1": {"reference": "image_prompt"},
    "flux-dev": {"reference": "image_prompt"},
}


class BFL(Provider):
    vendor = "bfl"

    @classmethod
    def authorize(cls, keys: Keys) -> dict[str, str]:
        key: SecretStr
        (key,) = keys.values()
        return {"x-key": key.get_secret_value()}

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        film = request.kind == "video"
        body = _film_body(request, inputs) if film else _picture_body(request, inputs, call.model)
        given = {name: value for name, value in {**request.options, **body}.items() if value is not None}
        return Prepared(method="POST", path=f"/v1/{call.model}", json=given)

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        receipt = (await self.wire.send(prepared)).parse(_Receipt)
        url = receipt.polling_url
        if "id=" not in url:
            url += f"{'&' if '?' in url else '?'}id={receipt.id}"
        ref = {"id": receipt.id, "polling_url": self.wire.url(url), "film": prepared.path.endswith("-video")}
        return Pending(ref=ref | ({} if receipt.cost is None else {"credits": str(receipt.cost)}))

    async def check(self, ref: Ref) -> Done | Pending:
        reply = await self.wire.ask(Prepared(method="GET", path=ref["polling_url"]), also=NEWS_STATUSES)
        task = reply.parse(_Task)
        status = task.status or task.state
        if status is None:
            raise self.wire.no_news(reply)
        cost = _cost(task, ref)
        if status in MODERATED:
            return Done(outputs=(_withheld(status, task.details),), cost_usd=cost)
        if status in FAILED:
            raise self.wire.failure(Complaint(message=_said(task.details), code=status))
        if status == "Task not found":
            return Done(outputs=(Lost(reason="Black Forest Labs no longer knows this task."),), cost_usd=cost)
        if status != "Ready":
            return Pending(ref=ref, progress=task.progress)
        if task.result is None or not task.result.sample:
            raise reply.unreadable("that the result is ready, but not where it is")
        lives_s = FILM_LIVES_S if ref.get("film") else PICTURE_LIVES_S
        made = Remote(url=task.result.sample, expires_s=lives_s, vendor_ref={"id": ref["id"]})
        return Done(outputs=(made,), cost_usd=cost)

    async def probe(self) -> str:
        left = (await self.wire.get("/v1/credits")).parse(_Credits).credits
        return f"{left:g} credits left"

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        """`detail` is a sentence, or a list of what is wrong with which field."""
        detail = body.get("detail") if isinstance(body, dict) else None
        said = Complaint(message=_detail(detail))
        if status == 402:
            return replace(said, hint="Add credits; the vendor also answers so when submits follow each other closely.")
        return replace(said, key_rejected="api key" in said.message.lower() or "authenticated" in said.message)


def _picture_body(request: Request, inputs: Inputs, model: str) -> dict[str, Any]:
    width, height = request.size.split("x") if request.size else (None, None)
    body: dict[str, Any] = {
        "prompt": request.prompt,
        "width": width and int(width),
        "height": height and int(height),
        "aspect_ratio": request.aspect_ratio,
        "resolution": request.resolution,
        "seed": request.seed,
        "output_format": request.output_format,
    }
    fields = next((fields for family, fields in FIELDS.items() if model.startswith(family)), {})
    for role in dict.fromkeys(given.role for given in inputs):
        if role not in fields:
            raise UnsupportedError(f"bfl:{model} has no use for an input as {role!r}.", param="inputs")
        body |= _named(fields[role], [_base64(given.data) for given in inputs if given.role == role])
    return body


def _named(field: str, pictures: list[str]) -> dict[str, Any]:
    """Pictures under their field: as a list, or one by one under `field`, `field_2`, ..."""
    if "{}" in field:
        numbers = ["", *(f"_{number}" for number in range(2, len(pictures) + 1))]
        return {field.format(number): picture for number, picture in zip(numbers, pictures, strict=True)}
    return {field: pictures if field == "images" else pictures[0]}


def _film_body(request: Request, inputs: Inputs) -> dict[str, Any]:
    seconds = None if request.seconds is None else int(request.seconds)
    body = {
        "mode": "t2v",
        "prompt": request.prompt,
        "duration": seconds,
        "aspect_ratio": request.aspect_ratio,
        "resolution": request.resolution,
        "generate_audio": request.audio,
    }
    by_role = {given.role: _base64(given.data) for given in inputs}
    if source := by_role.get("source"):
        return body | {"mode": "v2v", "start_video": source}
    first, last = by_role.get("first_frame"), by_role.get("last_frame")
    if first and last:
        return body | {"mode": "i2v", "keyframes": [first, last]}
    if first:
        return body | {"mode": "i2v", "keyframes": first}
    if last:
        return body | {"mode": "i2v", "keyframes": [seconds or 0, last]}
    return body


def _base64(data: bytes) -> str:
    """Bare: whether data: addresses are taken, nobody says."""
    return pybase64.b64encode(data).decode("ascii")


class _Receipt(BaseModel):
    id: str = Field(min_length=1)
    polling_url: str = Field(min_length=1)
    cost: Annotated[Decimal | None, EXTRA] = None


class _Result(BaseModel):
    sample: str | None = None


class _Task(BaseModel):
    status: Annotated[str | None, EXTRA] = None
    state: Annotated[str | None, EXTRA] = None
    result: Annotated[_Result | None, EXTRA] = None
    progress: Annotated[float | None, Field(ge=0, le=1), EXTRA] = None
    details: Any = None
    cost: Annotated[Decimal | None, EXTRA] = None


class _Credits(BaseModel):
    credits: float


def _cost(task: _Task, ref: Ref) -> Decimal | None:
    """Settled with the result, else what the receipt said."""
    told = task.cost if task.cost is not None else ref.get("credits")
    return None if told is None else Decimal(told) * CREDIT_USD


def _withheld(status: str, details: Any) -> Blocked:
    reasons = details.get("Moderation Reasons") if isinstance(details, dict) else None
    categories = tuple(map(str, reasons)) if isinstance(reasons, list) else ()
    what = "prompt or a picture that goes with it" if MODERATED[status] == "input" else "result"
    return Blocked(
        reason=f"Black Forest Labs' moderation withheld the {what}.", stage=MODERATED[status], categories=categories
    )


def _said(details: Any) -> str:
    return words(details.get("error")) if isinstance(details, dict) else words(details)


def _detail(detail: Any) -> str:
    if not isinstance(detail, list):
        return words(detail)
    faults = [fault for fault in detail if isinstance(fault, dict)]
    named = [(".".join(str(part) for part in fault.get("loc") or () if part != "body"), fault) for fault in faults]
    return "; ".join(f"{name}: {words(fault.get('msg'))}" for name, fault in named)
