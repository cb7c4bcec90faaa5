"""`/media/{asset}/{token}.{ext}`: kept bytes, for whoever has their address.

The token is checked before anything is looked up. Nothing that is served here may run: the address is ours.
"""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Row

from diorama.doors.http.deps import Opened
from diorama.doors.http.native import FAILURES
from diorama.doors.http.ranges import Unsatisfiable, wanted
from diorama.errors import NotFoundError
from diorama.gallery import repository
from diorama.gallery.links import parse_path
from diorama.wiring import House

router = APIRouter(prefix="/media", tags=["media"], responses=FAILURES)
YEAR_S = 31_536_000
ANSWERS: dict[int | str, dict[str, Any]] = {
    206: {"description": "The part that `Range` asked for."},
    304: {"description": "You have it already: `If-None-Match` names these bytes."},
}
Body = bytes | Callable[..., AsyncIterator[bytes]]
ALWAYS = {
    "accept-ranges": "bytes",
    "cache-control": f"private, max-age={YEAR_S}, immutable",
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox",
}


@router.head("/{asset_id}/{name}", include_in_schema=False)
@router.get(
    "/{asset_id}/{name}",
    response_class=Response,
    responses=ANSWERS,
    summary="Fetch a picture or film",
    response_description="The bytes.",
)
async def get_media(request: Request, asset_id: str, name: str, house: Opened) -> Response:
    """The vendor's bytes as they came (`{token}.{ext}`), or a small WebP of them (`{token}.thumb.webp`)."""
    row, thumbnail = await _find(house, asset_id, name)
    if thumbnail:
        small = await house.keeper.thumbnail(row)
        etag, mime, file = f'"{row.sha256}.thumb"', "image/webp", f"{asset_id}.thumb.webp"
        return await _serve(request, small, len(small), etag=etag, mime=mime, file=file)
    etag, file = f'"{row.sha256}"', asset_id + PurePosixPath(row.key).suffix
    body = partial(house.store.open, row.key)
    return await _serve(request, body, row.bytes, etag=etag, mime=row.mime, file=file)


async def _find(house: House, asset_id: str, name: str) -> tuple[Row[Any], bool]:
    """The asset that this address names. Raises NotFoundError."""
    link = parse_path(f"/media/{asset_id}/{name}")
    if link is not None and house.links.is_genuine(link):
        row = await house.db.read(lambda c: repository.get_by_link(c, asset_id))
        extension = "" if row is None else ".thumb.webp" if link.thumbnail else PurePosixPath(row.key).suffix
        alive = row is not None and (row.purge_at is None or row.purge_at > house.clock.now())
        if row is not None and alive and name == link.token + extension:
            return row, link.thumbnail
    raise NotFoundError(
        "There is no such picture or film.", hint="Take the `url` of an asset as it is; some expire after a day."
    )


async def _serve(request: Request, body: Body, size: int, *, etag: str, mime: str, file: str) -> Response:
    headers = ALWAYS | {"etag": etag, "content-disposition": f'inline; filename="{file}"'}
    if etag in (mark.strip() for mark in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    try:
        part = wanted(request.headers.get("range"), size) if _is_still(request, etag) else None
    except Unsatisfiable:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{size}"})
    start, end = part or (0, size)
    headers["content-length"] = str(end - start)
    if part:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    status = 206 if part else 200
    if request.method == "HEAD":
        return Response(None, status, headers, mime)
    if isinstance(body, bytes):
        return Response(body[start:end], status, headers, mime)
    chunks = body(start=start, end=end)
    first = await anext(chunks, b"")  # bytes that are not there are found out while there is still a status to give
    return StreamingResponse(_joined(first, chunks), status, headers, mime)


def _is_still(request: Request, etag: str) -> bool:
    """Whether a range means these bytes: `If-Range` may name others, and then all is sent."""
    return request.headers.get("if-range", etag) == etag


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
