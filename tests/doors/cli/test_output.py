"""Names and codes, without a house."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diorama.doors.cli import output
from diorama.errors import (
    BudgetError,
    ConfigurationError,
    DioramaError,
    NotFoundError,
    ProviderError,
    ServiceError,
    UnsupportedError,
    ValidationError,
)


@pytest.mark.parametrize(
    ("name", "true", "saved"),
    [
        ("fox.png", "png", "fox.png"),
        ("fox.PNG", "png", "fox.PNG"),
        ("fox.jpeg", "jpg", "fox.jpeg"),
        ("fox.png", "jpg", "fox.jpg"),
        ("fox", "png", "fox.png"),
        ("fox.v2", "png", "fox.v2.png"),
        ("fox.tar.png", "webp", "fox.tar.webp"),
        (".png", "png", ".png.png"),
        ("film.m4v", "mp4", "film.m4v"),
    ],
)
def test_a_name_ends_in_what_it_is(name: str, true: str, saved: str) -> None:
    assert output.true_name(name, true) == saved


@given(st.text(alphabet=st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1))
def test_a_true_name_stays_as_it_is(name: str) -> None:
    once = output.true_name(name, "png")

    assert output.true_name(once, "png") == once


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValidationError("no"), 3),
        (ConfigurationError("no"), 3),
        (UnsupportedError("no"), 3),
        (BudgetError("no"), 3),
        (ServiceError("full", code="queue_full"), 3),
        (ServiceError("disk"), 1),
        (NotFoundError("none"), 1),
        (ProviderError("no", provider="acme"), 1),
        (ProviderError("?", provider="acme", code="uncertain"), 4),
        (ValidationError("blocked", code="moderated", job_id="1"), 1),
    ],
    ids=lambda value: f"{type(value).__name__} {value.code}" if isinstance(value, DioramaError) else str(value),
)
def test_every_error_has_its_exit_code(error: DioramaError, code: int) -> None:
    assert output.exit_code(error) == code
