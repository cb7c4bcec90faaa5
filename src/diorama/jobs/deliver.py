"""Outputs brought home: from the vendor's answer to kept bytes, one slot at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from diorama.assets.store import OtherBodyError, TooLargeError
from diorama.assets.urls import FetchFailed
from diorama.errors import DioramaError, ProviderError, ServiceError, ValidationError
from diorama.gallery.keep import Keeper, Place
from diorama.jobs.repository import SlotVerdict, Verdict, Work
from diorama.providers.base import (
    Blocked,
    Done,
    Held,
    Inline,
    Lost,
    Moved,
    Output,
    Refused,
    Remote,
    UnknownFate,
    Unmade,
)
from diorama.schemas import Note

if TYPE_CHECKING:
    from diorama.assets.allowance import Allowance

RETRY_FIRST_S, RETRY_CAP_S = 1.0, 60.0


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What it takes to bring one finished call home. Times in seconds since 1970."""

    work: Work
    done: Done
    keeper: Keeper
    allowance: "Allowance"
    stream: Callable[[str], AsyncIterator[bytes]]
    ref: dict[str, Any] | None
    until: float
    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


async def deliver(delivery: Delivery) -> Verdict:
    """Keep every output and say how each slot ended. One that cannot be kept does not take its siblings along."""
    slots: dict[int, SlotVerdict] = {}
    rows: list[dict[str, Any]] = []
    outputs: list[Output | None] = list(delivery.done.outputs)
    outputs += [None] * (len(delivery.work.slots) - len(outputs))
    for index, output in zip(delivery.work.slots, outputs, strict=False):
        try:
            row = await _bring(delivery, index, output)
        except DioramaError as error:
            error.job_id = delivery.work.job_id
            outcome: Any = "uncertain" if error.code == "uncertain" else "failed"
            slots[index] = SlotVerdict(outcome=outcome, error=error.as_dict())
        else:
            slots[index] = SlotVerdict(outcome="succeeded")
            rows.append(row)
    notes = [note.model_dump(mode="json") for note in delivery.done.notes]
    return Verdict(state="done", slots=slots, assets=rows, notes=notes)


async def _bring(delivery: Delivery, index: int, output: Output | None) -> dict[str, Any]:
    """One output as the row of its asset."""
    work = delivery.work
    match output:
        case Inline() | Remote() | Held():
            row = await _keep(delivery, place(work, index), output)
            return described(work, index, row, output.vendor_ref)
        case Blocked():
            facts = {"stage": output.stage, "categories": list(output.categories)}
            raise ValidationError(output.reason, code="moderated", details={"provider": work.vendor, **facts})
        case Lost():
            raise ProviderError(output.reason, provider=work.vendor, code="result_lost", details=_handle(delivery))
        case Unmade():
            raise ProviderError(output.reason, provider=work.vendor, code="vendor_failed")
        case None:
            made = f"The vendor made {len(delivery.done.outputs)} of the {len(work.slots)} outputs asked for."
            raise ProviderError(made, provider=work.vendor, code="vendor_failed")


async def _keep(delivery: Delivery, at: Place, output: Inline | Remote | Held) -> dict[str, Any]:
    """Store it, trying again for as long as there is hope: it is paid for."""
    gap = RETRY_FIRST_S
    error: DioramaError
    while True:
        try:
            return await _fetch(delivery, at, output)
        except Refused as refused:
            raise refused.error from None
        except UnknownFate as unknown:
            error, again = unknown.error, True
        except FetchFailed as failed:
            error = _not_fetched(delivery, failed)
            again = failed.retry or failed.status is None  # where nobody answers, it may be us who are offline
        except OtherBodyError as failed:
            # Its place is this slot's alone: a run before us has brought it whole, and the vendor packs it anew.
            if (row := await delivery.keeper.find(at)) is not None:
                return row
            error, again = failed, True
        except ServiceError as failed:
            error, again = failed, not isinstance(failed, TooLargeError)
        except ValidationError as failed:
            # Our guard or our probe speaks to users; what it refuses here is the vendor's doing.
            raise ProviderError(
                f"The vendor's result cannot be used: {failed.message}", provider=delivery.work.vendor
            ) from failed
        if not again or delivery.now() + gap > delivery.until:
            raise error
        await delivery.sleep(gap)
        gap = min(gap * 2, RETRY_CAP_S)


async def _fetch(delivery: Delivery, at: Place, output: Inline | Remote | Held) -> dict[str, Any]:
    if isinstance(output, Inline):
        return await delivery.keeper.keep(at, output.data)
    if isinstance(output, Remote):
        return await delivery.keeper.fetch(at, output.url, delivery.allowance)
    try:
        return await delivery.keeper.keep_stream(at, delivery.stream(output.path))
    except Moved as moved:
        return await delivery.keeper.fetch(at, moved.url, delivery.allowance)


def _not_fetched(delivery: Delivery, failed: FetchFailed) -> ProviderError:
    """`result_lost`, with the vendor's own handle: the way to ask them about it."""
    said = "The vendor no longer has the result" if failed.gone else "The vendor's result could not be fetched"
    return ProviderError(
        f"{said}: {failed.host} {failed.reason}.",
        provider=delivery.work.vendor,
        code="result_lost",
        details=_handle(delivery),
    )


def _handle(delivery: Delivery) -> dict[str, Any]:
    return {"vendor_ref": delivery.ref}


def place(work: Work, index: int) -> Place:
    """Where the output of this slot belongs."""
    return Place(
        customer_id=work.customer_id,
        asset_id=work.asset_ids[index],
        kind=work.kind,
        created_at=work.created_at,
        store=work.store,
    )


def described(work: Work, index: int, row: dict[str, Any], vendor_ref: Any) -> dict[str, Any]:
    """An asset's row with what only the job knows."""
    return {
        **row,
        "job_id": work.job_id,
        "call_id": work.call_id,
        "slot": index,
        "origin": "output",
        "prompt": work.request["prompt"],
        "model": work.model,
        "vendor_ref": vendor_ref,
        "folder": None,
        "tags": [],
        "starred": False,
        "metadata": work.request.get("metadata") or {},
    }


def pack(done: Done) -> dict[str, Any] | None:
    """The answer as JSON, if its outputs wait at the vendor; None when bytes came along, which never go into a row."""
    if not any(isinstance(output, Remote | Held) for output in done.outputs):
        return None
    if any(isinstance(output, Inline) for output in done.outputs):
        return None
    return {
        "outputs": [{"type": type(output).__name__, **vars(output)} for output in done.outputs],
        "usage": dict(done.usage),
        "cost_usd": None if done.cost_usd is None else str(done.cost_usd),
        "notes": [note.model_dump(mode="json") for note in done.notes],
    }


def unpack(result: dict[str, Any]) -> Done:
    """What `pack` wrote."""
    classes: dict[str, type[Any]] = {"Remote": Remote, "Held": Held, "Blocked": Blocked}
    classes |= {"Lost": Lost, "Unmade": Unmade}
    outputs = []
    for packed in result["outputs"]:
        fields = {name: tuple(value) if isinstance(value, list) else value for name, value in packed.items()}
        outputs.append(classes[str(fields.pop("type"))](**fields))
    return Done(
        outputs=tuple(outputs),
        usage=result["usage"],
        cost_usd=None if result["cost_usd"] is None else Decimal(result["cost_usd"]),
        notes=tuple(Note.model_validate(note) for note in result["notes"]),
    )
