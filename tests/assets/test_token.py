"""The capability in a media URL."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diorama.assets.token import media_token, token_holds

SECRET = b"s" * 32


def test_a_token_opens_its_asset() -> None:
    token = media_token(SECRET, "one")

    assert token_holds(token, SECRET, "one", now=0)
    assert token == media_token(SECRET, "one")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)


@pytest.mark.parametrize(
    ("secret", "asset_id", "revision"), [(b"t" * 32, "one", 0), (SECRET, "two", 0), (SECRET, "one", 1)]
)
def test_a_token_opens_nothing_else(secret: bytes, asset_id: str, revision: int) -> None:
    assert not token_holds(media_token(SECRET, "one"), secret, asset_id, revision=revision, now=0)


def test_a_token_with_an_end_holds_until_then() -> None:
    token = media_token(SECRET, "one", expires=1000)

    assert token_holds(token, SECRET, "one", now=999.9)
    assert not token_holds(token, SECRET, "one", now=1000)


def test_the_end_cannot_be_moved_or_dropped() -> None:
    mac, _, _ = media_token(SECRET, "one", expires=1000).partition(".")

    for forged in (mac, f"{mac}.", f"{mac}.ffffffff", f"{mac}.0x3e8", f"{mac}.-1", f"{mac}.3E8", f"{mac}.3_e8"):
        assert not token_holds(forged, SECRET, "one", now=0)


@given(st.text(max_size=40))
def test_a_guess_opens_nothing(guess: str) -> None:
    assert not token_holds(guess, SECRET, "one", now=0)
