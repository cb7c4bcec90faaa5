"""Vertex's older lanes: Imagen answers at once, Veo is an operation to ask about. Rules: `google_predict_rules.py`."""

import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pybase64
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import media
from tests.fakes.base import Broken, Fault, Refusal, Submit
from tests.fakes.google_models import IMAGEN_MODELS, VEO_MODELS
from tests.fakes.google_predict_rules import (
    FetchOperation,
    ImagenOrder,
    Predict,
    PredictLongRunning,
    VeoOrder,
    check_imagen,
    check_veo,
)
from tests.fakes.google_rules import No, read

if TYPE_CHECKING:
    from tests.fakes.google import Google

SOME_BLOCKED = Fault.variant("some_blocked")  # the last of n is filtered, its siblings are good
BARE_OPERATION = Fault.variant("bare")  # done, with no counts and no MIME types
_GRPC = {"api_error": 13, "service_unavailable": 14, "invalid_request": 3}
_TYPE = "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse"
_REASON = "The image was filtered because it might violate our usage guidelines. Support codes: 56562880"
_VIDEO_REASON = "Veo could not generate videos because the input might violate our policies. Support codes: 15236754"


@dataclass(kw_only=True)
class Operation:
    """One operation under way. `fate` is the fault that decides how it ends; None: well."""

    name: str
    order: VeoOrder
    born: float
    fate: Fault | None
    polls: int = 0
    videos: list[dict[str, str]] | None = None


class Predictions:
    """All operations, by name."""

    def __init__(self, fake: "Google") -> None:
        self._fake = fake
        self.operations: dict[str, Operation] = {}

    def routes(self) -> list[Route]:
        found = []
        for path, door in self._fake.doors():
            if door == "developer":
                model = f"{path}/models/{{model}}"
                found += [
                    self._fake.model_route(f"{model}:predict", "image", self._gone),
                    self._fake.model_route(f"{model}:predictLongRunning", "video", self._gone),
                ]
                continue
            model = f"{path}/publishers/google/models/{{model}}"
            found += [
                self._fake.model_route(f"{model}:predict", "image", self._predict),
                self._fake.model_route(f"{model}:predictLongRunning", "video", self._start),
                self._fake.plain_route("POST", f"{model}:fetchPredictOperation", self._fetch),
            ]
        return found

    def _read(self, uri: str) -> tuple[bytes, str]:
        return self._fake.files_api.read("vertex", uri)

    async def _gone(self, name: str, submit: Submit) -> Response:
        """Imagen and Veo have left the developer door [P]; nothing else ever answered to these verbs."""
        self._fake.living({}, name, "developer")
        raise AssertionError("unreachable")

    # Imagen

    async def _predict(self, name: str, submit: Submit) -> Response:
        model = self._fake.living(IMAGEN_MODELS, name, "vertex")
        asked = read(Predict, submit.body)
        order = await anyio.to_thread.run_sync(check_imagen, asked, model, self._read)
        fault = self._fake.strike("submit")
        match (fault.kind, fault.name) if fault else None:
            case None:
                return JSONResponse(await anyio.to_thread.run_sync(self._pictures, order, 0))
            case ("variant", "some_blocked"):
                return JSONResponse(await anyio.to_thread.run_sync(self._pictures, order, 1))
            case ("moderated", "refused"):
                raise No("The prompt could not be submitted. It might violate our policies. Support codes: 42876398")
            case ("moderated", _):
                return JSONResponse(self._pictures(order, order.asked.sample_count))
            case ("empty", _):
                return JSONResponse({})
            case ("never_ending", _):
                raise Broken("stall")
        assert fault
        raise self._fake.unknown_fault(fault)

    def _pictures(self, order: ImagenOrder, filtered: int) -> dict[str, Any]:
        """A filtered picture is a row with a reason, or none at all where no reason was asked for [P]."""
        asked = order.asked
        rows = [self._row(order, index) for index in range(asked.sample_count - filtered)]
        if asked.include_rai_reason:
            rows += [{"raiFilteredReason": _REASON}] * filtered
        if asked.include_safety_attributes:
            safety = {"categories": ["Violence"], "scores": [0.1]}
            rows = [row | {"safetyAttributes": safety} for row in rows]
            rows.append({"contentType": "Positive Prompt", "safetyAttributes": safety})
        return {"predictions": rows} if rows else {}

    def _row(self, order: ImagenOrder, index: int) -> dict[str, Any]:
        mime = order.asked.output_options.mime_type
        fmt = mime.removeprefix("image/")
        make = partial(media.picture, order.width, order.height, fmt, media.tint(order.prompt, index))
        row = {"mimeType": mime} | self._placed(make, order.asked.storage_uri, fmt)
        if order.asked.enhance_prompt and not order.asked.mode:
            row["prompt"] = f"{order.prompt}, in fine detail"
        return row

    def _placed(self, make: Any, storage: str | None, ending: str) -> dict[str, str]:
        """The bytes, or where in Cloud Storage they lie."""
        if storage is None:
            return {"bytesBase64Encoded": pybase64.b64encode(make()).decode()}
        uri = f"{storage.rstrip('/')}/{uuid.uuid4().hex}.{ending}"
        self._fake.bucket[uri] = make
        return {"gcsUri": uri}

    # Veo

    async def _start(self, name: str, submit: Submit) -> Response:
        model = self._fake.living(VEO_MODELS, name, "vertex")
        asked = read(PredictLongRunning, submit.body)
        order = await anyio.to_thread.run_sync(check_veo, asked, model, self._read)
        fault = self._fake.strike("submit")
        if fault and (fault.kind, fault.name) == ("moderated", "refused"):
            raise No(_VIDEO_REASON)
        if fault and fault.kind == "empty":
            return JSONResponse({})
        if fault and not _is_fate(fault):
            raise self._fake.unknown_fault(fault)
        place = submit.path.partition("/v1beta1/")[2] or submit.path.partition("/v1/")[2]
        ident = f"{place.rpartition(':')[0]}/operations/{uuid.uuid4()}"
        self.operations[ident] = Operation(name=ident, order=order, born=self._fake.now(), fate=fault)
        return JSONResponse({"name": ident})

    async def _fetch(self, request: Request) -> Response:
        try:
            name = read(FetchOperation, self._fake.read_body(request, await request.body())).operation_name
        except No as no:
            raise Refusal(self._fake.error(no.status, str(no))) from None
        self._fake.polls.append(name)
        found = self.operations.get(name)
        if found is None:
            raise Refusal(self._fake.error(404, "Operation not found."))
        if f"/models/{request.path_params['model']}/" not in name:  # [U]
            raise Refusal(self._fake.error(400, "The operation belongs to another model."))
        fault = self._fake.strike("poll")
        if fault:
            raise self._fake.unknown_fault(fault)
        found.polls += 1
        if self._pending(found):
            return JSONResponse({"name": name})
        if found.fate and found.fate.kind == "expired":  # [U] how long operations are kept
            raise Refusal(self._fake.error(404, "Operation not found."))
        return JSONResponse({"name": name, "done": True} | await anyio.to_thread.run_sync(self._ending, found))

    def _pending(self, found: Operation) -> bool:
        never = found.fate is not None and found.fate.kind == "never_ending"
        return never or found.polls <= self._fake.film_polls or self._fake.now() < found.born + self._fake.film_delay

    def _ending(self, found: Operation) -> dict[str, Any]:
        fate = found.fate or Fault.ok()
        asked = found.order.asked
        match (fate.kind, fate.name):
            case ("failed", code):
                return {"error": {"code": _GRPC.get(code, 13), "message": fate.message}}
            case ("moderated", "failed"):
                return {"error": {"code": 3, "message": _VIDEO_REASON}}
        filtered = asked.sample_count if fate.kind == "moderated" else int(fate.name == "some_blocked")
        if found.videos is None:
            found.videos = [self._video(found.order, index) for index in range(asked.sample_count - filtered)]
        if fate.name == "bare":
            bare = [{key: value for key, value in video.items() if key != "mimeType"} for video in found.videos]
            return {"response": {"videos": bare}}
        counted = {"raiMediaFilteredCount": filtered} | (
            {"raiMediaFilteredReasons": [_VIDEO_REASON]} if filtered else {}
        )
        return {"response": {"@type": _TYPE} | counted | ({"videos": found.videos} if found.videos else {})}

    def _video(self, order: VeoOrder, index: int) -> dict[str, str]:
        colour = media.tint(order.prompt, index)
        make = partial(media.film, order.width, order.height, order.seconds, colour, audio=order.audio)
        return self._placed(make, order.asked.storage_uri, "mp4") | {"mimeType": "video/mp4"}


def _is_fate(fault: Fault) -> bool:
    if fault.kind == "variant":
        return fault.name in ("some_blocked", "bare")
    if fault.kind == "moderated":
        return fault.name in ("", "failed")
    return fault.kind in ("never_ending", "expired", "failed")
