"""A process to be killed: opens a home, asks for one thing, and stands still at the moment it was told.

`python -m tests.kill.child MODEL --stop-at storing`: prints the job's id, then `there` when it stands still.
The moments: `prepared` (written, nothing sent), `storing` (bytes stored, no record yet), `none`.
"""

import argparse
import asyncio
from typing import Any

from diorama.generation.service import Asker
from diorama.schemas import Request
from diorama.wiring import House, open_house
from tests.clock import HurriedClock


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kill.child", description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--stop-at", default="none", choices=["none", "prepared", "storing"])
    parser.add_argument("--waiting", action="store_true")
    asked = parser.parse_args()
    asyncio.run(_live(asked.model, asked.stop_at, waiting=asked.waiting))


async def _live(model: str, stop_at: str, *, waiting: bool) -> None:
    async with open_house(clock=HurriedClock()) as house:
        _stand_still(house, stop_at)
        request = Request(model=model, prompt="a paper fox", n=1)
        job_id = await house.generation.submit(request, Asker(customer_id=1, waiting=waiting))
        print(job_id, flush=True)  # noqa: T201
        job = await house.jobs.wait(1, job_id, 60)
        print(job.state, flush=True)  # noqa: T201


def _stand_still(house: House, stop_at: str) -> None:
    """The real code runs up to the moment; there it waits to be killed."""
    if stop_at == "prepared":
        house.runner.dispatch = lambda call_id: _there()  # type: ignore[method-assign]
    if stop_at == "storing":
        house.keeper.keep = _then_wait(house.keeper.keep)  # type: ignore[method-assign]
        house.keeper.fetch = _then_wait(house.keeper.fetch)  # type: ignore[method-assign]


def _then_wait(store: Any) -> Any:
    async def stored_then_wait(*args: Any) -> None:
        await store(*args)
        _there()
        await asyncio.Event().wait()

    return stored_then_wait


def _there() -> None:
    print("there", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
