"""A job in your hands: look, listen, wait, stop, and keep what it made."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pydantic import PrivateAttr

from diorama import schemas
from diorama.errors import ConflictError, NotFoundError, StillRunning, ValidationError
from diorama.sdk.calls import failure

if TYPE_CHECKING:
    from diorama.wiring import House

Opened = Callable[[], Awaitable["House"]]
Body = bytes  # inside an asset, `bytes` is their number


class AsyncAsset(schemas.Asset):
    """A kept picture or film, and its bytes."""

    _house: Opened = PrivateAttr()
    _customer_id: int = PrivateAttr()

    async def read(self) -> Body:
        """The vendor's bytes, untouched. For large films use `save`."""
        return b"".join([chunk async for chunk in self._chunks()])

    async def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the bytes to a file, or into a folder under the asset's id; returns where they are.

        A file that is there is not touched without `overwrite`: ConflictError.
        """
        target, file = await asyncio.to_thread(_begin, Path(path), self, overwrite)
        try:
            async for chunk in self._chunks():
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_finish, file, target)
        except BaseException:
            _drop(file)
            raise
        return target

    async def _chunks(self) -> AsyncIterator[Body]:
        from diorama.gallery import repository

        house = await self._house()
        row = await house.db.read(lambda c: repository.get(c, self._customer_id, self.id))
        if row is None:
            raise NotFoundError(f"The asset {self.id!r} is gone.", param="asset_id")
        async for chunk in house.store.open(row.key):
            yield chunk


class AsyncJob(schemas.Job):
    """What became of a request; its assets can be saved."""

    assets: tuple[AsyncAsset, ...]


class AsyncJobHandle:
    """One job, by its id. The job goes on whether or not anybody holds this."""

    def __init__(self, job_id: str, customer_id: int, house: Opened) -> None:
        self.id = job_id
        self.customer_id = customer_id
        self._house = house

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"

    async def status(self) -> AsyncJob:
        """The job as it stands. Raises NotFoundError."""
        return self._own(await (await self._house()).jobs.get(self.customer_id, self.id))

    async def events(self) -> AsyncGenerator[AsyncJob, None]:
        """The job now, and again at every change, to its end."""
        house = await self._house()
        await _carry(house, self.id)
        async for job in house.jobs.events(self.customer_id, self.id):
            yield self._own(job)

    async def result(self, timeout: float | None = None) -> AsyncJob:  # noqa: ASYNC109 - the word callers know
        """Wait for the end, at most `timeout` seconds, and return the job with its assets.

        A job that brought nothing raises its error as the class of `diorama.errors` it is; one that brought a part of
        what was asked is returned (`state` is `partial`, `error` says what is missing). Raises StillRunning when the
        time is over: the job goes on.
        """
        house = await self._house()
        await _carry(house, self.id)
        job = await house.jobs.wait(self.customer_id, self.id, timeout)
        if not job.ended:
            raise StillRunning(
                f"The job {self.id} is {job.state} after {timeout:g} s.",
                job_id=self.id,
                hint="It goes on; ask for its result() again.",
            )
        error = failure(job)
        if error is not None:
            raise error
        return self._own(job)

    async def cancel(self) -> AsyncJob:
        """Stop what can be stopped; `cancel` of the returned job says how far that went."""
        return self._own(await (await self._house()).jobs.cancel(self.customer_id, self.id))

    def _own(self, job: schemas.Job) -> AsyncJob:
        return own_job(job, self.customer_id, self._house)


def own_job(job: schemas.Job, customer_id: int, house: Opened) -> AsyncJob:
    """The same job, with assets that know the way to their bytes."""
    assets = tuple(AsyncAsset.model_construct(**dict(asset)) for asset in job.assets)
    for asset in assets:
        asset._house, asset._customer_id = house, customer_id
    return AsyncJob.model_construct(**{**dict(job), "assets": assets})


async def _carry(house: "House", job_id: str) -> None:
    """A house that carries its own jobs only carries this one too, because somebody waits for it here."""
    if not house.runner.everything and job_id not in house.runner.own_jobs:
        house.runner.own_jobs.add(job_id)
        await house.runner.sweep()


def _begin(path: Path, asset: schemas.Asset, overwrite: bool) -> tuple[Path, BinaryIO]:
    """Where the bytes will be, and the open file they go to until then. Blocking."""
    path = path.expanduser()
    target = path / f"{asset.id}{Path(asset.url).suffix}" if path.is_dir() else path
    try:
        if overwrite:
            return target, target.with_name(f".{target.name}.{asset.id[-12:]}.part").open("wb")
        return target, target.open("xb")
    except FileExistsError:
        raise ConflictError(
            f"The file {str(target)!r} is there already.", param="path", hint="Name another one, or overwrite=True."
        ) from None
    except OSError as error:
        raise ValidationError(f"{str(target)!r} cannot be written: {error.strerror}.", field="path") from None


def _drop(file: BinaryIO) -> None:
    file.close()
    Path(file.name).unlink(missing_ok=True)


def _finish(file: BinaryIO, target: Path) -> None:
    file.close()
    if Path(file.name) != target:
        Path(file.name).replace(target)
