"""Parts of a body, as players and download managers ask for them."""

import pytest

from diorama.doors.http.ranges import Unsatisfiable, wanted


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-", (0, 10)),
        ("bytes=3-5", (3, 6)),
        ("bytes=9-", (9, 10)),
        ("bytes=5-99", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("Bytes = 3 - 5", (3, 6)),
    ],
)
def test_a_range_is_a_part(header: str, part: tuple[int, int]) -> None:
    assert wanted(header, 10) == part


@pytest.mark.parametrize(
    "header", [None, "", "bytes=", "bytes=-", "bytes=5-3", "bytes=a-b", "items=0-1", "bytes=0-1,3-4", "bytes=--3"]
)
def test_what_is_no_single_range_means_all(header: str | None) -> None:
    assert wanted(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_beyond_the_end_cannot_be_had(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        wanted(header, 10)
