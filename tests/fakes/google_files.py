"""The Files API of the fake Google: uploads in two steps, and films to fetch with the key. Marks as in the rules."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.fakes.base import Download, Refusal
from tests.fakes.google_models import Door
from tests.fakes.google_rules import No, Proto, read

if TYPE_CHECKING:
    from tests.fakes.google import Google

HOST = "https://generativelanguage.googleapis.com"  # an answer names the real host, whatever address was called [W]


class NewFile(Proto):
    display_name: str = ""  # [W]
    mime_type: str = ""  # [W]
    size_bytes: int | str = 0  # [W]
    name: str = ""  # [S]


class StartUpload(Proto):
    file: NewFile


@dataclass(kw_only=True)
class StoredFile:
    """`make` blocks. `looks` counts how often it was asked for; `gone` files are no more."""

    id: str
    make: Callable[[], bytes]
    mime: str
    uploaded: bool = False
    looks: int = 0
    gone: bool = False


class Files:
    """What was uploaded and what was made, by id."""

    def __init__(self, fake: "Google") -> None:
        self._fake = fake
        self.kept: dict[str, StoredFile] = {}
        self._uploads: dict[str, tuple[str, int]] = {}  # MIME type and length that were announced

    def routes(self) -> list[Route]:
        found = []
        for version in ("v1", "v1beta"):
            files = f"/{version}/files/{{id}}"
            found += [
                self._fake.plain_route("GET", f"{files}:download", self._download),
                self._fake.plain_route("GET", files, self._look),
                self._fake.plain_route("DELETE", files, self._delete),
                Route(f"/upload/{version}/files", self._upload, methods=["POST"]),
            ]
        return found

    def keep(self, make: Callable[[], bytes], mime: str, *, uploaded: bool = False, gone: bool = False) -> str:
        """Its URI. Ids are lower case letters and digits [W]."""
        file = StoredFile(id=uuid.uuid4().hex[:12], make=make, mime=mime, uploaded=uploaded, gone=gone)
        self.kept[file.id] = file
        return f"{HOST}/v1/files/{file.id}"

    def read(self, door: Door, uri: str) -> tuple[bytes, str]:
        """The bytes and type behind a URI that a request names; blocks. Raises No."""
        if door == "vertex" and uri.startswith("gs://"):
            if uri not in self._fake.bucket:
                raise No(f"The file {uri} was not found.")
            return self._fake.bucket[uri](), "image/png" if uri.endswith(".png") else "video/mp4"
        named = re.fullmatch(r"https?://[^/]+/(?:[^/]+/)*v1(?:beta)?/files/([a-z0-9-]+)", uri)
        file = self.kept.get(named[1]) if named else None
        if file is None:  # [L] no other URL is fetched
            raise No("Unsupported file URI type. File uri must be a File API (files/) resource.")
        if file.gone or self._processing(file):
            raise No(
                f"The File {file.id} is not in an ACTIVE state and usage is not allowed.", code="failed_precondition"
            )
        return file.make(), file.mime

    def _processing(self, file: StoredFile) -> bool:
        return file.looks < self._fake.file_looks

    def _find(self, request: Request) -> StoredFile:
        file = self.kept.get(request.path_params["id"])
        if file is None or file.gone:
            raise Refusal(self._fake.error(404, f"File files/{request.path_params['id']} not found."))
        return file

    def _listing(self, file: StoredFile) -> dict[str, Any]:
        return {
            "name": f"files/{file.id}",
            "mimeType": file.mime,
            "sizeBytes": str(len(file.make())),
            "state": "PROCESSING" if self._processing(file) else "ACTIVE",
            "uri": f"{HOST}/v1/files/{file.id}",
            "source": "UPLOADED" if file.uploaded else "GENERATED",
        }

    async def _look(self, request: Request) -> Response:
        file = self._find(request)
        listing = await anyio.to_thread.run_sync(self._listing, file)
        file.looks += 1
        return JSONResponse(listing)

    async def _delete(self, request: Request) -> Response:
        self._find(request).gone = True
        return JSONResponse({})

    async def _download(self, request: Request) -> Response:
        status = 0
        try:
            answer = await self._bytes(request)
            status = answer.status_code
        except Refusal as no:
            status = no.answer.status_code
            raise
        finally:
            headers = dict(request.headers)
            self._fake.downloads.append(Download(path=request.url.path, headers=headers, status=status))
        return answer

    async def _bytes(self, request: Request) -> Response:
        if request.query_params.get("alt") != "media":
            raise Refusal(self._fake.error(400, "Only alt=media downloads a file."))
        file = self._find(request)
        fault = self._fake.strike("download")
        if fault is not None:
            raise self._fake.unknown_fault(fault)
        if file.uploaded:  # [S]
            raise Refusal(self._fake.error(400, "Uploaded files cannot be downloaded."))
        if self._processing(file):
            raise Refusal(self._fake.error(400, f"The file {file.id} is not ACTIVE.", code="failed_precondition"))
        if self._fake.redirects:  # [U] whether a real download ever does; the key must not go along
            url = self._fake.publish(f"{file.id}.mp4", file.make, file.mime, ttl_s=3600)
            return RedirectResponse(url, 302)
        return Response(await anyio.to_thread.run_sync(file.make), media_type=file.mime)

    async def _upload(self, request: Request) -> Response:
        """[W] Start with the key, then the bytes to the address that is told, without it."""
        command = request.headers.get("x-goog-upload-command", "")
        if upload := request.query_params.get("upload_id"):
            return await self._finish(upload, command, request.headers, await request.body())
        self._fake.check_key(request.headers)
        if command != "start" or request.headers.get("x-goog-upload-protocol") != "resumable":
            raise Refusal(self._fake.error(400, "An upload is resumable and begins with 'start'."))
        return self._start(request, await request.body())

    def _start(self, request: Request, raw: bytes) -> Response:
        try:
            asked = read(StartUpload, self._fake.read_body(request, raw)).file
        except No as no:
            raise Refusal(self._fake.error(no.status, str(no))) from None
        length = int(request.headers.get("x-goog-upload-header-content-length", "0"))
        mime = asked.mime_type or request.headers.get("x-goog-upload-header-content-type", "")
        if not (length and mime):
            raise Refusal(self._fake.error(400, "The length and the type of the file are needed."))
        upload = uuid.uuid4().hex
        self._uploads[upload] = (mime, length)
        url = f"{self._fake.base_url}/upload/v1/files?upload_id={upload}&upload_protocol=resumable"
        return JSONResponse({}, headers={"x-goog-upload-url": url, "x-goog-upload-status": "active"})

    async def _finish(self, upload: str, command: str, headers: Mapping[str, str], raw: bytes) -> Response:
        mime, length = self._uploads.pop(upload, ("", 0))
        if not mime or command != "upload, finalize" or headers.get("x-goog-upload-offset") != "0":
            raise Refusal(self._fake.error(400, "The upload is unknown, or not finalized in one go."))
        if "x-goog-api-key" in headers or len(raw) != length:
            raise Refusal(self._fake.error(400, "The bytes come without the key, and as many as announced."))
        uri = self.keep(lambda: raw, mime, uploaded=True)
        listing = self._listing(self.kept[uri.rpartition("/")[2]])
        return JSONResponse({"file": listing}, headers={"x-goog-upload-status": "final"})
