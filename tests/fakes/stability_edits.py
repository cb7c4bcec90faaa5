"""What Stability AI's upscale, edit and control endpoints take. Marks as in `stability_rules.py`."""

from typing import Annotated, Literal

from pydantic import Field, InstanceOf, model_validator

from tests.fakes.stability_rules import (
    AnyPicture,
    BandedPicture,
    Core,
    Picture,
    Prompt,
    Ratio,
    Schema,
    Sd3,
    Seeded,
    Share,
    Size,
    Style,
    Ultra,
    of_area,
    picture_within,
    ratio_of,
)

FastPicture = Annotated[InstanceOf[Picture], picture_within(1024, 1_048_576, side=32, longest=1536)]  # [V]
SmallPicture = Annotated[InstanceOf[Picture], picture_within(4096, 1_048_576)]  # [V]
CutoutPicture = Annotated[InstanceOf[Picture], picture_within(4096, 4_194_304)]  # [V]
Mask = Annotated[InstanceOf[Picture], picture_within(1, 2**40, side=1)]  # [V] resized where it does not fit


class Edit(Schema):
    """The result is as large as the picture that was sent, unless a subclass knows better."""

    image: AnyPicture

    def size(self) -> Size:
        return self.image.size


class SeededEdit(Edit, Seeded):
    pass


# Upscale


class Fast(Edit):
    credits = "2"

    image: FastPicture

    def size(self) -> Size:
        width, height = self.image.size
        return 4 * width, 4 * height


class Conservative(SeededEdit):
    credits = "40"

    image: BandedPicture
    prompt: Prompt
    negative_prompt: str = Field(default="", max_length=10_000)
    creativity: float = Field(default=0.35, ge=0.2, le=0.5)  # [V2]

    def size(self) -> Size:
        return of_area(4, self.image.size[0] / self.image.size[1])


class Creative(SeededEdit):
    credits = "60"
    waits = True

    image: SmallPicture
    prompt: Prompt
    negative_prompt: str = Field(default="", max_length=10_000)
    creativity: float = Field(default=0.3, ge=0.1, le=0.5)  # [V2]
    style_preset: Style | None = Field(default=None)

    def size(self) -> Size:
        return of_area(8, self.image.size[0] / self.image.size[1])


# Edit


class Erase(SeededEdit):
    credits = "5"

    mask: Mask | None = Field(default=None)
    grow_mask: int = Field(default=5, ge=0, le=20)  # [V2]


class Inpaint(SeededEdit):
    credits = "5"

    prompt: Prompt
    mask: Mask | None = Field(default=None)
    negative_prompt: str = Field(default="", max_length=10_000)
    grow_mask: int = Field(default=5, ge=0, le=100)  # [V2]
    style_preset: Style | None = Field(default=None)


class Outpaint(SeededEdit):
    credits = "4"

    image: BandedPicture
    left: int = Field(default=0, ge=0, le=2000)
    right: int = Field(default=0, ge=0, le=2000)
    up: int = Field(default=0, ge=0, le=2000)
    down: int = Field(default=0, ge=0, le=2000)
    creativity: Share = 0.5
    prompt: str = Field(default="", max_length=10_000)
    style_preset: Style | None = Field(default=None)

    @model_validator(mode="after")
    def _somewhere(self) -> "Outpaint":
        if not (self.left or self.right or self.up or self.down):  # [V]
            raise ValueError("left: at least one direction must not be 0")
        return self

    def size(self) -> Size:
        width, height = self.image.size
        return width + self.left + self.right, height + self.up + self.down


class _Search(SeededEdit):
    credits = "5"

    image: BandedPicture
    prompt: Prompt
    negative_prompt: str = Field(default="", max_length=10_000)
    grow_mask: int = Field(default=3, ge=0, le=20)  # [V2]
    style_preset: Style | None = Field(default=None)


class SearchAndReplace(_Search):
    search_prompt: Prompt


class SearchAndRecolor(_Search):
    select_prompt: Prompt


class RemoveBackground(Edit):
    credits = "5"
    transparent = True

    image: CutoutPicture
    output_format: Literal["png", "webp"] = "png"


class Relight(Seeded):
    """edit/replace-background-and-relight"""

    credits = "8"
    waits = True

    subject_image: BandedPicture
    background_prompt: Prompt | None = Field(default=None)
    background_reference: BandedPicture | None = Field(default=None)
    foreground_prompt: str = Field(default="", max_length=10_000)
    negative_prompt: str = Field(default="", max_length=10_000)
    preserve_original_subject: Share = 0.6
    original_background_depth: Share = 0.5
    keep_original_background: Literal["true", "false"] = "false"
    light_source_direction: Literal["left", "right", "above", "below"] | None = Field(default=None)
    light_reference: BandedPicture | None = Field(default=None)
    light_source_strength: Share = 0.3

    @model_validator(mode="after")
    def _complete(self) -> "Relight":
        if self.background_prompt is None and self.background_reference is None:  # [V]
            raise ValueError("background_prompt: required without background_reference")
        lit = self.light_source_direction or self.light_reference
        if "light_source_strength" in self.model_fields_set and not lit:  # [V]
            raise ValueError("light_source_strength: needs light_source_direction or light_reference")
        return self

    @property
    def words(self) -> str:
        return self.background_prompt or ""

    def size(self) -> Size:
        return self.subject_image.size


# Control


class Structure(SeededEdit):
    """control/sketch and control/structure"""

    credits = "5"

    prompt: Prompt
    image: BandedPicture
    control_strength: Share = 0.7
    negative_prompt: str = Field(default="", max_length=10_000)
    style_preset: Style | None = Field(default=None)


class StyleGuide(SeededEdit):
    """control/style"""

    credits = "5"

    prompt: Prompt
    image: BandedPicture
    fidelity: Share = 0.5
    aspect_ratio: Ratio = "1:1"
    negative_prompt: str = Field(default="", max_length=10_000)
    style_preset: Style | None = Field(default=None)

    def size(self) -> Size:
        return of_area(1, ratio_of(self.aspect_ratio))


class StyleTransfer(Seeded):
    credits = "8"

    init_image: BandedPicture
    style_image: BandedPicture
    prompt: str = Field(default="", max_length=10_000)
    negative_prompt: str = Field(default="", max_length=10_000)
    style_strength: Share = 1.0
    composition_fidelity: Share = 0.9
    change_strength: float = Field(default=0.9, ge=0.1, le=1)

    def size(self) -> Size:
        return of_area(1, self.init_image.size[0] / self.init_image.size[1])


SCHEMAS: dict[str, type[Schema]] = {  # by path after /v2beta/stable-image/
    "generate/core": Core,
    "generate/ultra": Ultra,
    "generate/sd3": Sd3,
    "upscale/fast": Fast,
    "upscale/conservative": Conservative,
    "upscale/creative": Creative,
    "edit/erase": Erase,
    "edit/inpaint": Inpaint,
    "edit/outpaint": Outpaint,
    "edit/search-and-replace": SearchAndReplace,
    "edit/search-and-recolor": SearchAndRecolor,
    "edit/remove-background": RemoveBackground,
    "edit/replace-background-and-relight": Relight,
    "control/sketch": Structure,
    "control/structure": Structure,
    "control/style": StyleGuide,
    "control/style-transfer": StyleTransfer,
}
