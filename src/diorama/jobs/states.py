"""The states of calls and jobs, and the one fold from the first to the second. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from diorama.schemas import JobState, SlotState

CallState = Literal["prepared", "sent", "accepted", "done", "refused", "uncertain", "cancelled"]
Outcome = Literal["succeeded", "failed", "cancelled", "uncertain"]

ALIVE: frozenset[str] = frozenset({"prepared", "sent", "accepted"})


@dataclass(frozen=True, kw_only=True)
class CallView:
    """As much of a call as the fold looks at. `storing`: the vendor is done, the bytes are on their way to us."""

    state: CallState
    storing: bool = False


def fold(calls: Sequence[CallView], outcomes: Sequence[Outcome | None]) -> JobState:
    """The job's state from its calls and from its slots' outcomes (null = open)."""
    alive = [call for call in calls if call.state in ALIVE]
    if alive:
        return _while_alive(calls, alive)
    good = sum(outcome == "succeeded" for outcome in outcomes)
    if good:
        return "succeeded" if good == len(outcomes) else "partial"
    if "uncertain" in outcomes:
        return "uncertain"
    return "cancelled" if all(outcome == "cancelled" for outcome in outcomes) else "failed"


def _while_alive(calls: Sequence[CallView], alive: Sequence[CallView]) -> JobState:
    if all(call.state == "prepared" for call in calls):
        return "queued"
    return "storing" if all(call.storing for call in alive) else "running"


def slot_state(outcome: Outcome | None, call: CallView) -> SlotState:
    """What a caller sees of one slot: its outcome, or while it is open, how its call stands."""
    if outcome is not None:
        return outcome
    if call.state == "prepared":
        return "queued"
    return "storing" if call.storing else "running"
