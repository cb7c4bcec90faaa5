"""A name becomes a model, or a refusal that says what to do."""

from datetime import date
from typing import Any

import pytest

from diorama.catalog.catalog import load_catalog
from diorama.catalog.entry import Model
from diorama.errors import ConfigurationError, UnsupportedError, ValidationError
from diorama.generation.resolve import Reach, Resolved, resolve
from diorama.schemas import Kind

CATALOG = load_catalog()
TODAY = date(2026, 11, 20)
BOTH = frozenset({"openai", "xai"})


def named(asked: str | None, kind: Kind | None = "image", today: date = TODAY, **reach: Any) -> Resolved:
    return resolve(CATALOG, asked, kind, Reach(**{"keyed": BOTH} | reach), today)


def codes(resolved: Resolved) -> list[str]:
    return [note.code for note in resolved.notes]


NAMES: list[tuple[str, Kind | None, str]] = [
    ("openai:gpt-image-2", "image", "openai:gpt-image-2"),
    ("GPT-Image-2", None, "openai:gpt-image-2"),
    ("OpenAI", "image", "openai:gpt-image-2.5-flare"),
    ("openai", None, "openai:gpt-image-2.5-flare"),
    ("gpt-image", "image", "openai:gpt-image-2.5-flare"),
    ("gpt-image-2.6", "image", "openai:gpt-image-2.6-flare"),
    ("grok", "image", "xai:grok-imagine-image-2.0"),
    ("grok", "video", "xai:grok-imagine-video-1.5"),
    ("grok-imagine", "video", "xai:grok-imagine-video-1.5"),
    ("xai", "image", "xai:grok-imagine-image-2.0"),
    ("xai:grok", "video", "xai:grok-imagine-video-1.5"),
    ("grok-imagine-video", None, "xai:grok-imagine-video"),
    ("sketch", "video", "sketch:motion"),
    ("sketch:still", "image", "sketch:still"),
]


@pytest.mark.parametrize(("asked", "kind", "expected"), NAMES)
def test_a_name_means_a_model_by_its_kind(asked: str, kind: Kind | None, expected: str) -> None:
    found = named(asked, kind)

    assert (found.model.name, found.wire_id, found.asked) == (expected, found.model.id, asked)


def test_a_dated_name_is_told_to_the_vendor_as_it_is() -> None:
    found = named("xai:Grok-Imagine-Image-2026-03-02")

    assert (found.model.id, found.wire_id) == ("grok-imagine-image", "grok-imagine-image-2026-03-02")
    assert found.notes == ()


def test_a_new_model_of_a_known_family_works_on_its_first_day_without_a_price() -> None:
    found = named("gpt-image-3")

    assert (found.model.name, found.wire_id) == ("openai:gpt-image-3", "gpt-image-3")
    assert found.model.free_size is not None
    assert found.model.prices == ()
    assert codes(found) == ["unpriced"]


def test_the_longest_pattern_wins() -> None:
    assert named("grok-imagine-video-2", None).model.makes == "video"
    with pytest.raises(UnsupportedError):
        named("grok-imagine-video-2", "image")


@pytest.mark.parametrize(
    "asked", ["sketch:oil", "sketch-2", "midjourney", "acme:flux", "openai:grok", "luma", "openai-7"]
)
def test_an_unknown_name_is_refused(asked: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        named(asked)

    assert caught.value.code == "unknown_model"
    assert repr(asked) in caught.value.message
    assert "diorama models" in (caught.value.hint or "")


def test_a_slip_of_the_pen_is_answered_with_the_closest_names() -> None:
    with pytest.raises(ConfigurationError, match="openai"):
        named("opnai")


@pytest.mark.parametrize(
    ("asked", "kind", "since", "successor"),
    [
        ("dall-e-3", "image", "2026-05-12", "openai:gpt-image-2.5-flare"),
        ("dall-e", "image", "2026-05-12", "openai:gpt-image-2.5-flare"),
        ("dall-e-4", "image", "2026-05-12", "openai:gpt-image-2.5-flare"),
        ("openai:gpt-image-1", "image", "2026-10-23", "openai:gpt-image-2.5-flare"),
        ("openai", "video", "2026-09-24", "xai:grok-imagine-video-1.5"),
        ("sora", "video", "2026-09-24", "xai:grok-imagine-video-1.5"),
        ("sora-2-2025-12-08", None, "2026-09-24", "xai:grok-imagine-video-1.5"),
        ("grok-2-image", "image", "2026-05-15", "xai:grok-imagine-image-2.0"),
        ("grok-imagine-image-quality-latest", "image", "2026-11-02", "xai:grok-imagine-image-2.0"),
    ],
)
def test_a_retired_model_is_refused_with_its_date_and_successor(
    asked: str, kind: Kind, since: str, successor: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        named(asked, kind, keyed=frozenset())

    assert (caught.value.code, caught.value.field) == ("model_retired", "model")
    assert caught.value.details == {"retired": since, "successor": successor}
    assert since in caught.value.message
    assert successor in (caught.value.hint or "")


def test_a_retired_model_is_served_where_somebody_else_answers() -> None:
    found = named("gpt-image-1", overridden=frozenset({"openai"}))

    assert (found.wire_id, found.notes) == ("gpt-image-1", ())


@pytest.mark.parametrize(("day", "code"), [(30, "sunset"), (20, "sunset")])
def test_an_announced_end_is_told_within_thirty_days(day: int, code: str) -> None:
    found = named("gpt-image-1.5", today=date(2026, 11, day))

    assert codes(found) == [code]
    assert "2026-12-01" in found.notes[0].message


def test_an_announced_end_is_silent_before_and_a_refusal_from_its_day_on() -> None:
    assert named("gpt-image-1.5", today=date(2026, 10, 31)).notes == ()
    with pytest.raises(ValidationError):
        named("gpt-image-1.5", today=date(2026, 12, 1))


@pytest.mark.parametrize("left", ["sora-2", "openai:sora-2", "SORA-2"])
@pytest.mark.parametrize("asked", ["sora-2", "openai:sora-2", "sora"])
def test_a_substitute_is_used_and_noted(left: str, asked: str) -> None:
    found = named(asked, "video", substitutes={left: "xai:grok-imagine-video"})

    assert (found.model.name, found.asked) == ("xai:grok-imagine-video", asked)
    assert [(note.code, note.asked, note.used) for note in found.notes] == [
        ("substituted", asked, "xai:grok-imagine-video")
    ]


def test_a_substitute_wins_over_an_overridden_base_url() -> None:
    found = named("gpt-image-1", substitutes={"gpt-image-1": "gpt-image-2"}, overridden=frozenset({"openai"}))

    assert found.wire_id == "gpt-image-2"


def test_a_name_that_nobody_knows_can_be_mapped() -> None:
    assert named("veo", "video", substitutes={"veo": "grok"}).model.name == "xai:grok-imagine-video-1.5"


def test_substitutes_may_follow_each_other() -> None:
    found = named("a", substitutes={"a": "b", "b": "gpt-image-2"})

    assert (found.wire_id, codes(found)) == ("gpt-image-2", ["substituted"])


@pytest.mark.parametrize("pairs", [{"a": "b", "b": "a"}, {"a": "a"}])
def test_substitutes_in_a_circle_are_refused(pairs: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="a circle") as caught:
        named("a", substitutes=pairs)

    assert caught.value.key == "DIORAMA_SUBSTITUTES"


def test_a_substitute_may_pin_a_snapshot() -> None:
    found = named("gpt-image-2", substitutes={"gpt-image-2": "gpt-image-2-2026-04-21"})

    assert found.wire_id == "gpt-image-2-2026-04-21"


def test_an_unknown_substitute_says_where_it_comes_from() -> None:
    with pytest.raises(ConfigurationError, match="DIORAMA_SUBSTITUTES"):
        named("sora-2", "video", substitutes={"sora-2": "midjourney"})


def test_successors_can_be_followed_for_every_retired_model() -> None:
    found = named("sora-2", "video", follow_successors=True, overridden=frozenset({"openai"}))

    assert (found.model.name, found.wire_id) == ("xai:grok-imagine-video-1.5", "grok-imagine-video-1.5")
    assert codes(found) == ["substituted"]
    assert codes(named("gpt-image-2", follow_successors=True)) == []


def test_a_model_without_a_key_names_the_variable_and_the_keyless_way() -> None:
    with pytest.raises(ConfigurationError) as caught:
        named("grok", keyed=frozenset({"openai"}))

    assert (caught.value.code, caught.value.key) == ("missing_key", "XAI_API_KEY")
    assert "--model sketch" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("asked", "kind"), [("gpt-image-2", "video"), ("grok-imagine-video", "image"), ("sora", "image")]
)
def test_a_model_of_the_other_kind_is_not_supported(asked: str, kind: Kind) -> None:
    with pytest.raises(UnsupportedError) as caught:
        named(asked, kind)

    assert caught.value.code == "unsupported_mode"
    assert f"makes no {kind}s" in caught.value.message


@pytest.mark.parametrize(
    ("kind", "keyed", "expected"),
    [
        ("image", BOTH, "openai:gpt-image-2.5-flare"),
        (None, BOTH, "openai:gpt-image-2.5-flare"),
        ("image", {"xai"}, "xai:grok-imagine-image-2.0"),
        ("video", BOTH, "xai:grok-imagine-video-1.5"),
    ],
)
def test_the_default_is_the_best_ranked_model_with_a_key(kind: Kind | None, keyed: set[str], expected: str) -> None:
    found = named(None, kind, keyed=frozenset(keyed))

    assert (found.model.name, found.asked, found.notes) == (expected, None, ())


def test_the_default_is_the_setting_where_there_is_one() -> None:
    assert named(" ", default_image_model="grok").model.name == "xai:grok-imagine-image-2.0"
    assert named("", "video", default_video_model="sketch").model.name == "sketch:motion"


def test_a_default_that_cannot_be_used_says_which_setting_to_blame() -> None:
    with pytest.raises(ValidationError, match="DIORAMA_DEFAULT_VIDEO_MODEL"):
        named(None, "video", default_video_model="sora-2")


@pytest.mark.parametrize(("kind", "expected"), [("image", "sketch:still"), ("video", "sketch:motion")])
def test_without_any_key_the_sketch_draws_and_says_so(kind: Kind, expected: str) -> None:
    found = named(None, kind, keyed=frozenset())

    assert (found.model.name, codes(found)) == (expected, ["sketch"])
    assert "XAI_API_KEY" in found.notes[0].message


def test_with_a_key_for_pictures_only_a_film_is_not_sketched_unasked() -> None:
    with pytest.raises(ConfigurationError) as caught:
        named(None, "video", keyed=frozenset({"openai"}))

    assert (caught.value.code, caught.value.key) == ("missing_key", "GEMINI_API_KEY")


def test_the_sketch_by_name_says_that_it_is_no_ai_model() -> None:
    assert codes(named("sketch")) == ["sketch"]


LIVING = [model for model in CATALOG.models if not model.is_retired(TODAY)]


@pytest.mark.parametrize("model", LIVING, ids=lambda model: str(model.name))
def test_every_living_row_is_found_by_its_name(model: Model) -> None:
    assert named(model.name, model.makes, keyed=frozenset(CATALOG.vendors)).model is model


@pytest.mark.parametrize(
    "model", [model for model in CATALOG.models if model not in LIVING], ids=lambda model: str(model.name)
)
def test_every_other_row_is_refused(model: Model) -> None:
    with pytest.raises(ValidationError, match="is retired since"):
        named(model.name, model.makes)


def test_a_model_that_the_key_here_does_not_open_is_refused_with_both_ways_out() -> None:
    with pytest.raises(ConfigurationError, match="GEMINI_API_KEY") as caught:
        named("veo-3.1", "video", keyed=frozenset({"google"}), key_names={"google": ("GEMINI_API_KEY",)})

    assert caught.value.key == "GOOGLE_GENAI_USE_VERTEXAI"
    assert "google:gemini-omni-1.2-flash" in (caught.value.hint or "")


def test_a_model_that_the_key_here_opens_is_taken() -> None:
    opened = {"google": ("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_CLOUD_PROJECT")}

    assert named("veo", "video", keyed=frozenset({"google"}), key_names=opened).model.id == "veo-3.1-generate-001"
