"""What Google's generateContent takes for pictures, field by field, and what it refuses. State of 2026-11-20.

Marks: [W] seen on the wire (google-genai==3.3.0 against a loopback server), [S] its source, [P] first party (pages of
ai.google.dev and docs.cloud.google.com, google-gemini/cookbook, google-gemini/gemini-skills), [C] a maintained client
or price map (@ai-sdk/google==4.0.121, @ai-sdk/google-vertex==5.0.141, litellm==1.109.1, genai-prices==0.2.3),
[L] others' published live calls, [U] unverified. Where sources disagree the fake takes the narrower reading.
A field is taken in camelCase or snake_case, because the SDK mixes them [W]; no field may be null [U].
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import pybase64
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from tests.fakes import inputs
from tests.fakes.google_models import Door, ImageModel, nearest_ratio, picture_size

_PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}  # heic and heif too [P]: not faked
FileReader = Callable[[str], tuple[bytes, str]]  # the bytes and the type behind a file's URI; raises No


class No(Exception):  # noqa: N818  it is an answer, not an error of ours
    """The service refuses. `code` is the word of Interactions, where it is not the status's usual one."""

    def __init__(self, message: str, status: int = 400, *, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _no_nulls(cls, data: Any) -> Any:
        if isinstance(data, dict) and (nulls := [key for key, value in data.items() if value is None]):
            raise ValueError(f"{nulls[0]} must not be null")
        return data


class Proto(Schema):
    """A message that may be spelled in camelCase or snake_case."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


def decoded(data: str) -> bytes:
    """Bytes out of either alphabet of base64 [W]. Raises ValueError."""
    raw = pybase64.b64decode(data.translate({ord("-"): "+", ord("_"): "/"}), validate=True)
    if not raw:
        raise ValueError("it is empty")
    return raw


def _base64(data: str) -> str:
    try:
        decoded(data)
    except ValueError:
        raise ValueError("Base64 decoding failed") from None
    return data


Base64 = Annotated[str, AfterValidator(_base64)]


class Blob(Proto):
    mime_type: str  # [W]
    data: Base64  # [W]


class FileData(Proto):
    mime_type: str = ""  # [W]
    file_uri: str  # [W] of the Files API, or gs:// on Vertex [P]


class Part(Proto):
    """Exactly one of text, inlineData and fileData."""

    text: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    thought: bool = False  # [S] of an earlier answer
    thought_signature: str = ""  # [S]

    @model_validator(mode="after")
    def _one(self) -> "Part":
        if sum(value is not None for value in (self.text, self.inline_data, self.file_data)) != 1:
            raise ValueError("required oneof field 'data' must have one initialized field")
        return self


class Content(Proto):
    role: Literal["user", "model"] = "user"
    parts: list[Part] = Field(min_length=1)


class SafetySetting(Proto):
    category: Literal[
        "HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH", "HARM_CATEGORY_SEXUALLY_EXPLICIT",
        "HARM_CATEGORY_DANGEROUS_CONTENT", "HARM_CATEGORY_CIVIC_INTEGRITY",
    ]  # fmt: skip  # [S]
    threshold: Literal["BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF"]  # [S]
    method: Literal["SEVERITY", "PROBABILITY"] | None = None  # [S] Vertex only


class SearchTypes(Proto):
    web_search: dict[str, Any] | None = None  # [C]
    image_search: dict[str, Any] | None = None  # [C]


class GoogleSearch(Proto):
    search_types: SearchTypes | None = None  # [C]


class Tool(Proto):
    google_search: GoogleSearch  # [W]; the other tools make no pictures


class OutputOptions(Proto):
    mime_type: Literal["image/png", "image/jpeg", "image/webp"] = "image/png"  # [W]; which values is [U]
    compression_quality: int = Field(default=75, ge=0, le=100)  # [W]


class ImageConfig(Proto):
    aspect_ratio: str | None = None  # [W]
    image_size: str = "1K"  # [W] the K is a capital
    person_generation: Literal["ALLOW_ALL", "ALLOW_ADULT", "ALLOW_NONE"] | None = None  # [W] Vertex only
    prominent_people: Literal["ALLOW_PROMINENT_PEOPLE", "BLOCK_PROMINENT_PEOPLE"] | None = None  # [W] Vertex only
    image_output_options: OutputOptions | None = None  # [W] Vertex only


class ThinkingConfig(Proto):
    thinking_level: Literal["MINIMAL", "LOW", "MEDIUM", "HIGH", "minimal", "low", "medium", "high"] | None = None  # [W]
    include_thoughts: bool = False  # [W]


class GenerationConfig(Proto):
    response_modalities: list[Literal["IMAGE", "TEXT"]] = []  # [W] must hold IMAGE here
    candidate_count: Literal[1] = 1  # [W] is sent; more than one is [U]
    seed: int | None = Field(default=None, ge=-(2**31), lt=2**31)  # [W]; int32 [U]
    image_config: ImageConfig = Field(default_factory=ImageConfig)
    thinking_config: ThinkingConfig = Field(default_factory=ThinkingConfig)
    temperature: float = Field(default=1.0, ge=0, le=2)  # [S]
    top_p: float = Field(default=0.95, ge=0, le=1)  # [S]
    max_output_tokens: int = Field(default=32_768, ge=1)  # [S]


class GenerateContent(Proto):
    """POST :generateContent"""

    contents: list[Content] = Field(min_length=1)
    system_instruction: Content | None = None  # [W]
    tools: list[Tool] = []  # [W]
    safety_settings: list[SafetySetting] = []  # [W]
    generation_config: GenerationConfig = Field(default_factory=GenerationConfig)
    service_tier: Literal["standard", "flex", "priority"] = "standard"  # [W] flex; the others [S]
    store: bool | None = None  # [W] developer only
    labels: dict[str, str] = {}  # [W] both doors


@dataclass(frozen=True, kw_only=True)
class ImageOrder:
    """A checked request for one picture. `mime` is what was asked for; empty: the model chooses."""

    prompt: str
    model: ImageModel
    width: int
    height: int
    tokens_in: int
    tokens_out: int
    mime: str


_S = TypeVar("_S", bound=Schema)


def read(schema: type[_S], body: Mapping[str, Any]) -> _S:
    """The body by the schema alone. Raises No, in the words of Google's JSON parser [U]."""
    try:
        return schema.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        *where, name = [_snake(str(part)) for part in first["loc"]] or ["body"]
        at = f" at '{'.'.join(where)}'" if where else ""
        if first["type"] == "extra_forbidden":
            words = f'Invalid JSON payload received. Unknown name "{first["loc"][-1]}"{at}: Cannot find field.'
            raise No(words, code="parameter_unknown") from None
        raise No(f"Invalid value at '{'.'.join([*where, name])}': {first['msg']}") from None


def check_image(asked: GenerateContent, model: ImageModel, door: Door, files: FileReader) -> ImageOrder:
    """The rules that need the model, the door and the pictures themselves; blocks. Raises No."""
    _check_door(asked, door)
    config = asked.generation_config
    if "IMAGE" not in config.response_modalities:
        raise No("The requested combination of response modalities is not supported by the model: IMAGE is needed.")
    sizes = [check_part(part, files) for content in asked.contents for part in content.parts if part.text is None]
    if len(sizes) > model.inputs:
        raise No(f"Please use fewer than {model.inputs + 1} images in your request to {model.id}.")
    _check_config(config, model)
    prompt = "".join(part.text or "" for part in asked.contents[-1].parts)
    if not prompt.strip():
        raise No("* GenerateContentRequest.contents: contents is not specified")  # [U] whether a picture alone is taken
    ratio = config.image_config.aspect_ratio or (nearest_ratio(model, *sizes[0]) if sizes else "1:1")
    width, height = picture_size(model, ratio, config.image_config.image_size)
    options = config.image_config.image_output_options
    return ImageOrder(
        prompt=prompt,
        model=model,
        width=width,
        height=height,
        tokens_in=-(-len(prompt) // 4) + 560 * len(sizes),  # [U] per picture; of Pro, by its price
        tokens_out=model.tokens[config.image_config.image_size],
        mime=options.mime_type if options else "",
    )


def check_part(part: Part, files: FileReader) -> tuple[int, int]:
    """Width and height of the picture in a part. Raises No."""
    if part.inline_data:
        return check_picture(decoded(part.inline_data.data), part.inline_data.mime_type)
    assert part.file_data
    raw, mime = files(part.file_data.file_uri)
    return check_picture(raw, part.file_data.mime_type or mime)


def check_picture(raw: bytes, mime: str) -> tuple[int, int]:
    """Its size, if it is what it says. Raises No."""
    if mime not in _PICTURES:
        raise No(f"Unsupported MIME type: {mime}")
    try:
        return inputs.picture_size(raw, (_PICTURES[mime],))
    except ValueError:
        raise No("Unable to process input image. Please retry.") from None  # [L]


def _check_door(asked: GenerateContent, door: Door) -> None:
    image = asked.generation_config.image_config
    only_vertex = {"person_generation", "prominent_people", "image_output_options"} & image.model_fields_set  # [S]
    if door == "developer" and only_vertex:
        raise No(
            f"Unknown name \"{to_camel(min(only_vertex))}\" at 'generation_config.image_config': Cannot find field."
        )
    if door == "developer" and any(setting.method for setting in asked.safety_settings):  # [S]
        raise No("Unknown name \"method\" at 'safety_settings': Cannot find field.")
    if door == "vertex" and asked.store is not None:  # [S]
        raise No('Unknown name "store": Cannot find field.')


def _check_config(config: GenerationConfig, model: ImageModel) -> None:
    image, level = config.image_config, config.thinking_config.thinking_level
    if image.aspect_ratio is not None and image.aspect_ratio not in model.pixels:
        raise No(f"aspect_ratio must be one of {', '.join(model.pixels)}.")
    if "image_size" in image.model_fields_set and not model.takes_size:
        raise No(f"image_size is not supported by {model.id}.")
    if image.image_size not in model.tokens:
        raise No(f"image_size must be one of {', '.join(model.tokens)}.")
    if level is not None and level.upper() not in model.levels:
        raise No(f"Thinking level {level.upper()} is not supported for this model.")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
