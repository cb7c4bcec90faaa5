"""What generateContent answers for one picture, in each of its shapes; every one of them with HTTP 200."""

import uuid
from typing import Any

import pybase64

from tests.fakes import media
from tests.fakes.base import Fault
from tests.fakes.google_rules import ImageOrder

BLOCK_REASONS = (
    "SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "MODEL_ARMOR", "JAILBREAK",
)  # fmt: skip  # [S]
FILTERED = (
    "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII",
    "IMAGE_RECITATION", "RECITATION", "MODEL_ARMOR",
)  # fmt: skip  # [S]
UNFINISHED = ("NO_IMAGE", "IMAGE_OTHER", "OTHER", "MALFORMED_RESPONSE", "MAX_TOKENS", "CONTINUATION", "NEWS_TO_US")
# Pictures: moderation has three faces, each with HTTP 200; the default is a blocked prompt.
BLOCKED_PROMPTS = {reason: Fault.moderated(f"prompt:{reason}") for reason in BLOCK_REASONS}
FILTERED_PICTURES = {reason: Fault.moderated(f"finish:{reason}") for reason in FILTERED}
REFUSED_IN_WORDS = Fault.moderated("words")  # finishes well, with a text alone [P]
# Pictures: other answers without one.
NO_PICTURES = {reason: Fault.variant(f"finish:{reason}") for reason in UNFINISHED}  # the last is no reason we know
ONLY_DRAFTS = Fault.variant("only_drafts")  # the thoughts hold a picture, the answer none
NO_PARTS = Fault.variant("no_parts")
# Pictures: healthy answers in other shapes.
DRAFTED = Fault.variant("drafted")  # a thought and a draft before the picture, whatever the model
PLAIN = Fault.variant("plain")  # the picture alone
BARE = Fault.variant("bare")  # neither usage, nor ids, nor a MIME type

_THOUGHT_TOKENS = 40  # [U] how many; they are billed as text


def answer(order: ImageOrder, how: str) -> dict[str, Any] | None:
    """The body; None: there is no such shape. Blocks."""
    reason = how.partition(":")[2]
    match how.partition(":")[0]:
        case "empty":
            return _body(order, None)
        case "moderated" | "prompt":
            return _body(order, None) | {"promptFeedback": {"blockReason": reason or "SAFETY"}}
        case "finish":
            message = f"Unable to show the generated image. Support code: {_SUPPORT_CODE}."
            return _body(order, {"content": {"role": "model"}, "finishReason": reason, "finishMessage": message})
        case "words":
            return _body(order, _candidate([{"text": "I cannot draw that, but I can draw a paper owl."}]))
        case "no_parts":
            return _body(order, {"content": {"role": "model"}, "finishReason": "STOP", "index": 0})
        case "only_drafts":
            return _body(order, _candidate(_thoughts(order)))
        case "drafted":
            parts = [*_thoughts(order), {"text": "Here it is."}, _picture(order) | {"thoughtSignature": "c2ln"}]
            return _body(order, _candidate(parts), made=order.tokens_out)
        case "plain":
            return _body(order, _candidate([_picture(order)]), made=order.tokens_out)
        case "bare":
            data = _picture(order)["inlineData"]["data"]
            return {"candidates": [{"content": {"parts": [{"inlineData": {"data": data}}]}, "finishReason": "STOP"}]}
    return None


_SUPPORT_CODE = 42876398  # [P] "other"


def _candidate(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": parts}}


def _body(order: ImageOrder, candidate: dict[str, Any] | None, *, made: int = 0) -> dict[str, Any]:
    thoughts = _THOUGHT_TOKENS if order.model.thinks and candidate else 0
    usage: dict[str, Any] = {"promptTokenCount": order.tokens_in, "totalTokenCount": order.tokens_in + made + thoughts}
    if made:
        usage["candidatesTokenCount"] = made
        usage["candidatesTokensDetails"] = [{"modality": "IMAGE", "tokenCount": made}]
    if thoughts:
        usage["thoughtsTokenCount"] = thoughts
    body = {"usageMetadata": usage, "modelVersion": order.model.id, "responseId": uuid.uuid4().hex}
    return ({"candidates": [candidate]} if candidate else {}) | body


def _thoughts(order: ImageOrder) -> list[dict[str, Any]]:
    """A thought in words, and a draft [W]: half as large and in another colour, to tell it from the result."""
    draft = media.picture(order.width // 2, order.height // 2, "png", media.tint(order.prompt, 1))
    data = {"mimeType": "image/png", "data": pybase64.b64encode(draft).decode()}
    return [{"thought": True, "text": "A draft first."}, {"thought": True, "inlineData": data}]


def _picture(order: ImageOrder) -> dict[str, Any]:
    """As PNG or JPEG, as it comes, unless one was asked for [L]: the type stands beside the bytes."""
    colour = media.tint(order.prompt)
    mime = order.mime or ("image/png", "image/jpeg")[colour % 2]
    data = media.picture(order.width, order.height, mime.removeprefix("image/"), colour)
    return {"inlineData": {"mimeType": mime, "data": pybase64.b64encode(data).decode()}}
