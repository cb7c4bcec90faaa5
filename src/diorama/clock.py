"""Time as one object that is passed in, so that a test runs hours in milliseconds."""

import asyncio
import random
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Now (seconds since 1970, UTC), a sleep, and a random number in [0, 1) for jitter."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...

    def jitter(self) -> float: ...


class SystemClock:
    """The real one."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def jitter(self) -> float:
        return random.random()  # noqa: S311 - spreads retries, guards nothing


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as an aware UTC time."""
    return datetime.fromtimestamp(seconds, UTC)
