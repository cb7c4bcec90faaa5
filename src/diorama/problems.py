"""What a schema finds wrong with what somebody gave, in our words. Pure.

No library's sentence reaches a caller, and no value that may be secret: fields that are declared with `repr=False`,
and passwords in addresses.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from pydantic import ValidationError as SchemaError

from diorama.bounds import Flaw
from diorama.errors import ValidationError
from diorama.schemas import Input, Request

S = TypeVar("S", bound=BaseModel)
SHOWN: Final = 80

MUST: Final = {
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_unicode": "must be text that can be written as UTF-8",
    "string_pattern_mismatch": "must be written in another way",
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
    "path": "must be a path",
    "model": "must be an object of names and values",
    "dict": "must be an object of names and values",
    "list": "must be a list",
    "tuple": "must be a list",
}

WAYS_OUT: Final = {
    "prompt": "Say what the picture or film should show.",
    "size": "Write it as WIDTHxHEIGHT in pixels, such as 1024x1024.",
    "aspect_ratio": "Write it as WIDTH:HEIGHT, such as 16:9.",
}


def parse(schema: type[S], values: Any) -> S:
    """`values` as this schema. Raises ValidationError that names the field, the value and the way out."""
    try:
        return schema.model_validate(values)
    except SchemaError as error:
        raise to_error(error.errors(include_url=False), secret=secrets_of(schema)) from None


def secrets_of(schema: type[BaseModel]) -> frozenset[str]:
    """The fields whose values are not for anybody's eyes."""
    fields = schema.model_fields.items()
    return frozenset(name for name, field in fields if not field.repr or "Secret" in str(field.annotation))


def to_error(
    found: Sequence[Any],
    *,
    secret: Collection[str] = (),
    hints: Mapping[str, str] | None = None,
    fields_hint: str | None = None,
) -> ValidationError:
    """The first thing that was found, as an error that names the field, the value and the way out.

    A door adds, in its callers' words, `hints` by field, and `fields_hint`: where the fields are told.
    """
    first = found[0]
    where = [_cut(str(part)) for part in first["loc"]]
    field, hint = ".".join(where), _hint(where, WAYS_OUT | dict(hints or {}))
    match first["type"]:
        case "unkeepable":
            return of_flaw(Flaw(**first["ctx"]), where)
        case "missing":
            return ValidationError(f"{field} is missing.", field=field, hint=hint or "Add it.")
        case "extra_forbidden":
            return _unknown(where, fields_hint)
        case "value_error" if not field:
            said = str(first["ctx"]["error"])
            return ValidationError(f"{said[:1].upper()}{said[1:]}.")
        case "string_too_long":
            return _too_long(field, first)
    seen = "" if where[0] in secret else f"is {shown(first['input'])}; it "
    return ValidationError(f"{field} {seen}{_must(first)}.", field=field, hint=hint)


def of_flaw(flaw: Flaw, where: Sequence[str] = ()) -> ValidationError:
    """A value that could not be kept, as an error. `where` leads to what was looked through."""
    field = ".".join([*where, *map(_cut, flaw.where)])
    return ValidationError(f"{field or 'What was sent'} {flaw.why}.", field=field or None, hint=flaw.way_out)


def shown(value: Any) -> str:
    """A value as it is shown in messages: short, whatever it is, and without the password of an address."""
    text = repr(value[:2000] if isinstance(value, str) else value)
    return _cut(re.sub(r"(?<=://)[^/@\s]*@", "...@", text))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _must(problem: Any) -> str:
    kind, context = problem["type"], problem.get("ctx") or {}
    if kind in MUST:
        return MUST[kind].format(**context)
    return FAMILIES.get(kind.partition("_")[0], "cannot be used here")


def _hint(where: Sequence[str], hints: Mapping[str, str]) -> str | None:
    return next((hints[name] for name in reversed(where) if name in hints), None)


def _too_long(field: str, problem: Any) -> ValidationError:
    length, most = len(problem["input"]), problem["ctx"]["max_length"]
    return ValidationError(f"{field} has {length} characters; it may have at most {most}.", field=field)


def _unknown(where: Sequence[str], fields_hint: str | None) -> ValidationError:
    field = ".".join(where)
    close = get_close_matches(where[-1], [*Request.model_fields, *Input.model_fields], n=2)
    meant = f"Did you mean {' or '.join(close)}?" if close else None
    hint = " ".join(filter(None, (meant, fields_hint))) or "Leave it out."
    return ValidationError(f"There is no field {field!r}.", field=field, code="unknown_option", hint=hint)
