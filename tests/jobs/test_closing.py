"""A house that closes, at any moment: nothing is lost, nothing is left for nobody, and nothing waits for ever."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from diorama.db.session import Db
from diorama.db.tables import calls
from diorama.errors import ServiceError
from diorama.generation.service import Asker
from diorama.jobs.advance import Leaving, Ready
from diorama.jobs.repository import Work
from diorama.schemas import Request
from diorama.wiring import House
from tests.clock import HurriedClock
from tests.fakes.openai import OpenAI
from tests.fakes.xai import XAI
from tests.houses import a_house, make
from tests.jobs.conftest import Desk, new_job

pytestmark = pytest.mark.anyio

FILM: dict[str, Any] = {"model": "xai:grok-imagine-video", "prompt": "a paper boat"}
PICTURE: dict[str, Any] = {"model": "openai:gpt-image-2.5-flare", "prompt": "a paper fox"}


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize(("asked", "waiting"), [(FILM, False), (PICTURE, False), (PICTURE, True)])
async def test_a_house_that_closes_during_any_write_knows_the_fate_of_every_call(
    database_url: str, tmp_path: Path, asked: dict[str, Any], waiting: bool, nth: int
) -> None:
    xai, openai = XAI(), OpenAI()
    more: dict[str, Any] = {"clock": HurriedClock(), "settings": {"database_url": database_url}}

    async with a_house(tmp_path, xai, openai, **more) as house:
        reached = _tell_at(house.db, nth)
        asking = asyncio.create_task(house.generation.submit(Request(**asked), Asker(customer_id=1, waiting=waiting)))
        await asyncio.wait([asyncio.create_task(reached.wait()), asking], return_when=asyncio.FIRST_COMPLETED)
        if not reached.is_set():
            await asyncio.wait([asyncio.create_task(reached.wait())], timeout=0.5)
    await asyncio.wait([asking])
    async with a_house(tmp_path, xai, openai, **more) as house:
        made = [await house.jobs.wait(1, job.id, 5) for job in (await house.jobs.page(1)).data]
        owned = await _owners_of_living_calls(house)

    assert [job.state for job in made] == ["succeeded"]
    assert len(xai.submits) + len(openai.submits) == 1
    assert owned == set()


async def test_a_job_that_is_written_while_the_house_closes_is_somebodys(tmp_path: Path) -> None:
    xai = XAI()

    for steps in range(8):
        async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
            asking = asyncio.create_task(house.generation.submit(Request(**FILM), Asker(customer_id=1)))
            for _ in range(steps):
                await asyncio.sleep(0)
        await asyncio.gather(asking, return_exceptions=True)
    async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
        made = [await house.jobs.wait(1, job.id, 5) for job in (await house.jobs.page(1)).data]

    assert {job.state for job in made} <= {"succeeded"}
    assert len(xai.submits) == len(made)


async def test_a_call_whose_owner_nobody_knows_is_taken_over(database_url: str, tmp_path: Path) -> None:
    xai = XAI()
    more: dict[str, Any] = {"clock": HurriedClock(), "settings": {"database_url": database_url}}

    async with a_house(tmp_path, xai, **more) as house:
        job_id = await _with_an_owner_who_left_no_trace(house)
        job = await house.jobs.wait(1, job_id, 5)

    assert job.state == "succeeded"


async def test_a_picture_that_storage_will_not_take_is_not_dropped_at_the_door(tmp_path: Path) -> None:
    openai = OpenAI()

    async with a_house(tmp_path, openai, clock=HurriedClock()) as house:
        tries = _failing(house, times=3)
        job_id = await house.generation.submit(Request(**PICTURE), Asker(customer_id=1, waiting=True))
        while not tries:
            await asyncio.sleep(0.001)
    async with a_house(tmp_path, openai, clock=HurriedClock()) as house:
        job = await house.jobs.wait(1, job_id, 5)

    assert job.state == "succeeded"
    assert len(openai.submits) == 1


async def test_who_waits_in_a_house_that_closes_is_told(tmp_path: Path) -> None:
    xai = XAI()
    xai.film_delay = 3600

    async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
        job_id = await house.generation.submit(Request(**FILM), Asker(customer_id=1))
        waiting = asyncio.create_task(house.jobs.wait(1, job_id, None))
        while not xai.polls:
            await asyncio.sleep(0.001)

    with pytest.raises(ServiceError, match="closing"):
        await asyncio.wait_for(waiting, 1)


async def test_a_call_that_was_marked_as_sent_is_sent_though_the_house_begins_to_close(tmp_path: Path) -> None:
    openai = OpenAI()

    async with a_house(tmp_path, openai, clock=HurriedClock()) as house:
        begin = house.runner.begin

        def begin_and_close(work: Work, ready: Ready, deadline_at: float) -> None:
            begin(work, ready, deadline_at)
            house.runner.cancel(work.call_id)  # as a house that closes does with all it carries

        house.runner.begin = begin_and_close  # type: ignore[method-assign]
        job = await make(house, **PICTURE)

    assert job.state == "succeeded"


async def test_a_house_that_closes_sends_nothing_new(tmp_path: Path) -> None:
    openai = OpenAI()

    async with a_house(tmp_path, openai, works=False) as house:
        request = Request(**PICTURE, kind="image").model_dump(mode="json")
        job = new_job(vendor="openai", model=PICTURE["model"], wire_model="gpt-image-2.5-flare", request=request)
        await Desk(house.db).insert(job)
        house.jobs.carrier.leaving = True
        with pytest.raises(Leaving):
            await house.jobs.carrier.advance(job.calls[0].id)

    assert openai.submits == []


async def test_a_sweep_between_the_mark_and_the_sending_does_not_take_the_call_for_lost(tmp_path: Path) -> None:
    openai = OpenAI()

    async with a_house(tmp_path, openai, clock=HurriedClock()) as house:
        real = house.db.tx

        async def swept(fn: Callable[[Any], Any]) -> Any:
            found = await real(fn)
            if not openai.submits:
                house.db.tx = real  # type: ignore[method-assign]
                await house.runner.sweep()
            return found

        house.db.tx = swept  # type: ignore[method-assign]
        job = await make(house, **PICTURE)

    assert job.state == "succeeded"
    assert len(openai.submits) == 1


def _tell_at(db: Db, nth: int) -> asyncio.Event:
    """Set when the nth write from now on has done its work and is about to commit, which then takes a while."""
    reached, loop, real, count = asyncio.Event(), asyncio.get_running_loop(), db.tx, 0

    async def tx(fn: Callable[[Any], Any]) -> Any:
        nonlocal count
        count += 1
        mine = count == nth

        def slow(c: Any) -> Any:
            found = fn(c)
            if mine:
                loop.call_soon_threadsafe(reached.set)
                time.sleep(0.05)
            return found

        return await real(slow)

    db.tx = tx  # type: ignore[method-assign]
    return reached


async def _owners_of_living_calls(house: House) -> set[str | None]:
    query = select(calls.c.owner).where(calls.c.state.in_(["prepared", "sent", "accepted"]))
    return set(await house.db.read(lambda c: c.execute(query).scalars().all()))


async def _with_an_owner_who_left_no_trace(house: House) -> str:
    request = Request(**FILM, kind="video").model_dump(mode="json")
    job = new_job(model=FILM["model"], wire_model="grok-imagine-video", kind="video", request=request)
    await Desk(house.db).insert(job, owner="nobody")
    return job.id


def _failing(house: House, times: int) -> list[str]:
    """Have storage fail this often; the list grows with each failure."""
    real, tries = house.store.put, list[str]()

    async def put(key: str, *args: Any, **more: Any) -> Any:
        if len(tries) < times:
            tries.append(key)
            raise ServiceError("The disk is full.")
        return await real(key, *args, **more)

    house.store.put = put  # type: ignore[method-assign]
    return tries
