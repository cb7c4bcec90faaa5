"""What the seeds' routes answer, from a job that has ended."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import pybase64

from diorama.doors.http.seeds_schemas import Envelope, ImageData, MadeImage, MadeVideo, VideoData
from diorama.errors import ConflictError, DioramaError, ServiceError, StillRunning, from_dict
from diorama.gallery import repository
from diorama.schemas import Asset, Job, Note, Slot
from diorama.wiring import House

MOST_IN_AN_ANSWER = 64_000_000


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One job that has something to show, about to be answered to the customer who asked."""

    house: House
    customer_id: int
    job: Job
    as_data: bool

    async def image(self) -> Envelope[ImageData]:
        """The envelope around the pictures."""
        assets, first = self.job.assets, self.job.assets[0]
        contents = await self._contents()
        made = [MadeImage(image_url=url, **self._made(asset)) for url, asset in zip(contents, assets, strict=True)]
        used = {"width": first.width, "height": first.height, "number_of_images": len(assets)}
        data = ImageData(image_url=await self._content(first), images=tuple(made), **self._data(first, used))
        return Envelope(success=True, data=data, error=None, code=200)

    async def video(self) -> Envelope[VideoData]:
        """The envelope around the films."""
        assets, first, request = self.job.assets, self.job.assets[0], self.job.request
        made = [
            MadeVideo(video_url=url, seconds=asset.seconds, **self._made(asset))
            for url, asset in zip(await self._contents(), assets, strict=True)
        ]
        duration = _plain(request["seconds"] or first.seconds or 0)
        used = {
            "mode": "image_to_video" if request["inputs"] else "text_to_video",
            "aspect_ratio": request["aspect_ratio"] or _ratio(first),
            "duration_seconds": duration,
            "enhance_prompt": request["options"].get("enhance_prompt", False),
            "number_of_videos": len(assets),
            "generate_audio": request["audio"],
        }
        url = await self._content(first)
        data = VideoData(video_url=url, videos=tuple(made), duration=duration, **self._data(first, used))
        return Envelope(success=True, data=data, error=None, code=200)

    def _missing(self) -> list[Note]:
        """What was asked for and is not there, and why."""
        asked = self.job.request["n"]
        return [
            Note(code="adjusted", field="n", asked=asked, used=len(self.job.assets), message=_lost(slot, asked))
            for slot in self.job.slots
            if slot.asset_id is None
        ]

    def _made(self, asset: Asset) -> dict[str, Any]:
        same = ("url", "mime", "bytes", "width", "height")
        index = next(slot.index for slot in self.job.slots if slot.asset_id == asset.id)
        return {
            **{name: getattr(asset, name) for name in same},
            "index": index,
            "asset_id": asset.id,
            "thumbnail": asset.thumbnail_url,
        }

    def _data(self, first: Asset, used: dict[str, Any]) -> dict[str, Any]:
        vendor, _, model = self.job.model.used.partition(":")
        known = self.house.catalog.vendors.get(vendor)
        provider = known.seed_name if known else vendor
        return {
            "provider": provider,
            "model": model,
            "settings": {"provider": provider, "model": model} | _settings(self.job.request, used),
            "job_id": self.job.id,
            "asset_id": first.id,
            "thumbnail": first.thumbnail_url,
            "notes": (*self.job.notes, *self._missing(), *self._too_large()),
            "cost": self.job.cost,
            "timestamp": round((self.job.ended_at or self.job.created_at).timestamp() * 1000),
        }

    async def _contents(self) -> list[str]:
        """What stands in the list; the first one's bytes are in the answer already, so that they are not sent twice."""
        first, *rest = self.job.assets
        return [first.url, *[await self._content(asset) for asset in rest]]

    async def _content(self, asset: Asset) -> str:
        """The asset's URL, or its bytes as one."""
        if not self.as_data or self._too_large():
            return asset.url
        get = partial(repository.get, customer_id=self.customer_id, asset_id=asset.id)
        row = await self.house.db.read(get)
        if row is None:
            raise ServiceError(f"The bytes of {asset.id} are gone.", hint="Ask again.", job_id=self.job.id)
        data = await self.house.keeper.read(row.key)
        return await self.house.keeper.run(_data_url, asset.mime, data)

    def _too_large(self) -> list[Note]:
        """Why the answer has addresses, though the bytes themselves were wanted."""
        size = sum(asset.bytes for asset in self.job.assets)
        if not self.as_data or size <= MOST_IN_AN_ANSWER:
            return []
        message = f"{size} bytes are too many for data: URLs; fetch them from these URLs within a day."
        return [Note(code="adjusted", field="save_to_db", asked="data:", used="http:", message=message)]


def why_not(job: Job) -> DioramaError:
    """Why this job has nothing to show, as the error to raise."""
    if not job.ended:
        return StillRunning(
            "The job is still running; it goes on by itself.", hint=f"Look at {job.links.self}.", job_id=job.id
        )
    if job.state == "cancelled":
        return ConflictError("The job was cancelled.", code="cancelled", hint="Ask again.", job_id=job.id)
    error = from_dict(job.error or {"message": f"The job ended as {job.state}."})
    error.job_id = job.id
    return error


def _lost(slot: Slot, asked: int) -> str:
    why = (slot.error or {}).get("message", f"it is {slot.state}.")
    return f"Number {slot.index + 1} of {asked} is missing: {why}"


def _settings(request: dict[str, Any], used: dict[str, Any]) -> dict[str, Any]:
    """Everything that was used, by the names of the seeds."""
    same = ("size", "resolution", "fps", "seed", "negative_prompt", "quality", "background", "output_format")
    fields = {name: request[name] for name in ("aspect_ratio", *same, "input_fidelity")}
    mine = {name: value for name, value in (fields | used).items() if value is not None}
    # An option may be called as something that is told already (`mode`); what the house tells comes first.
    return {**request["options"], **mine}


def _ratio(asset: Asset) -> str | None:
    """The shape of what was made, in lowest terms."""
    if not asset.width or not asset.height:
        return None
    divisor = math.gcd(asset.width, asset.height)
    return f"{asset.width // divisor}:{asset.height // divisor}"


def _plain(seconds: float) -> int | float:
    return int(seconds) if seconds == int(seconds) else seconds


def _data_url(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{pybase64.b64encode_as_string(data)}"
