"""Plain arguments as a request."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from diorama.errors import ConflictError, ProviderError, UnsupportedError, ValidationError
from diorama.ids import new_id
from diorama.schemas import Input, Request
from diorama.sdk.calls import ROLES, Asked, as_input, build_request, refuse_remote, settings_for

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def source(given: Any) -> Input:
    return as_input(given, "reference", field="inputs[0]", max_bytes=1000)


def test_every_field_of_a_request_is_an_argument() -> None:
    assert set(Asked.__annotations__) == set(Request.model_fields) - {"kind", "prompt"} | set(ROLES)


def test_arguments_become_the_request() -> None:
    asked = {"model": "sketch", "size": "640x480", "n": 2, "options": {"a": 1}, "seed": None}

    request = build_request("image", "a fox", asked)

    assert request == Request(kind="image", prompt="a fox", model="sketch", size="640x480", n=2, options={"a": 1})


def test_frames_become_inputs_by_their_role() -> None:
    request = build_request("video", "snow", {"inputs": ["https://a.example/x.png"], "first_frame": PNG, "mask": None})

    assert [item.role for item in request.inputs] == ["reference", "first_frame"]


def test_a_file_travels_as_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "fox.png"
    file.write_bytes(PNG)

    from_text, from_path = source(str(file)), source(file)

    assert from_text == from_path == source(PNG)
    assert str(from_text.data).startswith("data:image/png;base64,iVBORw0KGgo")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("01890a5d-ac96-774b-bcce-b302099a8057", "asset"),
        ("https://a.example/fox.png", "url"),
        ("/media/some/token.png", "url"),
        ("/v1/assets/some", "url"),
        ("data:image/png;base64,aGk=", "data"),
    ],
)
def test_what_a_text_looks_like_decides(given: str, field: str) -> None:
    assert source(given).model_dump(exclude_none=True) == {"role": "reference", field: given}


def test_an_input_that_is_one_stays_as_it_is() -> None:
    given = Input(role="last_frame", asset=new_id())

    assert source(given) is given


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ValidationError, match=r"'fox\.png' cannot be read: No such file") as caught:
        source("fox.png")

    assert (caught.value.code, caught.value.field) == ("unreadable_input", "inputs[0]")


@pytest.mark.parametrize("given", ["fox\0.png", Path("fox\0.png"), "data:image/png;base64,\0", "http://a/\ud800"])
def test_a_name_that_nothing_can_have_is_refused(given: Any) -> None:
    with pytest.raises(ValidationError, match=r"no file can be called so|inputs\[0\] holds") as caught:
        source(given)

    assert caught.value.field == "inputs[0]"


@pytest.mark.parametrize("as_file", [True, False], ids=["file", "bytes"])
def test_what_is_too_large_is_not_read(tmp_path: Path, as_file: bool) -> None:
    (tmp_path / "big.png").write_bytes(bytes(2000))

    with pytest.raises(ValidationError, match=r"at most 0\.001 MB"):
        source(tmp_path / "big.png" if as_file else bytes(2000))


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ({"size": "big"}, "size", r"size is 'big'; .* WIDTHxHEIGHT"),
        ({"n": 0}, "n", "n is 0; it must be at least 1"),
        ({"options": {"when": date(2026, 11, 20)}}, "options.when", "is of the type date"),
        ({"sise": "1x1"}, "sise", r"no argument 'sise'\. Did you mean 'size'"),
        ({"kind": "video"}, "kind", "no argument 'kind'"),
    ],
)
def test_a_wrong_argument_is_named_with_the_way_out(asked: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as caught:
        build_request("image", "a fox", asked)

    assert caught.value.field == field
    assert "JSON" not in str(caught.value)


@pytest.mark.parametrize("prompt", ["", "  \n"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    with pytest.raises(ValidationError, match=r"prompt must not be empty\. Say what"):
        build_request("image", prompt, {})


def test_a_setting_that_is_none_is_named() -> None:
    with pytest.raises(ValidationError, match=r"no setting 'wait'.*wait_s"):
        settings_for(None, {"wait": 3})


def test_a_home_is_a_setting_too(tmp_path: Path) -> None:
    settings = settings_for(str(tmp_path / "here"), {"default_image_model": "sketch"})

    assert (settings.home, settings.default_image_model) == (tmp_path / "here", "sketch")


@pytest.mark.parametrize("remote", [{"url": "http://a.example", "api_key": None}, {"url": None, "api_key": "k"}])
def test_a_server_elsewhere_is_refused_for_now(remote: dict[str, str | None]) -> None:
    with pytest.raises(UnsupportedError):
        refuse_remote(**remote)


def test_errors_are_exported_under_one_name() -> None:
    from diorama import errors

    assert (errors.ConflictError, errors.ProviderError) == (ConflictError, ProviderError)
