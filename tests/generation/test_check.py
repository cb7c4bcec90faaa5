"""What goes in suits the model, or is refused by the name of the input and with what would do."""

from typing import Any

import pytest

from diorama.catalog.entry import Model
from diorama.errors import ValidationError
from diorama.generation.check import InputFacts, check_inputs, first_as
from diorama.generation.fit import fit
from diorama.schemas import Input, Request, Role

PICTURE = InputFacts(role="reference", mime="image/png", bytes=5000, width=400, height=300)
MASK = InputFacts(role="mask", mime="image/png", bytes=500, width=400, height=300)
FILM = InputFacts(role="source", mime="video/mp4", bytes=90_000, width=640, height=360, seconds=4.0)


def acme(makes: str = "image", **values: Any) -> Model:
    plain = {"id": "one", "vendor": "acme", "makes": makes, "display_name": "One", "provider_group": "Acme"}
    roles = {"reference": 2, "mask": 1, "source": 1, "first_frame": 1, "last_frame": 1}
    plain |= {"lane": "at_once", "source": "-", "checked": "2026-11-20"}
    return Model.model_validate(plain | {"inputs": roles} | values)


def refusal(model: Model, *inputs: InputFacts) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        check_inputs(inputs, model)
    return caught.value


def rules_on(asked: str, rule: dict[str, Any], mode: Any = "strict", **fields: Any) -> None:
    roles: Any = asked.split()
    model = acme(rules=[rule | {"because": "it is so"}], quality=["low", "high"], defaults={"quality": "high"})
    fit(Request(prompt="a fox", fit=mode, inputs=tuple(Input(role=role, asset="a") for role in roles), **fields), model)


def test_pictures_are_taken_where_pictures_belong_and_a_film_as_the_source_of_a_film() -> None:
    check_inputs([PICTURE, MASK], acme())
    check_inputs([FILM], acme("video"))


@pytest.mark.parametrize(
    ("makes", "given", "words"),
    [
        ("image", {"role": "mask", "mime": "video/mp4"}, "inputs[1] is a film (video/mp4); acme:one takes a picture"),
        ("image", {"role": "source", "mime": "video/mp4"}, "takes a picture as 'source'"),
        ("video", {"role": "source", "mime": "image/png"}, "is a picture (image/png); acme:one takes a film"),
        ("video", {"role": "first_frame", "mime": "video/webm"}, "takes a picture as 'first_frame'"),
    ],
)
def test_a_film_is_no_picture_and_a_picture_no_film(makes: str, given: dict[str, Any], words: str) -> None:
    wrong = refusal(acme(makes), PICTURE, InputFacts(**{**vars(PICTURE), **given}))

    assert (wrong.field, words in str(wrong)) == ("inputs[1]", True)


def test_a_row_may_take_other_types_as_a_role() -> None:
    limits = {"mask": {"types": ["image/png"]}, "reference": {"types": ["image/*", "video/mp4"]}}
    model = acme(input_limits=limits)

    check_inputs([InputFacts(**{**vars(FILM), "role": "reference"})], model)
    assert "takes image/png as 'mask'" in str(refusal(model, InputFacts(**{**vars(MASK), "mime": "image/jpeg"})))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_bytes": 50_000}, "has 0.1 MB; acme:one does not take that as 'source'. It has at most 0.05 MB"),
        ({"min_edge": 400}, "640x360 pixels; acme:one does not take that as 'source'. Both edges need at least 400"),
        ({"max_edge": 600}, "at most 600 pixels"),
        ({"min_pixels": 1_000_000}, "at least 1000000 pixels"),
        ({"max_pixels": 100_000}, "at most 100000 pixels"),
        ({"max_ratio": 1.5}, "at most 1.5:1"),
        ({"min_seconds": 5}, "lasts 4 s; acme:one does not take that as 'source'. It needs at least 5 s"),
        ({"max_seconds": 3.5}, "at most 3.5 s"),
    ],
)
def test_a_row_may_bound_what_goes_in(limits: dict[str, Any], words: str) -> None:
    assert words in str(refusal(acme("video", input_limits={"source": limits}), FILM))
    check_inputs([FILM], acme("video", input_limits={"first_frame": limits}))


def test_a_mask_has_the_size_of_its_picture_unless_the_row_says_otherwise() -> None:
    small = InputFacts(**{**vars(MASK), "width": 40})

    assert "mask of 40x300 pixels for a picture of 400x300" in str(refusal(acme(), small, PICTURE))
    check_inputs([small, PICTURE], acme(input_limits={"mask": {"any_size": True}}))


def test_the_source_shapes_the_output_before_any_frame_and_a_mask_never() -> None:
    order: tuple[Role, ...] = ("source", "reference")

    assert first_as([MASK, PICTURE, FILM], order) is FILM
    assert first_as([MASK, PICTURE], order) is PICTURE
    assert first_as([MASK], order) is None


@pytest.mark.parametrize("mode", ["strict", "nearest"])
@pytest.mark.parametrize(
    ("roles", "rule", "words"),
    [
        ("mask", {"when": {"input": "mask"}, "needs": ["reference", "source"]}, "needs an input as 'reference' or 'so"),
        ("source mask", {"when": {"input": "source"}, "without": ["mask"]}, "cannot use an input as 'mask' here: it i"),
        (
            "source reference reference",
            {"when": {"input": "source"}, "at_most": {"reference": 1}},
            "takes 1 input.* not 2",
        ),
    ],
)
def test_a_rule_about_roles_refuses_in_every_fit(roles: str, rule: dict[str, Any], words: str, mode: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        rules_on(roles, rule, mode)

    assert caught.value.field == "inputs"


def test_a_rule_about_roles_lets_pass_what_keeps_it() -> None:
    rules_on("mask source", {"when": {"input": "mask"}, "needs": ["reference", "source"]})
    rules_on("source reference", {"when": {"input": "source"}, "at_most": {"reference": 1}, "without": ["mask"]})


@pytest.mark.parametrize("mode", ["strict", "nearest"])
def test_what_a_row_needs_to_be_told_is_not_made_up(mode: Any) -> None:
    rule = {"needs": ["seed", "negative_prompt"]}

    with pytest.raises(ValidationError, match="needs a value for 'seed' or 'negative_prompt' here") as caught:
        rules_on("", rule, mode)
    rules_on("", rule | {"needs": ["quality"]}, mode)

    assert caught.value.field == "seed"


def test_a_setting_may_need_another() -> None:
    what = {"type": "string", "description": "so"}
    model = acme(
        options=[what | {"name": "strength"}, what | {"name": "from_where"}],
        rules=[{"when": {"strength": "*"}, "needs": ["from_where"], "because": "it is so"}],
    )

    fit(Request(prompt="a fox"), model)
    fit(Request(prompt="a fox", options={"strength": "1", "from_where": "left"}), model)
    with pytest.raises(ValidationError, match="Add it to `options`") as caught:
        fit(Request(prompt="a fox", options={"strength": "1"}), model)

    assert caught.value.field == "options.from_where"


def test_a_value_that_nobody_asked_for_gives_way_to_an_input() -> None:
    rule = {"when": {"quality": "high"}, "without": ["mask"]}

    rules_on("mask reference", rule)
    with pytest.raises(ValidationError, match="'mask'"):
        rules_on("mask reference", rule, quality="high")
