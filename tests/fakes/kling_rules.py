"""What Kling's new standard takes, field by field, and what it refuses. State of 2026-11-20.

Marks: [P] the vendor's pages (mirrored in aself101/kling-api:docs/api, snapshot of 2026-09-20), [C] a maintained client
(vercel/ai:packages/klingai), [L] others' dated live calls, [U] unverified. No field may be null. Where sources disagree
the fake takes the narrower reading.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, ValidationError, model_validator

from tests.fakes import kling_models as facts
from tests.fakes.inputs import picture_size, raw_base64
from tests.fakes.kling_models import FILM_MODELS, FilmModel, Size


class No(Exception):  # noqa: N818  it is an answer, not an error of ours
    """The service refuses with this code of its own."""

    def __init__(self, message: str, code: int = 1201) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture that was sent along. One behind a URL is not fetched, and taken for a square."""

    size: Size = (1024, 1024)


@dataclass(frozen=True, kw_only=True)
class Order:
    """A checked request. `usd` is for all of it; `n` results, which is also the places it takes."""

    kind: Literal["image", "video"]
    model: str
    prompt: str
    size: Size
    usd: Decimal
    n: int = 1
    seconds: int = 0
    audio: bool = False
    external_id: str | None = None
    watermark: bool = False


def picture_reader(most_bytes: int) -> BeforeValidator:
    def read(given: Any) -> Picture:
        if not isinstance(given, str):
            raise ValueError("must be a string")
        if given.startswith("https://"):
            return Picture()
        raw = raw_base64(given)
        if len(raw) > most_bytes:
            raise ValueError(f"is larger than {most_bytes} bytes")
        width, height = picture_size(raw, ("PNG", "JPEG"))
        if min(width, height) < 300 or not 0.4 <= width / height <= 2.5:  # [P]
            raise ValueError("needs 300 pixels on each side and a ratio between 1:2.5 and 2.5:1")
        return Picture(size=(width, height))

    return BeforeValidator(read)


# Raw base64 by analogy with the legacy standard, where a data: prefix is documented as wrong; here the pages are
# silent [U].
AnyPicture = Annotated[InstanceOf[Picture], picture_reader(50 * 1024 * 1024)]
Text = Annotated[str, Field(min_length=1)]
Https = Annotated[str, Field(pattern="^https://.")]


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _no_nulls(cls, data: Any) -> Any:
        if isinstance(data, dict) and (nulls := [key for key, value in data.items() if value is None]):
            raise ValueError(f"{nulls[0]} must not be null")
        return data


class Watermark(Schema):
    enabled: bool = False


class Options(Schema):
    external_task_id: Text | None = None
    callback_url: Https | None = None
    watermark_info: Watermark = Watermark()


class Settings(Schema):
    resolution: Literal["720p", "1080p", "4k"] = "720p"
    aspect_ratio: Literal["16:9", "9:16", "1:1"] = "16:9"
    duration: int = 5  # a number here, a text in the legacy standard
    audio: Literal["native", "original", "off"] = "off"
    multi_shot: bool = True


class Body(Schema):
    settings: Settings = Settings()
    options: Options = Options()


class TextToVideo(Body):
    """POST /text-to-video/{model}"""

    prompt: Text


class Prompt(Schema):
    type: Literal["prompt"]
    text: Text


class Frame(Schema):
    type: Literal["first_frame", "last_frame", "refer_image"]
    url: AnyPicture
    id: Text | None = None


class Video(Schema):
    type: Literal["feature_video", "base_video"]
    url: Https
    id: Text | None = None


class Element(Schema):
    type: Literal["element"]
    element_id: Text
    id: Text


class Voice(Schema):
    type: Literal["voice"]
    voice_id: Text
    id: Text


Content = Annotated[Prompt | Frame | Video | Element | Voice, Field(discriminator="type")]


class FromContents(Body):
    """POST /image-to-video/{model} and /omni-video/{model}"""

    contents: list[Content] = Field(min_length=1)

    def of(self, *types: str) -> list[Any]:
        return [content for content in self.contents if content.type in types]

    @property
    def prompt(self) -> str:
        return "".join(content.text for content in self.contents if isinstance(content, Prompt))


_S = TypeVar("_S", bound=Schema)


def read(schema: type[_S], body: dict[str, Any]) -> _S:
    """The body by its schema alone. Raises No, naming the field."""
    try:
        return schema.model_validate(body)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise No(f"{where} value '{str(fault['input'])[:60]}' is invalid: {fault['msg']}") from None


def find_model(name: str, product: str) -> FilmModel:
    """Raises No (1203)."""
    model = FILM_MODELS.get(name)
    if model is None or product not in model.products:
        raise No(f"Model {name} is not found for {product}.", 1203)
    return model


def check_text(body: dict[str, Any], model: FilmModel) -> Order:
    """Raises No."""
    asked = read(TextToVideo, body)
    _check_settings(asked.settings, model)
    _check_prompt(asked.prompt, model)
    return _order(asked, model, asked.prompt, facts.ratio_of(asked.settings.aspect_ratio), "")


def check_image(body: dict[str, Any], model: FilmModel) -> Order:
    """A first frame, and perhaps a last one. Raises No."""
    asked = read(FromContents, body)
    _only(asked, ("prompt", "first_frame", "last_frame", "element", "voice"))
    _check_settings(asked.settings, model)
    _check_prompt(asked.prompt, model)
    if "aspect_ratio" in asked.settings.model_fields_set:  # [P] the picture decides
        raise No("settings.aspect_ratio is not supported with a first frame.")
    if any(content.id for content in asked.of("first_frame", "last_frame")):  # ids belong to omni-video [P]
        raise No("contents.id is not supported for frames.")
    if not asked.of("first_frame"):  # [P]
        raise No("contents needs a first_frame.")
    _check_last_frame(asked, model)
    voices = asked.of("voice")
    if len(asked.of("element")) > model.elements or len(voices) > model.voices:  # [P]
        raise No(f"Too many elements or voices for {model.id}.")
    if voices and asked.settings.audio == "off":  # [P]
        raise No("A voice needs settings.audio.")
    width, height = asked.of("first_frame")[0].url.size
    return _order(asked, model, asked.prompt, width / height, "voice" if voices else "")


def check_omni(body: dict[str, Any], model: FilmModel) -> Order:
    """References, frames, and one film to go on from or to edit. Raises No."""
    asked = read(FromContents, body)
    _only(asked, ("prompt", "first_frame", "last_frame", "refer_image", "feature_video", "base_video", "element"))
    _check_settings(asked.settings, model)
    _check_prompt(asked.prompt, model)
    _check_last_frame(asked, model)
    films, frames = asked.of("feature_video", "base_video"), asked.of("first_frame", "last_frame")
    if len(films) > 1:  # [P]
        raise No("contents takes one video at most.")
    if len(asked.of("refer_image", "element")) + len(frames) > (4 if films else 7):  # [P]
        raise No("contents has too many images and elements.")
    _check_film(asked, model)
    pure = not (films or asked.of("refer_image", "element", "last_frame"))
    if model.id == "kling-o1" and pure and asked.settings.duration not in (5, 10):  # [P]
        raise No("settings.duration must be 5 or 10 for text or a first frame alone.")
    first = asked.of("first_frame")
    if not (first or films) and "aspect_ratio" not in asked.settings.model_fields_set:  # [P]
        raise No("settings.aspect_ratio is required.")
    ratio = first[0].url.size[0] / first[0].url.size[1] if first else facts.ratio_of(asked.settings.aspect_ratio)
    return _order(asked, model, asked.prompt, ratio, "video" if films else "")


def _only(asked: FromContents, types: Collection[str]) -> None:
    for content in asked.contents:
        if content.type not in types:
            raise No(f"contents.type {content.type} is not supported here.")
    for single in ("prompt", "first_frame", "last_frame"):
        if len(asked.of(single)) > 1:
            raise No(f"contents takes one {single}.")


def _check_prompt(prompt: str, model: FilmModel) -> None:
    if not prompt:  # required for text [P]; for pictures [U]
        raise No("prompt is required.")
    if len(prompt) > model.prompt_length:  # [P]; for omni the shorter one [U]
        raise No(f"prompt must not exceed {model.prompt_length} characters.")


def _check_settings(settings: Settings, model: FilmModel) -> None:
    given = settings.model_fields_set
    if settings.resolution not in model.resolutions:
        raise No(f"settings.resolution {settings.resolution} is not supported by {model.id}.")
    if settings.duration not in model.seconds:
        raise No(f"settings.duration {settings.duration} is not supported by {model.id}.")
    if "audio" in given and settings.audio not in model.audio:
        raise No(f"settings.audio {settings.audio} is not supported by {model.id}.")
    native = {resolution for resolution, extra in model.usd if extra == "native"}
    if settings.audio == "native" and settings.resolution not in native:
        raise No(f"settings.audio native is not supported at {settings.resolution} by {model.id}.")
    if "multi_shot" in given and not model.multi_shot:
        raise No(f"settings.multi_shot is not supported by {model.id}.")


def _check_last_frame(asked: FromContents, model: FilmModel) -> None:
    if not asked.of("last_frame"):
        return
    if not asked.of("first_frame"):  # [P]
        raise No("A last_frame needs a first_frame.")
    if asked.settings.resolution not in model.last_frame:  # [P]
        raise No(f"last_frame is not supported by {model.id} at {asked.settings.resolution}.")
    if model.last_frame_silent and asked.settings.audio != "off":  # [P]
        raise No(f"last_frame needs settings.audio off with {model.id}.")


def _check_film(asked: FromContents, model: FilmModel) -> None:
    settings, given = asked.settings, asked.settings.model_fields_set
    if asked.of("feature_video"):  # [P]
        if settings.audio != "off":
            raise No("settings.audio must be off with a feature_video.")
        if model.multi_shot and not settings.multi_shot:
            raise No("settings.multi_shot must be true with a feature_video.")
    elif asked.of("base_video"):  # [P]
        if asked.of("first_frame", "last_frame") or settings.audio == "native":
            raise No("A base_video takes neither frames nor native audio.")
        if "multi_shot" in given and settings.multi_shot:
            raise No("A base_video takes no multi_shot.")
    elif settings.audio == "original":  # [U]
        raise No("settings.audio original needs a base_video.")


def _order(asked: Body, model: FilmModel, prompt: str, ratio: float, extra: str) -> Order:
    settings = asked.settings
    priced = extra or ("native" if settings.audio == "native" else "")
    return Order(
        kind="video",
        model=model.id,
        prompt=prompt,
        size=facts.film_size(ratio, settings.resolution),
        usd=model.price(settings.resolution, priced) * settings.duration,
        seconds=settings.duration,
        audio=model.sounds or settings.audio != "off",
        external_id=asked.options.external_task_id,
        watermark=asked.options.watermark_info.enabled,
    )
