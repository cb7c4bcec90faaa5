"""What Kling's legacy standard takes: pictures, which exist only here, and films for those with an old pair of keys.

Not made: multi-shot scripts, voices, motion control, lip sync, effects, avatars, several pictures in one by kling-v2-1.
Marks as in `kling_rules.py`; the film endpoints are [C].
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, InstanceOf

from tests.fakes import kling_models as facts
from tests.fakes.kling_models import LEGACY_FILM_MODELS, OMNI_PICTURE_MODELS, PICTURE_MODELS, FilmModel
from tests.fakes.kling_rules import Https, No, Order, Picture, Schema, Text, Watermark, picture_reader, read

SmallPicture = Annotated[InstanceOf[Picture], picture_reader(10 * 1024 * 1024)]  # [P] and without a data: prefix
Prompt = Annotated[str, Field(min_length=1, max_length=2500)]  # [P]
PictureRatio = Literal["16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9"]  # [P]
Ratio = Annotated[float, Field(ge=0, le=2)]


class Legacy(Schema):
    """Callback and own id stand at the top [P]."""

    callback_url: Https | None = None
    external_task_id: Text | None = None
    watermark_info: Watermark = Watermark()


class ListedPicture(Schema):
    image: SmallPicture


class ListedElement(Schema):
    element_id: Text


class Generation(Legacy):
    """POST /v1/images/generations [P]"""

    model_name: str  # the pages contradict themselves on its default, so the fake has none
    prompt: Prompt
    negative_prompt: str = Field(default="", max_length=2500)
    image: SmallPicture | None = None
    image_reference: Literal["subject", "face"] | None = None
    image_fidelity: float = Field(default=0.5, ge=0, le=1)
    human_fidelity: float = Field(default=0.45, ge=0, le=1)
    element_list: list[ListedElement] = Field(default=[], max_length=10)
    resolution: Literal["1k", "2k"] = "1k"
    n: int = Field(default=1, ge=1, le=9)
    aspect_ratio: PictureRatio = "16:9"


class OmniPicture(Legacy):
    """POST /v1/images/omni-image [P]"""

    model_name: str
    prompt: Prompt
    image_list: list[ListedPicture] = Field(default=[], max_length=10)
    element_list: list[ListedElement] = Field(default=[], max_length=10)
    resolution: Literal["1k", "2k", "4k"] = "1k"
    aspect_ratio: PictureRatio | Literal["auto"] = "auto"
    n: int = Field(default=1, ge=1, le=9)
    result_type: Literal["single", "series"] = "single"
    series_amount: Annotated[int, Field(ge=2, le=9)] | Literal["auto"] = 4


class Expansion(Legacy):
    """POST /v1/images/editing/expand [P]"""

    image: SmallPicture
    prompt: str = Field(default="", max_length=2500)
    up_expansion_ratio: Ratio
    down_expansion_ratio: Ratio
    left_expansion_ratio: Ratio
    right_expansion_ratio: Ratio
    n: int = Field(default=1, ge=1, le=9)


class TextFilm(Legacy):
    """POST /v1/videos/text2video"""

    model_name: str
    prompt: Prompt
    negative_prompt: str = Field(default="", max_length=2500)
    mode: Literal["std", "pro", "4k"] = "std"
    aspect_ratio: Literal["16:9", "9:16", "1:1"] = "16:9"
    duration: str = "5"  # a text here, a number in the new standard
    sound: Literal["on", "off"] = "off"


class PictureFilm(Legacy):
    """POST /v1/videos/image2video"""

    model_name: str
    prompt: str = Field(default="", max_length=2500)
    negative_prompt: str = Field(default="", max_length=2500)
    mode: Literal["std", "pro", "4k"] = "std"
    image: SmallPicture
    image_tail: SmallPicture | None = None
    duration: str = "5"
    sound: Literal["on", "off"] = "off"


def check_generation(body: dict[str, Any]) -> Order:
    """Raises No."""
    asked = read(Generation, body)
    _check_resolution(asked.model_name, asked.resolution, PICTURE_MODELS)
    given = asked.model_fields_set
    knobs = given & {"image_reference", "image_fidelity", "human_fidelity"}
    if knobs and (asked.model_name != "kling-v2-1" or not asked.image):  # [P]
        raise No(f"{sorted(knobs)[0]} is not supported by {asked.model_name} here.")
    if "human_fidelity" in given and asked.image_reference != "subject":  # [P]
        raise No("human_fidelity needs image_reference subject.")
    if asked.negative_prompt and asked.image:  # [P]
        raise No("negative_prompt is not supported with image.")
    usd = facts.picture_usd(asked.model_name, asked.resolution, image_in=asked.image is not None)
    size = facts.picture_size(facts.ratio_of(asked.aspect_ratio), asked.resolution)
    return _picture(asked, asked.model_name, asked.prompt, size, usd, asked.n)


def check_omni_picture(body: dict[str, Any]) -> Order:
    """Raises No."""
    asked = read(OmniPicture, body)
    _check_resolution(asked.model_name, asked.resolution, OMNI_PICTURE_MODELS)
    if len(asked.image_list) + len(asked.element_list) > 10:  # [P]
        raise No("image_list and element_list take 10 together.")
    series = asked.result_type == "series"
    if "series_amount" in asked.model_fields_set and not series:  # [P]
        raise No("series_amount needs result_type series.")
    size = facts.picture_size(_ratio(asked), asked.resolution)
    usd = facts.picture_usd(asked.model_name, asked.resolution, image_in=bool(asked.image_list))
    amount = 4 if asked.series_amount == "auto" else asked.series_amount
    return _picture(asked, asked.model_name, asked.prompt, size, usd, amount if series else asked.n)


def check_expansion(body: dict[str, Any]) -> Order:
    """Raises No."""
    asked = read(Expansion, body)
    wide = 1 + asked.left_expansion_ratio + asked.right_expansion_ratio
    high = 1 + asked.up_expansion_ratio + asked.down_expansion_ratio
    if wide * high > 3:  # [P]
        raise No("The expanded area must not exceed 3 times the original.")
    size = (round(asked.image.size[0] * wide), round(asked.image.size[1] * high))
    return _picture(asked, "expand", asked.prompt, size, facts.picture_usd("", "", image_in=True), asked.n)


def check_text_film(body: dict[str, Any]) -> Order:
    """Raises No."""
    asked = read(TextFilm, body)
    return _film(asked, facts.ratio_of(asked.aspect_ratio), last_frame=False)


def check_picture_film(body: dict[str, Any]) -> Order:
    """Raises No."""
    asked = read(PictureFilm, body)
    width, height = asked.image.size
    return _film(asked, width / height, last_frame=asked.image_tail is not None)


def _ratio(asked: OmniPicture) -> float:
    if asked.aspect_ratio != "auto":
        return facts.ratio_of(asked.aspect_ratio)
    width, height = asked.image_list[0].image.size if asked.image_list else (1, 1)
    return width / height


def _check_resolution(name: str, resolution: str, models: Mapping[str, tuple[str, ...]]) -> None:
    if name not in models:  # what a retired name gets is [U]
        raise No(f"Model {name} is not found.", 1203)
    if resolution not in models[name]:
        raise No(f"resolution {resolution} is not supported by {name}.")


def _picture(asked: Legacy, model: str, prompt: str, size: tuple[int, int], usd: Any, n: int) -> Order:
    return Order(
        kind="image",
        model=model,
        prompt=prompt,
        size=size,
        usd=usd * n,
        n=n,
        external_id=asked.external_task_id,
        watermark=asked.watermark_info.enabled,
    )


def _film(asked: TextFilm | PictureFilm, ratio: float, *, last_frame: bool) -> Order:
    model = LEGACY_FILM_MODELS.get(asked.model_name)
    if model is None or "text-to-video" not in model.products:
        raise No(f"Model {asked.model_name} is not found.", 1203)
    resolution = facts.resolution_of(asked.mode)
    extra = "native" if asked.sound == "on" else ""
    _check_film(asked, model, resolution, extra, last_frame=last_frame)
    seconds = int(asked.duration)
    return Order(
        kind="video",
        model=model.id,
        prompt=asked.prompt,
        size=facts.film_size(ratio, resolution),
        usd=model.price(resolution, extra) * seconds,
        seconds=seconds,
        audio=asked.sound == "on",
        external_id=asked.external_task_id,
        watermark=asked.watermark_info.enabled,
    )


def _check_film(
    asked: TextFilm | PictureFilm, model: FilmModel, resolution: str, extra: str, *, last_frame: bool
) -> None:
    if asked.duration not in {str(seconds) for seconds in model.seconds}:
        raise No(f"duration {asked.duration} is not supported by {asked.model_name}.")
    if resolution not in model.resolutions:
        raise No(f"mode {asked.mode} is not supported by {asked.model_name}.")
    if extra and (resolution, extra) not in model.usd:
        raise No(f"sound is not supported by {asked.model_name} in mode {asked.mode}.")
    if last_frame and (resolution not in model.last_frame or (model.last_frame_silent and extra)):
        raise No(f"image_tail is not supported by {asked.model_name} here.")
