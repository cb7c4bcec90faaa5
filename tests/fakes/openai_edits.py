"""What POST /v1/images/edits takes, as a form and as JSON, and what it refuses. Marks as in `openai_rules.py`."""

import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pybase64
from PIL import Image, UnidentifiedImageError
from pydantic import Field, model_validator

from tests.fakes.forms import File
from tests.fakes.openai_models import Model
from tests.fakes.openai_rules import Generation, No, Order, Schema, check, read

_MIMES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
_MAX_IMAGE, _MAX_MASK = 50 * 1024 * 1024, 4 * 1024 * 1024  # [sdk] less than these; elsewhere a mask may have 50 MB
_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height
_NUMBERS = frozenset({"n", "output_compression", "partial_images", "frame_count", "frame_duration_ms"})


class Edit(Generation):
    """The options of an edit: those of a generation and one more. `moderation` too: [spec] has it in JSON only [U]."""

    input_fidelity: Literal["high", "low"] = "low"  # [sdk]


class Link(Schema):
    """A picture in the JSON variant: exactly one of the two [spec]."""

    image_url: str | None = Field(default=None, max_length=20_971_520)  # [spec] a URL or a data URL
    file_id: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Link":
        if len(self.model_fields_set) != 1 or (self.image_url is None) == (self.file_id is None):
            raise ValueError("exactly one of image_url and file_id is needed")
        return self


class JsonEdit(Edit):
    """The JSON variant. It has no `markup` [spec]; whether `mask` may be null is [U]."""

    images: list[Link] = Field(min_length=1, max_length=16)  # [spec]
    mask: Link | None = None


@dataclass(frozen=True, kw_only=True)
class Input:
    """A picture that was sent; `data` is None for one behind a URL, which the fake does not fetch."""

    param: str
    mime: str
    data: bytes | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    images: tuple[Input, ...]
    mask: Input | None = None
    markup: Input | None = None


def from_form(body: Mapping[str, Any]) -> tuple[Edit, Inputs]:
    """Raises No."""
    if "image" in body and "image[]" in body:
        raise No("Send either 'image' or 'image[]', not both.", "image")
    if "image" not in body and "image[]" not in body:
        raise No("Missing required parameter: 'image'.", "image", code="missing_required_parameter")
    images = [body["image"]] if "image" in body else body["image[]"]
    if len(images) > 16:  # [sdk]
        raise No(f"You provided {len(images)} images; the maximum is 16.", "image")
    overlays = {name: attached(name, body[name]) for name in ("mask", "markup") if name in body}
    inputs = Inputs(images=tuple(attached("image", image) for image in images), **overlays)
    options = {name: value for name, value in body.items() if name not in ("image", "image[]", "mask", "markup")}
    return read(Edit, options_of(options)), inputs


def from_json(body: Mapping[str, Any]) -> tuple[Edit, Inputs]:
    """Raises No."""
    asked = read(JsonEdit, body)
    mask = linked("mask", asked.mask) if asked.mask else None
    images = tuple(linked(f"images.{index}", link) for index, link in enumerate(asked.images))
    return asked, Inputs(images=images, mask=mask)


def options_of(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Text parts as the JSON they stand for: numbers, true and false, and brackets as nesting [run]. Raises No."""
    options: dict[str, Any] = {}
    for name, value in parts.items():
        if not isinstance(value, str):
            raise No(f"Unknown or repeated parameter: '{name}'.", name, code="unknown_parameter")
        *parents, last = name.replace("]", "").split("[")
        inner = options
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = _typed(last, value)
    return options


def check_edit(asked: Edit, inputs: Inputs, model: Model, previews: Collection[str]) -> Order:
    """The rules that need the model, and the pictures themselves. Raises No."""
    order = check(asked, model, previews)
    _check_options(asked, inputs, model)
    images = [open_picture(image, model.inputs) for image in inputs.images]
    first = _upright(images[0])
    if inputs.mask:
        _check_overlay(inputs.mask, first, _MAX_MASK)
    if inputs.markup:
        _check_overlay(inputs.markup, first, _MAX_IMAGE)
    return replace(order, event="image_edit", made_of=sum(_tokens(image) for image in images))


def open_picture(given: Input, kinds: Collection[str]) -> Image.Image | None:
    """The picture, wholly read; None where it was not fetched. Its type is what its first bytes say. Raises No."""
    if given.data is None:
        return None
    known = ", ".join(repr(_MIMES[kind]) for kind in kinds)
    if given.mime not in [_MIMES[kind] for kind in kinds]:  # wording and that it is refused: [U]
        words = f"Invalid file '{given.param}': unsupported mimetype ('{given.mime}'). Supported are {known}."
        raise No(words, given.param, code="unsupported_file_mimetype")
    if len(given.data) >= _MAX_IMAGE:
        raise No(f"Invalid file '{given.param}': it must be smaller than 50 MB.", given.param)
    kind = _kind(given.data)
    if kind not in kinds:
        raise No(f"Invalid file '{given.param}': it is none of {known}.", given.param, code="invalid_image_file")
    try:
        picture = Image.open(io.BytesIO(given.data), formats=[kind])
        picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise No(f"Invalid file '{given.param}': it is broken.", given.param, code="invalid_image_file") from None
    return picture


def attached(name: str, value: Any) -> Input:
    """What came as a form's part. Raises No."""
    if isinstance(value, list):
        raise No(f"Duplicate parameter: '{name}'. Use '{name}[]' for several.", name, code="duplicate_parameter")
    if not isinstance(value, File):
        raise No(f"Invalid type for '{name}': expected a file, but got a string instead.", name, code="invalid_type")
    return Input(param=name, mime=value.mime, data=value.data)


def linked(param: str, link: Link) -> Input:
    """What came as a link. Raises No."""
    if link.file_id is not None:
        raise No(f"File {link.file_id} was not found.", f"{param}.file_id")  # the fake keeps no files
    url = link.image_url or ""
    if url.startswith(("https://", "http://")):
        return Input(param=param, mime="", data=None)
    mime, marker, data = url.removeprefix("data:").partition(";base64,")
    try:
        if not (url.startswith("data:") and marker):
            raise ValueError(url)
        return Input(param=param, mime=mime, data=pybase64.b64decode(data, validate=True))
    except ValueError:
        raise No("Expected a URL or a base64-encoded data URL.", f"{param}.image_url") from None


def _typed(name: str, text: str) -> str | int | bool:
    if name in _NUMBERS and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return text == "true" if name == "stream" and text in ("true", "false") else text


def _check_options(asked: Edit, inputs: Inputs, model: Model) -> None:
    if "input_fidelity" in asked.model_fields_set and asked.input_fidelity not in model.fidelities:  # [sdk]
        raise No(f"The model '{model.id}' does not support this 'input_fidelity'.", "input_fidelity")
    if inputs.mask and inputs.markup:  # [sdk]
        raise No("'markup' cannot be combined with 'mask'.", "markup")
    if inputs.mask and asked.output_format == "gif":  # [sdk]
        raise No("'gif' output does not support a mask.", "mask")
    if inputs.markup and model.family not in ("2.5", "2.6"):  # [sdk] 2.5, [ais] 2.6
        raise No(f"'markup' is not supported for {model.id}.", "markup")


def _check_overlay(given: Input, size: tuple[int, int] | None, limit: int) -> None:
    """A PNG as large as the first picture, with something to see through."""
    picture = open_picture(given, ("png",))
    if picture is None or given.data is None:
        return
    if len(given.data) >= limit:
        raise No(f"Invalid file '{given.param}': it must be smaller than {limit >> 20} MB.", given.param)
    if size not in (None, picture.size):
        raise No(f"Invalid {given.param} image: its size must be that of the first image.", given.param)
    alpha = picture.convert("RGBA").getchannel("A").getextrema()
    if alpha[0] != 0:
        raise No(f"Invalid {given.param} image: it has no transparent pixels.", given.param)


def _kind(data: bytes) -> str:
    """By the first bytes; empty for what no API takes."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def _upright(picture: Image.Image | None) -> tuple[int, int] | None:
    """[sdk] for markup: dimensions count after the orientation that EXIF tells."""
    if picture is None:
        return None
    width, height = picture.size
    return (height, width) if picture.getexif().get(0x0112) in _SIDEWAYS else (width, height)


def _tokens(picture: Image.Image | None) -> int:
    """How a picture counts is [U]: here in patches of 32 pixels, at most 1536, and 1024 for one not fetched."""
    if picture is None:
        return 1024
    return min(1536, -(-picture.width // 32) * -(-picture.height // 32))
