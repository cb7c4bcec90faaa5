"""The twins stay twins: every public method of one is a method of the other, with the same arguments and words."""

import inspect
from typing import Any

import pytest

from diorama.sdk import async_client, client, handle

TWINS = [
    (async_client.AsyncDiorama, client.Diorama),
    (handle.AsyncJobHandle, client.JobHandle),
    (handle.AsyncAsset, client.Asset),
    (handle.AsyncJob, client.Job),
]


def methods(cls: type[Any]) -> dict[str, Any]:
    return {name: member for name, member in vars(cls).items() if inspect.isfunction(member) and name[0] != "_"}


def arguments(method: Any) -> list[tuple[str, Any, Any]]:
    return [
        (parameter.name, parameter.kind, parameter.default)
        for parameter in inspect.signature(method).parameters.values()
        if not parameter.name.startswith("_")
    ]


@pytest.mark.parametrize(("ours", "theirs"), TWINS, ids=lambda cls: cls.__name__)
def test_twins_have_the_same_methods(ours: type[Any], theirs: type[Any]) -> None:
    assert methods(ours).keys() == methods(theirs).keys()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(method, methods(twin)[name], id=f"{twin.__name__}.{name}")
        for cls, twin in TWINS
        for name, method in methods(cls).items()
    ]
    + [pytest.param(async_client.AsyncDiorama.__init__, client.Diorama.__init__, id="Diorama")],
)
def test_twins_take_the_same_arguments_and_say_the_same(ours: Any, theirs: Any) -> None:
    assert arguments(ours) == arguments(theirs)
    assert ours.__doc__ == theirs.__doc__


@pytest.mark.parametrize("cls", [twin for _, twin in TWINS], ids=lambda cls: cls.__name__)
def test_the_plain_twin_never_hands_out_a_coroutine(cls: type[Any]) -> None:
    waiting = [
        name
        for name, method in methods(cls).items()
        if inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method)
    ]

    assert not waiting
