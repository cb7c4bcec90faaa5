"""What Google's Interactions API takes for films, field by field, and what it refuses. Marks as in `google_rules.py`.

Everything is snake_case [W]. The roles of pictures stand in the prompt, as <FIRST_FRAME>, <LAST_FRAME>, <IMAGE_REF_0>
and so on [P]; how strictly the service reads them is [U], the fake wants exactly one picture for each tag.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tests.fakes import inputs
from tests.fakes.google_models import TOKENS_PER_SECOND, Door, OmniModel, film_size
from tests.fakes.google_rules import Base64, FileReader, No, Schema, check_picture, decoded

_TAG = re.compile(r"<(FIRST_FRAME|LAST_FRAME|IMAGE_REF_\d+)>")
Task = Literal["text_to_video", "image_to_video", "reference_to_video", "edit", "extend", "upscale"]  # [S]


class Text(Schema):
    type: Literal["text"]
    text: str  # [W]


class _Media(Schema):
    mime_type: str  # [W]
    data: Base64 | None = None  # [W]
    uri: str | None = None  # [W] of the Files API; other URLs are not fetched [L]

    @model_validator(mode="after")
    def _one_of_both(self) -> "_Media":
        if (self.data is None) == (self.uri is None):
            raise ValueError("exactly one of data and uri is needed")
        return self


class Picture(_Media):
    type: Literal["image"]


class Clip(_Media):
    type: Literal["video"]
    mime_type: Literal["video/mp4", "video/mov"]  # [S] names more; the fake reads these


Block = Annotated[Text | Picture | Clip, Field(discriminator="type")]


class UserInput(Schema):
    type: Literal["user_input"]  # [W]
    content: list[Block]


class VideoFormat(Schema):
    type: Literal["video"]  # the other kinds are not faked
    aspect_ratio: Literal["16:9", "9:16"] = "16:9"  # [S]
    resolution: Literal["360p", "720p", "1080p", "4k"] = "720p"  # [S]
    duration: str | None = Field(default=None, pattern=r"^\d+(\.\d+)?s$")  # [W]
    delivery: Literal["inline", "uri"] = "inline"  # [S]; the default [P]
    gcs_uri: str | None = Field(default=None, pattern="^gs://.+")  # [S] Vertex only


class VideoConfig(Schema):
    task: Task | None = None  # [S]; inferred when left out [P]


class GenerationConfig(Schema):
    seed: int | None = Field(default=None, ge=0, lt=2**31)  # [S]; its range [U]
    video_config: VideoConfig = Field(default_factory=VideoConfig)  # [W]
    max_output_tokens: int | None = None  # [S]
    thinking_level: Literal["minimal", "low", "medium", "high"] | None = None  # [S]
    thinking_summaries: Literal["auto", "none"] | None = None  # [S]
    stop_sequences: list[str] = Field(default=[])  # [S]


class SafetySetting(Schema):
    type: str  # [W]
    threshold: str  # [W]


class Webhook(Schema):
    uris: list[str] = Field(min_length=1)  # [W]
    user_metadata: dict[str, str] = Field(default={})  # [S]


class CreateInteraction(Schema):
    """POST /interactions. `response_modalities` and its kind are deprecated [S] and refused here."""

    model: str  # [W]
    input: str | list[Block] | list[UserInput]  # [W]
    response_format: VideoFormat | Annotated[list[VideoFormat], Field(min_length=1, max_length=1)] = VideoFormat(
        type="video"
    )  # [W] one or a list
    generation_config: GenerationConfig = Field(default_factory=GenerationConfig)
    background: bool = False  # [W]
    store: bool = True  # [W]
    stream: Literal[False] = False  # [W] streams are not faked
    system_instruction: str | None = None  # [S]
    previous_interaction_id: str | None = None  # [W]
    labels: dict[str, str] = Field(default={})  # [W]
    webhook_config: Webhook | None = None  # [W]
    safety_settings: list[SafetySetting] = Field(default=[])  # [W]; whether Omni takes them is [U]
    service_tier: Literal["standard", "flex", "priority"] = "standard"  # [W] standard; the others [S]

    @property
    def blocks(self) -> list[Text | Picture | Clip]:
        if isinstance(self.input, str):
            return [Text(type="text", text=self.input)] if self.input else []
        return [block for item in self.input for block in (item.content if isinstance(item, UserInput) else [item])]

    @property
    def format(self) -> VideoFormat:
        return self.response_format[0] if isinstance(self.response_format, list) else self.response_format

    @property
    def prompt(self) -> str:
        return "\n".join(block.text for block in self.blocks if isinstance(block, Text))


@dataclass(frozen=True, kw_only=True)
class FilmOrder:
    """A checked request for a film. `seconds` is the whole of it, `tokens` what is made and billed."""

    asked: CreateInteraction
    width: int
    height: int
    seconds: float
    tokens: int


def check_film(
    asked: CreateInteraction, model: OmniModel, door: Door, files: FileReader, earlier: Callable[[str], float]
) -> FilmOrder:
    """The rules that need the model, the door and the media; blocks. `earlier` tells the seconds of a film. Raises No.

    An empty input is taken and billed as any other [L].
    """
    if asked.background and not asked.store:  # [C] there would be no id to ask about
        raise No("Background interactions must be stored.")
    _check_format(asked.format, model, door)
    pictures = [block for block in asked.blocks if isinstance(block, Picture)]
    for picture in pictures:
        check_picture(*_load(picture, files))
    source = _source_seconds(asked, files, earlier)
    task = _task(asked, pictures, source)
    _check_pictures(asked.prompt, task, pictures, model)
    made, seconds = _seconds(asked, task, source, model)
    width, height = film_size(asked.format.aspect_ratio, asked.format.resolution)
    tokens = round(made * TOKENS_PER_SECOND[asked.format.resolution])
    return FilmOrder(asked=asked, width=width, height=height, seconds=seconds, tokens=tokens)


def _check_format(wanted: VideoFormat, model: OmniModel, door: Door) -> None:
    if wanted.resolution not in model.resolutions:
        raise No(f"Resolution {wanted.resolution} is not supported by {model.id}.")
    if wanted.gcs_uri and door == "developer":  # [S]
        raise No("Unknown parameter: response_format.gcs_uri.", code="parameter_unknown")
    if door == "vertex" and (wanted.delivery == "uri") != bool(wanted.gcs_uri):  # [S]
        raise No("delivery uri needs a gcs_uri, and only it.")


def _load(block: Picture | Clip, files: FileReader) -> tuple[bytes, str]:
    if block.data is not None:
        return decoded(block.data), block.mime_type
    return files(block.uri or "")[0], block.mime_type


def _source_seconds(asked: CreateInteraction, files: FileReader, earlier: Callable[[str], float]) -> float | None:
    clips = [block for block in asked.blocks if isinstance(block, Clip)]
    if len(clips) + bool(asked.previous_interaction_id) > 1:  # [U] several clips as references: not faked
        raise No("Only one video can be the source.")
    if asked.previous_interaction_id:
        return earlier(asked.previous_interaction_id)
    try:
        return inputs.film_seconds(_load(clips[0], files)[0]) if clips else None
    except ValueError:
        raise No("Unable to process input video.") from None


def _task(asked: CreateInteraction, pictures: list[Picture], source: float | None) -> Task:
    task = asked.generation_config.video_config.task
    if task is None:
        if source is not None:
            return "edit"  # [U]
        frames = bool(re.search("<(FIRST|LAST)_FRAME>", asked.prompt))
        return "text_to_video" if not pictures else "image_to_video" if frames else "reference_to_video"
    if task == "upscale":  # [U] only its name is known
        raise No("Task upscale is not supported.", 501, code="unimplemented")
    if (task in ("edit", "extend")) != (source is not None):
        raise No(f"Task {task} does not fit the input: a source video is needed for edit and extend alone.")
    if bool(pictures) != (task in ("image_to_video", "reference_to_video")) and source is None:
        raise No(f"Task {task} does not fit the {len(pictures)} images of the input.")
    return task


def _check_pictures(prompt: str, task: Task, pictures: list[Picture], model: OmniModel) -> None:
    tags = sorted(set(_TAG.findall(prompt)))
    if tags and len(tags) != len(pictures):
        raise No(f"The prompt names {', '.join(tags)}, but the input has {len(pictures)} images.")
    if not tags and task == "image_to_video" and len(pictures) > 1:
        raise No("Several images need tags in the prompt that tell what each is for.")
    references = [tag for tag in tags if tag.startswith("IMAGE_REF")]
    if references != [f"IMAGE_REF_{i}" for i in range(len(references))]:
        raise No("Reference images are numbered from <IMAGE_REF_0> without gaps.")
    if "LAST_FRAME" in tags and (model.last_frame_seconds is None or "FIRST_FRAME" not in tags):
        raise No(f"{model.id} takes no last frame without a first, or none at all.")
    frames = len(tags) - len(references)
    if len(pictures) - frames > model.references:
        raise No(f"{model.id} takes at most {model.references} reference images.")


def _seconds(asked: CreateInteraction, task: Task, source: float | None, model: OmniModel) -> tuple[float, float]:
    """What is made, and how long the film is with what was there before."""
    given = asked.format.duration
    if task == "edit":
        assert source is not None
        if given:  # [U]
            raise No("An edit is as long as its source; duration does not apply.")
        _within(source, model.edit_seconds, "the source video")
        return source, source
    limits: tuple[float, float] | None = model.seconds
    if task == "extend":
        limits = model.extend_seconds
    elif "<LAST_FRAME>" in asked.prompt:
        limits = model.last_frame_seconds
    if limits is None:
        raise No(f"Task {task} is not supported by {model.id}.")
    made = float(given.removesuffix("s")) if given else min(10.0, limits[1])  # [L] 10 of 1.1
    _within(made, limits, "duration")
    total = made + (source or 0)  # [U] whether an extended film holds what it extends
    if task == "extend" and total > model.total_seconds:
        raise No(f"The extended video would be longer than {model.total_seconds:g} seconds.")
    return made, total


def _within(seconds: float, limits: tuple[float, float], what: str) -> None:
    least, most = limits
    if not least <= seconds <= most:
        raise No(f"Invalid value for {what}: it must be between {least:g} and {most:g} seconds.")
