"""What is refused before anything is spent, because nobody could keep it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from diorama.bounds import DEEPEST, MOST_BYTES, Flaw, find_excess, find_flaw
from diorama.errors import ValidationError
from diorama.problems import parse
from diorama.schemas import Input, Request


def nested(levels: int) -> Any:
    value: Any = "core"
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize("value", [None, True, 3, -2.5, "a fox \U0001f98a", r"\u0000", [1, ("a", {})], nested(DEEPEST)])
def test_what_can_be_kept_passes(value: Any) -> None:
    assert find_flaw(value) is None


@pytest.mark.parametrize(
    ("value", "where", "why"),
    [
        ("a\0b", (), "U+0000"),
        ({"a": ["b", "\ud800"]}, ("a", "1"), "surrogate"),
        ({"a": {"b": "\U0001f98a\udfff"}}, ("a", "b"), "surrogate"),
        ({"a": {"b\0": 1}}, ("a",), "has a name that holds the character U+0000"),
        ({"a": {1: 1}}, ("a",), "the name 1"),
        ({"a": float("nan")}, ("a",), "is nan"),
        ([float("-inf")], ("0",), "is -inf"),
        ({"a": 10**300}, ("a",), "digits"),
        ({"a": date(2026, 11, 20)}, ("a",), "type date"),
        ({"a": Decimal(1)}, ("a",), "type Decimal"),
        (nested(DEEPEST + 1), ("a",) * DEEPEST, "too deep"),
        ([[]], ("0",), "too deep"),
    ],
)
def test_what_cannot_be_kept_is_found_where_it_is(value: Any, where: tuple[str, ...], why: str) -> None:
    flaw = find_flaw(value, deepest=1 if value == [[]] else DEEPEST)

    assert isinstance(flaw, Flaw)
    assert flaw.where == where
    assert why in flaw.why
    assert flaw.way_out


@pytest.mark.parametrize(("letters", "fits"), [(MOST_BYTES - 8, True), (MOST_BYTES - 7, False)])
def test_size_is_counted_in_bytes_of_json(letters: int, fits: bool) -> None:
    assert (find_excess({"a": "x" * letters}) is None) is fits
    assert find_excess({"a": "é" * (MOST_BYTES // 2)})


TEXTS = [name for name, field in Request.model_fields.items() if field.annotation in (str, str | None)]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("wrong", ["a\0b", "a\ud800b"])
def test_every_text_of_a_request_is_looked_through(name: str, wrong: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(Request, {"prompt": "a fox", name: wrong})

    assert caught.value.field == name


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"options": {"a": ["\0"]}}, "options.a.0"),
        ({"metadata": {"a": float("inf")}}, "metadata.a"),
        ({"metadata": {"a": "x" * MOST_BYTES}}, "metadata"),
        ({"options": {"a": "x" * MOST_BYTES}}, "options"),
        ({"metadata": nested(DEEPEST + 1)}, ".".join(["metadata", *"a" * DEEPEST])),
        ({"fallback": ["sketch", "\0"]}, "fallback.1"),
        ({"inputs": [{"url": "https://a.example/\0"}]}, "inputs.0.url"),
    ],
)
def test_no_corner_of_a_request_is_left_out(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(Request, {"prompt": "a fox"} | asked)

    assert caught.value.field == field
    assert caught.value.hint


def test_those_who_make_a_request_themselves_are_refused_as_well() -> None:
    with pytest.raises(ValueError, match=r"U\+0000"):
        Input(asset="\0")
