"""Which process works on which calls. An owner is a process start; it lives as long as it holds its lock file.

The lock is the operating system's, so it goes with the process however that ends, and nothing has to time out:
whoever can take a dead owner's lock frees that owner's calls, and whoever runs calls adopts the free ones.
"""

import fcntl
import os
import socket
from collections.abc import Collection
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, delete, insert, select, update

from diorama.db.tables import calls, owners
from diorama.jobs.admission import living


class OwnerLocks:
    """The lock files of a home: `run/<owner>`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: IO[str] | None = None

    def hold(self, owner: str) -> None:
        """Take our own lock, for as long as this process lives."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._held = (self.folder / owner).open("w")
        fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def is_dead(self, owner: str) -> bool:
        """Whether nobody holds this owner's lock any more. A missing file counts as dead, one that is not ours to
        open as alive."""
        try:
            with (self.folder / owner).open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def forget(self, owner: str) -> None:
        """Remove a dead owner's file."""
        (self.folder / owner).unlink(missing_ok=True)

    def let_go(self, owner: str) -> None:
        """Give our own lock back."""
        if self._held is not None:
            self._held.close()
            self._held = None
        self.forget(owner)


def register(c: Connection, owner: str, now: float) -> None:
    """Make ourselves known, before we own anything."""
    c.execute(insert(owners).values(id=owner, pid=os.getpid(), host=socket.gethostname(), started_at=now))


def others(c: Connection, me: str) -> list[str]:
    """Every owner but us: those that are registered, and those that are not and yet own living calls, because a
    write of theirs came through after they had signed off."""
    registered = select(owners.c.id).where(owners.c.id != me)
    named = select(calls.c.owner).where(living, calls.c.owner != me)
    return list(c.execute(registered.union(named)).scalars())


def free_calls_of(c: Connection, owner: str) -> None:
    """The owner is gone: its unfinished calls belong to whoever adopts them."""
    c.execute(update(calls).where(calls.c.owner == owner, living).values(owner=None))
    c.execute(delete(owners).where(owners.c.id == owner))


def put_down(c: Connection, me: str) -> None:
    """We leave in good order. That is no death, so it does not count as one of those that a call may survive."""
    ours = update(calls).where(calls.c.owner == me, living, calls.c.state == "accepted", calls.c.epoch > 0)
    c.execute(ours.values(epoch=calls.c.epoch - 1))
    free_calls_of(c, me)


def adopt(c: Connection, me: str, vendors: Collection[str]) -> None:
    """Take every call that nobody owns, of vendors whose key we have."""
    c.execute(update(calls).where(calls.c.owner.is_(None), living, calls.c.vendor.in_(vendors)).values(owner=me))


def adopt_begun(c: Connection, me: str, vendors: Collection[str], jobs: frozenset[str]) -> None:
    """Take the free calls that are already at the vendor, and those of `jobs`: a short-lived process finishes what is
    paid and sends nothing new. Free calls that were not sent give their slot back meanwhile."""
    free = calls.c.owner.is_(None) & living & calls.c.vendor.in_(vendors)
    ours = (calls.c.state != "prepared") | calls.c.job_id.in_(jobs)
    c.execute(update(calls).where(free, ours).values(owner=me))
    c.execute(update(calls).where(free, calls.c.state == "prepared").values(admitted_at=None))


def runnable(c: Connection, me: str) -> list[str]:
    """My calls that hold a slot."""
    query = select(calls.c.id).where(calls.c.owner == me, living, calls.c.admitted_at.is_not(None))
    return list(c.execute(query.order_by(calls.c.id)).scalars())
