"""`diorama jobs`: what was asked for, and what became of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from diorama.doors.cli import flags
from diorama.doors.cli.making import client, follow
from diorama.doors.cli.output import Target, plan, price, say

if TYPE_CHECKING:
    from diorama.sdk.async_client import AsyncDiorama
    from diorama.sdk.handle import AsyncJob, AsyncJobHandle

jobs = typer.Typer(name="jobs", rich_markup_mode=None, no_args_is_help=True)

JobId = Annotated[str, typer.Argument(metavar="ID", show_default=False, help="As `diorama jobs list` shows it.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100, metavar="NUMBER", help="At most this many.")]
After = Annotated[str | None, typer.Option("--after", metavar="ID", help="Jobs older than this one.")]


@jobs.callback()
def about() -> None:
    """List, show, wait for and cancel jobs."""


@jobs.command("list")
def list_jobs(
    limit: Limit = 20, after: After = None, customer: flags.Customer = 1, as_json: flags.Json = False
) -> None:
    """The newest jobs first: id, time, state, model, cost, prompt."""

    async def show(diorama: "AsyncDiorama") -> None:
        page = await diorama.jobs(limit=limit, after=after)
        if as_json:
            typer.echo(page.model_dump_json(indent=2))
            return
        for job in page.data:
            typer.echo(_line(job))
        if page.has_more:
            say(f"More: diorama jobs list --after {page.next_cursor}", "dim")
        if not page.data:
            say(f"No jobs in {diorama.settings.home}.")

    _look(customer, show)


@jobs.command("show")
def show_job(job_id: JobId, customer: flags.Customer = 1, as_json: flags.Json = False) -> None:
    """One job: its state, its assets, its cost."""

    async def show(diorama: "AsyncDiorama") -> None:
        job = await diorama.job(job_id).status()
        typer.echo(job.model_dump_json(indent=2) if as_json else _page(job))

    _look(customer, show)


@jobs.command("wait")
def wait_job(
    job_id: JobId,
    customer: flags.Customer = 1,
    as_json: flags.JsonOrFiles = False,
    output: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """Wait for a job, carry it on if nobody does, and save what it made.

    \b
    diorama jobs wait 0193c5f1-... -o film.mp4
    """

    async def begin(diorama: "AsyncDiorama") -> "AsyncJobHandle":
        return diorama.job(job_id)

    async def where(handle: "AsyncJobHandle") -> Target | None:
        n = len((await handle.status()).slots)
        return None if as_json and output is None else plan(output, n, force=force)

    follow(begin, where, as_json=as_json, customer=customer)


@jobs.command("cancel")
def cancel_job(job_id: JobId, customer: flags.Customer = 1, as_json: flags.Json = False) -> None:
    """Stop a job, as far as that can be done.

    What was not sent yet is never sent; the rest the vendor is asked to stop, where it can.
    """

    async def cancel(diorama: "AsyncDiorama") -> None:
        job = await diorama.job(job_id).cancel()
        if as_json:
            typer.echo(job.model_dump_json(indent=2))
        else:
            say(CANCELLED[job.cancel or "too_late"])

    _look(customer, cancel)


CANCELLED = {
    "asked": "The vendor was asked to stop it.",
    "confirmed": "It is cancelled; nothing was sent.",
    "too_late": "It had ended already.",
    "not_offered": "It was sent already and cannot be called back there; its result will be kept.",
}


def _look(customer: int, question: "Callable[[AsyncDiorama], Awaitable[None]]") -> None:
    """Open the home without carrying any job, ask, and close it."""

    async def ask() -> None:
        async with client(customer, works=False) as diorama:
            await question(diorama)

    asyncio.run(ask())


def _line(job: "AsyncJob") -> str:
    prompt = " ".join(str(job.request.get("prompt", "")).split())
    cost = price(job.cost).partition(" ")[0] if job.cost else "-"
    return f"{job.id}  {job.created_at:%Y-%m-%d %H:%M}  {job.state:9}  {job.model.used:24}  {cost:>7}  {prompt[:48]}"


def _page(job: "AsyncJob") -> str:
    facts = {
        "job": job.id,
        "state": job.state if job.progress in (None, 1) else f"{job.state}, {job.progress:.0%}",
        "model": job.model.used,
        "prompt": str(job.request.get("prompt", "")),
        "created": f"{job.created_at:%Y-%m-%d %H:%M:%S} UTC",
        "cost": price(job.cost or job.quote),
    }
    lines = [f"{name:8} {value}" for name, value in facts.items()]
    lines += [f"{asset.kind:8} {asset.id}  {asset.width}x{asset.height} {asset.mime}" for asset in job.assets]
    lines += [f"note     {note.message}" for note in job.notes]
    if job.error:
        lines.append(f"error    {job.error.get('message')} {job.error.get('hint') or ''}".rstrip())
    return "\n".join(lines)
