"""What a schema finds wrong, as people read it."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from diorama.errors import ValidationError
from diorama.problems import parse, shown
from diorama.schemas import Request


class Knobs(BaseModel):
    """One field of each kind."""

    model_config = ConfigDict(extra="forbid")

    must: int = 1
    less: float = Field(default=0, lt=3)
    yes: bool = True
    word: str = Field(default="a", min_length=1, max_length=3)
    way: Literal["in", "out"] = "in"
    many: list[int] = Field(default=[], max_length=2)
    box: dict[str, int] = {}
    token: SecretStr = Field(default=SecretStr(""), max_length=3)
    hush: int = Field(default=0, repr=False)


SAID: list[tuple[dict[str, Any], str]] = [
    ({"must": "x"}, "must is 'x'; it must be a whole number."),
    ({"must": 1.5}, "must is 1.5; it must be a whole number."),
    ({"less": 3}, "less is 3; it must be less than 3.0."),
    ({"yes": "perhaps"}, "yes is 'perhaps'; it must be true or false."),
    ({"word": ""}, "word is ''; it must not be empty."),
    ({"word": "abcd"}, "word has 4 characters; it may have at most 3."),
    ({"word": 7}, "word is 7; it must be text."),
    ({"way": "up"}, "way is 'up'; it must be 'in' or 'out'."),
    ({"many": [1, 2, 3]}, "many is [1, 2, 3]; it may hold at most 2 items."),
    ({"many": 3}, "many is 3; it must be a list."),
    ({"box": 3}, "box is 3; it must be an object of names and values."),
    ({"box": {"a": "b"}}, "box.a is 'b'; it must be a whole number."),
    ({"hush": "swordfish"}, "hush must be a whole number."),
    ({"sise": "1x1"}, "There is no field 'sise'. Did you mean size or asset?"),
    ({"qqqq": "1x1"}, "There is no field 'qqqq'. Leave it out."),
]


@pytest.mark.parametrize(("wrong", "said"), SAID, ids=str)
def test_the_field_the_value_and_the_reason_are_told(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(Knobs, wrong)

    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"size": "big"}, "size is 'big'; it must be written in another way. Write it as WIDTHxHEIGHT"),
        ({"aspect_ratio": "wide"}, "Write it as WIDTH:HEIGHT in pixels|such as 16:9"),
        ({"prompt": " "}, "prompt must not be empty. Say what the picture or film should show."),
        ({"resend_under_usd": "lots"}, "resend_under_usd is 'lots'; it must be a number."),
        ({"inputs": [{}]}, "exactly one of asset, url and data"),
        ({"inputs": [{"role": "ghost", "asset": "a"}]}, "inputs.0.role is 'ghost'; it must be 'reference', "),
    ],
)
def test_a_request_is_explained(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(Request, {"prompt": "a fox"} | asked)

    assert any(part in str(caught.value) for part in said.split("|"))


@pytest.mark.parametrize("wrong", [{"token": "swordfish"}, {"token": 7_777_777}, {"hush": "swordfish"}])
def test_a_secret_is_not_shown(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(Knobs, wrong)

    assert not [word for word in ("swordfish", "7777777") if word in repr(caught.value.as_dict())]


@pytest.mark.parametrize("prompt", ["my secret" * 10_000, "my secret\0", 7_777_777])
def test_a_prompt_is_not_shown(prompt: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(Request, {"prompt": prompt})

    assert not [word for word in ("secret", "7777777") if word in repr(caught.value.as_dict())]


def test_nothing_is_shown_at_length() -> None:
    with pytest.raises(ValidationError) as caught:
        parse(Knobs, {"x" * 10_000: 1, "must": "y" * 10_000})

    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("address", ["postgresql://me:swordfish@db/a", "https://swordfish@a.example/"])
def test_a_password_in_an_address_is_not_shown(address: str) -> None:
    assert "swordfish" not in shown(address)
    assert address.rpartition("@")[2] in shown(address)
