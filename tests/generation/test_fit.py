"""Strict refuses, nearest adjusts and says so, and what comes out is always what the model can do."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diorama.catalog.catalog import load_catalog
from diorama.catalog.entry import Model
from diorama.errors import DioramaError, UnsupportedError, ValidationError
from diorama.generation.draft import WORDS
from diorama.generation.fit import Fitted, fit
from diorama.schemas import Input, Request

CATALOG = load_catalog()
FRAME = Input(role="first_frame", asset="a")
FIELDS = (*WORDS, "size", "aspect_ratio", "resolution", "seconds", "fps", "audio", "seed", "negative_prompt")


def row(name: str) -> Model:
    model = CATALOG.find(name)
    assert model is not None
    return model


FLARE, GROK, FILM = row("gpt-image-2.5-flare"), row("grok-imagine-image-2.0"), row("grok-imagine-video-1.5")
STILL, MOTION = row("sketch:still"), row("sketch:motion")


def strict(model: Model, soft: tuple[str, ...] = (), picture: tuple[int, int] | None = None, **asked: Any) -> Fitted:
    return fit(Request(prompt="a fox", **asked), model, soft=frozenset(soft), picture=picture)


def nearest(model: Model, soft: tuple[str, ...] = (), picture: tuple[int, int] | None = None, **asked: Any) -> Fitted:
    return fit(Request(prompt="a fox", fit="nearest", **asked), model, soft=frozenset(soft), picture=picture)


def used(fitted: Fitted) -> dict[str, Any]:
    return {name: value for name in FIELDS if (value := getattr(fitted.request, name)) is not None}


def changes(fitted: Fitted) -> list[tuple[str, str | None, Any, Any]]:
    return [(note.code, note.field, note.asked, note.used) for note in fitted.notes]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (FLARE, {"size": "1024x1024", "quality": "medium", "output_format": "png"}),
        (GROK, {"aspect_ratio": "1:1", "resolution": "1k", "quality": "low"}),
        (FILM, {"aspect_ratio": "16:9", "resolution": "480p", "seconds": 8, "audio": True}),
        (MOTION, {"size": "1280x720", "seconds": 4, "fps": 24, "audio": False}),
    ],
)
def test_what_is_left_open_is_taken_from_the_model_without_a_note(model: Model, expected: dict[str, Any]) -> None:
    fitted = strict(model)

    assert (used(fitted), fitted.notes) == (expected, ())


REFUSALS: list[tuple[Model, dict[str, Any], str, str]] = [
    (FLARE, {"size": "999x1"}, "size", "1536x1024"),
    (FLARE, {"size": "512x512"}, "size", "816x816"),
    (FLARE, {"aspect_ratio": "1:4"}, "aspect_ratio", "592x1776"),
    (FLARE, {"aspect_ratio": "0:4"}, "aspect_ratio", "no zero"),
    (FLARE, {"resolution": "4k"}, "resolution", "2880x2880"),
    (FLARE, {"resolution": "huge"}, "resolution", "1024x1024"),
    (FLARE, {"size": "1024x1024", "aspect_ratio": "16:9"}, "aspect_ratio", "one of the two"),
    (FLARE, {"quality": "hd"}, "quality", "low, medium, high"),
    (FLARE, {"seed": 7}, "seed", "Leave it out"),
    (FLARE, {"seconds": 5}, "seconds", "Leave it out"),
    (FLARE, {"background": "transparent", "output_format": "jpeg"}, "output_format", "png, webp"),
    (FLARE, {"output_format": "png", "options": {"output_compression": 5}}, "options.output_compression", "Leave one"),
    (FLARE, {"options": {"output_compression": 500}}, "options.output_compression", "at most 100"),
    (FLARE, {"options": {"output_compression": "much"}}, "options.output_compression", "an integer"),
    (FLARE, {"options": {"moderation": "none"}}, "options.moderation", "auto, low"),
    (FLARE, {"options": {"user": "x" * 513}}, "options.user", "shorter"),
    (GROK, {"size": "1280x720"}, "size", "16:9 at 1k"),
    (GROK, {"aspect_ratio": "5:4"}, "aspect_ratio", "4:3"),
    (GROK, {"resolution": "4k"}, "resolution", "1.5k, 2k"),
    (GROK, {"background": "opaque"}, "background", "Leave it out"),
    (FILM, {"seconds": 20}, "seconds", "nearest is 15"),
    (FILM, {"fps": 24}, "fps", "Leave it out"),
    (STILL, {"audio": True}, "audio", "Leave it out"),
    (MOTION, {"fps": 29}, "fps", "12, 24, 25, 30"),
]


@pytest.mark.parametrize(("model", "asked", "field", "hint"), REFUSALS)
def test_strict_names_the_value_the_model_and_the_way_out(
    model: Model, asked: dict[str, Any], field: str, hint: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        strict(model, **asked)

    assert caught.value.field == field
    assert model.name in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_refusal_reads_as_a_sentence() -> None:
    with pytest.raises(ValidationError) as caught:
        strict(row("gpt-image-1.5"), size="999x1")

    assert str(caught.value) == (
        "openai:gpt-image-1.5 has no size '999x1'. One of 1024x1024, 1536x1024, 1024x1536. The nearest is 1536x1024."
    )


def test_an_unknown_option_is_refused_with_the_close_name() -> None:
    with pytest.raises(ValidationError, match="Did you mean complexity") as caught:
        strict(row("gpt-image-2.6-flare"), options={"complexty": "low"})

    assert caught.value.code == "unknown_option"


ADJUSTED: list[tuple[Model, dict[str, Any], str, Any]] = [
    (FLARE, {"size": "512x512"}, "size", "816x816"),
    (FLARE, {"size": "1920x1080"}, "size", "1920x1088"),
    (FLARE, {"size": "4000x2250"}, "size", "3840x2160"),
    (FLARE, {"aspect_ratio": "1:4"}, "aspect_ratio", "592x1776"),
    (FLARE, {"resolution": "4k", "aspect_ratio": "16:9"}, "resolution", "3840x2160"),
    (FLARE, {"quality": "ultra"}, "quality", "medium"),
    (FLARE, {"background": "transparent", "output_format": "jpeg"}, "output_format", "png"),
    (FLARE, {"output_format": "webp", "options": {"output_compression": 500}}, "options.output_compression", 100),
    (GROK, {"size": "1920x1080"}, "size", "16:9 at 1.5k"),
    (GROK, {"aspect_ratio": "5:4"}, "aspect_ratio", "4:3"),
    (GROK, {"resolution": "4k"}, "resolution", "2k"),
    (GROK, {"resolution": "huge"}, "resolution", "1k"),
    (GROK, {"quality": "high"}, "quality", "medium"),
    (FILM, {"seconds": 0.2}, "seconds", 1),
    (FILM, {"seconds": 20}, "seconds", 15),
    (MOTION, {"fps": 60}, "fps", 30),
    (row("gpt-image-1.5"), {"size": "1792x1024"}, "size", "1536x1024"),
    (row("grok-imagine-video"), {"resolution": "1080p"}, "resolution", "720p"),
]


@pytest.mark.parametrize(("model", "asked", "field", "value"), ADJUSTED)
def test_nearest_takes_the_closest_legal_value_and_says_so(
    model: Model, asked: dict[str, Any], field: str, value: Any
) -> None:
    fitted = nearest(model, **asked)
    said = asked["options"][field.removeprefix("options.")] if field.startswith("options.") else asked[field]

    assert changes(fitted) == [("adjusted", field, said, value)]


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (FLARE, {"seed": 7}),
        (FLARE, {"audio": True}),
        (FLARE, {"resolution": "huge"}),
        (FLARE, {"options": {"steps": 30}}),
        (FLARE, {"options": {"moderation": "none"}}),
        (GROK, {"negative_prompt": "dogs"}),
        (GROK, {"output_format": "png"}),
        (FILM, {"fps": 24}),
    ],
)
def test_nearest_leaves_out_what_the_model_does_not_have_and_says_so(model: Model, asked: dict[str, Any]) -> None:
    fitted = nearest(model, **asked)

    assert [note.code for note in fitted.notes] == ["ignored"]
    assert used(fitted) == used(strict(model))


@pytest.mark.parametrize(("asked", "expected"), [(26, 25), (18, 12), (27.5, 25)])
def test_of_two_values_equally_near_the_cheaper_wins(asked: float, expected: int) -> None:
    model = FILM.model_copy(update={"seconds": (12.0, 24.0, 25.0, 30.0)})

    assert used(nearest(model, seconds=asked))["seconds"] == expected


CONVERSIONS: list[tuple[Model, dict[str, Any], dict[str, Any]]] = [
    (FLARE, {"aspect_ratio": "16:9"}, {"size": "1280x720"}),
    (FLARE, {"aspect_ratio": "9:16"}, {"size": "720x1280"}),
    (FLARE, {"resolution": "2k"}, {"size": "2048x2048"}),
    (MOTION, {"aspect_ratio": "9:16", "resolution": "1080p"}, {"size": "1080x1920"}),
    (MOTION, {"resolution": "480p"}, {"size": "854x480"}),
    (GROK, {"size": "1024x1024"}, {"aspect_ratio": "1:1", "resolution": "1k"}),
    (GROK, {"aspect_ratio": "32:18", "resolution": "2K"}, {"aspect_ratio": "16:9", "resolution": "2k"}),
    (FILM, {"size": "1280x720"}, {"aspect_ratio": "16:9", "resolution": "720p"}),
    (FLARE, {"size": "1024x1024", "aspect_ratio": "1:1", "resolution": "1k"}, {"size": "1024x1024"}),
    (FLARE, {"output_format": "JPG"}, {"output_format": "jpeg"}),
]


@pytest.mark.parametrize(("model", "asked", "expected"), CONVERSIONS)
def test_the_same_thing_in_the_models_words_is_no_change(
    model: Model, asked: dict[str, Any], expected: dict[str, Any]
) -> None:
    fitted = strict(model, **asked)

    assert used(fitted) | expected == used(fitted)
    assert fitted.notes == ()


def test_the_doors_own_defaults_give_way_in_silence() -> None:
    fitted = strict(GROK, soft=("size", "quality", "seed"), size="1920x1080", quality="hd", seed=7)

    assert used(fitted) == {"aspect_ratio": "16:9", "resolution": "1.5k", "quality": "medium"}
    assert fitted.notes == ()


def test_a_doors_default_size_yields_to_the_ratio_that_was_asked_for() -> None:
    assert used(strict(FLARE, soft=("size",), size="1024x1024", aspect_ratio="16:9"))["size"] == "1280x720"


def test_a_format_that_nobody_asked_for_follows_the_option_that_needs_another() -> None:
    fitted = strict(FLARE, background="transparent", options={"output_compression": "50"})

    assert (fitted.request.output_format, fitted.request.options) == ("webp", {"output_compression": 50})


def test_a_ratio_has_no_effect_beside_a_first_frame() -> None:
    fitted = strict(FILM, aspect_ratio="9:16", inputs=(FRAME,))

    assert changes(fitted) == [("ignored", "aspect_ratio", "9:16", None)]
    assert fitted.request.aspect_ratio is None


def test_a_note_blames_what_the_caller_wrote() -> None:
    assert changes(strict(FILM, size="1280x720", inputs=(FRAME,))) == [("ignored", "size", "1280x720", None)]


def test_a_film_takes_the_shape_of_its_picture_unless_one_was_asked_for() -> None:
    still = (600, 800)

    assert used(strict(MOTION, picture=still, inputs=(FRAME,)))["size"] == "834x1112"
    assert used(strict(MOTION, ("aspect_ratio",), still, aspect_ratio="9:16", inputs=(FRAME,)))["size"] == "834x1112"
    assert used(strict(MOTION, ("size",), still, size="640x480", inputs=(FRAME,)))["size"] == "480x640"
    assert used(strict(MOTION, (), still, aspect_ratio="1:1", inputs=(FRAME,)))["size"] == "960x960"


def test_a_model_of_ratios_takes_the_nearest_to_the_picture() -> None:
    model = GROK.model_copy(update={"inputs": {"reference": 3}, "follows_picture": ()})

    fitted = strict(model, picture=(1000, 720), inputs=(Input(asset="a"),))

    assert (fitted.request.aspect_ratio, fitted.notes) == ("4:3", ())


def test_a_model_that_follows_the_picture_by_itself_is_told_no_shape() -> None:
    model = GROK.model_copy(update={"inputs": {"reference": 3}, "follows_picture": ("reference",)})

    assert strict(model, picture=(1000, 720), inputs=(Input(asset="a"),)).request.aspect_ratio is None


@pytest.mark.parametrize("ask", [strict, nearest])
def test_a_prompt_is_never_cut(ask: Callable[..., Fitted]) -> None:
    with pytest.raises(ValidationError) as caught:
        ask(FLARE.model_copy(update={"prompt_max": 3}))

    assert caught.value.field == "prompt"


@pytest.mark.parametrize("ask", [strict, nearest])
def test_a_prompt_that_the_model_does_not_read_is_noted(ask: Callable[..., Fitted]) -> None:
    fitted = ask(FLARE.model_copy(update={"prompt_max": 0}))

    assert [(note.code, note.field, note.used) for note in fitted.notes] == [("ignored", "prompt", None)]


@pytest.mark.parametrize("ask", [strict, nearest])
def test_an_input_is_never_left_out(ask: Callable[..., Fitted]) -> None:
    with pytest.raises(UnsupportedError, match="no inputs"):
        ask(FLARE.model_copy(update={"inputs": {}}), inputs=(FRAME,))
    with pytest.raises(ValidationError, match="takes 1 input"):
        ask(FILM, inputs=(FRAME, FRAME))
    with pytest.raises(ValidationError, match="needs an input as 'first_frame'"):
        ask(FILM.model_copy(update={"requires": ("first_frame",)}))


def test_a_setting_for_pictures_that_go_in_is_left_out_without_them() -> None:
    model = row("gpt-image-1.5")

    assert changes(strict(model, input_fidelity="high")) == [("ignored", "input_fidelity", "high", None)]
    assert strict(model, input_fidelity="high", inputs=(Input(asset="a"),)).notes == ()


def test_the_number_of_outputs_stays() -> None:
    assert nearest(FILM, n=7).request.n == 7


# Laws ----------------------------------------------------------------------------------------------------------------

SIZES = st.one_of(
    st.sampled_from(["1024x1024", "1280x720", "720x1280", "1920x1080", "512x512", "854x480"]),
    st.builds("{}x{}".format, st.integers(1, 6000), st.integers(1, 6000)),
)
RATIOS = st.one_of(
    st.sampled_from(["1:1", "16:9", "9:16", "21:9", "9:19.5", "5:4", "1:4", "0:1"]),
    st.builds("{}:{}".format, st.integers(1, 40), st.integers(1, 40)),
)
RESOLUTIONS = st.sampled_from(["480p", "720p", "1080p", "1k", "1.5k", "2K", "4k", "768sq", "huge"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "size": SIZES,
    "aspect_ratio": RATIOS,
    "resolution": RESOLUTIONS,
    "seconds": st.floats(0.1, 600),
    "fps": st.integers(1, 120),
    "audio": st.booleans(),
    "seed": st.integers(0, 2**63 - 1),
    "negative_prompt": st.sampled_from(["dogs", "rain"]),
    "quality": st.sampled_from(["low", "standard", "medium", "hd", "high", "xhigh", "max", "auto", "ultra"]),
    "background": st.sampled_from(["transparent", "opaque", "auto", "blue"]),
    "output_format": st.sampled_from(["png", "jpeg", "JPG", "webp", "gif"]),
    "input_fidelity": st.sampled_from(["low", "high"]),
    "options": st.fixed_dictionaries(
        {},
        optional={
            "output_compression": st.sampled_from([50, "50", 500, -1, 1.5, True, "x", None]),
            "moderation": st.sampled_from(["low", "none", 3]),
            "complexity": st.sampled_from(["high", "super"]),
            "steps": st.just(30),
        },
    ),
    "n": st.integers(1, 100),
}
ASKED = st.fixed_dictionaries({}, optional=VALUES)
SOFT = st.frozensets(st.sampled_from([*FIELDS, "options"]))
PLAIN = [m for m in CATALOG.models if m.prompt_max and not any(rule.needs and not rule.when for rule in m.rules)]
"""All but the models that read no prompt, which is always noted, and those that need a setting of their own."""
MODELS = st.sampled_from(PLAIN)


def inputs_of(model: Model, wanted: bool) -> tuple[Input, ...]:
    """What the model cannot do without; when wanted, one of every role that goes together with those before it."""
    taken = [Input(role=role, asset="a") for role in model.requires]
    for role in model.inputs if wanted else ():
        if role not in model.requires and _goes_together(model, [*taken, Input(role=role, asset="a")]):
            taken.append(Input(role=role, asset="a"))
    return tuple(taken)


def _goes_together(model: Model, inputs: list[Input]) -> bool:
    try:
        fit(Request(prompt="a fox", inputs=tuple(inputs)), model)
    except DioramaError:
        return False
    return True


@settings(max_examples=200)
@given(MODELS, ASKED, SOFT, st.booleans())
def test_what_nearest_returns_is_legal(model: Model, asked: dict[str, Any], soft: frozenset[str], framed: bool) -> None:
    fitted = nearest(model, tuple(soft), inputs=inputs_of(model, framed), **asked)

    again = fit(fitted.request.model_copy(update={"fit": "strict"}), model)
    assert again.notes == ()
    assert used(again) == used(fitted)
    assert again.request.options == fitted.request.options


@settings(max_examples=200)
@given(MODELS, ASKED, st.booleans())
def test_strict_passes_exactly_what_nearest_would_not_touch(model: Model, asked: dict[str, Any], framed: bool) -> None:
    inputs = inputs_of(model, framed)
    loose = nearest(model, inputs=inputs, **asked)

    harmless = all("makes nothing of" in note.message for note in loose.notes)
    try:
        firm = strict(model, inputs=inputs, **asked)
    except DioramaError:
        firm = None
    assert (firm is not None) == harmless
    assert firm is None or (used(firm), firm.notes) == (used(loose), loose.notes)


@settings(max_examples=200)
@given(MODELS, ASKED)
def test_a_value_that_is_neither_kept_nor_said_otherwise_has_its_note(model: Model, asked: dict[str, Any]) -> None:
    fitted = nearest(model, inputs=inputs_of(model, False), **asked)
    noted = {note.field for note in fitted.notes}

    shape = {"size", "aspect_ratio", "resolution"}
    for field in asked.keys() - shape - {"options", "n"}:
        kept = getattr(fitted.request, field)
        same = kept == asked[field] or str(kept).lower() == str(asked[field]).lower().replace("jpg", "jpeg")
        assert same != (field in noted), (field, kept)
    assert {note.field for note in fitted.notes if note.code == "adjusted"} <= {
        *asked,
        *map("options.{}".format, asked.get("options", {})),
    }


@settings(max_examples=200)
@given(MODELS, ASKED, st.sampled_from(["strict", "nearest"]), st.booleans())
def test_soft_values_neither_refuse_nor_make_notes(
    model: Model, asked: dict[str, Any], mode: Any, framed: bool
) -> None:
    request = Request(prompt="a fox", fit=mode, inputs=inputs_of(model, framed), **asked)

    assert fit(request, model, soft=frozenset(asked)).notes == ()


@settings(max_examples=200)
@given(MODELS, ASKED, st.tuples(st.integers(1, 9000), st.integers(1, 9000)))
def test_no_picture_makes_a_request_illegal(model: Model, asked: dict[str, Any], picture: tuple[int, int]) -> None:
    fitted = nearest(model, picture=picture, inputs=inputs_of(model, True), **asked)

    assert fit(fitted.request.model_copy(update={"fit": "strict"}), model).notes == ()


# What no packaged model has yet --------------------------------------------------------------------------------------


def acme(**values: Any) -> Model:
    plain = {"id": "m", "vendor": "acme", "makes": "video", "display_name": "M", "provider_group": "Acme"}
    return Model.model_validate(plain | {"lane": "at_once", "source": "-", "checked": "2026-11-20"} | values)


def test_a_model_of_ratios_alone_cannot_promise_pixels() -> None:
    model = acme(aspect_ratios=("1:1", "16:9"))

    assert changes(nearest(model, size="1280x720", resolution="720p")) == [("adjusted", "size", "1280x720", "16:9")]
    assert changes(nearest(model, resolution="720p")) == [("ignored", "resolution", "720p", None)]
    with pytest.raises(ValidationError, match="has no size"):
        strict(model, size="1280x720")


def test_a_model_of_resolutions_alone_takes_the_nearest() -> None:
    model = acme(resolutions=("720p", "1080p"))

    assert changes(nearest(model, size="1920x1000")) == [("adjusted", "size", "1920x1000", "1080p")]
    assert changes(nearest(model, aspect_ratio="1:1")) == [("ignored", "aspect_ratio", "1:1", None)]


def test_a_model_without_any_shape_leaves_it_out() -> None:
    assert changes(nearest(acme(), size="1280x720")) == [("ignored", "size", "1280x720", None)]


@pytest.mark.parametrize(("asked", "used_word"), [("4k", "4k"), ("2160p", "4k"), ("2k", "1080p"), ("480p", "720p")])
def test_resolutions_of_films_are_known_by_two_names(asked: str, used_word: str) -> None:
    model = acme(resolutions=("720p", "1080p", "4k"))

    assert used(nearest(model, resolution=asked)) == {"resolution": used_word}


SOUND = {"when": {"audio": True}, "at_most": {"seconds": 5}, "only": {"resolution": ["720p"]}, "because": "it sings"}


def test_a_rule_caps_numbers_and_narrows_words() -> None:
    model = acme(seconds=(5, 10), resolutions=("480p", "720p", "1080p"), audio="optional", rules=(SOUND,))

    loud = nearest(model, audio=True, seconds=10, resolution="1080p")
    assert changes(loud) == [("adjusted", "resolution", "1080p", "720p"), ("adjusted", "seconds", 10.0, 5.0)]
    assert nearest(model, audio=False, seconds=10, resolution="1080p").notes == ()
    with pytest.raises(ValidationError, match="it sings"):
        strict(model, audio=True, seconds=10)


def test_a_rule_may_hold_for_any_value_and_any_input() -> None:
    nothing = {"when": {"seed": "*", "input": "*"}, "without": ["negative_prompt"], "because": "it is so"}
    model = acme(seed=True, negative_prompt=True, inputs={"first_frame": 1}, rules=(nothing,))

    assert nearest(model, seed=7, negative_prompt="dogs").notes == ()
    assert changes(nearest(model, seed=7, negative_prompt="dogs", inputs=(FRAME,))) == [
        ("ignored", "negative_prompt", "dogs", None)
    ]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("medium", "standard"),
        ("max", "hd"),
        ("low", "standard"),
        ("HD", "hd"),
        ("auto", "standard"),
        ("fine", "standard"),
    ],
)
def test_qualities_have_one_order_over_all_vendors(asked: str, expected: str) -> None:
    assert used(nearest(row("dall-e-3"), quality=asked))["quality"] == expected


@pytest.mark.parametrize(
    ("kind", "asked", "expected"),
    [
        ("boolean", "TRUE", True),
        ("boolean", False, False),
        ("boolean", "perhaps", None),
        ("number", "7.5", 7.5),
        ("number", 99, 10),
        ("number", True, None),
        ("integer", 2.5, None),
        ("integer", -4, 0),
        ("string", 3, None),
    ],
)
def test_options_are_read_by_their_type(kind: str, asked: Any, expected: Any) -> None:
    limits = {} if kind in ("boolean", "string") else {"min": 0, "max": 10}
    model = acme(options=({"name": "knob", "type": kind, "description": "-"} | limits,))

    assert nearest(model, options={"knob": asked}).request.options.get("knob") == expected
