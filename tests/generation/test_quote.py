"""What a request costs, before and after."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diorama.catalog.catalog import load_catalog
from diorama.catalog.entry import Model, Price
from diorama.generation.fit import fit
from diorama.generation.geometry import size_of, takes_size
from diorama.generation.quote import computed, quote
from diorama.schemas import Input, Request
from tests.generation.test_fit import PLAIN, inputs_of

CATALOG = load_catalog()
PROMPT = "a fox in the snow"  # 17 characters: 5 tokens
FRAME, PICTURE = Input(role="first_frame", asset="a"), Input(role="reference", asset="a")


def row(name: str) -> Model:
    model = CATALOG.find(name)
    assert model is not None
    return model


FLARE, GROK, FILM = row("gpt-image-2.5-flare"), row("grok-imagine-image-2.0"), row("grok-imagine-video-1.5")
PRICED = [model for model in PLAIN if model.prices]


def asked(model: Model, **wishes: Any) -> Request:
    inputs = inputs_of(model, False)
    return fit(Request(**{"prompt": PROMPT, "fit": "nearest", "inputs": inputs} | wishes), model).request


def usd(model: Model, **wishes: Any) -> str:
    money = quote(model, asked(model, **wishes))
    assert money is not None
    assert money.basis == "estimated"
    assert money.source
    return str(money.usd)


TEXT = Decimal(5) * 5 / 10**6


@pytest.mark.parametrize(
    ("model", "wishes", "expected"),
    [
        (FLARE, {}, TEXT + Decimal("0.01317")),
        (FLARE, {"quality": "low"}, TEXT + Decimal("0.00588")),
        (FLARE, {"quality": "high", "n": 3}, TEXT + 3 * Decimal("0.05268")),
        (FLARE, {"n": 11}, 2 * TEXT + 11 * Decimal("0.01317")),
        (FLARE, {"size": "2048x2048"}, TEXT + 4 * Decimal("0.01317")),
        (FLARE, {"size": "1536x1024"}, TEXT + Decimal("0.01977")),
        (FLARE, {"inputs": (PICTURE, PICTURE)}, TEXT + Decimal("0.01317") + 2 * 1536 * Decimal("0.000008")),
        (FLARE, {"options": {"partial_images": 2}, "n": 2}, TEXT + 2 * (439 + 200) * Decimal("0.00003")),
        (row("gpt-image-2.6-flare"), {"quality": "low"}, TEXT + 4 * Decimal("0.00588")),
        (row("gpt-image-2"), {}, TEXT + Decimal("0.05301")),
        (row("gpt-image-2"), {"size": "1536x1024"}, TEXT + Decimal("0.04101")),
        (GROK, {}, Decimal("0.04")),
        (GROK, {"quality": "medium", "resolution": "2k", "n": 2}, Decimal("0.16")),
        (GROK, {"quality": "auto"}, Decimal("0.04")),
        (row("grok-imagine-image"), {"resolution": "2k"}, Decimal("0.02")),
        (FILM, {}, Decimal("0.64")),
        (FILM, {"seconds": 15, "resolution": "1080p"}, Decimal("3.75")),
        (FILM, {"inputs": (FRAME,), "n": 2}, Decimal("1.30")),
        (row("grok-imagine-video"), {"resolution": "720p"}, Decimal("0.56")),
        (row("sora-2-pro"), {"size": "1792x1024", "seconds": 12}, Decimal("6.00")),
        (row("sketch:still"), {"n": 4}, Decimal(0)),
        (row("sketch:motion"), {"seconds": 30}, Decimal(0)),
    ],
)
def test_a_quote_is_the_price_list_times_what_is_asked(model: Model, wishes: dict[str, Any], expected: Decimal) -> None:
    assert Decimal(usd(model, **wishes)) == expected


def test_a_model_without_a_price_has_no_quote() -> None:
    new = FLARE.model_copy(update={"prices": (), "tokens": ()})

    assert quote(new, asked(new)) is None
    assert computed(new, asked(new), {"image_out": 439}, 1) is None


def test_a_value_without_a_price_has_no_quote() -> None:
    low = tuple(price for price in GROK.prices if "low" in price.when.get("quality", ()))
    partly = GROK.model_copy(update={"prices": low})

    assert quote(partly, asked(partly)) is not None
    assert quote(partly, asked(partly, quality="medium")) is None


def test_a_quality_without_a_count_has_no_quote_but_a_cost() -> None:
    partly = FLARE.model_copy(update={"tokens": FLARE.tokens[:1]})
    request = asked(partly, quality="max")

    assert quote(partly, request) is None
    assert computed(partly, request, {"image_out": 7024}, 1) is not None


def test_an_unfitted_request_is_quoted_by_the_models_defaults() -> None:
    assert quote(FILM, Request(prompt=PROMPT)) == quote(FILM, asked(FILM))


def test_the_vendors_count_makes_the_cost() -> None:
    money = computed(FLARE, asked(FLARE), {"text_in": 10, "image_in": 100, "image_out": 1000}, 1)

    assert money is not None
    assert (money.usd, money.basis) == (Decimal("0.03085"), "computed")


def test_without_a_count_of_tokens_the_cost_stays_an_estimate() -> None:
    request = asked(FLARE, n=2)

    assert computed(FLARE, request, {}, 2) == quote(FLARE, request)


def test_what_was_not_made_is_not_counted() -> None:
    whole, part = computed(GROK, asked(GROK, n=4), {}, 4), computed(GROK, asked(GROK, n=4), {}, 3)

    assert whole is not None
    assert part is not None
    assert (whole.usd, part.usd, part.basis) == (Decimal("0.16"), Decimal("0.12"), "computed")


# Laws ----------------------------------------------------------------------------------------------------------------

# The list prices of gpt-image-2 fall from the square to the larger oblong presets: that is the vendor's word.
BY_PIXELS = [model for model in PRICED if model.id != "gpt-image-2"]
SIZES = st.builds("{}x{}".format, st.integers(4, 240).map((16).__mul__), st.integers(4, 240).map((16).__mul__))


@settings(max_examples=100)
@given(st.sampled_from(PRICED), st.integers(1, 50), st.integers(1, 50), st.sampled_from(["low", "medium", "high"]))
def test_a_quote_never_falls_as_n_grows(model: Model, n: int, more: int, quality: str) -> None:
    assert 0 <= Decimal(usd(model, n=n, quality=quality)) <= Decimal(usd(model, n=n + more, quality=quality))


@settings(max_examples=100)
@given(st.sampled_from([m for m in PRICED if m.seconds]), st.floats(0.5, 30), st.floats(0, 30))
def test_a_quote_never_falls_as_seconds_grow(model: Model, seconds: float, more: float) -> None:
    assert Decimal(usd(model, seconds=seconds)) <= Decimal(usd(model, seconds=seconds + more))


@settings(max_examples=100)
@given(st.sampled_from([m for m in BY_PIXELS if m.makes == "image"]), SIZES, SIZES)
def test_a_quote_never_falls_as_pixels_grow(model: Model, one: str, other: str) -> None:
    small, large = sorted((size_of(one), size_of(other)), key=lambda size: size[0] * size[1])
    assume(all(takes_size(model, size) or not model.sizes for size in (small, large)))

    assert Decimal(usd(model, size=f"{small[0]}x{small[1]}")) <= Decimal(usd(model, size=f"{large[0]}x{large[1]}"))


@settings(max_examples=100)
@given(st.sampled_from(PRICED), st.integers(1, 50), st.booleans())
def test_the_quotes_of_the_calls_add_up_to_the_jobs(model: Model, n: int, framed: bool) -> None:
    request = asked(model, n=n, inputs=inputs_of(model, framed))
    most = model.outputs_per_call
    calls = [request.model_copy(update={"n": min(most, n - made)}) for made in range(0, n, most)]

    amounts = [money.usd for call in calls if (money := quote(model, call))]

    whole = quote(model, request)
    assert whole is not None
    assert sum(amounts) == whole.usd
    assert len(amounts) == len(calls)


@pytest.mark.parametrize(("size", "usd"), [("512x512", "0.03"), ("1024x1024", "0.03"), ("2048x1024", "0.045")])
def test_pixels_beyond_the_first_million_are_charged_by_begun_megapixels(size: str, usd: str) -> None:
    prices = (
        Price(per="image", usd=Decimal("0.03"), source="s"),
        Price(per="further_megapixel", usd=Decimal("0.015"), source="s"),
    )
    model = FLARE.model_copy(update={"prices": prices, "tokens": ()})

    money = quote(model, Request(prompt="a fox", size=size))

    assert money is not None
    assert money.usd == Decimal(usd)
