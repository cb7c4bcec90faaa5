"""What Google's errors, refusals and support codes mean. Two families of bodies: a numeric `code` beside a `status`,
or, of Interactions, a word as `code`.

Support codes and reasons from the pages on responsible AI of Imagen, Veo and Gemini's pictures, and the enumerations
of google-genai==3.3.0.
"""

import re
from contextlib import suppress
from typing import Any

from diorama.providers.base import Complaint, words

_SUPPORT: dict[str, tuple[str, ...]] = {
    "child": ("58061214", "17301594"),
    "celebrity": ("29310472", "15236754"),
    "dangerous": ("62263041",),
    "hate": ("57734940", "22137204"),
    "people": ("39322892",),
    "personal": ("92201652",),
    "prohibited": ("89371032", "49114662", "72817394", "60599140"),
    "sexual": ("90789179", "63429089", "43188360"),
    "toxic": ("78610348",),
    "violence": ("61493863", "56562880"),
    "vulgar": ("32635315",),
    "video safety": ("64151117", "42237218"),
    "third party content": ("35561574", "35561575"),
    "other": ("74803281", "29578790", "42876398"),
}
CATEGORY = {code: name for name, codes in _SUPPORT.items() for code in codes}
_CODE = re.compile(r"\b\d{8}\b")
_MODERATION = re.compile(
    r"support codes?\b|safety (filter|polic)|violat\w* .{0,40}(polic|guideline)|blocked by .{0,30}safety",
    re.IGNORECASE,
)
_FINAL = {"quota_exceeded", "unimplemented"}
"""Refusals whose status looks as if another try would help."""


def categories(text: str) -> tuple[str, ...]:
    """What the support codes in a sentence stand for."""
    return tuple(dict.fromkeys(CATEGORY[code] for code in _CODE.findall(text) if code in CATEGORY))


def is_moderation(text: str) -> bool:
    return _MODERATION.search(text) is not None


def explain(status: int, body: Any) -> Complaint:
    """Total."""
    body = body[0] if isinstance(body, list) and body else body  # Vertex wraps some errors in a list
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return Complaint(message=words(error))
    message, details = words(error.get("message")), _details(error)
    reason = next((words(detail["reason"]) for detail in details if "reason" in detail), "")
    code = words(error.get("status")) or words(error.get("code"))
    moderated = status == 400 and is_moderation(message)
    return Complaint(
        message=message,
        code=reason or code or None,
        hint=_hint(status, code),
        moderated=moderated,
        final=code in _FINAL,
        key_rejected=reason.startswith("API_KEY"),
        stage="input" if moderated else None,
        categories=categories(message) if moderated else (),
        wait_s=next((wait for detail in details if (wait := _seconds(detail.get("retryDelay"))) is not None), None),
    )


def _details(error: dict[str, Any]) -> list[dict[str, Any]]:
    found = error.get("details")
    return [detail for detail in found if isinstance(detail, dict)] if isinstance(found, list) else []


def _seconds(text: Any) -> float | None:
    """`3s` or `0.5s`."""
    with suppress(ValueError):
        return float(text.removesuffix("s")) if isinstance(text, str) else None
    return None


def _hint(status: int, code: str) -> str | None:
    if code == "UNAUTHENTICATED":  # Vertex alone says so; a wrong key is INVALID_ARGUMENT
        return "Check GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`."
    if code == "payment_required":
        return "The prepaid balance of this project is used up; add to it in Google AI Studio."
    return None
