"""The fold from calls to a job, over every combination."""

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diorama.jobs.states import ALIVE, CallState, CallView, Outcome, fold, slot_state
from diorama.schemas import FINAL_STATES

calls = st.lists(
    st.builds(CallView, state=st.sampled_from(get_args(CallState)), storing=st.booleans()), min_size=1, max_size=5
)
outcomes = st.lists(st.sampled_from([None, *get_args(Outcome)]), min_size=1, max_size=5)


@given(calls, outcomes)
def test_a_job_is_over_exactly_when_no_call_is_alive(calls: list[CallView], outcomes: list[Outcome | None]) -> None:
    alive = any(call.state in ALIVE for call in calls)

    assert (fold(calls, outcomes) in FINAL_STATES) is not alive


@given(calls, outcomes, st.randoms())
def test_the_order_of_calls_and_slots_does_not_matter(calls, outcomes, random) -> None:  # type: ignore[no-untyped-def]
    before = fold(calls, outcomes)

    random.shuffle(calls)
    random.shuffle(outcomes)

    assert fold(calls, outcomes) == before


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        (["succeeded", "succeeded"], "succeeded"),
        (["succeeded", "failed"], "partial"),
        (["succeeded", "uncertain"], "partial"),
        (["failed", "uncertain"], "uncertain"),
        (["cancelled", "uncertain"], "uncertain"),
        (["cancelled", "cancelled"], "cancelled"),
        (["cancelled", "failed"], "failed"),
        (["failed", "failed"], "failed"),
    ],
)
def test_an_ended_job_is_named_by_what_came_out(outcomes: list[Outcome | None], state: str) -> None:
    assert fold([CallView(state="done"), CallView(state="refused")], outcomes) == state


@pytest.mark.parametrize("states", list(product(["prepared", "sent", "accepted", "done"], repeat=2)))
def test_a_job_is_queued_only_while_no_call_has_begun(states: tuple[CallState, CallState]) -> None:
    job = fold([CallView(state=state) for state in states], [None, None])

    assert (job == "queued") == (set(states) == {"prepared"})


def test_a_job_is_storing_when_every_living_call_only_waits_for_its_bytes() -> None:
    ready, asked = CallView(state="accepted", storing=True), CallView(state="accepted")

    assert fold([ready], [None]) == "storing"
    assert fold([ready, CallView(state="done")], [None, "succeeded"]) == "storing"
    assert fold([ready, asked], [None, None]) == "running"


def test_an_open_slot_shows_how_its_call_stands() -> None:
    assert slot_state(None, CallView(state="prepared")) == "queued"
    assert slot_state(None, CallView(state="sent")) == "running"
    assert slot_state(None, CallView(state="accepted", storing=True)) == "storing"
    assert slot_state("failed", CallView(state="refused")) == "failed"
