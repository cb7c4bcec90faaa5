"""Pictures by generateContent. HTTP 200 says little: whether there is a picture, and why not, stands in the body.

Fields as google-genai==3.3.0 sends them, reasons from its enumerations.
"""

from typing import Annotated, Any

from diorama.providers.base import EXTRA, Blocked, Done, Inline, InputBytes, Inputs, Output, Unmade
from diorama.providers.googling import Camel, base64, decoded, said
from diorama.providers.googling.safety import categories
from diorama.providers.wire import Reply
from diorama.schemas import Request

WITHHELD = frozenset(
    {"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "MODEL_ARMOR"}
    | {"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"}
)
"""Reasons to end that are moderation. Any other than STOP is the model's failure."""


def body(request: Request, inputs: Inputs) -> dict[str, Any]:
    level = request.options.get("thinking_level")
    config = {
        "responseModalities": ["IMAGE"],
        "imageConfig": said({"aspectRatio": request.aspect_ratio, "imageSize": request.resolution}) or None,
        "thinkingConfig": {"thinkingLevel": level.upper()} if level else None,
        "seed": request.seed,
    }
    parts = [{"text": request.prompt}, *map(_part, inputs)]
    return {"contents": [{"role": "user", "parts": parts}], "generationConfig": said(config)}


def _part(given: InputBytes) -> dict[str, Any]:
    return {"inlineData": {"mimeType": given.mime, "data": base64(given)}}


def read(reply: Reply) -> Done:
    """One picture, or why there is none. Raises UnknownFate."""
    answer = reply.parse(_Answer)
    made = _made(answer, reply)
    return Done(outputs=(made,), usage=_used(answer.usage_metadata, is_made=isinstance(made, Inline)))


def _made(answer: "_Answer", reply: Reply) -> Output:
    if not answer.candidates:
        if answer.prompt_feedback is None or not answer.prompt_feedback.block_reason:
            raise reply.unreadable("without a picture")
        return _withheld(answer.prompt_feedback.block_reason, "input", None)
    candidate = answer.candidates[0]
    reason = candidate.finish_reason or "STOP"
    if reason in WITHHELD:
        return _withheld(reason, "output", candidate.finish_message)
    # Models that think draw drafts on the way, which are no results.
    parts = [part for part in (candidate.content or _Content()).parts if not part.thought]
    pictures = [part.inline_data.data for part in parts if part.inline_data]
    if pictures:
        return Inline(data=decoded(pictures[-1], reply), vendor_ref=said({"response": answer.response_id}) or None)
    text = " ".join(part.text.strip() for part in parts if part.text)
    if reason == "STOP" and text:
        return Blocked(reason=f"Google's model answered in words, without a picture: {_cut(text)}", stage="output")
    return Unmade(reason=f"Google's model ended without a picture: {reason}. {candidate.finish_message or ''}".strip())


def _withheld(reason: str, stage: str, message: str | None) -> Blocked:
    what = "prompt or a picture that goes with it" if stage == "input" else "result"
    told = f" {_cut(message)}" if message else ""
    named = (reason.removeprefix("IMAGE_").lower(), *categories(message or ""))
    return Blocked(reason=f"Google withheld the {what}: {reason}.{told}", stage=stage, categories=named)


def _cut(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:299]}…"


def _used(usage: "_Usage | None", *, is_made: bool) -> dict[str, int]:
    """Tokens by what they are paid as. Thoughts are text; a picture that was not made has none."""
    if usage is None:
        return {} if is_made else {"text_in": 0, "image_in": 0, "image_out": 0}
    pictures_in = _of_images(usage.prompt_tokens_details) or 0
    told = _of_images(usage.candidates_tokens_details)
    image_out = (usage.candidates_token_count if told is None else told) if is_made else 0
    return {
        "text_in": max(0, usage.prompt_token_count - pictures_in),
        "image_in": pictures_in,
        "image_out": image_out,
        "text_out": max(0, usage.candidates_token_count - image_out) + usage.thoughts_token_count,
    }


def _of_images(counts: "list[_Count] | None") -> int | None:
    return None if counts is None else sum(count.token_count for count in counts if count.modality == "IMAGE")


class _Blob(Camel):
    data: str


class _Part(Camel):
    text: str | None = None
    inline_data: _Blob | None = None
    thought: bool = False


class _Content(Camel):
    parts: tuple[_Part, ...] = ()


class _Candidate(Camel):
    content: _Content | None = None
    finish_reason: str | None = None
    finish_message: Annotated[str | None, EXTRA] = None


class _Feedback(Camel):
    block_reason: str | None = None


class _Count(Camel):
    modality: str
    token_count: int = 0


class _Usage(Camel):
    prompt_token_count: int = 0
    candidates_token_count: int = 0
    thoughts_token_count: int = 0
    prompt_tokens_details: Annotated[list[_Count] | None, EXTRA] = None
    candidates_tokens_details: Annotated[list[_Count] | None, EXTRA] = None


class _Answer(Camel):
    candidates: tuple[_Candidate, ...] = ()
    prompt_feedback: _Feedback | None = None
    usage_metadata: Annotated[_Usage | None, EXTRA] = None
    response_id: Annotated[str | None, EXTRA] = None
