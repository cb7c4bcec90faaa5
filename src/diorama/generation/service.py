"""From what somebody asks to a job: resolved, fitted, checked, priced. Nothing here costs anything."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from diorama.catalog.catalog import Catalog
from diorama.errors import UnsupportedError
from diorama.generation.check import SHAPING, check_inputs, first_as
from diorama.generation.fit import fit
from diorama.generation.inputs import Brought, InputDesk
from diorama.generation.quote import quote
from diorama.generation.resolve import Reach, Resolved, resolve
from diorama.jobs.service import Jobs, Order
from diorama.schemas import Note, Request

LATER = ("fallback", "webhook_url", "resend_under_usd")


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asks, and how they reached us.

    `soft`: fields whose value is their door's default, not their own wish. `notes`: what the door noted already.
    """

    customer_id: int
    hosts: frozenset[str] = frozenset()
    soft: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()
    waiting: bool = False


class Generation:
    """The one way to a picture or a film, for every door."""

    def __init__(
        self, *, catalog: Catalog, jobs: Jobs, inputs: InputDesk, reach: Callable[[], Reach], today: Callable[[], date]
    ) -> None:
        self.catalog, self.jobs, self.inputs = catalog, jobs, inputs
        self.reach, self.today = reach, today
        self._queueing: set[asyncio.Task[str]] = set()

    async def submit(self, request: Request, asker: Asker) -> str:
        """Queue a request; returns the job's id. Everything that can be refused is refused before a job exists.

        Whoever asks may leave at any moment: from the first row on, the job is brought on its way all the same.
        """
        resolved = self.resolve(request)
        fit(request, resolved.model, soft=asker.soft)  # refuse what will not do before anything is fetched or stored
        brought = await self.inputs.bring(asker.customer_id, request.inputs, asker.hosts)
        queueing = asyncio.create_task(self._queue(request, resolved, brought, asker))
        self._queueing.add(queueing)
        queueing.add_done_callback(self._queueing.discard)
        return await asyncio.shield(queueing)

    async def _queue(self, request: Request, resolved: Resolved, brought: Brought, asker: Asker) -> str:
        try:
            return await self.jobs.queue(self._order(request, resolved, brought, asker), waiting=asker.waiting)
        except BaseException:
            await self.inputs.forget(brought.rows)
            raise

    def resolve(self, request: Request) -> Resolved:
        """Which model it will be. Raises for retired, unknown and keyless ones."""
        for name in LATER:
            if getattr(request, name):
                raise UnsupportedError(f"{name} is not served yet.", param=name, hint="Leave it out.")
        return resolve(self.catalog, request.model, request.kind, self.reach(), self.today())

    def _order(self, request: Request, resolved: Resolved, brought: Brought, asker: Asker) -> Order:
        model = resolved.model
        check_inputs(brought.facts, model)
        shaping = first_as(brought.facts, SHAPING)
        picture = (shaping.width, shaping.height) if shaping else None
        fitted = fit(request, model, soft=asker.soft, picture=picture)
        used = fitted.request.model_copy(
            update={
                "model": model.name,
                "kind": model.makes,
                "inputs": brought.inputs,
                "customer_id": asker.customer_id,
            }
        )
        return Order(
            customer_id=asker.customer_id,
            request=used,
            vendor=model.vendor,
            model=model.name,
            wire_model=resolved.wire_id,
            asked=resolved.asked,
            at_once=model.lane == "at_once",
            outputs_per_call=model.outputs_per_call,
            notes=(*resolved.notes, *asker.notes, *fitted.notes),
            quote=quote(model, used),
        )
