"""The asking client for asyncio. Jobs run in this process, in the home that the settings name."""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from diorama.schemas import JobState, Kind, Page, QuoteAnswer, Request
from diorama.sdk.calls import Asked, build_request, refuse_remote, settings_for
from diorama.sdk.handle import AsyncJob, AsyncJobHandle, own_job

if TYPE_CHECKING:
    from diorama.catalog.describe import ModelInfo
    from diorama.settings import Settings
    from diorama.wiring import House

HouseOpener = Callable[["Settings"], AbstractAsyncContextManager["House"]]


class AsyncDiorama:
    """Pictures and films from every vendor whose key is set, and from the built-in sketch without any.

    `home` is the folder of the database and the media; further keywords are settings by their names
    (`default_image_model="sketch"`, ...). Use it as `async with AsyncDiorama() as diorama`, or call `close()` at the
    end. It opens its home at the first call, and takes up there what an earlier process has left unfinished.
    """

    def __init__(
        self,
        home: str | os.PathLike[str] | None = None,
        *,
        customer_id: int = 1,
        url: str | None = None,
        api_key: str | None = None,
        _open: HouseOpener | None = None,
        **settings: Any,
    ) -> None:
        refuse_remote(url, api_key)
        self.settings = settings_for(home, settings)
        self.customer_id = customer_id
        self._opener = _open or _open_house
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._house: House | None = None
        self._closed = False

    async def __aenter__(self) -> "AsyncDiorama":
        await self._open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def generate_image(self, prompt: str, **request: Unpack[Asked]) -> AsyncJobHandle:
        """Ask for a picture. Everything that can be refused is refused here, before anything is spent."""
        return await self._generate("image", prompt, request)

    async def generate_video(self, prompt: str, **request: Unpack[Asked]) -> AsyncJobHandle:
        """Ask for a film. Everything that can be refused is refused here, before anything is spent."""
        return await self._generate("video", prompt, request)

    async def quote(self, kind: Kind, prompt: str, **request: Unpack[Asked]) -> QuoteAnswer:
        """What asking for this would send, change and cost, and who else could do it. Spends and keeps nothing.

        Refuses what asking would refuse.
        """
        from diorama.generation.service import Asker

        house, asked = await self._open(), await self._request(kind, prompt, request)
        return await house.generation.quote(asked, Asker(customer_id=asked.customer_id or self.customer_id))

    def job(self, job_id: str) -> AsyncJobHandle:
        """A job by its id; whether there is one shows at the first question."""
        return AsyncJobHandle(job_id, self.customer_id, self._open)

    async def jobs(
        self, *, limit: int = 20, after: str | None = None, states: Sequence[JobState] = ()
    ) -> Page[AsyncJob]:
        """This customer's jobs, newest first; `next_cursor` of a page is `after` of the next."""
        house = await self._open()
        page = await house.jobs.page(self.customer_id, limit=limit, after=after, states=states)
        data = tuple(own_job(job, self.customer_id, self._open) for job in page.data)
        return Page[AsyncJob](object="list", data=data, has_more=page.has_more, next_cursor=page.next_cursor)

    async def models(self, kind: Kind | None = None, *, sunset_within: int | None = None) -> "list[ModelInfo]":
        """What each model makes, takes and costs, and whether its key is set.

        `sunset_within`: only those that end within so many days, the soonest first.
        """
        from diorama.catalog.describe import choose, describe_all

        house = await self._open()
        found = describe_all(house.catalog, house.vendors, house.today)
        return list(choose(found, house.today, kind=kind, sunset_within=sunset_within))

    async def close(self) -> None:
        """Leave in good order: what is on the wire is waited for, the rest goes on when the home is opened again."""
        self._closed = True
        await self._stack.aclose()

    async def _generate(self, kind: Kind, prompt: str, asked: Asked) -> AsyncJobHandle:
        from diorama.generation.service import Asker

        house, request = await self._open(), await self._request(kind, prompt, asked)
        customer_id = request.customer_id or self.customer_id
        job_id = await house.generation.submit(request, Asker(customer_id=customer_id, waiting=True))
        return AsyncJobHandle(job_id, customer_id, self._open)

    async def _request(self, kind: Kind, prompt: str, asked: Asked) -> Request:
        build = partial(build_request, max_upload_mb=self.settings.max_upload_mb)
        return await asyncio.to_thread(build, kind, prompt, asked)

    async def _open(self) -> "House":
        async with self._opening:
            if self._closed:
                raise RuntimeError("This client is closed. Save assets before closing it, or open another one.")
            if self._house is None:
                self._house = await self._stack.enter_async_context(self._opener(self.settings))
            return self._house


def _open_house(settings: "Settings") -> AbstractAsyncContextManager["House"]:
    from diorama.wiring import open_house

    return open_house(settings)
