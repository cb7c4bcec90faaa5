"""Habits that reviews would otherwise have to repeat, read from the syntax tree of every file."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import diorama

SOURCE = Path(diorama.__file__).parent
LONGEST_FILE = 400
LONGEST_FUNCTION = 60

CATCHES_EVERYTHING = {
    "jobs/advance.py": "the adapters' edge: what cannot be built was not sent, and would be tried for ever",
    "jobs/runners/local.py": "the worker's edge: a fault of ours is logged, and the call is taken up again by a sweep",
}
"""Files that may say `except Exception`, and why. The list is meant to shrink."""


@cache
def trees() -> dict[str, ast.Module]:
    return {str(path.relative_to(SOURCE)): ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py"))}


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for path, tree in trees().items():
        for node in ast.walk(tree):
            yield path, node


def test_only_settings_reads_the_environment() -> None:
    readers = {
        path
        for path, node in nodes()
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"))
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and {"environ", "getenv"} & _names(node))
    }

    assert readers == {"settings.py"}


def _names(node: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names}


def test_no_file_has_two_subjects() -> None:
    lengths = {path: len((SOURCE / path).read_text().splitlines()) for path in trees()}

    assert not {path: length for path, length in lengths.items() if length > LONGEST_FILE}


def test_no_function_hides_a_second_one() -> None:
    long = [
        f"{path}:{node.lineno} {node.name} has {lines} lines"
        for path, node in nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and "migrations" not in path  # a list of tables is not a thought
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]

    assert not long


def test_nobody_catches_everything() -> None:
    found = {path for path, node in nodes() if isinstance(node, ast.ExceptHandler) and _catches_everything(node)}

    assert found == set(CATCHES_EVERYTHING)


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    if any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler)):
        return False  # it tidies up and passes on what it does not know
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in caught)


def test_every_file_says_what_it_is_for() -> None:
    mute = [path for path, tree in trees().items() if tree.body and not ast.get_docstring(tree)]

    assert not mute


def test_files_are_named_after_their_subject() -> None:
    vague = {"utils", "util", "helpers", "common", "misc", "tools"}

    assert not [path for path in trees() if Path(path).stem in vague]
