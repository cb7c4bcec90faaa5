"""Pictures that come in pieces are shown while they are drawn."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from diorama.db.tables import assets
from diorama.gallery.housekeeping import purge
from diorama.generation.service import Asker
from diorama.providers.openai import OpenAI as Adapter
from diorama.schemas import Preview, Request
from tests.clock import QuickClock
from tests.fakes.media import picture
from tests.fakes.openai import OpenAI
from tests.houses import a_house

pytestmark = pytest.mark.anyio


async def test_a_watcher_sees_how_the_picture_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = QuickClock()
    monkeypatch.setattr(Adapter, "submit", _shown_first(Adapter.submit))

    async with a_house(tmp_path, OpenAI(), clock=clock) as house:
        request = Request(model="openai:gpt-image-2.5-flare", prompt="a fox")
        job_id = await house.generation.submit(request, Asker(customer_id=1))
        news = [item async for item in house.jobs.news(1, job_id)]
        previews = [item for item in news if isinstance(item, Preview)]
        link = house.links.ours(previews[0].url)
        assert link is not None
        await clock.sleep(3700)
        await purge(house.db, house.keeper, clock.now())
        left = await house.db.read(lambda c: c.execute(select(assets.c.origin)).scalars().all())

    assert [preview.slot for preview in previews] == [0]
    assert left == ["output"]


def _shown_first(submit: Any) -> Any:
    async def shown_first(self: Adapter, prepared: Any, on_partial: Any = None) -> Any:
        await asyncio.sleep(0.05)
        await on_partial(0, picture(64, 64))
        return await submit(self, prepared, on_partial)

    return shown_first
