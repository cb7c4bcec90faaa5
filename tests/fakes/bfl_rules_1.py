"""FLUX.1, Kontext and the tools for pictures. Fine-tuning and the video tools are not made. Marks: `bfl_rules.py`."""

from typing import Literal

from pydantic import Field

from tests.fakes import bfl_models as facts
from tests.fakes.bfl_models import Size
from tests.fakes.bfl_rules import (
    AnyPicture,
    BarePicture,
    Common,
    Edge1,
    Format,
    FreeRatio,
    Order,
    Picture,
    Schema,
    Text,
)

# FLUX.1 and Kontext


class Flux1(Common):
    told_at = "result"

    safety_tolerance: int = Field(default=2, ge=0, le=6)
    prompt_upsampling: bool = False


class Flux11(Flux1):
    width: Edge1 = 1024
    height: Edge1 = 768
    image_prompt: BarePicture | None = Field(default=None)

    def size(self) -> Size:
        return self.width, self.height


class FluxDev(Flux11):
    steps: int = Field(default=28, ge=1, le=50)
    guidance: float = Field(default=3.0, ge=1.5, le=5)


class Ultra(Flux1):
    aspect_ratio: FreeRatio = "16:9"
    raw: bool = False
    image_prompt: BarePicture | None = Field(default=None)
    image_prompt_strength: float = Field(default=0.1, ge=0, le=1)

    def size(self) -> Size:
        return facts.ultra_size(facts.ratio_of(self.aspect_ratio))


class Kontext(Flux1):
    prompt: Text
    output_format: Format = "png"
    input_image: AnyPicture | None = Field(default=None)
    input_image_2: AnyPicture | None = Field(default=None)
    input_image_3: AnyPicture | None = Field(default=None)
    input_image_4: AnyPicture | None = Field(default=None)
    aspect_ratio: FreeRatio | None = Field(default=None)  # omitted = the first input's, else 1:1 [U]

    def size(self) -> Size:
        if self.aspect_ratio:
            return facts.kontext_size(facts.ratio_of(self.aspect_ratio))
        width, height = self.inputs()[0].size if self.inputs() else (1, 1)
        return facts.kontext_size(width / height)


class Fill(Flux1):
    image: BarePicture
    mask: BarePicture | None = Field(default=None)
    steps: int = Field(default=50, ge=15, le=50)
    guidance: float = Field(default=60.0, ge=1.5, le=100)

    def size(self) -> Size:
        return _same_size(self.image, self.mask)


class Expand(Flux1):
    image: BarePicture
    top: int = Field(default=0, ge=0, le=2048)
    bottom: int = Field(default=0, ge=0, le=2048)
    left: int = Field(default=0, ge=0, le=2048)
    right: int = Field(default=0, ge=0, le=2048)
    steps: int = Field(default=50, ge=15, le=50)
    guidance: float = Field(default=60.0, ge=1.5, le=100)

    def size(self) -> Size:
        width, height = self.image.size
        return width + self.left + self.right, height + self.top + self.bottom


# Tools


class Outpainting(Schema):
    """Strict, without seed and webhook [V]"""

    input_image: AnyPicture
    width: int = Field(ge=64)
    height: int = Field(ge=64)
    reference_offset_x: int | None = None
    reference_offset_y: int | None = None
    auto_crop: bool = False
    mode: Literal["high", "fast"] = "high"  # which one is the default is [U]
    prompt: str = ""
    output_format: Format = "png"
    safety_tolerance: int = Field(default=2, ge=0, le=5)
    user: str = Field(default="u", min_length=1, max_length=256)

    def order(self, path: str) -> Order:
        size = (self.width, self.height)
        bill = facts.bill_picture(path, size, [self.input_image.size], tier=self.mode)
        return Order(kind="image", prompt=self.prompt, size=size, bill=bill, fmt=self.output_format)


class Erase(Common):
    prompt: Literal[""] = ""
    output_format: Format = "png"
    image: AnyPicture
    mask: AnyPicture
    dilate_pixels: int = Field(default=10, ge=0, le=25)

    def size(self) -> Size:
        return _same_size(self.image, self.mask)


class Deblur(Common):
    prompt: Literal[""] = ""
    output_format: Format = "png"
    image: BarePicture

    def size(self) -> Size:
        return self.image.size


class TryOn(Common):
    prompt: Text
    person: AnyPicture
    garment: AnyPicture

    def size(self) -> Size:
        return self.person.size


def _same_size(image: Picture, mask: Picture | None) -> Size:
    if mask and mask.size != image.size:  # [V]
        raise ValueError("the mask must be of the image's size")
    return image.size
