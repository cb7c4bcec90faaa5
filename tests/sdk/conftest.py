"""Clients on a temporary home, with fakes instead of the network."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from diorama.sdk.async_client import AsyncDiorama
from diorama.sdk.client import Diorama
from diorama.settings import Settings
from diorama.wiring import House, open_house
from tests.clock import QuickClock
from tests.fakes.base import Fake, load, route
from tests.houses import environment, furnish


@pytest.fixture
def xai() -> Fake:
    return load("xai")


def opener(*fakes: Fake, **more: Any) -> Callable[..., Any]:
    """Opens a house that reaches these fakes, with their keys, in quick time."""
    filled: dict[str, Any] = {"environment": environment(fakes), "clock": QuickClock()}
    if fakes:
        filled |= {"transport": route(*fakes), "resolve": _anywhere}

    def opens(settings: Settings) -> AbstractAsyncContextManager[House]:
        furnish(settings.home)
        return open_house(settings, **filled | more)

    return opens


async def _anywhere(host: str, port: int) -> list[str]:
    """Every name is a public address; the transport knows where the fakes are."""
    return ["203.0.114.7"]


def quick(home: Path, *fakes: Fake, **more: Any) -> AsyncDiorama:
    return AsyncDiorama(home, _open=opener(*fakes), **more)


def quick_sync(home: Path, *fakes: Fake, **more: Any) -> Diorama:
    return Diorama(home, _open=opener(*fakes), **more)
