"""What lies around the code: locks, decisions, change notes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = ROOT / "docs" / "decisions"
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_place(lock: Path) -> None:
    assert not re.findall(r"^.*(?:://|--(?:extra-)?index|--find-links| @ |\s/\w).*$", lock.read_text(), re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_gives_hashes_for_each_version(lock: Path) -> None:
    pins = re.findall(r"^(\S+==\S+.*?)\n(?=\S|\Z)", lock.read_text(), re.MULTILINE | re.DOTALL)

    assert len(pins) > 30
    assert not [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin]


def test_both_locks_agree() -> None:
    run, dev = (dict(re.findall(r"^(\S+)==(\S+)", lock.read_text(), re.MULTILINE)) for lock in reversed(LOCKS))

    assert run.items() <= dev.items()


def test_the_index_lists_every_decision() -> None:
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (DECISIONS / "index.md").read_text())

    assert sorted(listed) == sorted(page.name for page in DECISIONS.glob("*.md") if page.name != "index.md")


@pytest.mark.parametrize("page", sorted(DECISIONS.glob("0*.md")), ids=lambda page: page.stem)
def test_a_decision_has_its_four_parts(page: Path) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)

    assert headings == ["Context", "Decision", "Consequences", "Alternatives"]


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(page.name[:4]) for page in sorted(DECISIONS.glob("0*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


def test_change_notes_are_open() -> None:
    assert re.search(r"^## Unreleased$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
