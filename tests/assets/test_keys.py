"""The names under which bytes are stored."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diorama.assets.keys import check_key, image_key, key_prefix, thumbnail_key, video_key

ID = "0192f0c1-7d4e-7a3b-8c55-5d0f3c1a9e11"
MORNING = datetime(2026, 11, 20, 10, 15, 0, 999_999, tzinfo=UTC)


def test_a_picture_rests_under_its_customer() -> None:
    assert image_key(7, ID, "png") == f"customers/7/assets/image/{ID}.png"


def test_a_film_is_named_after_the_moment_it_was_made() -> None:
    assert video_key(7, ID, MORNING) == f"customers/7/assets/video/20261120T101500Z_{ID}.mp4"


def test_the_moment_is_written_in_utc() -> None:
    in_tokyo = MORNING.astimezone(timezone(timedelta(hours=9)))

    assert video_key(7, ID, in_tokyo) == video_key(7, ID, MORNING)


def test_a_result_that_is_not_kept_lies_apart() -> None:
    assert image_key(7, ID, "png", staged=True) == f"customers/7/staged/image/{ID}.png"
    assert video_key(7, ID, MORNING, staged=True).startswith("customers/7/staged/video/2026")


@pytest.mark.parametrize("staged", [False, True])
def test_the_prefix_finds_the_key_before_the_extension_is_known(staged: bool) -> None:
    assert image_key(7, ID, "webp", staged=staged).startswith(key_prefix("image", 7, ID, MORNING, staged=staged) + ".")
    assert video_key(7, ID, MORNING, "webm", staged=staged).startswith(
        key_prefix("video", 7, ID, MORNING, staged=staged) + "."
    )


def test_a_thumbnail_lies_beside_its_asset_and_outside_its_prefix() -> None:
    thumbnail = thumbnail_key(image_key(7, ID, "png"))

    assert thumbnail == f"customers/7/assets/image/thumbnails/{ID}.webp"
    assert not thumbnail.startswith(key_prefix("image", 7, ID, MORNING))


@pytest.mark.parametrize("key", ["", "/etc/passwd", "a/../b", "..", "a//b", "a/", ".hidden", "a\\b", "a\0", "ä", "a b"])
def test_an_unsafe_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        check_key(key)


@pytest.mark.parametrize(("customer", "asset_id", "ext"), [(0, ID, "png"), (7, "../x", "png"), (7, ID, "p/g")])
def test_no_part_of_a_key_can_smuggle_a_path(customer: int, asset_id: str, ext: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        image_key(customer, asset_id, ext)


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        video_key(7, ID, MORNING.replace(tzinfo=None))


@given(st.text(max_size=40))
def test_whatever_passes_stays_below_the_root(key: str) -> None:
    try:
        check_key(key)
    except ValueError:
        return

    assert not key.startswith("/")
    assert all(part.strip(".") for part in key.split("/"))
