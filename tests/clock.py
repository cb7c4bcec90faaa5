"""Time for tests: a sleep is over at once, and the clock stands where the sleeper wanted it."""

import asyncio

from diorama.clock import SystemClock

START = 1_795_132_800.0  # 2026-11-20T00:00:00Z


class QuickClock:
    """Hours in milliseconds. Sleepers wake in the order of their wishes only roughly; time never runs back."""

    def __init__(self, start: float = START) -> None:
        self._now = start
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        until = self._now + seconds
        self.slept.append(seconds)
        await asyncio.sleep(0.0005)  # let the others run: threads of the database among them
        self._now = max(self._now, until)

    def jitter(self) -> float:
        return 0.5


class HurriedClock(SystemClock):
    """The real time, with short sleeps: for tests in which processes wait for each other."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 20)
