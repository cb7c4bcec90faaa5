"""Who waits for which job, in this process; and a look into the rows for what other processes have changed."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from functools import partial

from sqlalchemy import Connection, select

from diorama.db.session import Db
from diorama.db.tables import jobs
from diorama.errors import ServiceError
from diorama.schemas import Preview

LOOK_S = 0.5


class Watch:
    """Wakes those who wait for a job. Changes made here are told at once, others are seen within LOOK_S."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._watchers: defaultdict[str, set[Watcher]] = defaultdict(set)
        self._seen: dict[str, int] = {}
        self._looking: asyncio.Task[None] | None = None
        self.closed = False

    def publish(self, job_id: str, preview: Preview | None = None) -> None:
        for watcher in self._watchers.get(job_id, ()):
            if preview is not None:
                watcher.previews.append(preview)
            watcher.event.set()

    def subscribe(self, job_id: str) -> "Watcher":
        return Watcher(self, job_id)

    def add(self, watcher: "Watcher") -> None:
        self._watchers[watcher.job_id].add(watcher)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    def remove(self, watcher: "Watcher") -> None:
        self._watchers[watcher.job_id].discard(watcher)
        if not self._watchers[watcher.job_id]:
            del self._watchers[watcher.job_id]
            self._seen.pop(watcher.job_id, None)

    def close(self) -> None:
        """Let everybody look once more; there will be nothing to hear."""
        self.closed = True
        if self._looking is not None:
            self._looking.cancel()
        for job_id in self._watchers:
            self.publish(job_id)

    async def _look(self) -> None:
        """One query for all who wait, as long as somebody does."""
        while self._watchers:
            await asyncio.sleep(LOOK_S)
            with suppress(ServiceError):  # the database is away; whoever waits goes on waiting
                for job_id, revision in await self._db.read(partial(_revisions, job_ids=list(self._watchers))):
                    if self._seen.get(job_id) != revision:
                        self._seen[job_id] = revision
                        self.publish(job_id)


def _revisions(c: Connection, job_ids: list[str]) -> list[tuple[str, int]]:
    query = select(jobs.c.id, jobs.c.revision).where(jobs.c.id.in_(job_ids))
    return [(row.id, row.revision) for row in c.execute(query)]


class Watcher:
    """One listener of one job."""

    def __init__(self, watch: Watch, job_id: str) -> None:
        self._watch = watch
        self.job_id = job_id
        self.event = asyncio.Event()
        self.previews: list[Preview] = []

    def __enter__(self) -> "Watcher":
        self._watch.add(self)
        return self

    def __exit__(self, *exc: object) -> None:
        self._watch.remove(self)

    async def change(self) -> list[Preview]:
        if self._watch.closed:
            hint = "The job goes on when the house is opened again."
            raise ServiceError("This house is closing.", code="closed", hint=hint, job_id=self.job_id)
        await self.event.wait()
        self.event.clear()
        seen, self.previews = self.previews, []
        return seen
