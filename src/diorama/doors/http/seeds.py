"""`POST /image/generate`, `/video/generate`, `/video/extend`: they wait, and answer in an envelope."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from diorama.doors.http.deps import reply
from diorama.doors.http.examples import EXTENSIONS, IMAGES, VIDEOS
from diorama.doors.http.reading import JsonRoute
from diorama.doors.http.seeds_asking import read_extension, read_image, read_video
from diorama.doors.http.seeds_desk import AtDesk
from diorama.doors.http.seeds_schemas import Envelope, ExtendBody, Failure, ImageBody, ImageData, VideoBody, VideoData
from diorama.schemas import Job

router = APIRouter(tags=["make and wait"], route_class=JsonRoute)
ANSWERS: dict[int | str, dict[str, Any]] = {
    202: {"model": Envelope[Job], "description": "`Prefer: respond-async`: the job to watch, also in `Location`."},
    400: {"model": Failure, "description": "The request, its model or its key is wrong. Nothing was spent."},
    501: {"model": Failure, "description": "The model is known, but not for this."},
    502: {"model": Failure, "description": "The vendor or our storage failed; `error_code` tells."},
    504: {"model": Failure, "description": "Still running: `job_id` and `Location` lead to the job, which goes on."},
    "default": {"model": Failure, "description": "Whatever else went wrong."},
}


@router.post(
    "/image/generate",
    response_model=Envelope[ImageData],
    responses=ANSWERS,
    summary="Make pictures",
    response_description="The pictures.",
)
async def generate_image(body: Annotated[ImageBody, Body(openapi_examples=IMAGES)], desk: AtDesk) -> Response:
    """Make pictures, from words or from another picture, and wait for them.

    Hanging up stops nothing: the job goes on, and what it makes is kept.
    """
    asked = read_image(body, desk.model(body.settings.image.model, "image"))
    answer = await desk.carry(body.customer_id, asked)
    return answer if isinstance(answer, Response) else reply(await answer.image())


@router.post(
    "/video/generate",
    response_model=Envelope[VideoData],
    responses=ANSWERS,
    summary="Make a film",
    response_description="The film.",
)
async def generate_video(body: Annotated[VideoBody, Body(openapi_examples=VIDEOS)], desk: AtDesk) -> Response:
    """Make a film, from words or from a first frame, and wait for it.

    Hanging up stops nothing: the job goes on, and what it makes is kept.
    """
    asked = read_video(body, desk.model(body.settings.video.model, "video"))
    answer = await desk.carry(body.customer_id, asked)
    return answer if isinstance(answer, Response) else reply(await answer.video())


@router.post(
    "/video/extend",
    response_model=Envelope[VideoData],
    responses=ANSWERS,
    summary="Let a film go on",
    response_description="The film.",
)
async def extend_video(body: Annotated[ExtendBody, Body(openapi_examples=EXTENSIONS)], desk: AtDesk) -> Response:
    """Let a film go on, by the model that made it if it can, else by the first that can, with a note.

    `duration_seconds` is the length that is added.
    """
    extension = await desk.extension(body)
    asked = read_extension(body, desk.model(extension.model, "video"), extension)
    answer = await desk.carry(body.customer_id, asked)
    return answer if isinstance(answer, Response) else reply(await answer.video())
