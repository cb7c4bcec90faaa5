"""Stability AI: pictures, answered at once; two of its edits are asked for and then asked about.

Requests are forms, whatever is in them. Answers are asked for as bare bytes: seed and verdict stand in the headers.
A picture that moderation withheld comes blurred, with HTTP 200.

Wire facts from the vendor's OpenAPI document (tryAGI/StabilityAI:src/libs/StabilityAI/openapi.yaml, 2026, and
tadasant/mcp-server-stability-ai:src/stabilityAi/types.ts) and aself101/stability-ai-api:src/config.ts.
Checked 2026-11-20.
"""

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote

import pybase64
from pydantic import BaseModel

from diorama.errors import UnsupportedError
from diorama.providers.base import (
    EXTRA,
    Blocked,
    CallFacts,
    Complaint,
    Done,
    Inline,
    InputBytes,
    Inputs,
    OnPartial,
    Output,
    Part,
    Pending,
    Prepared,
    Provider,
    Ref,
    words,
)
from diorama.providers.wire import Reply
from diorama.schemas import Request, Role

LOCKED_OUT_S = 60.0  # after too many requests; the answer does not say so
MAX_SEED = 4_294_967_294
SD3 = "generate/sd3"  # the one path that serves several models, told by a field
PATHS = {
    "core": "generate/core",
    "ultra": "generate/ultra",
    "upscale-fast": "upscale/fast",
    "upscale-conservative": "upscale/conservative",
    "upscale-creative": "upscale/creative",
    "erase": "edit/erase",
    "inpaint": "edit/inpaint",
    "outpaint": "edit/outpaint",
    "search-and-replace": "edit/search-and-replace",
    "search-and-recolor": "edit/search-and-recolor",
    "remove-background": "edit/remove-background",
    "replace-background-and-relight": "edit/replace-background-and-relight",
    "control-sketch": "control/sketch",
    "control-structure": "control/structure",
    "control-style": "control/style",
    "style-transfer": "control/style-transfer",
}

# The part that takes the file of a role, where it is another than usual.
FILES: dict[Role, str] = {"source": "image", "mask": "mask"}
FILES_OF: dict[str, dict[Role, str]] = {
    "control-style": {"reference": "image"},
    "style-transfer": {"source": "init_image", "reference": "style_image"},
    "replace-background-and-relight": {"source": "subject_image", "reference": "background_reference"},
}
# The part that takes the prompt, where it is another than `prompt`; None where there is none.
PROMPT_OF: dict[str, str | None] = {
    "upscale-fast": None,
    "erase": None,
    "remove-background": None,
    "replace-background-and-relight": "background_prompt",
}


class Stability(Provider):
    vendor = "stability"

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        if request.kind == "video":
            raise UnsupportedError(f"stability:{call.model} makes no films any more.")
        path = PATHS.get(call.model, SD3)
        texts = _texts(request, call) | (_mode(call.model, inputs) if path == SD3 else {})
        form = (
            *(Part(name=name, value=_text(value)) for name, value in texts.items() if value is not None),
            *_files(inputs, call.model),
        )
        return Prepared(method="POST", path=f"/v2beta/stable-image/{path}", form=form, headers={"accept": "image/*"})

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        return _read(await self.wire.send(prepared))

    async def check(self, ref: Ref) -> Done | Pending:
        """The result comes with the last answer, and is kept for a day."""
        where = f"/v2beta/results/{quote(ref['id'], safe='')}"
        reply = await self.wire.ask(Prepared(method="GET", path=where, headers={"accept": "*/*"}), also=(403, 422))
        if reply.status in (403, 422):
            complaint = self.explain(reply.status, reply.parse(_Fault).model_dump())
            if reply.status == 403 and not complaint.moderated:
                raise self.wire.no_news(reply)
            raise self.wire.failure(complaint)
        answer = _read(reply)
        return answer if isinstance(answer, Done) else Pending(ref=ref)

    async def probe(self) -> str:
        left = (await self.wire.get("/v1/user/balance")).parse(_Balance).credits
        return f"{left:g} credits left"

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        """`errors` is a list of sentences; the older API has one `message`."""
        body = body if isinstance(body, dict) else {}
        errors, name = body.get("errors"), words(body.get("name")) or None
        said = [words(error) for error in errors] if isinstance(errors, list) else [words(body.get("message"))]
        return Complaint(
            message="; ".join(filter(None, said)),
            code=name,
            hint="Buy credits in the vendor's console." if status == 402 else None,
            moderated=name == "content_moderation",
            wait_s=LOCKED_OUT_S if status == 429 else None,
        )


def _texts(request: Request, call: CallFacts) -> dict[str, Any]:
    prompt = PROMPT_OF.get(call.model, "prompt")
    return {
        **request.options,
        **({prompt: request.prompt} if prompt else {}),
        "negative_prompt": request.negative_prompt,
        "aspect_ratio": request.aspect_ratio,
        "seed": _seed(request.seed, call.slots),
        "output_format": request.output_format,
    }


def _seed(seed: int | None, slots: tuple[int, ...]) -> int | None:
    """Each output of a job has its own, or they would all be the same picture. 0 means any, so nothing is added."""
    if not seed or seed > MAX_SEED:
        return seed
    return (seed + slots[0] - 1) % MAX_SEED + 1


def _mode(model: str, inputs: Inputs) -> dict[str, str]:
    return {"model": model, "mode": "image-to-image" if inputs else "text-to-image"}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _files(inputs: Inputs, model: str) -> Iterator[Part]:
    fields = FILES_OF.get(model, FILES)
    for given in inputs:
        if given.role not in fields:
            raise UnsupportedError(f"stability:{model} has no use for an input as {given.role!r}.", param="inputs")
        yield _file(fields[given.role], given)


def _file(name: str, given: InputBytes) -> Part:
    return Part(name=name, value=given.data, filename=f"{given.role}.{given.mime.partition('/')[2]}", mime=given.mime)


class _Answer(BaseModel):
    """A picture, or the id of one under way."""

    id: str | None = None
    image: str | None = None
    finish_reason: str | None = None
    seed: Annotated[int | None, EXTRA] = None


class _Fault(BaseModel):
    name: Any = None
    errors: Any = None
    message: Any = None


class _Balance(BaseModel):
    credits: float


def _read(reply: Reply) -> Done | Pending:
    """An answer in any of its shapes. Raises UnknownFate for one that holds nothing."""
    if reply.headers.get("content-type", "").startswith("image/"):
        return Done(outputs=(_output(reply, reply.content, reply.headers.get("finish-reason"), _said_seed(reply)),))
    answer = reply.parse(_Answer)
    if answer.image or answer.finish_reason:
        data = _decoded(reply, answer.image or "")
        return Done(outputs=(_output(reply, data, answer.finish_reason, answer.seed),))
    if answer.id:
        return Pending(ref={"id": answer.id})
    raise reply.unreadable("without a picture")


def _output(reply: Reply, data: bytes, reason: str | None, seed: int | None) -> Output:
    if "FILTER" in (reason or "").upper():
        return Blocked(reason="Stability AI's moderation withheld the result.", stage="output")
    if not data:
        raise reply.unreadable("with an empty picture")
    named = {"seed": seed, "request_id": reply.headers.get("x-request-id")}
    return Inline(data=data, vendor_ref={name: value for name, value in named.items() if value is not None})


def _said_seed(reply: Reply) -> int | None:
    seed = reply.headers.get("seed", "")
    return int(seed) if seed.isascii() and seed.isdigit() else None


def _decoded(reply: Reply, text: str) -> bytes:
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        raise reply.unreadable("with a picture that cannot be read") from None
