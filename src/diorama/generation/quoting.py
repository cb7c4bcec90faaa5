"""What asking would do, shown instead of done: the requests that would go out, and who else could do the same."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pybase64 import b64encode_as_string, urlsafe_b64encode

from diorama.catalog.entry import Model
from diorama.errors import DioramaError
from diorama.generation.check import InputFacts, check_inputs, shape_of
from diorama.generation.fit import fit
from diorama.generation.looking import Seen
from diorama.generation.quote import quote
from diorama.generation.resolve import Resolved
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


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked, in the asker's own words: `soft` are those of the door. `vendor` is whose `inputs` name outputs
    of its own."""

    request: Request
    soft: frozenset[str]
    inputs: Sequence[Seen]
    facts: Sequence[InputFacts]
    vendor: str


def find_alternatives(
    wish: Wish, others: Iterable[Resolved], provider_of: Callable[[str], Provider]
) -> tuple[Alternative, ...]:
    """Those of these models that would do the request as it was asked, every value of it: the cheapest first."""
    found: list[Alternative] = []
    for other in others:
        model, used = other.model, _fitted(wish, other.model)
        if used is not None and _can_be_said(wish, other, used, provider_of):
            found.append(Alternative(model=model.name, price=quote(model, used), retired=model.retired))
    return tuple(sorted(found, key=lambda one: (one.price is None, one.price.usd if one.price else 0, one.model)))


def _fitted(wish: Wish, model: Model) -> Request | None:
    """The request for this model, if nothing of it is lost there."""
    asked = wish.request.model_copy(update={"fit": "strict", "model": model.name, "kind": model.makes})
    try:
        check_inputs(wish.facts, model)
        fitted = fit(asked, model, soft=wish.soft, picture=shape_of(wish.facts))
    except DioramaError:
        return None
    return None if fitted.notes else fitted.request


def _can_be_said(wish: Wish, other: Resolved, used: Request, provider_of: Callable[[str], Provider]) -> bool:
    """Whether its adapter has words for it, with the key that is here. What the inputs' bytes are does not matter."""
    model, own = other.model, other.model.vendor == wish.vendor
    inputs = tuple(
        replace(one.given, data=one.label.encode(), vendor_ref=one.given.vendor_ref if own else None)
        for one in wish.inputs
    )
    slots = slots_by_call(used.n, model.outputs_per_call)[0]
    facts = CallFacts(id=CALL_ID, model=other.wire_id, slots=slots)
    try:
        provider_of(model.vendor).prepare(used.model_copy(update={"n": len(slots)}), inputs, facts)
    except DioramaError:
        return False
    return True
