"""Films by Veo, on Vertex alone: an operation to ask about, whose answer holds the films themselves.

Fields as google-genai==3.3.0 sends them.
"""

from typing import Annotated, Any

from diorama.errors import UnsupportedError
from diorama.providers.base import EXTRA, Blocked, Complaint, Done, Inline, InputBytes, Inputs, Lost, Output, words
from diorama.providers.googling import Camel, base64, decoded, said
from diorama.providers.googling.safety import categories, is_moderation
from diorama.providers.wire import Reply
from diorama.schemas import Request

FIELDS = {"first_frame": "image", "last_frame": "lastFrame", "source": "video", "mask": "mask"}
EXTENDED_S = 7
"""What one extension adds."""


def body(request: Request, inputs: Inputs) -> dict[str, Any]:
    options = request.options
    parameters = {
        "sampleCount": request.n,
        "durationSeconds": None if request.seconds is None else int(request.seconds),
        "aspectRatio": request.aspect_ratio,
        "resolution": request.resolution,
        "fps": request.fps,
        "seed": request.seed,
        "negativePrompt": request.negative_prompt,
        "generateAudio": request.audio,
        "personGeneration": options.get("person_generation"),
        "enhancePrompt": options.get("enhance_prompt"),
        "compressionQuality": _upper(options.get("compression_quality")),
        "resizeMode": _upper(options.get("resize_mode")),
    }
    instance: dict[str, Any] = {"prompt": request.prompt}
    references = [{"image": _media(given), "referenceType": "ASSET"} for given in inputs if given.role == "reference"]
    if references:
        instance["referenceImages"] = references
    for given in inputs:
        if given.role in FIELDS:
            instance[FIELDS[given.role]] = _media(given)
        elif given.role != "reference":
            raise UnsupportedError(f"Veo has no use for an input as {given.role!r}.", param="inputs")
    if "mask" in instance:
        instance["mask"]["maskMode"] = _upper(options.get("mask_mode")) or "INSERT"
    return {"instances": [instance], "parameters": said(parameters)}


def seconds_of(body: dict[str, Any]) -> int:
    """How much film one output of this request is."""
    if "video" in body["instances"][0]:
        return EXTENDED_S
    return int(body["parameters"].get("durationSeconds", 0))


def _upper(word: str | None) -> str | None:
    return word.upper() if word else None


def _media(given: InputBytes) -> dict[str, str]:
    return {"bytesBase64Encoded": base64(given), "mimeType": given.mime}


class _Film(Camel):
    bytes_base64_encoded: str | None = None


class _Result(Camel):
    videos: tuple[_Film, ...] = ()
    rai_media_filtered_count: Annotated[int, EXTRA] = 0
    rai_media_filtered_reasons: Annotated[list[str] | None, EXTRA] = None


class Operation(Camel):
    """How an operation stands; an error inside comes with HTTP 200."""

    name: str = ""
    done: bool = False
    error: Any = None
    response: _Result | None = None

    @property
    def complaint(self) -> Complaint:
        error = self.error if isinstance(self.error, dict) else {}
        message = words(error.get("message"))
        blocked = is_moderation(message)
        return Complaint(
            message=message, code=words(error.get("code")), moderated=blocked, categories=categories(message)
        )

    def read(self, reply: Reply, seconds: int) -> Done:
        """The films, and those that were filtered; only what was made is owed."""
        result = self.response or _Result()
        films = [_output(film, reply) for film in result.videos]
        made = sum(isinstance(film, Inline) for film in films)
        reasons = result.rai_media_filtered_reasons or []
        missing = max(result.rai_media_filtered_count or 0, len(reasons), 0 if films else 1)
        return Done(outputs=(*films, *_withheld(reasons, missing)), usage={"second": made * seconds})


def _output(film: _Film, reply: Reply) -> Output:
    if not film.bytes_base64_encoded:
        return Lost(reason="Google made the film and did not send it along.")
    return Inline(data=decoded(film.bytes_base64_encoded, reply))


def _withheld(reasons: list[str], count: int) -> list[Blocked]:
    told = [*reasons, *["Google finished without a film: its filters withheld it."] * (count - len(reasons))]
    return [Blocked(reason=reason, stage="output", categories=categories(reason)) for reason in told]
