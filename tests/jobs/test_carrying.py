"""The job path as a whole, in one process: waiting, watching, stopping, running late, and handing over."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from diorama.db.tables import assets, calls, jobs
from diorama.errors import NotFoundError, ServiceError, UnsupportedError
from diorama.gallery.housekeeping import purge
from diorama.generation.service import Asker
from diorama.jobs.runners import local
from diorama.schemas import Job, Request
from diorama.wiring import House
from tests.clock import HurriedClock, QuickClock
from tests.fakes.base import Fault
from tests.fakes.openai import OpenAI
from tests.fakes.xai import SOME_BLOCKED, XAI
from tests.houses import a_house, make

pytestmark = pytest.mark.anyio

FILM: dict[str, Any] = {"model": "xai:grok-imagine-video", "prompt": "a paper boat"}
PICTURE: dict[str, Any] = {"model": "openai:gpt-image-2.5-flare", "prompt": "a paper fox"}


def on_clock(clock: QuickClock) -> XAI:
    return XAI(now=clock.now)


async def ask(house: House, **request: Any) -> str:
    return await house.generation.submit(Request(**request), Asker(customer_id=1))


async def test_the_same_path_works_on_both_databases(database_url: str, tmp_path: Path) -> None:
    clock = QuickClock()
    xai, openai = on_clock(clock), OpenAI(now=clock.now)

    async with a_house(tmp_path, xai, openai, clock=clock, settings={"database_url": database_url}) as house:
        film, picture = await make(house, **FILM), await make(house, **PICTURE, n=2)

    assert (film.state, picture.state) == ("succeeded", "succeeded")
    assert (film.assets[0].kind, film.assets[0].seconds) == ("video", 8.0)
    assert len(picture.assets) == 2
    assert (len(xai.submits), len(openai.submits)) == (1, 1)


async def test_a_waiting_caller_of_a_quick_vendor_costs_two_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "SWEEP_S", 60.0)  # a sweep that comes by while it is carried would commit, too

    async with a_house(tmp_path, OpenAI()) as house:
        commits = _count_commits(house)
        await make(house, **PICTURE)
        spent = commits()

    assert spent == 2


async def test_every_change_of_a_job_is_heard_in_order(tmp_path: Path) -> None:
    clock = QuickClock()

    async with a_house(tmp_path, on_clock(clock), clock=clock) as house:
        job_id = await ask(house, **FILM)
        heard = [job async for job in house.jobs.events(1, job_id)]

    revisions = [job.revision for job in heard]
    assert revisions == sorted(set(revisions))
    assert heard[-1].state == "succeeded"
    assert heard[-1].progress == 1.0


async def test_who_waits_too_short_gets_the_job_as_it_stands(tmp_path: Path) -> None:
    xai = XAI()
    xai.film_delay = 3600

    async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
        job_id = await ask(house, **FILM)
        job = await house.jobs.wait(1, job_id, 0.2)

    assert not job.ended


async def test_a_waiter_who_leaves_ends_nothing(tmp_path: Path) -> None:
    openai = OpenAI()
    openai.image_delay = 0.2

    async with a_house(tmp_path, openai) as house:
        waiter = asyncio.create_task(make(house, **PICTURE))
        await asyncio.sleep(0.1)
        waiter.cancel()
        job = (await house.jobs.page(1)).data[0]
        job = await house.jobs.wait(1, job.id, 10)

    assert job.state == "succeeded"
    assert len(openai.submits) == 1


async def test_who_leaves_while_the_job_is_written_still_gets_it_made(tmp_path: Path) -> None:
    openai = OpenAI()

    async with a_house(tmp_path, openai) as house:
        for steps in range(12):
            asking = asyncio.create_task(make(house, **PICTURE))
            for _ in range(steps):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait([asking])
        await asyncio.sleep(0.2)
        jobs_made = [await house.jobs.wait(1, job.id, 10) for job in (await house.jobs.page(1)).data]

    assert {job.state for job in jobs_made} <= {"succeeded"}
    assert len(openai.submits) == len(jobs_made) > 0


async def test_a_house_that_only_looks_takes_no_job(tmp_path: Path) -> None:
    async with a_house(tmp_path, works=False) as house:
        with pytest.raises(ServiceError, match="only to look"):
            await make(house, prompt="a fox")
        assert (await house.jobs.page(1)).data == ()


async def test_nobody_finds_another_customers_job(tmp_path: Path) -> None:
    async with a_house(tmp_path, OpenAI()) as house:
        job = await make(house, customer=1, **PICTURE)

        with pytest.raises(NotFoundError):
            await house.jobs.get(2, job.id)
        with pytest.raises(NotFoundError):
            await house.jobs.cancel(2, job.id)
        assert (await house.jobs.page(2)).data == ()


async def test_jobs_come_newest_first_and_page_by_page(tmp_path: Path) -> None:
    async with a_house(tmp_path, OpenAI()) as house:
        made = [(await make(house, **PICTURE)).id for _ in range(3)]
        first = await house.jobs.page(1, limit=2)
        rest = await house.jobs.page(1, limit=2, after=first.next_cursor)

    assert [job.id for job in (*first.data, *rest.data)] == made[::-1]
    assert (first.has_more, rest.has_more, rest.next_cursor) == (True, False, None)


async def test_one_withheld_picture_does_not_take_its_siblings_along(tmp_path: Path) -> None:
    clock = QuickClock()
    xai = on_clock(clock)
    xai.fail(SOME_BLOCKED)

    async with a_house(tmp_path, xai, clock=clock) as house:
        job = await make(house, model="xai:grok-imagine-image-2.0", prompt="three foxes", n=3)

    assert job.state == "partial"
    assert {slot.state for slot in job.slots} == {"succeeded", "failed"}
    assert [slot.error["code"] for slot in job.slots if slot.error] == ["moderated"]
    assert all((slot.url is None) == (slot.state == "failed") for slot in job.slots)


async def test_five_refusals_for_lack_of_room_are_enough(tmp_path: Path) -> None:
    openai = OpenAI()
    openai.fail(Fault.status(429, times=99))

    async with a_house(tmp_path, openai) as house:
        job = await make(house, **PICTURE)
        attempts = await house.db.read(lambda c: c.execute(select(calls.c.attempt)).scalars().all())

    assert (job.state, (job.error or {})["code"]) == ("failed", "vendor_busy")
    assert sorted(attempts) == [1, 2, 3, 4, 5]
    assert job.cost is None


async def test_a_vendor_that_says_when_is_not_asked_sooner(tmp_path: Path) -> None:
    clock, openai = QuickClock(), OpenAI()
    openai.fail(Fault.status(429, headers={"retry-after": "77"}))

    async with a_house(tmp_path, openai, clock=clock) as house:
        job = await make(house, **PICTURE)

    assert job.state == "succeeded"
    assert max(clock.slept) >= 77


async def test_a_deadline_that_passes_while_the_vendor_works_leaves_the_call_uncertain(tmp_path: Path) -> None:
    clock = QuickClock()
    xai = on_clock(clock)
    xai.fail(Fault.never_ending())

    async with a_house(tmp_path, xai, clock=clock) as house:
        began = clock.now()
        job = await make(house, **FILM, deadline_s=60)
        ref = await house.db.read(lambda c: c.execute(select(calls.c.ref)).scalar_one())

    assert (job.state, (job.error or {})["code"]) == ("uncertain", "uncertain")
    assert ref["id"]
    assert job.ended_at is not None
    assert job.ended_at.timestamp() - began < 90


async def test_a_job_past_its_deadline_is_not_bought(tmp_path: Path) -> None:
    clock = QuickClock()
    xai = on_clock(clock)

    async with a_house(tmp_path, xai, clock=clock, settings={"limits": {"xai": 1}}) as house:
        first = await ask(house, **FILM)
        late = await ask(house, **FILM, deadline_s=1)
        job = await house.jobs.wait(1, late, 30)
        await house.jobs.wait(1, first, 30)

    assert (job.state, (job.error or {})["code"]) == ("failed", "vendor_busy")
    assert len(xai.submits) == 1


async def test_a_cap_is_never_passed_and_everybody_gets_through(tmp_path: Path) -> None:
    openai = OpenAI()
    openai.image_delay = 0.02
    running, peak = 0, 0

    def count(entry: dict[str, Any]) -> None:
        nonlocal running, peak
        running += 1 if entry["at"] == "arrived" else -1
        peak = max(peak, running)

    openai.log = count
    async with a_house(tmp_path, openai, settings={"limits": {"openai": 3}}) as house:
        done = await asyncio.gather(*(make(house, customer=number % 4 + 1, **PICTURE) for number in range(20)))

    assert [job.state for job in done] == ["succeeded"] * 20
    assert peak == 3
    assert len(openai.submits) == 20


async def test_a_full_queue_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    xai = XAI()
    xai.film_delay = 3600

    async with a_house(tmp_path, xai, clock=HurriedClock(), settings={"limits": {"xai": 1}, "queue_max": 1}) as house:
        await ask(house, **FILM)
        await ask(house, **FILM)
        with pytest.raises(ServiceError) as refused:
            await ask(house, **FILM)
        count = await house.db.read(lambda c: c.execute(select(func.count()).select_from(jobs)).scalar_one())

    assert refused.value.code == "queue_full"
    assert count == 2


async def test_cancelling_a_waiting_job_keeps_it_from_being_bought(tmp_path: Path) -> None:
    xai = XAI()
    xai.film_delay = 3600

    async with a_house(tmp_path, xai, clock=HurriedClock(), settings={"limits": {"xai": 1}}) as house:
        await ask(house, **FILM)
        waiting = await ask(house, **FILM)
        job = await house.jobs.cancel(1, waiting)

    assert (job.state, job.cancel) == ("cancelled", "confirmed")
    assert len(xai.submits) <= 1


async def test_cancelling_what_the_vendor_has_says_so_and_keeps_the_film(tmp_path: Path) -> None:
    xai = XAI()
    xai.film_delay = 0.5

    async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
        job_id = await ask(house, **FILM)
        await _until(house, job_id, lambda job: job.state == "running")
        asked = await house.jobs.cancel(1, job_id)
        job = await house.jobs.wait(1, job_id, 10)

    assert asked.cancel == "not_offered"
    assert (job.state, job.cancel, len(job.assets)) == ("succeeded", "not_offered", 1)


async def test_a_house_that_closes_leaves_running_films_to_the_next(tmp_path: Path) -> None:
    xai = XAI()
    xai.film_delay = 1

    async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
        job_id = await ask(house, **FILM)
        await _until(house, job_id, lambda job: job.state == "running" and len(xai.polls) > 0)
    async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
        job = await house.jobs.wait(1, job_id, 10)

    assert job.state == "succeeded"
    assert len(xai.submits) == 1


async def test_a_process_without_the_key_leaves_a_film_to_one_that_has_it(tmp_path: Path) -> None:
    xai = XAI()
    xai.film_delay = 1

    async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
        job_id = await ask(house, **FILM)
        await _until(house, job_id, lambda job: job.state == "running" and len(xai.polls) > 0)
    async with a_house(tmp_path, clock=HurriedClock()) as keyless:
        await asyncio.sleep(0.2)
        assert not (await keyless.jobs.get(1, job_id)).ended
    async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
        job = await house.jobs.wait(1, job_id, 10)

    assert job.state == "succeeded"
    assert len(xai.submits) == 1


async def test_a_house_that_closes_waits_for_what_is_on_the_wire(tmp_path: Path) -> None:
    openai = OpenAI()
    openai.image_delay = 0.3

    async with a_house(tmp_path, openai) as house:
        job_id = await ask(house, **PICTURE)
        while not openai.submits:
            await asyncio.sleep(0.01)
    async with a_house(tmp_path, openai) as house:
        job = await house.jobs.get(1, job_id)

    assert job.state == "succeeded"
    assert len(openai.submits) == 1


async def test_two_houses_on_one_home_share_the_work_and_the_cap(tmp_path: Path) -> None:
    openai = OpenAI()
    openai.image_delay = 0.02
    settings: dict[str, Any] = {"limits": {"openai": 2}}

    async with (
        a_house(tmp_path, openai, settings=settings) as one,
        a_house(tmp_path, openai, settings=settings) as two,
    ):
        done = await asyncio.gather(*(make(house, **PICTURE) for house in (one, two) * 5))

    assert [job.state for job in done] == ["succeeded"] * 10
    assert len(openai.submits) == 10


async def test_storage_that_fails_for_a_while_loses_no_picture(tmp_path: Path) -> None:
    openai = OpenAI()

    async with a_house(tmp_path, openai) as house:
        real, failures = house.store.put, iter(range(3))

        async def failing(*args: Any, **more: Any) -> Any:
            if next(failures, None) is not None:
                raise ServiceError("The disk is full.")
            return await real(*args, **more)

        house.store.put = failing  # type: ignore[method-assign]
        job = await make(house, **PICTURE)

    assert job.state == "succeeded"
    assert len(openai.submits) == 1


async def test_what_is_not_to_be_stored_is_gone_after_a_day(tmp_path: Path) -> None:
    clock = QuickClock()

    async with a_house(tmp_path, OpenAI(), clock=clock) as house:
        job = await make(house, **PICTURE, store=False)
        files = list((tmp_path / "media").rglob("*.png"))
        assert "staged" in str(files[0])
        await clock.sleep(25 * 3600)
        await purge(house.db, house.keeper, clock.now())
        rows = await house.db.read(lambda c: c.execute(select(assets.c.id)).all())

    assert job.assets[0].expires_at is not None
    assert rows == []
    assert not files[0].exists()


async def test_a_result_keeps_the_vendors_bytes_as_they_were(tmp_path: Path) -> None:
    clock = QuickClock()
    xai = on_clock(clock)

    async with a_house(tmp_path, xai, clock=clock) as house:
        job = await make(house, **FILM)
        (path,) = [file for file in (tmp_path / "media").rglob("*.mp4") if job.assets[0].id in file.name]

    (result,) = xai.results.values()
    assert path.read_bytes() == result.make()


@pytest.mark.parametrize("field", [{"fallback": ["xai:x"]}, {"webhook_url": "https://a.example"}])
async def test_what_is_not_served_yet_is_refused_instead_of_dropped(field: dict[str, Any], tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        with pytest.raises(UnsupportedError):
            await make(house, prompt="a fox", **field)


async def _until(house: House, job_id: str, so: Callable[[Job], bool]) -> None:
    while not so(await house.jobs.get(1, job_id)):
        await asyncio.sleep(0.01)


def _count_commits(house: House) -> Callable[[], int]:
    """Count the commits from now on that change a row: the sweep, which may come at any time, finds none."""
    commits: list[object] = []
    changing: set[object] = set()

    def note(connection: object, cursor: Any, *_: object) -> None:
        if cursor.rowcount > 0:
            changing.add(connection)

    def count(connection: object) -> None:
        if connection in changing:
            commits.append(connection)
            changing.discard(connection)

    event.listen(house.db._writes, "after_cursor_execute", note)
    event.listen(house.db._writes, "commit", count)
    return lambda: len(commits)
