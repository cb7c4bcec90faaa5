"""Keys that the home keeps: as they were given, and for nobody else to read."""

import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diorama.errors import ConfigurationError
from diorama.keyfile import NAME, change_keys, read_keys
from diorama.settings import vendor_environment

printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).map(str.strip).filter(bool)


@given(value=printable)
def test_a_key_is_read_as_it_was_given(value: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("home")

    change_keys(home, {"ACME_API_KEY": value})

    assert read_keys(home) == {"ACME_API_KEY": value}


def test_others_stay_when_one_is_changed_or_taken_out(tmp_path: Path) -> None:
    change_keys(tmp_path, {"A": "1", "B": "2"})
    change_keys(tmp_path, {"B": "3"})
    change_keys(tmp_path, {"A": None})

    assert read_keys(tmp_path) == {"B": "3"}


def test_only_the_owner_may_read_it_from_its_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: modes.append(stat.S_IMODE(os.fstat(file).st_mode)))
    before = os.umask(0)

    try:
        change_keys(tmp_path / "home", {"A": "1"})
    finally:
        os.umask(before)

    kept = tmp_path / "home" / NAME
    assert modes == [0o600]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == [NAME]


def test_a_file_that_others_could_read_is_closed_by_the_next_change(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("A=1\n")
    (tmp_path / NAME).chmod(0o644)

    change_keys(tmp_path, {"B": "2"})

    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert read_keys(tmp_path) == {"A": "1", "B": "2"}


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    wanted = {f"KEY_{number}": str(number) for number in range(12)}
    threads = [threading.Thread(target=change_keys, args=(tmp_path, {name: key})) for name, key in wanted.items()]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert read_keys(tmp_path) == wanted


def test_the_environment_goes_before_the_folder_and_that_before_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_keys(tmp_path, {"A": "home", "B": "home", "C": "home"})
    Path(".env").write_text("A=folder\nB=folder\n")
    monkeypatch.setenv("A", "environment")

    found = vendor_environment(tmp_path)

    assert [found.first((name,)) for name in "ABC"] == ["environment", "folder", "home"]
    assert [found.origin(name) for name in "ABC"] == ["the environment", ".env", NAME]


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"A=\xff\xfe")

    with pytest.raises(ConfigurationError, match=r"vendors\.env' cannot be read"):
        read_keys(tmp_path)


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")

    with pytest.raises(ConfigurationError, match="cannot be written") as refused:
        change_keys(tmp_path / "home", {"A": "1"})

    assert refused.value.key == "DIORAMA_HOME"
