"""Where the seeds' routes hand their questions over: asked, carried, waited for, answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Response

from diorama.catalog.entry import Model
from diorama.doors.http.auth import Caller, Who
from diorama.doors.http.deps import Opened, reply
from diorama.doors.http.prefer import Preference, Preferred
from diorama.doors.http.seeds_answers import Answer, why_not
from diorama.doors.http.seeds_asking import Asked
from diorama.doors.http.seeds_schemas import Envelope, ExtendBody
from diorama.errors import DioramaError
from diorama.generation.extend import Extension
from diorama.generation.resolve import resolve
from diorama.generation.service import Asker
from diorama.schemas import Job, Kind
from diorama.wiring import House


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One request's way through the house."""

    house: House
    caller: Caller
    preferred: Preference

    def model(self, name: str | None, kind: Kind) -> Model:
        """The model that will work. Raises for retired, unknown and keyless ones."""
        return resolve(self.house.catalog, name, kind, self.house.reach, self.house.today).model

    async def extension(self, body: ExtendBody) -> Extension:
        """The film that is to go on, and the model that will do it."""
        customer = self.caller.customer(body.customer_id)
        return await self.house.generation.extension(
            customer, film=body.video_id, url=body.video_url, model=body.settings.video.model
        )

    async def carry(self, named: int, asked: Asked) -> Response | Answer:
        """The answer to be given; a Response when the caller would rather watch the job.

        Raises what the job ended with, or StillRunning.
        """
        customer = self.caller.customer(named)
        waiting = not self.preferred.respond_async
        asker = Asker(
            customer_id=customer, hosts=self.caller.hosts, soft=asked.soft, notes=asked.notes, waiting=waiting
        )
        with _naming_inputs(asked):
            job_id = await self.house.generation.submit(asked.request, asker)
        if not waiting:
            return accepted(await self.house.jobs.get(customer, job_id))
        job = await self.house.jobs.wait(customer, job_id, self._patience_s(asked))
        if job.state not in ("succeeded", "partial"):
            raise why_not(job)
        return Answer(house=self.house, customer_id=customer, job=job, as_data=asked.as_data)

    def _patience_s(self, asked: Asked) -> float:
        most = asked.wait_s or self.house.settings.wait_s
        return most if self.preferred.wait_s is None else min(self.preferred.wait_s, most)


async def _desk(house: Opened, who: Who, preferred: Preferred) -> Desk:
    return Desk(house=house, caller=who, preferred=preferred)


AtDesk = Annotated[Desk, Depends(_desk)]


def accepted(job: Job) -> Response:
    """202: the job to watch."""
    headers = {"location": job.links.self, "preference-applied": "respond-async"}
    return reply(Envelope[Job](success=True, data=job, error=None, code=202), 202, headers)


@contextmanager
def _naming_inputs(asked: Asked) -> Iterator[None]:
    """Refusals of inputs, in the words of the body that brought them."""
    try:
        yield
    except DioramaError as error:
        for index, name in enumerate(asked.inputs):
            if error.param == f"inputs[{index}]":
                error.message = error.message.replace(error.param, name)
                error.param = name
                break
        raise
