"""What a request will cost, and what was made has cost: the row's prices times quantities, exact in Decimal.

A quote is the sum over the paid calls that the request becomes: outputs are counted once each, the prompt and the
inputs once per call. Text tokens are taken as a quarter of the prompt's characters, and input pictures count as many
tokens as they can at most. Image tokens known for 1024x1024 alone are scaled by pixels.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from diorama.catalog.entry import Choices, Model, Price, Unit
from diorama.generation.geometry import size_of
from diorama.schemas import Basis, Money, Request

PER_TOKEN: Final = Decimal("0.000001")
TOKENS: Final = frozenset({"text_in", "text_out", "image_in", "image_out", "video_out"})
OUTPUTS: Final = frozenset({"image", "second", "image_out", "video_out"})
COUNTED: Final = OUTPUTS & TOKENS
CHARACTERS_PER_TOKEN: Final = 4
MEGAPIXEL: Final = 1024 * 1024

Quantities = Mapping[Unit, Decimal]


def quote(model: Model, request: Request) -> Money | None:
    """The estimate for all `n` outputs of a fitted request; None when no price is known."""
    calls = -(-request.n // model.outputs_per_call)
    return _priced(model, request, _quantities(model, request, calls=calls, outputs=request.n), "estimated")


def computed(model: Model, request: Request, usage: Mapping[str, int], outputs: int) -> Money | None:
    """The cost of one call that made this many outputs, by what its vendor says was used (`text_in image_out`...).

    Where tokens are what is paid for and the vendor did not count them, this stays an estimate. None: no price known.
    """
    quantities = dict(_quantities(model, request, calls=1, outputs=outputs))
    counted = {unit: Decimal(usage[unit]) for unit in {price.per for price in model.prices} if unit in usage}
    basis: Basis = "estimated" if _paid_by_tokens(model) - counted.keys() else "computed"
    return _priced(model, request, quantities | counted, basis)


def _quantities(model: Model, request: Request, *, calls: int, outputs: int) -> Quantities:
    free = {"mask", "source"} if model.makes == "video" else {"mask"}  # a film that goes in is no picture
    pictures = sum(given.role not in free for given in request.inputs)
    seconds = Decimal(str(_value(model, request, "seconds") or 0))
    return {
        "image": Decimal(outputs),
        "further_megapixel": Decimal(_further_megapixels(model, request) * outputs),
        "second": seconds * outputs,
        "image_out": Decimal(_tokens(model, request) * outputs),
        "video_out": _film_tokens(model, request) * seconds * outputs,
        "input_image": Decimal(pictures * calls),
        "text_in": Decimal(-(-len(request.prompt) // CHARACTERS_PER_TOKEN) * calls),
        "text_out": Decimal(0),
        "image_in": Decimal(model.input_tokens * pictures * calls),
    }


def _further_megapixels(model: Model, request: Request) -> int:
    """Begun megapixels of one image beyond the first; none where the model is not asked in pixels."""
    size = _value(model, request, "size")
    width, height = size_of(size) if size else (0, 0)
    return max(0, -(-width * height // MEGAPIXEL) - 1)


def _tokens(model: Model, request: Request) -> int:
    """Output tokens of one image, with what its options add."""
    further = (each * int(_value(model, request, name) or 0) for name, each in model.further_tokens.items())
    return _drawn_tokens(model, request) + sum(further)


def _film_tokens(model: Model, request: Request) -> int:
    """Output tokens of one second of film."""
    return next((count.video_out for count in model.tokens if _matches(model, request, count.when)), 0)


def _drawn_tokens(model: Model, request: Request) -> int:
    count = next((count for count in model.tokens if _matches(model, request, count.when)), None)
    if count is None:
        return 0
    if "size" in count.when:
        return count.image_out
    width, height = size_of(_value(model, request, "size") or "1024x1024")
    return -(-count.image_out * width * height // MEGAPIXEL)


def _priced(model: Model, request: Request, quantities: Quantities, basis: Basis) -> Money | None:
    """The sum over every unit that the model is priced by; None if one of them has no price for this request."""
    total, sources = Decimal(0), []
    for unit in sorted({price.per for price in model.prices}):
        price = _price(model, request, unit)
        if price is None and quantities[unit]:
            return None
        if price is not None:
            total += price.usd * quantities[unit] * (PER_TOKEN if unit in TOKENS else 1)
            sources += [price.source or model.source] if unit in OUTPUTS else []
    if not sources or (basis == "estimated" and _counts_unknown(model, request)):
        return None
    return Money(usd=total, basis=basis, source="; ".join(dict.fromkeys(sources)))


def _counts_unknown(model: Model, request: Request) -> bool:
    """Paid for by output tokens, and nobody knows how many."""
    known = any(_matches(model, request, count.when) for count in model.tokens)
    return bool(_paid_by_tokens(model)) and not known


def _paid_by_tokens(model: Model) -> set[Unit]:
    """The sorts of output tokens that the model is priced by."""
    return {price.per for price in model.prices if price.per in COUNTED}


def _price(model: Model, request: Request, unit: Unit) -> Price | None:
    return next((price for price in model.prices if price.per == unit and _matches(model, request, price.when)), None)


def _matches(model: Model, request: Request, when: Choices) -> bool:
    roles = {given.role for given in request.inputs}
    return all(
        bool(roles & set(choices)) if field == "input" else _value(model, request, field) in choices
        for field, choices in when.items()
    )


def _value(model: Model, request: Request, field: str) -> Any:
    """What the request says, or an option of it, or what the model takes when it is left open."""
    said = request.options.get(field) if field in model.option_names else getattr(request, field)
    return model.defaults.get(field) if said is None else said
