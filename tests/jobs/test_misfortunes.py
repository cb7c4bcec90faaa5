"""What goes wrong around a paid call, and costs neither the result nor a second bill."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import OperationalError

from diorama.db import session
from diorama.db.session import Db
from diorama.db.tables import assets, calls, ledger, owners
from diorama.errors import ProviderError, ServiceError
from diorama.gallery.housekeeping import purge
from diorama.generation.service import Asker
from diorama.jobs import admission, repository
from diorama.providers import load_provider
from diorama.providers.base import UnknownFate
from diorama.schemas import Job, Request
from diorama.wiring import House
from tests.clock import HurriedClock, QuickClock
from tests.fakes.base import ALWAYS, Fault
from tests.fakes.media import film, picture
from tests.fakes.openai import OpenAI
from tests.fakes.xai import XAI
from tests.houses import a_house, make
from tests.jobs.conftest import Desk, new_job

pytestmark = pytest.mark.anyio

FILM: dict[str, Any] = {"model": "xai:grok-imagine-video", "prompt": "a paper boat"}
FILMS, PICTURES = load_provider("xai"), load_provider("openai")
PICTURE: dict[str, Any] = {"model": "openai:gpt-image-2.5-flare", "prompt": "a paper fox"}


async def ask(house: House, **request: Any) -> str:
    return await house.generation.submit(Request(**request), Asker(customer_id=1))


def shaped(asked: dict[str, Any], kind: str, **more: Any) -> Any:
    """A job as a house would write it, for tests that put it there themselves."""
    vendor, _, wire_model = asked["model"].partition(":")
    request = Request(**asked, kind=kind).model_dump(mode="json")
    return new_job(vendor=vendor, model=asked["model"], wire_model=wire_model, kind=kind, request=request, **more)


async def test_a_call_of_a_vendor_that_is_no_more_stands_in_nobodys_way(database_url: str, tmp_path: Path) -> None:
    openai, settings = OpenAI(), {"database_url": database_url}

    async with a_house(tmp_path, openai, settings=settings) as house:
        gone, freed = new_job(vendor="acme"), shaped(PICTURE, "image")
        await Desk(house.db).insert(gone, owner="dead", cap=0)
        await Desk(house.db).insert(freed, owner="dead")
        job = await house.jobs.wait(1, freed.id, 5)
        cancelled = await house.jobs.cancel(1, gone.id)

    assert job.state == "succeeded"
    assert cancelled.state == "cancelled"


async def test_a_lock_that_cannot_be_read_stops_nobody(tmp_path: Path) -> None:
    async with a_house(tmp_path, OpenAI()) as house:
        (tmp_path / "run" / "strange").mkdir()
        await house.db.tx(lambda c: c.execute(owners.insert().values(id="strange", pid=1, host="h", started_at=1.0)))
        freed = shaped(PICTURE, "image")
        await Desk(house.db).insert(freed, owner="dead")
        job = await house.jobs.wait(1, freed.id, 5)

    assert job.state == "succeeded"


@pytest.mark.parametrize("asked", [FILM, PICTURE])
async def test_a_disk_that_is_full_for_a_while_costs_nothing_paid(
    tmp_path: Path, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "RETRY_S", 0.0)
    xai, openai = XAI(), OpenAI()

    async with a_house(tmp_path, xai, openai, clock=HurriedClock()) as house:
        spoil(house.db, when=lambda: bool(xai.submits or openai.submits), times=4)
        job = await make(house, **asked)

    assert job.state == "succeeded"
    assert job.cost is not None
    assert len(xai.submits) + len(openai.submits) == 1


async def test_a_refusal_is_remembered_however_long_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "RETRY_S", 0.0)
    openai = OpenAI()
    openai.fail(Fault.refused())

    async with a_house(tmp_path, openai, clock=HurriedClock()) as house:
        spoil(house.db, when=lambda: bool(openai.submits), times=4)
        job = await make(house, **PICTURE)
        money = await house.db.read(lambda c: c.execute(select(ledger.c.state)).scalar_one())

    assert (job.state, money) == ("failed", "released")


async def test_a_glimpse_that_cannot_be_written_down_does_not_cost_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "RETRY_S", 0.0)
    monkeypatch.setattr(PICTURES, "submit", _shown_first(PICTURES.submit))
    openai = OpenAI()

    async with a_house(tmp_path, openai, clock=HurriedClock()) as house:
        job_id = await ask(house, **PICTURE)
        spoil(house.db, when=lambda: bool(_shown), times=1)
        job = await house.jobs.wait(1, job_id, 10)

    assert job.state == "succeeded"


_shown: list[int] = []


def _shown_first(submit: Any) -> Any:
    async def shown_first(self: Any, prepared: Any, on_partial: Any = None) -> Any:
        _shown.append(1)
        await on_partial(0, picture(64, 64))
        await on_partial(7, picture(64, 64))
        return await submit(self, prepared, on_partial)

    return shown_first


async def test_a_request_that_our_own_mistake_keeps_from_being_built_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: Any) -> None:
        raise KeyError("size")

    monkeypatch.setattr(FILMS, "prepare", mistaken)
    xai = XAI()

    async with a_house(tmp_path, xai) as house:
        job = await make(house, waiting=False, **FILM)
        money = await house.db.read(lambda c: c.execute(select(ledger.c.state)).scalar_one())

    assert (job.state, money, len(xai.submits)) == ("failed", "released", 0)


async def test_a_film_under_way_needs_nothing_that_made_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(*_: Any) -> None:
        raise KeyError("size")

    xai = XAI()
    xai.film_delay = 3600
    async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
        job_id = await ask(house, **FILM)
        await until(house, job_id, lambda job: job.state == "running" and len(xai.polls) > 0)
    monkeypatch.setattr(FILMS, "prepare", mistaken)
    xai.film_delay = 0
    async with a_house(tmp_path, xai, clock=HurriedClock()) as house:
        job = await house.jobs.wait(1, job_id, 5)

    assert job.state == "succeeded"


async def test_a_mistake_that_lasts_an_hour_does_not_cost_the_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = QuickClock()
    xai, good, began = XAI(now=clock.now), FILMS.check, clock.now()
    xai.film_polls = 0

    async def mistaken(self: Any, ref: Any) -> Any:
        if clock.now() < began + 3600:
            raise KeyError("status")
        return await good(self, ref)

    monkeypatch.setattr(FILMS, "check", mistaken)
    async with a_house(tmp_path, xai, clock=clock) as house:
        job = await make(house, **FILM)

    assert job.state == "succeeded"


async def test_a_lid_that_was_closed_past_the_deadline_does_not_cost_the_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = QuickClock()
    xai, good, polls = XAI(now=clock.now), FILMS.check, iter(range(2))
    xai.film_polls = 0

    async def waking(self: Any, ref: Any) -> Any:
        if next(polls, None) is None:
            return await good(self, ref)
        await clock.sleep(10 * 3600)
        raise UnknownFate(ProviderError("The network is not there yet.", provider="xai"))

    monkeypatch.setattr(FILMS, "check", waking)
    async with a_house(tmp_path, xai, clock=clock) as house:
        job = await make(house, **FILM)

    assert job.state == "succeeded"


async def test_a_vendor_that_is_away_for_good_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    clock = QuickClock()
    xai = XAI(now=clock.now)
    xai.fail(Fault.drop(on="poll", times=ALWAYS))

    async with a_house(tmp_path, xai, clock=clock) as house:
        job = await make(house, **FILM)

    assert job.state == "uncertain"


@pytest.mark.parametrize(("times", "state", "money"), [(2, "succeeded", "settled"), (3, "failed", "settled")])
async def test_a_film_that_the_vendor_does_not_know_is_lost_when_that_is_said_three_times(
    tmp_path: Path, times: int, state: str, money: str
) -> None:
    clock = QuickClock()
    xai = XAI(now=clock.now)
    xai.fail(Fault.status(404, on="poll", times=times))

    async with a_house(tmp_path, xai, clock=clock) as house:
        job = await make(house, **FILM)
        booked = await house.db.read(lambda c: c.execute(select(ledger.c.state)).scalar_one())

    assert (job.state, booked) == (state, money)


@pytest.mark.parametrize(
    ("asked", "state"), [(PICTURE, "uncertain"), ({"model": "sketch:still", "prompt": "a fox"}, "succeeded")]
)
async def test_what_a_dead_process_may_have_sent_is_sent_again_only_where_it_is_free(
    tmp_path: Path, asked: dict[str, Any], state: str
) -> None:
    openai = OpenAI()

    async with a_house(tmp_path, openai) as house:
        job = shaped(asked, "image")
        await Desk(house.db).insert(job, owner="dead", begin_s=600.0)
        ended = await house.jobs.wait(1, job.id, 5)

    assert (ended.state, len(openai.submits)) == (state, 0)


async def test_a_sender_that_may_be_alive_is_given_the_time_to_tell(tmp_path: Path) -> None:
    clock = QuickClock()

    async with a_house(tmp_path, OpenAI(), clock=clock, works=False) as house:
        job = shaped(PICTURE, "image")
        await Desk(house.db).insert(job, owner="another", begin_s=600.0)
        await house.jobs.carrier.advance(job.calls[0].id)
        ended = await house.jobs.get(1, job.id)

    assert ended.state == "uncertain"
    assert max(clock.slept) >= house.vendors.entry("openai").submit_timeout_s


@pytest.mark.parametrize(
    ("found", "state", "money"), [("prepared", "failed", "released"), ("sent", "uncertain", "reserved")]
)
async def test_a_call_over_which_twenty_processes_have_died_is_given_up(
    tmp_path: Path, found: str, state: str, money: str
) -> None:
    openai = OpenAI()

    async with a_house(tmp_path, openai, works=False) as house:
        job = shaped(PICTURE, "image")
        await Desk(house.db).insert(job, owner="dead")
        await house.db.tx(lambda c: c.execute(update(calls).values(epoch=repository.MAX_EPOCHS, state=found)))
    async with a_house(tmp_path, openai) as house:
        ended = await house.jobs.wait(1, job.id, 5)
        booked = await house.db.read(lambda c: c.execute(select(ledger.c.state)).scalar_one())

    assert (ended.state, booked, len(openai.submits)) == (state, money, 0)
    assert "20 processes" in (ended.error or {})["message"]


async def test_a_cancelled_job_is_not_asked_for_again_when_the_vendor_had_no_room(tmp_path: Path) -> None:
    openai = OpenAI()
    openai.image_delay = 0.1
    openai.fail(Fault.status(429))

    async with a_house(tmp_path, openai, clock=HurriedClock()) as house:
        job_id = await ask(house, **PICTURE)
        while not openai.submits:
            await asyncio.sleep(0)
        await house.jobs.cancel(1, job_id)
        job = await house.jobs.wait(1, job_id, 10)
        money = await house.db.read(lambda c: c.execute(select(ledger.c.state)).scalars().all())

    assert (job.state, money) == ("cancelled", ["released"])
    assert len(openai.submits) == 1


async def test_one_result_that_cannot_be_read_does_not_hide_its_siblings(tmp_path: Path) -> None:
    async with a_house(tmp_path, works=False) as house:
        job = shaped(PICTURE | {"n": 2}, "image", n=2, per_call=2)
        await Desk(house.db).insert(job, owner="dead", begin_s=600.0)
        for number, data in enumerate((picture(64, 64)[:20], picture(64, 64))):
            key = f"customers/1/assets/image/{job.asset_ids[number]}.png"
            await house.store.put(key, data, mime="image/png")
    async with a_house(tmp_path, OpenAI()) as house:
        ended = await house.jobs.wait(1, job.id, 5)

    assert ended.state == "partial"
    assert [slot.state for slot in ended.slots] == ["uncertain", "succeeded"]


async def test_a_film_that_lies_at_its_place_already_is_taken_for_the_result(tmp_path: Path) -> None:
    xai, clock = XAI(), QuickClock()
    began = clock.now()

    async with a_house(tmp_path, works=False) as house:
        job = shaped(FILM, "video")
        await Desk(house.db).insert(job, owner="dead", begin_s=600.0)
        url = xai.publish("film.mp4", lambda: film(64, 64, 1), "video/mp4", ttl_s=1e9)
        result = {"outputs": [{"type": "Remote", "url": url}], "usage": {}, "cost_usd": "0.4", "notes": []}
        values = {"state": "accepted", "ref": {"id": "v1"}, "result": result}
        await house.db.tx(lambda c: c.execute(update(calls).values(**values)))
        key = f"customers/1/assets/video/19700101T001640Z_{job.asset_ids[0]}.mp4"
        await house.store.put(key, film(64, 64, 2), mime="video/mp4")
    async with a_house(tmp_path, xai, clock=clock) as house:
        ended = await house.jobs.wait(1, job.id, 5)

    assert ended.state == "succeeded"
    assert clock.now() - began < 3600


async def test_a_price_that_cannot_be_reckoned_does_not_cost_the_picture(tmp_path: Path) -> None:
    openai, failures = OpenAI(), iter(range(1))

    async with a_house(tmp_path, openai, clock=HurriedClock()) as house:
        real = house.jobs.carrier.price

        def price(*args: Any) -> Any:
            if next(failures, None) is not None:
                raise KeyError("per")
            return real(*args)

        house.jobs.carrier.price = price
        job = await make(house, **PICTURE)

    assert job.state == "succeeded"
    assert len(openai.submits) == 1


async def test_every_commit_may_lose_its_answer(database_url: str, tmp_path: Path) -> None:
    clock = QuickClock()
    xai, openai = XAI(now=clock.now), OpenAI(now=clock.now)
    openai.fail(Fault.status(429))

    async with a_house(tmp_path, xai, openai, clock=clock, settings={"database_url": database_url}) as house:
        run_twice(house.db)
        made = [
            await make(house, **FILM),
            await make(house, **PICTURE, n=3),
            await make(house, waiting=False, **PICTURE),
        ]
        money = await house.db.read(lambda c: c.execute(select(ledger.c.state)).scalars().all())
        left = await house.db.read(lambda c: c.execute(select(calls.c.id).where(calls.c.ended_at.is_(None))).all())

    assert [job.state for job in made] == ["succeeded"] * 3
    assert [len(job.assets) for job in made] == [1, 3, 1]
    assert (len(xai.submits), len(openai.submits)) == (1, 3)
    assert (sorted(money), left) == (["released", *["settled"] * 3], [])


async def test_taking_over_and_cancelling_do_not_wait_for_each_other(postgres: str, tmp_path: Path) -> None:
    tried: list[str] = []

    async with a_house(tmp_path, XAI(), settings={"database_url": postgres}) as house:
        collect = house.runner._collect
        job = shaped(FILM, "video")

        def cancel(c: Connection) -> None:
            tried.append("cancel")
            admission.lock_vendor(c, "xai")
            time.sleep(0.2)  # sweeps go on meanwhile
            repository.cancel(c, job.id, vendor="xai", cap=9, reaches_vendor=False, now=1002.0)

        def deadlocked(c: Connection) -> list[str]:
            try:
                return collect(c)
            except OperationalError:
                tried.append("sweep")
                raise

        house.runner._collect = deadlocked  # type: ignore[method-assign]
        await Desk(house.db).insert(job, owner="another", cap=0)
        await house.db.tx(lambda c: c.execute(update(calls).values(owner=None)))
        await house.db.tx(cancel)

    assert tried == ["cancel"]


async def test_what_cannot_be_deleted_does_not_keep_the_rest(tmp_path: Path) -> None:
    clock = QuickClock()

    async with a_house(tmp_path, OpenAI(), clock=clock) as house:
        made = [await make(house, **PICTURE, store=False) for _ in range(2)]
        real, bad = house.store.delete, made[0].assets[0].id

        async def delete(key: str) -> None:
            if bad in key:
                raise ServiceError("The disk does not let go.")
            await real(key)

        house.store.delete = delete  # type: ignore[method-assign]
        await clock.sleep(25 * 3600)
        gone = await purge(house.db, house.keeper, clock.now())
        left = await house.db.read(lambda c: c.execute(select(assets.c.id)).scalars().all())

    assert (gone, left) == (1, [bad])


def run_twice(db: Db) -> None:
    """Every write is committed, its answer is lost, and it is tried again."""
    real = db.tx

    async def tx(fn: Callable[[Any], Any]) -> Any:
        await real(fn)
        return await real(fn)

    db.tx = tx  # type: ignore[method-assign]


def spoil(db: Db, *, when: Callable[[], bool], times: int) -> None:
    """Have the disk be full for the next writes from that moment on."""
    real, left = db._writes, iter(range(times))
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL

    class Spoilt:
        def begin(self) -> Any:
            if when() and next(left, None) is not None:
                raise OperationalError("BEGIN IMMEDIATE", {}, full)
            return real.begin()

        def dispose(self) -> None:
            real.dispose()

    db._writes = Spoilt()  # type: ignore[assignment]


async def until(house: House, job_id: str, so: Callable[[Job], bool]) -> None:
    while not so(await house.jobs.get(1, job_id)):
        await asyncio.sleep(0.01)
