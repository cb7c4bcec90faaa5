"""The bodies of `/image/generate` and `/video/generate`, as their callers write them, and what they are answered.

Blank texts and nulls count as not given: forms send every field. Fields that only some models have are taken here
whatever the model is; what the chosen one makes nothing of comes back as a note.
"""

from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from diorama.schemas import Fit, Money, Note, Ratio, Shape, Size

AS_WRITTEN: Final = "Follow this description exactly as it is written, without rewriting it or adding to it: "
"""What `disable_safe_prompt_adjust: true` puts before the prompt."""


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _says_something(prompt: str) -> str:
    if not prompt.strip():
        raise ValueError("it is empty")
    return prompt


def _empty_if_none(value: Any) -> Any:
    return {} if value is None else value


def _as_object(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


Blank = BeforeValidator(_none_if_blank)
Opened = BeforeValidator(_empty_if_none)
Tag = Annotated[str, Field(max_length=16)]
Short = Annotated[str, Field(max_length=32)]
Name = Annotated[str, Field(max_length=200, coerce_numbers_to_str=True)]
Word = Annotated[Short | None, Blank]
Text = Annotated[Annotated[str, Field(max_length=10_000)] | None, Blank]
Label = Annotated[Name | None, Blank]
Whole = Annotated[int | None, Blank]
Number = Annotated[float | None, Blank]
Switch = Annotated[bool | None, Blank]
Count = Annotated[Annotated[int, Field(ge=1, le=100)] | None, Blank]
Edge = Annotated[Annotated[int, Field(ge=1, le=99_999)] | None, Blank]
Seed = Annotated[Annotated[int, Field(ge=0, le=2**63 - 1)] | None, Blank]
Rate = Annotated[Annotated[int, Field(ge=1, le=120)] | None, Blank]
Length = Annotated[Annotated[float, Field(gt=0, le=600)] | None, Blank]
Patience = Annotated[Annotated[float, Field(ge=1, le=86_400)] | None, Blank]
Interval = Annotated[Annotated[float, Field(ge=0.1)] | None, Blank]
Picture = Annotated[
    str | None,
    Blank,
    Field(description="An https URL, a `data:` URL, one of our media URLs (absolute or relative), or an asset's id."),
]


class ReferenceImage(BaseModel):
    """A picture that the film should resemble. `style` is taken as `asset`, with a note."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(min_length=1, validation_alias=AliasChoices("url", "image_url", "image", "data"))
    type: Annotated[Literal["asset", "style"], BeforeValidator(_lower)] = Field(
        default="asset", validation_alias=AliasChoices("type", "reference_type")
    )


class _Settings(BaseModel):
    """Other keys are kept aside: they are refused unless the chosen model has an option of that name."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: Label = Field(
        default=None, description="A model, `vendor:model`, or a family such as `openai`. Default: this server's."
    )
    aspect_ratio: Annotated[Ratio | None, Blank] = Field(default=None, examples=["16:9"])
    size: Annotated[Size | None, Blank] = Field(default=None, description="WIDTHxHEIGHT; wins over width and height.")
    resolution: Annotated[Tag | None, Blank] = Field(default=None, examples=["720p"])
    negative_prompt: Text = None
    seed: Seed = None
    mode: Word = Field(default=None, description="The vendor's own mode, for models that have the option.")
    fit: Fit = Field(default="nearest", description="`strict` refuses what `nearest` adjusts with a note.")


class ImageSettings(_Settings):
    """`settings.image`. Without any size or ratio, 1024x1024 or what is nearest to it."""

    width: Edge = Field(default=None, description="Pixels. Default 1024.")
    height: Edge = Field(default=None, description="Pixels. Default 1024.")
    quality: Word = Field(default=None, description="`standard` means medium, `hd` means high.")
    cfg_scale: Number = None
    style_preset: Word = None
    guidance: Number = None
    steps: Whole = None
    prompt_upsampling: Switch = None
    number_of_images: Count = None
    response_format: Literal["url", "b64_json"] = Field(
        default="url", description="`b64_json` answers the picture itself, as a `data:` URL."
    )
    background: Word = None
    moderation: Annotated[bool | Short | None, Blank] = Field(default=None, description="true = `auto`, false = `low`.")
    output_format: Annotated[Tag | None, Blank] = None
    output_compression: Whole = None
    style: Word = None
    user: Annotated[Annotated[str, Field(max_length=512, coerce_numbers_to_str=True)] | None, Blank] = None
    disable_safe_prompt_adjust: Switch = Field(
        default=None, description=f"true puts this before the prompt: {AS_WRITTEN!r}"
    )
    image_prompt: Picture = None
    input_fidelity: Annotated[Tag | None, Blank] = None


class VideoSettings(_Settings):
    """`settings.video`. Without a length 5 seconds, without a shape 9:16 or that of the input image."""

    duration_seconds: Length = Field(default=None, description="Seconds. Default 5, or what is nearest to it.")
    person_generation: Word = None
    enhance_prompt: Switch = Field(default=None, description="Default true where the vendor does it for nothing.")
    number_of_videos: Count = None
    file_extension: Word = Field(default=None, description="mp4.")
    fps: Rate = None
    generate_audio: Switch = None
    compression_quality: Word = None
    reference_images: Annotated[
        tuple[Annotated[ReferenceImage, BeforeValidator(_as_object)], ...], Field(max_length=24)
    ] = Field(default=(), description="URLs, or objects with a `url` and a `type`.")
    last_frame: Picture = None
    mask: Picture = None
    poll_timeout_seconds: Patience = Field(
        default=None, description="How long this request waits. The job goes on after it."
    )
    poll_interval_seconds: Interval = Field(
        default=None, description="Taken, and without effect: vendors are asked as often as their own documents say."
    )


class _Groups(BaseModel):
    """`settings`. Groups of other features lie beside ours and are noted."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ImageGroups(_Groups):
    image: Annotated[ImageSettings, Opened] = ImageSettings()


class VideoGroups(_Groups):
    video: Annotated[VideoSettings, Opened] = VideoSettings()


class _Body(BaseModel):
    """What both bodies share. Keys that we do not know are noted."""

    model_config = ConfigDict(extra="allow", frozen=True)

    prompt: Annotated[str, AfterValidator(_says_something)] = Field(
        min_length=1, max_length=64_000 - len(AS_WRITTEN), examples=["A serene mountain landscape at sunset"]
    )
    customer_id: int = Field(gt=0, le=2**53, examples=[123])
    save_to_db: bool = Field(
        default=True, description="false: the answer is a `data:` URL, and the bytes are gone after a day."
    )
    session_id: Label = None
    message_id: Label = None


class ImageBody(_Body):
    """Make pictures. `image_url` is a picture to start from."""

    settings: Annotated[ImageGroups, Opened] = ImageGroups()
    image_url: Picture = None


class VideoBody(_Body):
    """Make a film. `input_image_url` is its first frame."""

    settings: Annotated[VideoGroups, Opened] = VideoGroups()
    input_image_url: Picture = None


class ExtendBody(_Body):
    """Let a film go on. Name it by `video_id` (an asset's, a job's, or its vendor's id) or give it as `video_url`."""

    settings: Annotated[VideoGroups, Opened] = VideoGroups()
    video_id: Label = None
    video_url: Annotated[
        str | None, Blank, Field(description="An https URL, a `data:` URL or one of our media URLs of a film.")
    ] = None

    @model_validator(mode="after")
    def _one_film(self) -> "ExtendBody":
        if (self.video_id is None) == (self.video_url is None):
            raise ValueError("name the film that is to go on by either video_id or video_url")
        return self


class _Made(Shape):
    """One picture or film. `url` is where it is kept, `index` its place among those asked for."""

    index: int
    asset_id: str
    url: str
    thumbnail: str
    mime: str
    bytes: int
    width: int | None
    height: int | None


class MadeImage(_Made):
    """`image_url` is `url`, or where `data:` URLs were asked for, and this is not the first, the picture itself."""

    image_url: str


class MadeVideo(_Made):
    """`video_url` is `url`, or where `data:` URLs were asked for, and this is not the first, the film itself."""

    video_url: str
    seconds: float | None


class _Data(Shape):
    """What both answers share. `timestamp` is in milliseconds since 1970."""

    provider: str
    model: str
    settings: dict[str, Any]
    job_id: str
    asset_id: str
    thumbnail: str
    notes: tuple[Note, ...]
    cost: Money | None
    timestamp: int


class ImageData(_Data):
    """`image_url` is the first of `images`: its address, or the picture itself as a `data:` URL."""

    image_url: str
    images: tuple[MadeImage, ...]


class VideoData(_Data):
    """`video_url` is the first of `videos`: its address, or the film itself as a `data:` URL. `duration` in seconds."""

    video_url: str
    duration: int | float
    videos: tuple[MadeVideo, ...]


T = TypeVar("T")


class Envelope(Shape, Generic[T]):
    """Every good answer of `/image` and `/video`. `code` repeats the HTTP status."""

    success: Literal[True]
    data: T
    error: None
    code: int


class Failure(Shape):
    """Every other answer of `/image` and `/video`. `error` is for people, `error_code` for programs."""

    success: Literal[False]
    data: None
    error: str
    code: int
    error_code: str
    hint: str | None
    job_id: str | None
