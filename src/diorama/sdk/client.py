"""The same client without asyncio: an AsyncDiorama in a thread of its own, and one thin method for each of its."""

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from pydantic import PrivateAttr

from diorama import schemas
from diorama.schemas import JobState, Kind, Page, QuoteAnswer
from diorama.sdk.async_client import AsyncDiorama
from diorama.sdk.calls import Asked
from diorama.sdk.handle import AsyncAsset, AsyncJob, AsyncJobHandle, Body

if TYPE_CHECKING:
    from diorama.catalog.describe import ModelInfo

T = TypeVar("T")


class Thread:
    """An event loop in the background. Its caller may well be in a running loop itself, as in a notebook."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="diorama", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait here for what happens there. An interrupt ends the waiting, not the job."""
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError("This client is closed. Save assets before closing it, or open another one.")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def stop(self) -> None:
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def stopped(self) -> bool:
        return self._loop.is_closed()


class Asset(schemas.Asset):
    """A kept picture or film, and its bytes."""

    _twin: AsyncAsset = PrivateAttr()
    _thread: Thread = PrivateAttr()

    def read(self) -> Body:
        """The vendor's bytes, untouched. For large films use `save`."""
        return self._thread.run(self._twin.read())

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the bytes to a file, or into a folder under the asset's id; returns where they are.

        A file that is there is not touched without `overwrite`: ConflictError.
        """
        return self._thread.run(self._twin.save(path, overwrite=overwrite))


class Job(schemas.Job):
    """What became of a request; its assets can be saved."""

    assets: tuple[Asset, ...]


class JobHandle:
    """One job, by its id. The job goes on whether or not anybody holds this."""

    def __init__(self, twin: AsyncJobHandle, thread: Thread) -> None:
        self._twin, self._thread = twin, thread

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"

    @property
    def id(self) -> str:
        return self._twin.id

    @property
    def customer_id(self) -> int:
        return self._twin.customer_id

    def status(self) -> Job:
        """The job as it stands. Raises NotFoundError."""
        return _own(self._thread.run(self._twin.status()), self._thread)

    def events(self) -> Iterator[Job]:
        """The job now, and again at every change, to its end."""
        stream = self._twin.events()

        async def step() -> AsyncJob | None:
            return await anext(stream, None)

        try:
            while (job := self._thread.run(step())) is not None:
                yield _own(job, self._thread)
        finally:
            if not self._thread.stopped:
                self._thread.run(stream.aclose())

    def result(self, timeout: float | None = None) -> Job:
        """Wait for the end, at most `timeout` seconds, and return the job with its assets.

        A job that brought nothing raises its error as the class of `diorama.errors` it is; one that brought a part of
        what was asked is returned (`state` is `partial`, `error` says what is missing). Raises StillRunning when the
        time is over: the job goes on.
        """
        return _own(self._thread.run(self._twin.result(timeout)), self._thread)

    def cancel(self) -> Job:
        """Stop what can be stopped; `cancel` of the returned job says how far that went."""
        return _own(self._thread.run(self._twin.cancel()), self._thread)


class Diorama:
    """Pictures and films from every vendor whose key is set, and from the built-in sketch without any.

    `home` is the folder of the database and the media; further keywords are settings by their names
    (`default_image_model="sketch"`, ...). Use it as `with Diorama() as diorama`, or just call it: it opens its home at
    the first call and is closed when the interpreter ends, which waits for what is on the wire.
    """

    def __init__(
        self,
        home: str | os.PathLike[str] | None = None,
        *,
        customer_id: int = 1,
        url: str | None = None,
        api_key: str | None = None,
        **settings: Any,
    ) -> None:
        self._twin = AsyncDiorama(home, customer_id=customer_id, url=url, api_key=api_key, **settings)
        self._thread = Thread()
        _close_at_exit(self)

    def __enter__(self) -> "Diorama":
        self._thread.run(self._twin.__aenter__())
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def generate_image(self, prompt: str, **request: Unpack[Asked]) -> JobHandle:
        """Ask for a picture. Everything that can be refused is refused here, before anything is spent."""
        return JobHandle(self._thread.run(self._twin.generate_image(prompt, **request)), self._thread)

    def generate_video(self, prompt: str, **request: Unpack[Asked]) -> JobHandle:
        """Ask for a film. Everything that can be refused is refused here, before anything is spent."""
        return JobHandle(self._thread.run(self._twin.generate_video(prompt, **request)), self._thread)

    def quote(self, kind: Kind, prompt: str, **request: Unpack[Asked]) -> QuoteAnswer:
        """What asking for this would send, change and cost, and who else could do it. Spends and keeps nothing.

        Refuses what asking would refuse.
        """
        return self._thread.run(self._twin.quote(kind, prompt, **request))

    def job(self, job_id: str) -> JobHandle:
        """A job by its id; whether there is one shows at the first question."""
        return JobHandle(self._twin.job(job_id), self._thread)

    def jobs(self, *, limit: int = 20, after: str | None = None, states: Sequence[JobState] = ()) -> Page[Job]:
        """This customer's jobs, newest first; `next_cursor` of a page is `after` of the next."""
        page = self._thread.run(self._twin.jobs(limit=limit, after=after, states=states))
        data = tuple(_own(job, self._thread) for job in page.data)
        return Page[Job](object="list", data=data, has_more=page.has_more, next_cursor=page.next_cursor)

    def models(self, kind: Kind | None = None, *, sunset_within: int | None = None) -> "list[ModelInfo]":
        """What each model makes, takes and costs, and whether its key is set.

        `sunset_within`: only those that end within so many days, the soonest first.
        """
        return self._thread.run(self._twin.models(kind, sunset_within=sunset_within))

    def close(self) -> None:
        """Leave in good order: what is on the wire is waited for, the rest goes on when the home is opened again."""
        _open.discard(self)
        if not self._thread.stopped:
            self._thread.run(self._twin.close())
            self._thread.stop()


def _own(job: AsyncJob, thread: Thread) -> Job:
    assets = tuple(Asset.model_construct(**dict(asset)) for asset in job.assets)
    for asset, twin in zip(assets, job.assets, strict=True):
        asset._twin, asset._thread = twin, thread
    return Job.model_construct(**{**dict(job), "assets": assets})


# At the end of the interpreter ---------------------------------------------------------------------------------------

_open: "set[Diorama]" = set()


def _close_at_exit(client: Diorama) -> None:
    _hook()
    _open.add(client)


@cache
def _hook() -> None:
    """Have clients closed before the interpreter stops the thread pools, which closing needs.

    Expected: atexit. Actual: concurrent.futures refuses new work from its own hook in `threading`, and those run before
    atexit (python/cpython:Lib/concurrent/futures/thread.py), so ours stands among them; the last one in runs first.
    """
    import concurrent.futures.thread  # noqa: F401 - its hook goes in first

    getattr(threading, "_register_atexit", atexit.register)(_close_all)


def _close_all() -> None:
    for client in list(_open):
        client.close()
