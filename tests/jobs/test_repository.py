"""The job path's rows, on both databases: what is fenced, what is not, and what a second run does."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, select

from diorama.db.schema import ensure_schema
from diorama.db.session import Db
from diorama.db.tables import assets, calls
from diorama.errors import ServiceError
from diorama.gallery.keep import STAGED_S
from diorama.ids import new_id
from diorama.jobs import admission, owners, repository
from diorama.jobs.deliver import described, place
from diorama.jobs.inserts import NewCall
from diorama.jobs.repository import Fenced, SlotVerdict, Taken, Verdict
from tests.jobs.conftest import Desk, new_job

pytestmark = pytest.mark.anyio

GOOD = SlotVerdict(outcome="succeeded")
EVERY_CALL = re.compile(r"SCAN calls(?! USING .*INDEX calls_(alive|waiting|of_owner))")
BAD = SlotVerdict(outcome="failed", error={"code": "vendor_failed"})


async def test_a_job_is_queued_until_its_call_is_taken(desk: Desk) -> None:
    job = new_job()

    admitted = await desk.insert(job)

    assert admitted == {job.calls[0].id}
    assert (await desk.job(job.id)).state == "queued"


async def test_taking_a_prepared_call_marks_it_sent_in_the_same_breath(desk: Desk) -> None:
    job = new_job()
    await desk.insert(job)

    taken = await desk.take(job.calls[0].id)

    assert taken is not None
    assert (taken.found, taken.epoch, taken.deadline_at) == ("prepared", 1, 1601.0)
    assert (await desk.call(taken.id)).state == "sent"
    assert (await desk.job(job.id)).state == "running"


async def test_a_second_take_finds_the_call_sent_and_fences_the_first_off(desk: Desk) -> None:
    job = new_job()
    await desk.insert(job)
    first = await desk.take(job.calls[0].id)

    second = await desk.take(job.calls[0].id)

    assert first is not None
    assert second is not None
    assert second.found == "sent"
    with pytest.raises(Fenced):
        await desk.record(first, Verdict(state="done", slots={0: GOOD}))
    assert await desk.outcomes(job.id) == [None]


async def test_a_take_whose_commit_answer_was_lost_knows_its_own_mark(desk: Desk) -> None:
    job = new_job()
    await desk.insert(job)
    await desk.take(job.calls[0].id, nonce="n")

    again = await desk.take(job.calls[0].id, nonce="n")

    assert again is not None
    assert again.found == "prepared"


async def test_a_process_that_has_put_a_call_down_can_decide_nothing_more(desk: Desk, db: Db) -> None:
    job = new_job()
    await desk.insert(job)
    mine = await desk.take(job.calls[0].id)
    assert mine is not None
    await db.tx(lambda c: repository.note_accepted(c, mine.id, {"id": "v1"}, 1001.0))
    await db.tx(lambda c: owners.put_down(c, "me"))
    theirs = await Desk(db, me="heir").take(mine.id)

    assert theirs is not None
    assert (theirs.epoch, theirs.found) == (mine.epoch, "accepted")
    with pytest.raises(Fenced):
        await desk.record(mine, Verdict(state="uncertain", slots={0: BAD}))


async def test_a_cancelled_call_cannot_be_taken(desk: Desk) -> None:
    job = new_job()
    await desk.insert(job)
    work = await desk.work(job.calls[0].id)
    await desk.db.tx(lambda c: repository.cancel(c, job.id, vendor="xai", cap=9, reaches_vendor=False, now=1002.0))

    taken = await desk.db.tx(lambda c: repository.take(c, work, me="me", nonce=new_id(), now=1003.0, total_s=600.0))

    assert taken is None
    assert (await desk.call(work.call_id)).state == "cancelled"


async def test_a_call_that_waits_for_a_slot_cannot_be_taken(desk: Desk) -> None:
    job = new_job(n=2)
    await desk.insert(job, cap=1)

    assert await desk.take(job.calls[1].id) is None


async def test_the_same_insert_twice_is_one_job(desk: Desk) -> None:
    job = new_job()

    first = await desk.insert(job)
    second = await desk.insert(job)

    assert first == second
    assert len(await desk.calls_of(job.id)) == 1


async def test_a_second_insert_hands_back_only_what_it_had_marked_as_sent_itself(desk: Desk) -> None:
    job = new_job(n=2)
    await desk.insert(job, cap=1, begin_s=600.0)
    await desk.db.tx(lambda c: admission.hand_on(c, "xai", 2, 1001.0))

    again = await desk.insert(job, cap=1, begin_s=600.0)

    assert again == {job.calls[0].id}


async def test_what_is_kept_for_a_day_is_kept_from_when_it_is_there(desk: Desk) -> None:
    job = new_job(store=False)
    await desk.insert(job)
    taken = await desk.take(job.calls[0].id)
    assert taken is not None
    at = place(taken.work, 0)
    seen = {"mime": "image/png", "bytes": 1, "sha256": "0" * 64, "created_at": 1000.0, "purge_at": 1001.0}
    row = {"id": at.asset_id, "customer_id": 1, "kind": "image", "key": at.key("png")} | seen

    await desk.record(taken, Verdict(state="done", slots={0: GOOD}, assets=[described(taken.work, 0, row, None)]))

    assert await desk.db.read(lambda c: c.execute(select(assets.c.purge_at)).scalar_one()) == 1002.0 + STAGED_S


async def test_the_same_record_twice_is_one_record(desk: Desk) -> None:
    job = new_job()
    await desk.insert(job)
    taken = await desk.take(job.calls[0].id)
    assert taken is not None
    verdict = Verdict(state="done", slots={0: GOOD}, cost_usd=Decimal("0.05"), cost_basis="reported")

    await desk.record(taken, verdict)
    revision = (await desk.job(job.id)).revision
    await desk.record(taken, verdict)

    assert (await desk.job(job.id)).revision == revision


async def test_no_step_reads_all_calls_ever_made(tmp_path: Path) -> None:
    db = Db(f"sqlite:///{tmp_path / 'home.db'}")
    ensure_schema(db)
    desk, job = Desk(db), new_job()
    with statements_of(db) as said:
        await desk.insert(job)
        taken = await desk.take(job.calls[0].id)
        assert taken is not None
        await desk.record(taken, Verdict(state="done", slots={0: GOOD}))
        await db.tx(lambda c: owners.adopt(c, "me", ["xai"]))
        await db.tx(lambda c: owners.runnable(c, "me"))
        await db.read(lambda c: owners.others(c, "me"))

    plans = [await plan(db, *statement) for statement in said]

    assert any("calls_alive" in line for line in plans)
    assert not [line for line in plans if EVERY_CALL.search(line)]
    db.close()


@contextmanager
def statements_of(db: Db) -> Iterator[list[tuple[str, Any]]]:
    said: list[tuple[str, Any]] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        said.append((statement, values))

    yield said
    event.remove(Engine, "before_cursor_execute", note)


async def plan(db: Db, statement: str, values: Any) -> str:
    if statement.startswith("BEGIN"):
        return ""
    rows = await db.read(lambda c: c.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
    return "; ".join(row.detail for row in rows)


async def test_money_is_reserved_then_settled(desk: Desk) -> None:
    job = new_job()
    await desk.insert(job)
    call = job.calls[0].id
    assert (await desk.money(call)).state == "reserved"
    taken = await desk.take(call)
    assert taken is not None

    await desk.record(taken, Verdict(state="done", slots={0: GOOD}, cost_usd=Decimal("0.0512"), cost_basis="reported"))

    money = await desk.money(call)
    assert (money.state, money.settled_usd, money.estimated_usd) == ("settled", Decimal("0.0512"), Decimal("0.04"))
    assert (await desk.job(job.id)).cost == {
        "usd": "0.0512",
        "basis": "reported",
        "source": "the vendor's answer",
    }


@pytest.mark.parametrize(("state", "money"), [("refused", "released"), ("uncertain", "reserved")])
async def test_only_a_definite_no_gives_the_money_back(desk: Desk, state: str, money: str) -> None:
    job = new_job()
    await desk.insert(job)
    taken = await desk.take(job.calls[0].id)
    assert taken is not None

    await desk.record(taken, Verdict(state=state, slots={0: BAD}))  # type: ignore[arg-type]

    assert (await desk.money(taken.id)).state == money


async def test_a_retry_is_a_new_call_for_the_same_slots(desk: Desk) -> None:
    job = new_job(n=2, per_call=2)
    await desk.insert(job)
    taken = await desk.take(job.calls[0].id)
    assert taken is not None
    retry = NewCall(id=new_id(), slots=(0, 1), quote_usd=Decimal("0.04"), attempt=2, not_before=1010.0)

    await desk.record(taken, Verdict(state="refused", retry=retry))

    first, second = await desk.calls_of(job.id)
    assert (first.state, second.state, second.attempt, second.slots) == ("refused", "prepared", 2, [0, 1])
    assert second.admitted_at is not None
    assert (await desk.money(first.id)).state == "released"
    assert (await desk.money(second.id)).state == "reserved"
    assert (await desk.job(job.id)).state == "running"


async def test_a_retry_keeps_its_place_before_those_who_wait(db: Db) -> None:
    desk = Desk(db, cap=1)
    first, waiting = new_job(), new_job(customer=2)
    for job in (first, waiting):
        await desk.insert(job, cap=1)
    taken = await desk.take(first.calls[0].id)
    assert taken is not None
    retry = NewCall(id=new_id(), slots=(0,), quote_usd=None, attempt=2, not_before=1010.0)

    handed_on = await desk.record(taken, Verdict(state="refused", retry=retry))

    assert handed_on == []
    assert (await desk.call(waiting.calls[0].id)).admitted_at is None


async def test_the_vendors_handle_is_kept_even_by_a_run_that_lost_the_call(desk: Desk) -> None:
    job = new_job()
    await desk.insert(job)
    slow = await desk.take(job.calls[0].id)
    quick = await desk.take(job.calls[0].id)
    assert slow is not None
    assert quick is not None
    lost = SlotVerdict(outcome="uncertain", error={"code": "uncertain"})
    await desk.record(quick, Verdict(state="uncertain", slots={0: lost}, error={"code": "uncertain"}))
    assert (await desk.job(job.id)).state == "uncertain"

    await desk.db.tx(lambda c: repository.note_accepted(c, slow.id, {"id": "v1"}, 1003.0))

    call = await desk.call(slow.id)
    assert (call.state, call.ref, call.owner) == ("accepted", {"id": "v1"}, None)
    assert (await desk.job(job.id)).state == "running"
    assert await desk.outcomes(job.id) == [None]


async def test_a_handle_that_comes_after_the_end_wakes_nothing(desk: Desk) -> None:
    job = new_job()
    await desk.insert(job)
    taken = await desk.take(job.calls[0].id)
    assert taken is not None
    await desk.record(taken, Verdict(state="done", slots={0: GOOD}))

    await desk.db.tx(lambda c: repository.note_accepted(c, taken.id, {"id": "v1"}, 1003.0))

    assert (await desk.call(taken.id)).state == "done"
    assert (await desk.job(job.id)).state == "succeeded"


async def test_a_full_queue_is_refused_before_anything_is_written(desk: Desk) -> None:
    await desk.insert(new_job(n=3), cap=1)
    job = new_job(n=2)

    with pytest.raises(ServiceError) as refused:
        await desk.insert(job, cap=1, queue_max=3)

    assert refused.value.code == "queue_full"
    assert refused.value.retry_after_s
    assert await desk.calls_of(job.id) == []


async def test_the_cap_holds_under_a_crowd(desk: Desk, db: Db) -> None:
    crowd = [new_job(customer=number % 5 + 1) for number in range(40)]

    admitted = await asyncio.gather(*(desk.insert(job, cap=7) for job in crowd))

    assert sum(map(len, admitted)) == 7
    query = select(func.count()).where(calls.c.admitted_at.is_not(None))
    assert await db.read(lambda c: c.execute(query).scalar_one()) == 7


async def test_a_freed_slot_goes_to_the_customer_with_the_least(db: Db) -> None:
    desk = Desk(db, cap=2)
    busy = [new_job(customer=1) for _ in range(4)]
    for job in busy:
        await desk.insert(job, cap=2)
    late = new_job(customer=2)
    await desk.insert(late, cap=2)
    taken = await desk.take(busy[0].calls[0].id)
    assert taken is not None

    handed_on = await desk.record(taken, Verdict(state="done", slots={0: GOOD}))

    assert handed_on == [(late.calls[0].id, "me")]


async def test_one_vendors_calls_take_no_slots_of_anothers(desk: Desk) -> None:
    await desk.insert(new_job(vendor="openai"), cap=1)

    job = new_job(vendor="xai")

    assert await desk.insert(job, cap=1) == {job.calls[0].id}


async def test_a_call_that_nobody_would_run_gets_no_slot(desk: Desk, db: Db) -> None:
    orphan, owned = new_job(), new_job()
    await desk.insert(orphan, owner="dead", cap=0)
    await desk.insert(owned, cap=0)
    await db.tx(lambda c: owners.free_calls_of(c, "dead"))

    handed_on = await db.tx(lambda c: admission.hand_on(c, "xai", 1, 1001.0))

    assert handed_on == [(owned.calls[0].id, "me")]


async def test_two_slots_that_come_free_at_once_are_both_handed_on(db: Db) -> None:
    desk = Desk(db, cap=2)
    begun, waiting = [new_job(), new_job()], [new_job(), new_job()]
    for job in (*begun, *waiting):
        await desk.insert(job, cap=2)
    taken = [await desk.take(job.calls[0].id) for job in begun]

    def slowly(c: Connection, one: Taken) -> list[tuple[str, str]]:
        handed_on = repository.record(c, one, Verdict(state="done", slots={0: GOOD}), me="me", cap=2, now=1002.0)
        time.sleep(0.05)
        return handed_on

    handed_on = await asyncio.gather(*(db.tx(partial(slowly, one=one)) for one in taken if one))

    assert sorted(call for those in handed_on for call, _ in those) == sorted(job.calls[0].id for job in waiting)


async def test_priority_goes_before_fairness(db: Db) -> None:
    desk = Desk(db, cap=1)
    first, batch, person = new_job(), new_job(customer=2, priority=5), new_job(customer=1, priority=0)
    for job in (first, batch, person):
        await desk.insert(job, cap=1)
    taken = await desk.take(first.calls[0].id)
    assert taken is not None

    handed_on = await desk.record(taken, Verdict(state="done", slots={0: GOOD}))

    assert handed_on == [(person.calls[0].id, "me")]


async def test_every_waiting_call_gets_its_turn_and_the_cap_is_never_passed(db: Db) -> None:
    desk = Desk(db, cap=3)
    waiting = [new_job(customer=number % 3 + 1) for number in range(12)]
    admitted: list[str] = []
    for job in waiting:
        admitted += await desk.insert(job, cap=3)

    seen = 0
    while admitted:
        assert len(admitted) <= 3
        taken = await desk.take(admitted.pop())
        assert taken is not None
        admitted += [call for call, _ in await desk.record(taken, Verdict(state="done", slots={0: GOOD}))]
        seen += 1

    assert seen == 12


async def test_cancelling_ends_what_was_not_sent_and_says_what_goes_on(desk: Desk) -> None:
    job = new_job(n=2)
    await desk.insert(job)
    await desk.take(job.calls[0].id)

    ended, _ = await desk.db.tx(
        lambda c: repository.cancel(c, job.id, vendor="xai", cap=9, reaches_vendor=False, now=1002.0)
    )

    assert ended == [job.calls[1].id]
    row = await desk.job(job.id)
    assert (row.state, row.cancel) == ("running", "not_offered")
    assert await desk.outcomes(job.id) == [None, "cancelled"]


async def test_cancelling_a_job_that_has_not_begun_ends_it(desk: Desk) -> None:
    job = new_job(n=2)
    await desk.insert(job)

    await desk.db.tx(lambda c: repository.cancel(c, job.id, vendor="xai", cap=9, reaches_vendor=False, now=1002.0))

    row = await desk.job(job.id)
    assert (row.state, row.cancel, row.ended_at) == ("cancelled", "confirmed", 1002.0)


async def test_cancelling_an_ended_job_comes_too_late(desk: Desk) -> None:
    job = new_job()
    await desk.insert(job)
    taken = await desk.take(job.calls[0].id)
    assert taken is not None
    await desk.record(taken, Verdict(state="done", slots={0: GOOD}))

    await desk.db.tx(lambda c: repository.cancel(c, job.id, vendor="xai", cap=9, reaches_vendor=False, now=1003.0))

    row = await desk.job(job.id)
    assert (row.state, row.cancel) == ("succeeded", "too_late")


async def test_two_calls_that_end_at_once_leave_a_job_that_knows_of_both(desk: Desk) -> None:
    job = new_job(n=6)
    await desk.insert(job)
    taken = [await desk.take(call.id) for call in job.calls]

    await asyncio.gather(
        *(desk.record(one, Verdict(state="done", slots=dict.fromkeys(one.work.slots, GOOD))) for one in taken if one)
    )

    assert (await desk.job(job.id)).state == "succeeded"


async def test_a_late_fact_about_one_call_does_not_bring_an_ended_job_back(desk: Desk, db: Db) -> None:
    job = new_job(n=2)
    await desk.insert(job)
    first, second = [await desk.take(call.id) for call in job.calls]
    assert first is not None
    assert second is not None
    await desk.record(first, Verdict(state="done", slots={0: GOOD}))

    def slowly(c: Connection) -> None:
        repository.record(c, second, Verdict(state="done", slots={1: GOOD}), me="me", cap=9, now=1002.0)
        time.sleep(0.1)

    ending = asyncio.create_task(db.tx(slowly))
    await asyncio.sleep(0.05)
    await asyncio.gather(ending, db.tx(lambda c: repository.note_result(c, first.id, {"outputs": []}, 1003.0)))

    assert (await desk.job(job.id)).state == "succeeded"


async def test_nobody_adopts_calls_whose_vendors_key_is_elsewhere(desk: Desk, db: Db) -> None:
    job = new_job(vendor="xai")
    await desk.insert(job, owner="dead")
    await db.tx(lambda c: owners.free_calls_of(c, "dead"))

    await db.tx(lambda c: owners.adopt(c, "me", ["openai"]))

    assert (await desk.call(job.calls[0].id)).owner is None


async def test_a_dead_owners_calls_are_free_and_adopted_whole(desk: Desk, db: Db) -> None:
    job = new_job(n=2)
    await desk.insert(job, owner="dead")

    await db.tx(lambda c: owners.free_calls_of(c, "dead"))
    await db.tx(lambda c: owners.adopt(c, "me", ["xai"]))

    assert await db.read(lambda c: owners.runnable(c, "me")) == sorted(call.id for call in job.calls)


async def test_being_put_down_in_good_order_is_no_death(desk: Desk, db: Db) -> None:
    job = new_job()
    await desk.insert(job)
    await desk.take(job.calls[0].id)
    await db.tx(lambda c: repository.note_accepted(c, job.calls[0].id, {"id": "v1"}, 1001.0))

    for _ in range(2 * repository.MAX_EPOCHS):
        await db.tx(lambda c: owners.put_down(c, "me"))
        await db.tx(lambda c: owners.adopt(c, "me", ["xai"]))
        taken = await desk.take(job.calls[0].id)

    assert taken is not None
    assert taken.epoch <= 2


async def test_a_short_lived_process_adopts_only_what_is_paid_for_and_its_own(desk: Desk, db: Db) -> None:
    begun, unsent, own = new_job(), new_job(), new_job()
    for job in (begun, unsent, own):
        await desk.insert(job, owner="dead")
    await Desk(db, me="dead").take(begun.calls[0].id)
    await db.tx(lambda c: owners.free_calls_of(c, "dead"))

    await db.tx(lambda c: owners.adopt_begun(c, "me", ["xai"], frozenset({own.id})))

    assert await db.read(lambda c: owners.runnable(c, "me")) == sorted([begun.calls[0].id, own.calls[0].id])
    left = await desk.call(unsent.calls[0].id)
    assert (left.owner, left.admitted_at) == (None, None)
