"""What asking would do, shown instead of done: the requests that would go out, and who else could do the same."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pybase64 import b64encode_as_string, urlsafe_b64encode

from diorama.catalog.entry import Model
from diorama.errors import DioramaError
from diorama.generation.check import InputFacts, check_inputs, shape_of
from diorama.generation.fit import fit
from diorama.generation.looking import Seen
from diorama.generation.quote import quote
from diorama.jobs.service import Order, slots_by_call
from diorama.providers.base import CallFacts, Part, Prepared, Provider
from diorama.schemas import Alternative, FormPart, Request, WireRequest

CALL_ID: Final = "00000000-0000-7000-8000-000000000000"
SHOWN_CALL_ID: Final = "<call id>"
LONGEST: Final = 256
_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")


# Requests ------------------------------------------------------------------------------------------------------------


def show_requests(order: Order, provider: Provider, seen: Sequence[Seen]) -> tuple[WireRequest, ...]:
    """What would go out, call by call; neighbours that are alike are counted together. Blocks on large inputs.

    Raises DioramaError when the adapter cannot say it in its vendor's words.
    """
    inputs, names = tuple(one.given for one in seen), _names(seen)
    found: list[WireRequest] = []
    for slots in slots_by_call(order.request.n, order.outputs_per_call):
        facts = CallFacts(id=CALL_ID, model=order.wire_model, slots=slots)
        prepared = provider.prepare(order.request.model_copy(update={"n": len(slots)}), inputs, facts)
        shown = _shown(provider, prepared, names)
        if found and found[-1].model_copy(update={"calls": 1}) == shown:
            shown = shown.model_copy(update={"calls": found.pop().calls + 1})
        found.append(shown)
    return tuple(found)


def _names(seen: Sequence[Seen]) -> dict[str, str]:
    """How each input's bytes read in a body, without the padding, and what is shown for them."""
    names: dict[str, str] = {}
    for one in seen:
        for text in (b64encode_as_string(one.given.data), urlsafe_b64encode(one.given.data).decode()):
            names.setdefault(text.rstrip("="), one.label)
    return names


def _shown(provider: Provider, prepared: Prepared, names: Mapping[str, str]) -> WireRequest:
    url, headers = provider.preview(prepared)
    return WireRequest(
        calls=1,
        method=prepared.method,
        url=url,
        headers=_readable(headers, names),
        body=_readable(prepared.json, names),
        form=None if prepared.form is None else tuple(_part(part, names) for part in prepared.form),
    )


def _part(part: Part, names: Mapping[str, str]) -> FormPart:
    value = part.value
    if isinstance(value, bytes):
        shown = names.get(b64encode_as_string(value).rstrip("="), f"<{len(value)} bytes>")
    else:
        shown = _readable(value, names)
    return FormPart(name=part.name, value=shown, filename=part.filename, mime=part.mime)


def _readable(value: Any, names: Mapping[str, str]) -> Any:
    """The same with bytes and ids of this moment told instead of shown."""
    match value:
        case dict():
            return {name: _readable(inner, names) for name, inner in value.items()}
        case list() | tuple():
            return [_readable(inner, names) for inner in value]
        case str():
            return _readable_text(value, names)
        case bytes():
            return f"<{len(value)} bytes>"
    return value


def _readable_text(text: str, names: Mapping[str, str]) -> str:
    for data, label in names.items():
        before, found, after = text.partition(data)
        if found and data:
            return before + label + after.lstrip("=")
    head, comma, rest = text.rpartition(",") if text.startswith("data:") else ("", "", text)
    if len(rest) > LONGEST and _BASE64.issuperset(rest):
        return f"{head}{comma}<base64 of {len(rest.rstrip('=')) * 3 // 4} bytes>"
    return text.replace(CALL_ID, SHOWN_CALL_ID)


# Who else ------------------------------------------------------------------------------------------------------------


def find_alternatives(
    request: Request, models: Iterable[Model], facts: Sequence[InputFacts], soft: frozenset[str]
) -> tuple[Alternative, ...]:
    """Those of these models that would do the request as it was asked, every value of it: the cheapest first."""
    asked = request.model_copy(update={"fit": "strict"})
    able = ((model, used) for model in models if (used := _fitted(asked, model, facts, soft)) is not None)
    found = [Alternative(model=model.name, price=quote(model, used), retired=model.retired) for model, used in able]
    return tuple(sorted(found, key=lambda one: (one.price is None, one.price.usd if one.price else 0, one.model)))


def _fitted(asked: Request, model: Model, facts: Sequence[InputFacts], soft: frozenset[str]) -> Request | None:
    """The request for this model, if nothing of it is lost there."""
    try:
        check_inputs(facts, model)
        fitted = fit(asked, model, soft=soft, picture=shape_of(facts))
    except DioramaError:
        return None
    return None if fitted.notes else fitted.request
