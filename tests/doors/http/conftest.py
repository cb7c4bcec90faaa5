"""A door for every test: keyless, so that the built-in sketch answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.doors.http.serving import Served, a_door


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Served]:
    async with a_door(tmp_path / "home") as served:
        yield served
