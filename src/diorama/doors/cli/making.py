"""One job from the command line: asked for, followed, kept. Ctrl-C never loses what was paid for."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from diorama.doors.cli import output
from diorama.doors.cli.flags import read_options, read_prompt
from diorama.doors.cli.output import Target, say
from diorama.doors.cli.progress import progress
from diorama.doors.cli.quotation import tell

if TYPE_CHECKING:
    from diorama.schemas import Kind, QuoteAnswer
    from diorama.sdk.async_client import AsyncDiorama
    from diorama.sdk.handle import AsyncJob, AsyncJobHandle

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def make(kind: "Kind", flags: dict[str, Any]) -> NoReturn:
    """Carry out `diorama image` and `diorama video`. Leaves by the exit code of what became of it."""
    own = ("prompt", "option", "no_store", "deadline", "customer", "as_json", "output", "force", "dry_run")
    asked = {name: value for name, value in flags.items() if name not in own and value is not None}
    asked |= {"options": read_options(flags["option"]), "store": not flags["no_store"]}
    asked |= {} if flags["deadline"] is None else {"deadline_s": flags["deadline"]}
    prompt = read_prompt(flags["prompt"])
    if flags["dry_run"]:
        _rehearse(kind, prompt, asked, as_json=flags["as_json"], customer=flags["customer"])
    target = output.plan(flags["output"], flags["n"] or 1, force=flags["force"])

    async def begin(diorama: "AsyncDiorama") -> "AsyncJobHandle":
        ask = diorama.generate_image if kind == "image" else diorama.generate_video
        return await ask(prompt, **asked)

    async def where(_: "AsyncJobHandle") -> Target | None:
        return None if flags["as_json"] and flags["output"] is None else target

    follow(begin, where, as_json=flags["as_json"], customer=flags["customer"])


def _rehearse(kind: "Kind", prompt: str, asked: dict[str, Any], *, as_json: bool, customer: int) -> NoReturn:
    async def ask() -> "QuoteAnswer":
        async with client(customer, works=False) as diorama:
            return await diorama.quote(kind, prompt, **asked)

    quote = asyncio.run(ask())
    typer.echo(quote.model_dump_json(indent=2) if as_json else tell(quote))
    raise typer.Exit


def follow(
    begin: "Callable[[AsyncDiorama], Awaitable[AsyncJobHandle]]",
    where: "Callable[[AsyncJobHandle], Awaitable[Target | None]]",
    *,
    as_json: bool,
    customer: int,
) -> NoReturn:
    """See a job through to its end, keep what it made, and leave by its exit code."""

    async def work() -> int:
        with interruptible() as interrupt:
            async with client(customer) as diorama:
                handle = await begin(diorama)
                target = await where(handle)
                job = await interrupt.wait(_watch(handle))
                if job is not None:
                    return await _finish(job, target, as_json=as_json)
                say(f"Fetch it with: diorama jobs wait {handle.id}")
            return 128 + interrupt.number

    raise typer.Exit(asyncio.run(work()))


def client(customer: int, *, works: bool = True) -> "AsyncDiorama":
    """The SDK for a process that ends soon: it sends nothing that others have queued, and only looks if not `works`."""
    from diorama.sdk.async_client import AsyncDiorama
    from diorama.wiring import open_house

    return AsyncDiorama(customer_id=customer, _open=partial(open_house, works=works, everything=False))


async def _watch(handle: "AsyncJobHandle") -> "AsyncJob":
    with progress() as shown:
        async for job in handle.events():
            shown.show(job)
    return job


async def _finish(job: "AsyncJob", target: Target | None, *, as_json: bool) -> int:
    from diorama.errors import from_dict
    from diorama.sdk.calls import failure

    if as_json:
        typer.echo(job.model_dump_json(indent=2))
    for path in await output.keep(job, job.assets, target) if target else ():
        typer.echo(path, err=as_json)
    error = failure(job)
    if error is None:
        output.say_facts(job)
    if job.state == "partial" and job.error is not None:
        say(f"{len(job.assets)} of {len(job.slots)} were made.")
        output.say_error(from_dict(job.error))
        return output.PARTIAL
    if error is None:
        return output.OK
    output.say_error(error)
    return output.exit_code(error)


class Interrupt:
    """What Ctrl-C does: the first ends the waiting, and the house closes in good order; the second leaves at once."""

    def __init__(self) -> None:
        self.number = 0
        self._waiting: asyncio.Future[Any] | None = None

    def __call__(self, number: int) -> None:
        if self.number:
            os._exit(128 + number)
        self.number = number
        say("Interrupted. What is on the wire is paid for and waited for; once more leaves at once.")
        if self._waiting is not None:
            self._waiting.cancel()

    async def wait(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What the work brings, or None if it was interrupted. Until here, nothing is cut off halfway."""
        waiting: asyncio.Future[T] = asyncio.ensure_future(work)
        self._waiting = waiting
        if self.number:
            waiting.cancel()
        try:
            return await waiting
        except asyncio.CancelledError:
            if not self.number:
                raise
            return None
        finally:
            self._waiting = None


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """While the block runs, Ctrl-C, SIGTERM and a closed terminal go to the Interrupt."""
    loop, interrupt = asyncio.get_running_loop(), Interrupt()
    for number in SIGNALS:
        loop.add_signal_handler(number, interrupt, number)
    try:
        yield interrupt
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
