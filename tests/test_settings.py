"""Settings as people get them wrong."""

from pathlib import Path

import pytest

from diorama.errors import ConfigurationError
from diorama.settings import VendorEnvironment, load_settings, vendor_environment


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "x", "DIORAMA_PORT is 'x'; it must be a whole number."),
        ("PORT", "70000", "DIORAMA_PORT is '70000'; it must be at most 65535."),
        ("WAIT_S", "0", "DIORAMA_WAIT_S is '0'; it must be greater than 0."),
        ("LOG", "loud", "DIORAMA_LOG is 'loud'; it must be 'debug', 'info', 'warning' or 'error'."),
        ("LIMITS", "xai", "DIORAMA_LIMITS is 'xai'; it cannot be used: 'xai' is not NAME=VALUE."),
        ("LIMITS", "xai=many", "DIORAMA_LIMITS.xai is 'many'; it must be a whole number."),
        ("LIMITS", "xai=0", "xai needs at least 1 call at once."),
        ("SUBSTITUTES", "successors,a", "it cannot be used: 'a' is not NAME=VALUE."),
    ],
)
def test_a_bad_value_is_named_in_our_words(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(f"DIORAMA_{name}", value)

    with pytest.raises(ConfigurationError) as caught:
        load_settings()

    assert said in caught.value.message
    assert caught.value.key == f"DIORAMA_{name}"
    assert caught.value.hint


def test_an_address_with_a_password_is_not_in_the_settings_words() -> None:
    assert "swordfish" not in repr(load_settings(database_url="postgresql://me:swordfish@db/a"))


@pytest.mark.parametrize("read", [load_settings, vendor_environment])
def test_a_file_of_settings_that_is_no_text_is_named(read: object) -> None:
    Path(".env").write_bytes(b"DIORAMA_PORT=\xff\xfe")

    with pytest.raises(ConfigurationError, match=r"'\.env' in this folder cannot be read") as caught:
        read()  # type: ignore[operator]

    assert "codec" not in str(caught.value)


def test_substitutes_are_read_in_pairs() -> None:
    settings = load_settings(substitutes=" sora-2 = xai:a , successors,")

    assert settings.substitute_pairs == {"sora-2": "xai:a"}
    assert settings.follows_successors


def test_a_key_that_is_switched_on_goes_before_the_others_and_one_that_is_off_is_none() -> None:
    choices = (("KEY",), ("SWITCH", "PLACE"))

    def found(switch: str) -> list[str]:
        return list(VendorEnvironment({"KEY": "k", "SWITCH": switch, "PLACE": "here"}).keys(choices) or ())

    assert found("true") == ["SWITCH", "PLACE"]
    assert found("False") == ["KEY"]
    assert VendorEnvironment({"SWITCH": "0", "PLACE": "here"}).keys(choices) is None
