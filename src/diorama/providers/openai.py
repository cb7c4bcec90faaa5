"""OpenAI: pictures, answered at once.

Wire facts from openai==3.51.0 and openai/openai-openapi:openapi.yaml; moderation bodies as quoted in public issues
(ucx0204/CarrotMangaTranslator#122), their types from openai==3.51.0. Checked 2026-11-20.
"""

from contextlib import suppress
from typing import Annotated, Any

import pybase64
from pydantic import BaseModel

from diorama.errors import UnsupportedError
from diorama.providers.base import (
    EXTRA,
    CallFacts,
    Complaint,
    Done,
    Inline,
    Inputs,
    Lost,
    OnPartial,
    Output,
    Pending,
    Prepared,
    Provider,
    Remote,
    words,
)
from diorama.schemas import Request

URL_LIVES_S = 3600  # only models before GPT Image answer with URLs (openai/openai-openapi:openapi.yaml)
MODERATED = frozenset({"moderation_blocked", "content_policy_violation", "contentFilter"})
UNVERIFIED = "Verify the organization in OpenAI's settings, or use a key of one that is verified."


class OpenAI(Provider):
    vendor = "openai"

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        if request.kind == "video" or inputs:
            wanted = "make videos" if request.kind == "video" else "start from pictures"
            raise UnsupportedError(f"openai:{call.model} cannot {wanted} here.")
        body = {
            **request.options,
            "model": call.model,
            "prompt": request.prompt,
            "n": request.n,
            "size": request.size,
            "quality": request.quality,
            "background": request.background,
            "output_format": request.output_format,
        }
        given = {name: value for name, value in body.items() if value is not None}
        return Prepared(method="POST", path="/images/generations", json=given)

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        reply = await self.wire.send(prepared)
        answer = reply.parse(_Answer)
        outputs = tuple(_output(picture) for picture in answer.data or ())
        if any(isinstance(output, Inline | Remote) for output in outputs):
            return Done(outputs=outputs, usage=_counts(answer.usage))
        # Azure documents a body with `error` and no `data`, and does not say under which status.
        complaint = self.explain(reply.status, {"error": answer.error})
        if complaint.moderated:
            raise self.wire.refusal(complaint, reply.status)
        raise reply.unreadable("without a picture")

    async def probe(self) -> str:
        """Lists models: free, and refused without a good key."""
        listed = (await self.wire.get("/models")).parse(_Listed)
        return f"lists {len(listed.data)} models"

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        error = body.get("error") if isinstance(body, dict) else None
        if not isinstance(error, dict):
            return super().explain(status, body)
        message, code = words(error.get("message")), words(error.get("code")) or None
        stage, categories = _moderation(error.get("moderation_details"))
        return Complaint(
            message=message,
            code=code,
            hint=UNVERIFIED if status == 403 and "must be verified" in message else None,
            moderated=code in MODERATED,
            final="insufficient_quota" in (code, error.get("type")),
            stage=stage,
            categories=categories,
        )


class _Listed(BaseModel):
    data: list[Any]


class _Picture(BaseModel):
    b64_json: str | None = None
    url: str | None = None


class _Details(BaseModel):
    text_tokens: int = 0
    image_tokens: int = 0


class _Usage(BaseModel):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _Details | None = None
    output_tokens_details: _Details | None = None


class _Answer(BaseModel):
    """Only `created` is always there; what is echoed of the request is not read."""

    data: list[_Picture] | None = None
    usage: Annotated[_Usage | None, EXTRA] = None
    error: Any = None


def _output(picture: _Picture) -> Output:
    if picture.url and not picture.b64_json:
        return Remote(url=picture.url, expires_s=URL_LIVES_S)
    with suppress(ValueError):
        if data := pybase64.b64decode(picture.b64_json or "", validate=True):
            return Inline(data=data)
    return Lost(reason="OpenAI's answer held a picture that cannot be read.")


def _counts(usage: _Usage | None) -> dict[str, int]:
    """Tokens by price. What came from the vendor's cache is not told apart, so the sum is the most it can cost."""
    if usage is None:
        return {}
    read = usage.input_tokens_details or _Details(text_tokens=usage.input_tokens)
    made = usage.output_tokens_details or _Details(image_tokens=usage.output_tokens)
    return {"text_in": read.text_tokens, "image_in": read.image_tokens, "image_out": made.image_tokens}


def _moderation(details: Any) -> tuple[str | None, tuple[str, ...]]:
    if not isinstance(details, dict):
        return None, ()
    stage, categories = details.get("moderation_stage"), details.get("categories")
    named = tuple(str(name) for name in categories) if isinstance(categories, list) else ()
    return (stage if stage in ("input", "output") else None), named
