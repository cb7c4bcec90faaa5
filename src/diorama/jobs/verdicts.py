"""How calls end, as what is written down. Pure."""

from collections.abc import Mapping
from typing import Any

from diorama.errors import DioramaError, ProviderError
from diorama.jobs.deliver import described
from diorama.jobs.repository import MAX_EPOCHS, SlotVerdict, Verdict, Work
from diorama.jobs.states import CallState, Outcome

SEE_THE_BILL = "It was not sent again. See what the vendor has billed."


def refused(work: Work, error: DioramaError) -> Verdict:
    """A definite no: nothing is owed."""
    return _whole(work, "refused", "failed", error)


def uncertain(work: Work, error: ProviderError) -> Verdict:
    """Nobody knows, so nobody sends it again, and its money stays set aside."""
    error.code, error.hint = "uncertain", error.hint or SEE_THE_BILL
    return _whole(work, "uncertain", "uncertain", error)


def found(work: Work, kept: Mapping[int, dict[str, Any] | None]) -> Verdict:
    """The bytes that a dead process had stored for some or all of the slots, as rows; the vendor had answered."""
    lost = sender_died(work).as_dict()
    slots = {
        number: SlotVerdict(outcome="succeeded") if row else SlotVerdict(outcome="uncertain", error=lost)
        for number, row in kept.items()
    }
    rows = [described(work, number, row, None) for number, row in kept.items() if row]
    if not all(kept.values()):
        return Verdict(state="uncertain", slots=slots, assets=rows, error=lost)
    return Verdict(state="done", slots=slots, assets=rows, cost_usd=work.quote_usd, cost_basis="computed")


def sender_died(work: Work) -> ProviderError:
    message = "The process that had sent this request ended before the answer was written down."
    return ProviderError(message, provider=work.vendor, code="uncertain", hint=SEE_THE_BILL, job_id=work.job_id)


def too_late(work: Work) -> ProviderError:
    message = "The vendor had not finished when the deadline passed."
    hint = "It may still finish, and it may be billed."
    return ProviderError(message, provider=work.vendor, code="uncertain", hint=hint)


def died_too_often(work: Work) -> ProviderError:
    message = f"Each of the {MAX_EPOCHS} processes that worked on this call ended before it did."
    return ProviderError(message, provider=work.vendor, code="vendor_failed")


def never_its_turn(work: Work) -> ProviderError:
    message = "The job's deadline passed before the vendor had room for it."
    return ProviderError(message, provider=work.vendor, code="vendor_busy", hint="Give it a later deadline_s.")


def _whole(work: Work, state: CallState, outcome: Outcome, error: DioramaError) -> Verdict:
    error.job_id = work.job_id
    body = error.as_dict()
    return Verdict(
        state=state, slots={number: SlotVerdict(outcome=outcome, error=body) for number in work.slots}, error=body
    )
