"""Doors without a key, so that the built-in sketch answers."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.doors.http.serving import Served, a_door


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Served]:
    async with a_door(tmp_path / "home") as served:
        yield served


@pytest.fixture(scope="module")
async def quiet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One door for many questions that must leave nothing behind."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DIORAMA_")]:
            patch.delenv(name)
        async with a_door(tmp_path_factory.mktemp("quiet")) as served:
            yield served
