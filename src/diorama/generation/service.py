"""From what somebody asks to a job: resolved, fitted, checked, priced. Nothing here costs anything."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from diorama.catalog.catalog import Catalog
from diorama.catalog.entry import Model
from diorama.errors import DioramaError, UnsupportedError
from diorama.generation.check import check_inputs, shape_of
from diorama.generation.extend import Extension, choose_extender, find_film
from diorama.generation.fit import fit
from diorama.generation.inputs import Brought, InputDesk
from diorama.generation.looking import look
from diorama.generation.quote import quote
from diorama.generation.quoting import Wish, find_alternatives, show_requests
from diorama.generation.resolve import Reach, Resolved, resolve
from diorama.jobs.service import Jobs, Order
from diorama.schemas import Input, ModelUse, Money, Note, QuoteAnswer, Request

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

    async def extension(self, customer_id: int, *, film: str | None, url: str | None, model: str | None) -> Extension:
        """What it takes to let a film go on: the film as an input, and the model, which may be left to us.

        `film` is an asset's, a job's or a vendor's id; else `url` is anything an input can be.
        """
        row = None if film is None else await find_film(self.inputs.db, customer_id, film)
        source = Input(role="source", asset=row.id) if row is not None else Input(role="source", url=url)
        if model is not None:
            return Extension(source=source, model=model)
        made_by = None if row is None else row.model
        chosen, note = choose_extender(self.catalog, self.reach(), self.today(), made_by)
        return Extension(source=source, model=chosen.name, notes=(note,) if note else ())

    async def quote(self, request: Request, asker: Asker) -> QuoteAnswer:
        """What `submit` would do with this, without doing it. Raises what it would raise; spends and keeps nothing."""
        resolved = self.resolve(request)
        fit(request, resolved.model, soft=asker.soft)
        seen = await look(self.inputs, asker.customer_id, request.inputs, asker.hosts, resolved.model)
        unread = tuple(one.field for one in seen if one.facts is None)
        # What one input turns out to be may decide about the shape, so either all are reckoned with or none.
        facts = () if unread else tuple(one.facts for one in seen if one.facts is not None)
        order = self._order(request, resolved, Brought(inputs=request.inputs, facts=facts, rows=()), asker)
        provider = self.jobs.vendors.provider(order.vendor)
        requests = await asyncio.to_thread(show_requests, order, provider, seen)
        wish = Wish(request=request, soft=asker.soft, inputs=seen, facts=facts, vendor=order.vendor)
        return QuoteAnswer(
            object="quote",
            kind=resolved.model.makes,
            model=ModelUse(asked=order.asked, used=order.model),
            calls=sum(one.calls for one in requests),
            requests=requests,
            notes=order.notes,
            price=order.quote,
            alternatives=find_alternatives(wish, self._others(resolved.model), self.jobs.vendors.provider),
            unread=unread,
        )

    def _others(self, model: Model) -> Iterator[Resolved]:
        """What else makes the same kind here today. The sketch stands in for no model, so it is none of them."""
        reach, today = replace(self.reach(), substitutes={}, follow_successors=False), self.today()
        for other in self.catalog.models:
            if other.makes == model.makes and other.name != model.name and not self.catalog.vendor_of(other).free:
                with suppress(DioramaError):
                    yield resolve(self.catalog, other.name, other.makes, reach, today)

    def _order(self, request: Request, resolved: Resolved, brought: Brought, asker: Asker) -> Order:
        model = resolved.model
        check_inputs(brought.facts, model)
        fitted = fit(request, model, soft=asker.soft, picture=shape_of(brought.facts))
        used = fitted.request.model_copy(
            update={
                "model": model.name,
                "kind": model.makes,
                "inputs": brought.inputs,
                "customer_id": asker.customer_id,
            }
        )
        price = quote(model, used)
        return Order(
            customer_id=asker.customer_id,
            request=used,
            vendor=model.vendor,
            model=model.name,
            wire_model=resolved.wire_id,
            asked=resolved.asked,
            at_once=model.lane == "at_once",
            outputs_per_call=model.outputs_per_call,
            notes=(*resolved.notes, *asker.notes, *fitted.notes, *_unpriced(resolved, price)),
            quote=price,
        )


def _unpriced(resolved: Resolved, price: Money | None) -> Iterator[Note]:
    """Said once: a model without any price has its note already."""
    name = resolved.model.name
    if price is None and resolved.model.prices:
        message = f"No price of {name} is known for this, so there is no quote."
        yield Note(code="unpriced", field="model", asked=resolved.asked, used=name, message=message)
