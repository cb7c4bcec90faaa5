"""What Vertex takes for Imagen (predict) and Veo (predictLongRunning), field by field. Marks: `google_rules.py`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tests.fakes import inputs
from tests.fakes.google_models import ImagenModel, VeoModel, film_size
from tests.fakes.google_rules import Base64, FileReader, No, Proto, check_picture, decoded

CloudPath = Annotated[str, Field(pattern="^gs://.+")]
_IMAGEN_PIXELS = {
    "1:1": (1024, 1024), "3:4": (896, 1280), "4:3": (1280, 896), "9:16": (768, 1408), "16:9": (1408, 768),
}  # fmt: skip  # ratios [S]; pixels [U]
_MOST_PIXELS = 17_000_000  # [U] of an upscaled picture


class Media(Proto):
    """A picture or a film to start from: bytes or a place in Cloud Storage."""

    bytes_base64_encoded: Base64 | None = None  # [W]
    gcs_uri: CloudPath | None = None  # [W]
    mime_type: str = ""  # [W]

    @model_validator(mode="after")
    def _one_of_both(self) -> "Media":
        if (self.bytes_base64_encoded is None) == (self.gcs_uri is None):
            raise ValueError("exactly one of bytesBase64Encoded and gcsUri is needed")
        return self

    def load(self, files: FileReader) -> tuple[bytes, str]:
        if self.gcs_uri:
            raw, mime = files(self.gcs_uri)
            return raw, self.mime_type or mime
        return decoded(self.bytes_base64_encoded or ""), self.mime_type


class Mask(Media):
    mask_mode: Literal["INSERT", "REMOVE", "REMOVE_STATIC", "OUTPAINT"]  # [S]


class Reference(Proto):
    image: Media
    reference_type: Literal["ASSET", "STYLE"]  # [S]


class VeoInstance(Proto):
    prompt: str = ""  # [W]
    image: Media | None = None  # [W]
    last_frame: Media | None = None  # [W]
    reference_images: list[Reference] = Field(default=[], min_length=1, max_length=3)  # [W]; three [C]
    mask: Mask | None = None  # [W]
    video: Media | None = None  # [W]


class VeoParameters(Proto):
    sample_count: int = Field(default=1, ge=1, le=4)  # [C]
    duration_seconds: int | None = None  # [W]; 4, 6 and 8 [L]
    aspect_ratio: Literal["16:9", "9:16"] = "16:9"  # [L]
    resolution: Literal["720p", "1080p", "4k"] = "720p"  # [L]
    fps: Literal[24] = 24  # [L]
    seed: int | None = Field(default=None, ge=0, lt=2**32)  # [W]; uint32 [U]
    person_generation: Literal["dont_allow", "allow_adult", "allow_all"] = "allow_adult"  # [S]
    negative_prompt: str = ""  # [W]
    enhance_prompt: bool = True  # [W]
    generate_audio: bool = True  # [W]
    compression_quality: Literal["OPTIMIZED", "LOSSLESS"] = "OPTIMIZED"  # [S]
    resize_mode: Literal["CROP", "PAD"] = "CROP"  # [S]
    storage_uri: CloudPath | None = None  # [W]
    pubsub_topic: str = ""  # [W]


class PredictLongRunning(Proto):
    """POST :predictLongRunning"""

    instances: list[VeoInstance] = Field(min_length=1, max_length=1)
    parameters: VeoParameters = Field(default_factory=VeoParameters)
    labels: dict[str, str] = Field(default={})  # [W]


class FetchOperation(Proto):
    """POST :fetchPredictOperation"""

    operation_name: str  # [W] the whole name


class MaskImageConfig(Proto):
    mask_mode: Literal[
        "MASK_MODE_DEFAULT", "MASK_MODE_USER_PROVIDED", "MASK_MODE_BACKGROUND", "MASK_MODE_FOREGROUND",
        "MASK_MODE_SEMANTIC",
    ]  # fmt: skip  # [S]
    mask_classes: list[int] = Field(default=[])  # [S]
    dilation: float = Field(default=0, ge=0, le=1)  # [W]


class StyleImageConfig(Proto):
    style_description: str = ""  # [W]


class SubjectImageConfig(Proto):
    subject_type: Literal[
        "SUBJECT_TYPE_DEFAULT", "SUBJECT_TYPE_PERSON", "SUBJECT_TYPE_ANIMAL", "SUBJECT_TYPE_PRODUCT"
    ]  # fmt: skip  # [S]
    subject_description: str = ""  # [W]


class ControlImageConfig(Proto):
    control_type: Literal[
        "CONTROL_TYPE_DEFAULT", "CONTROL_TYPE_CANNY", "CONTROL_TYPE_SCRIBBLE", "CONTROL_TYPE_FACE_MESH"
    ]  # fmt: skip  # [S]
    compute_control: bool = False  # [W]


class EditReference(Proto):
    reference_id: int = Field(ge=0)  # [W]
    reference_type: Literal[
        "REFERENCE_TYPE_RAW", "REFERENCE_TYPE_MASK", "REFERENCE_TYPE_STYLE", "REFERENCE_TYPE_SUBJECT",
        "REFERENCE_TYPE_CONTROL",
    ]  # fmt: skip  # [W]
    reference_image: Media | None = None  # [W]; a mask may be computed
    mask_image_config: MaskImageConfig | None = None  # [W]
    style_image_config: StyleImageConfig | None = None  # [W]
    subject_image_config: SubjectImageConfig | None = None  # [W]
    control_image_config: ControlImageConfig | None = None  # [W]


class ImagenInstance(Proto):
    prompt: str = ""  # [W]
    reference_images: list[EditReference] = Field(default=[], min_length=1)  # [W] to edit
    image: Media | None = None  # [W] to upscale


class OutputOptions(Proto):
    mime_type: Literal["image/png", "image/jpeg"] = "image/png"  # [W]; which values is [U]
    compression_quality: int = Field(default=75, ge=0, le=100)  # [W] JPEG


class EditConfig(Proto):
    base_steps: int = Field(default=75, ge=1, le=100)  # [W]; its range [U]


class UpscaleConfig(Proto):
    upscale_factor: Literal["x2", "x4"]  # [W]
    enhance_input_image: bool = False  # [W]
    image_preservation_factor: float = Field(default=0.5, ge=0, le=1)  # [W]; its range [U]


class ImagenParameters(Proto):
    sample_count: int = Field(default=1, ge=1, le=4)  # [S]
    aspect_ratio: Literal["1:1", "3:4", "4:3", "9:16", "16:9"] = "1:1"  # [S]
    sample_image_size: Literal["1K", "2K"] = "1K"  # [S]
    negative_prompt: str = ""  # [W]
    guidance_scale: float | None = None  # [W]
    seed: int | None = Field(default=None, ge=0, lt=2**31)  # [W]; its range [U]
    safety_setting: Literal[
        "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE"
    ] = "BLOCK_MEDIUM_AND_ABOVE"  # fmt: skip  # [S]
    person_generation: Literal["DONT_ALLOW", "ALLOW_ADULT", "ALLOW_ALL"] = "ALLOW_ADULT"  # [S]
    language: Literal["auto", "en", "ja", "ko", "hi", "zh", "pt", "es"] = "auto"  # [S]
    enhance_prompt: bool = True  # [W]
    add_watermark: bool = True  # [W]
    include_rai_reason: bool = False  # [W]
    include_safety_attributes: bool = False  # [W]
    storage_uri: CloudPath | None = None  # [W]
    output_options: OutputOptions = Field(default_factory=OutputOptions)  # [W]
    edit_mode: Literal[
        "EDIT_MODE_DEFAULT", "EDIT_MODE_INPAINT_REMOVAL", "EDIT_MODE_INPAINT_INSERTION", "EDIT_MODE_OUTPAINT",
        "EDIT_MODE_CONTROLLED_EDITING", "EDIT_MODE_STYLE", "EDIT_MODE_BGSWAP", "EDIT_MODE_PRODUCT_IMAGE",
    ] | None = None  # fmt: skip  # [S]
    edit_config: EditConfig | None = None  # [W]
    mode: Literal["upscale"] | None = None  # [W]
    upscale_config: UpscaleConfig | None = None  # [W]


class Predict(Proto):
    """POST :predict"""

    instances: list[ImagenInstance] = Field(min_length=1, max_length=1)
    parameters: ImagenParameters = Field(default_factory=ImagenParameters)
    labels: dict[str, str] = Field(default={})  # [W]


@dataclass(frozen=True, kw_only=True)
class VeoOrder:
    prompt: str
    asked: VeoParameters
    width: int
    height: int
    seconds: float
    audio: bool


@dataclass(frozen=True, kw_only=True)
class ImagenOrder:
    prompt: str
    asked: ImagenParameters
    width: int
    height: int


def check_veo(body: PredictLongRunning, model: VeoModel, files: FileReader) -> VeoOrder:
    """The rules that need the model and the media; blocks. Raises No."""
    (instance,), asked = body.instances, body.parameters
    if asked.resolution not in model.resolutions:
        raise No(f"Resolution {asked.resolution} is not supported by {model.id}.")
    if not model.audio and "generate_audio" in asked.model_fields_set:
        raise No(f"generateAudio is not supported by {model.id}.")
    if "resize_mode" in asked.model_fields_set and not instance.image:  # [U]
        raise No("resizeMode needs an image.")
    if not (instance.prompt or instance.image or instance.video):
        raise No("A prompt, an image or a video is needed.")
    _check_pictures(instance, model, files)
    _check_references(instance, model)
    seconds = _veo_seconds(instance, asked, model, files)
    width, height = film_size(asked.aspect_ratio, asked.resolution)
    audio = model.audio and asked.generate_audio
    return VeoOrder(prompt=instance.prompt, asked=asked, width=width, height=height, seconds=seconds, audio=audio)


def _check_pictures(instance: VeoInstance, model: VeoModel, files: FileReader) -> None:
    references = [reference.image for reference in instance.reference_images]
    for picture in (instance.image, instance.last_frame, instance.mask, *references):
        if picture:
            check_picture(*picture.load(files))
    if instance.image and instance.video:
        raise No("image and video cannot be combined.")
    if instance.last_frame and not (instance.image and model.last_frame):
        raise No(f"lastFrame needs an image, and a model that takes it; {model.id} was asked.")
    if instance.mask and not (model.masks and (instance.video or instance.image)):
        raise No(f"mask needs a video or an image, and a model that takes it; {model.id} was asked.")


def _check_references(instance: VeoInstance, model: VeoModel) -> None:
    for reference in instance.reference_images:
        if reference.reference_type not in model.references:
            raise No(f"Reference type {reference.reference_type} is not supported by {model.id}.")
    beside = instance.image or instance.video or instance.last_frame
    if instance.reference_images and (beside or not instance.prompt):  # [C]
        raise No("referenceImages need a prompt and cannot be combined with image, video or lastFrame.")


def _veo_seconds(instance: VeoInstance, asked: VeoParameters, model: VeoModel, files: FileReader) -> float:
    seconds = 8 if asked.duration_seconds is None else asked.duration_seconds
    if seconds not in model.seconds:
        raise No(f"durationSeconds must be one of {', '.join(map(str, model.seconds))}.")
    if seconds != 8 and (asked.resolution != "720p" or instance.reference_images or instance.video):  # [U]
        raise No("1080p, 4k, referenceImages and video need durationSeconds 8.")
    if not instance.video:
        return seconds
    if asked.resolution != "720p":  # [U]
        raise No("A video is extended in 720p.")
    try:
        return 7 + inputs.film_seconds(instance.video.load(files)[0])  # [L] steps of 7 s
    except ValueError:
        raise No("Unable to process the input video.") from None


def check_imagen(body: Predict, model: ImagenModel, files: FileReader) -> ImagenOrder:
    """The rules that need the model and the pictures; blocks. Raises No."""
    (instance,), asked = body.instances, body.parameters
    wanted = "upscale" if asked.mode else "edit" if instance.reference_images else "generate"
    if wanted != model.job:
        raise No(f"{model.id} does not {wanted} images.")
    if asked.seed is not None and asked.add_watermark:  # [S]
        raise No("seed needs addWatermark false.")
    if asked.sample_image_size not in model.sizes:
        raise No(f"sampleImageSize {asked.sample_image_size} is not supported by {model.id}.")
    width, height = _imagen_size(instance, asked, files)
    return ImagenOrder(prompt=instance.prompt, asked=asked, width=width, height=height)


def _imagen_size(instance: ImagenInstance, asked: ImagenParameters, files: FileReader) -> tuple[int, int]:
    if asked.mode == "upscale":
        if not (instance.image and asked.upscale_config):
            raise No("An image and an upscaleConfig are needed.")
        width, height = check_picture(*instance.image.load(files))
        factor = int(asked.upscale_config.upscale_factor[1:])
        if width * height * factor**2 > _MOST_PIXELS:
            raise No("The upscaled image would be too large.")
        return width * factor, height * factor
    if not instance.prompt:
        raise No("A prompt is needed.")
    if instance.reference_images:
        sizes = [check_picture(*r.reference_image.load(files)) for r in instance.reference_images if r.reference_image]
        if not sizes or len({r.reference_id for r in instance.reference_images}) < len(instance.reference_images):
            raise No("Reference images need a picture, and an id each.")
        return sizes[0]
    width, height = _IMAGEN_PIXELS[asked.aspect_ratio]
    factor = 2 if asked.sample_image_size == "2K" else 1
    return width * factor, height * factor
