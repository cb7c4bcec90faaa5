"""Pictures by Imagen, on Vertex. Google has ended it; it is spoken for those who still serve it.

Fields as google-genai==3.3.0 sends them.
"""

from typing import Annotated, Any

from diorama.providers.base import EXTRA, Blocked, Done, Inline, InputBytes, Inputs, Lost, Output
from diorama.providers.googling import Camel, base64, decoded, said
from diorama.providers.googling.safety import categories
from diorama.providers.wire import Reply
from diorama.schemas import Request

POSITIVE_PROMPT = "Positive Prompt"
"""A row that is no picture: how safe the prompt was."""


def body(request: Request, inputs: Inputs, model: str) -> dict[str, Any]:
    if "upscale" in model:
        return _upscaling(request, inputs)
    options = request.options
    person = options.get("person_generation")
    parameters = {
        "sampleCount": request.n,
        "aspectRatio": request.aspect_ratio,
        "sampleImageSize": request.resolution,
        "negativePrompt": request.negative_prompt,
        "seed": request.seed,
        "addWatermark": None if request.seed is None else False,  # a seed goes without the watermark only
        "guidanceScale": options.get("guidance"),
        "personGeneration": person.upper() if person else None,
        "enhancePrompt": options.get("enhance_prompt"),
        "includeRaiReason": True,
        "outputOptions": _output_options(request),
    }
    instance: dict[str, Any] = {"prompt": request.prompt}
    if inputs:
        instance["referenceImages"] = [_reference(number, given) for number, given in enumerate(inputs, 1)]
        masked = any(given.role == "mask" for given in inputs)
        parameters["editMode"] = "EDIT_MODE_INPAINT_INSERTION" if masked else "EDIT_MODE_DEFAULT"
    return {"instances": [instance], "parameters": said(parameters)}


def _upscaling(request: Request, inputs: Inputs) -> dict[str, Any]:
    config = {"upscaleFactor": request.options.get("upscale_factor", "x2")}
    parameters = {
        "mode": "upscale",
        "sampleCount": 1,
        "upscaleConfig": config,
        "includeRaiReason": True,
        "outputOptions": _output_options(request),
    }
    image = next((_media(given) for given in inputs), None)
    return {"instances": [said({"prompt": request.prompt, "image": image})], "parameters": said(parameters)}


def _output_options(request: Request) -> dict[str, str] | None:
    return {"mimeType": f"image/{request.output_format}"} if request.output_format else None


def _reference(number: int, given: InputBytes) -> dict[str, Any]:
    kind = {"mask": "MASK", "source": "RAW"}.get(given.role, "SUBJECT")
    told: dict[str, Any] = {"referenceId": number, "referenceType": f"REFERENCE_TYPE_{kind}"}
    if given.role == "mask":
        told["maskImageConfig"] = {"maskMode": "MASK_MODE_USER_PROVIDED"}
    return told | {"referenceImage": _media(given)}


def _media(given: InputBytes) -> dict[str, str]:
    return {"bytesBase64Encoded": base64(given), "mimeType": given.mime}


def read(reply: Reply) -> Done:
    """The pictures, and those that were filtered; only what was made is owed. Raises UnknownFate."""
    rows = [row for row in reply.parse(_Answer).predictions if row.content_type != POSITIVE_PROMPT]
    if not rows:
        raise reply.unreadable("without a picture")
    outputs = tuple(_output(row, reply) for row in rows)
    return Done(outputs=outputs, usage={"image": sum(isinstance(output, Inline) for output in outputs)})


class _Row(Camel):
    bytes_base64_encoded: str | None = None
    rai_filtered_reason: Annotated[str | None, EXTRA] = None
    content_type: Annotated[str | None, EXTRA] = None


class _Answer(Camel):
    predictions: tuple[_Row, ...] = ()


def _output(row: _Row, reply: Reply) -> Output:
    if row.bytes_base64_encoded:
        return Inline(data=decoded(row.bytes_base64_encoded, reply))
    if row.rai_filtered_reason:
        reason = row.rai_filtered_reason
        return Blocked(reason=reason, stage="output", categories=categories(reason))
    return Lost(reason="Google made the picture and did not send it along.")
