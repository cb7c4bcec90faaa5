"""What a schema finds wrong with a request, in our words. Pure."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Final

from diorama.doors.http.reading import HINT
from diorama.errors import ValidationError
from diorama.schemas import Input, Request

SHOWN = 80

MUST: Final = {
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "may have at most {max_length} characters",
    "string_unicode": "must be text that can be written as UTF-8",
    "string_pattern_mismatch": "is written in another way",
    "literal_error": "must be {expected}",
    "too_long": "may hold at most {max_length} items",
    "value_error": "cannot be used: {error}",
}
"""By the schema library's error types (pydantic==2.14.3); those that are missing here are told by their family."""

FAMILIES: Final = {
    "int": "must be a whole number",
    "float": "must be a number",
    "finite": "must be a number",
    "decimal": "must be a number",
    "bool": "must be true or false",
    "model": "must be an object",
    "dict": "must be an object",
    "list": "must be a list",
    "tuple": "must be a list",
}

WAYS_OUT: Final = {
    "prompt": "Say what the picture or film should show.",
    "customer_id": "Give your customer's number, 1 or greater.",
    "size": "Write it as WIDTHxHEIGHT in pixels, such as 1024x1024.",
    "aspect_ratio": "Write it as WIDTH:HEIGHT, such as 16:9.",
    "settings": 'It looks like {"image": {"model": "..."}} or {"video": {"model": "..."}}.',
}


def to_error(problems: Sequence[Any]) -> ValidationError:
    """The first problem, as an error that names the field, the value and the way out."""
    problem = problems[0]
    where = [str(part) for part in problem["loc"] if part not in ("body", "query", "path", "header")]
    field = ".".join(where)
    match problem["type"]:
        case "missing" if not field:
            return ValidationError("The request has no body.", hint=HINT)
        case "missing":
            return ValidationError(f"{field} is missing.", field=field, hint=WAYS_OUT.get(where[-1], "Add it."))
        case "extra_forbidden":
            return _unknown(where, field)
        case "value_error" if not field:
            said = str(problem["ctx"]["error"])
            return ValidationError(f"{said[:1].upper()}{said[1:]}.")
    if not field:
        return ValidationError("The body is no JSON object.", hint=HINT)
    return ValidationError(
        f"{field} is {shown(problem['input'])}; it {_must(problem)}.", field=field, hint=_hint(where)
    )


def shown(value: Any) -> str:
    """A value as it is shown in messages: short, whatever it is."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _must(problem: Any) -> str:
    kind, context = problem["type"], problem.get("ctx") or {}
    if kind in MUST:
        return MUST[kind].format(**context)
    return FAMILIES.get(kind.partition("_")[0], "cannot be used here")


def _hint(where: list[str]) -> str | None:
    return next((WAYS_OUT[name] for name in reversed(where) if name in WAYS_OUT), None)


def _unknown(where: list[str], field: str) -> ValidationError:
    close = get_close_matches(where[-1], [*Request.model_fields, *Input.model_fields], n=2)
    meant = f"Did you mean {' or '.join(close)}? " if close else ""
    return ValidationError(
        f"There is no field {field!r}.",
        field=field,
        code="unknown_option",
        hint=f"{meant}GET /openapi.json has the fields; a model's own settings go into `options`.",
    )
