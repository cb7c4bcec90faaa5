"""What the FLUX API takes, field by field, and what it refuses: the common ground, and FLUX.2. State of 2026-11-20.

Marks: [V] the vendor's own OpenAPI document (tryAGI/BlackForestLabs:src/libs/BlackForestLabs/openapi.json), its docs,
or @ai-sdk/black-forest-labs==2.0.41; [V2] dated live runs or digests of the docs by others; [U] unverified. Fields that
are unknown are refused everywhere, though only some schemas say so. Only seed and offsets may be null.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from tests.fakes import bfl_models as facts
from tests.fakes.bfl_models import Bill, Size
from tests.fakes.inputs import picture_size, raw_base64

_MAX_BYTES = 20 * 1000 * 1000  # [V] per picture
_NULLABLE = ("seed", "reference_offset_x", "reference_offset_y")  # [V]
Format = Literal["jpeg", "png", "webp"]  # [V]


class No(Exception):  # noqa: N818  it is an answer, not an error of ours
    """The service refuses with FastAPI's list of faults."""

    def __init__(self, detail: list[dict[str, Any]]) -> None:
        super().__init__(str(detail))
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture that was sent along. One behind a URL is not fetched, and taken for a megapixel."""

    size: Size = (1024, 1024)


@dataclass(frozen=True, kw_only=True)
class Order:
    """A checked request, with all that its result needs."""

    kind: Literal["image", "video"]
    prompt: str
    size: Size
    bill: Bill
    fmt: str
    seconds: int = 0
    audio: bool = True
    draft: bool = False
    seed: int | None = None
    ttl_s: float = 600.0  # [V]
    told_at: Literal["submit", "result"] = "submit"  # where the cost is told [V2]
    stages: Sequence[str] = field(default=())  # beyond Pending [V2]


def _picture(least: int, most_mp: float, *, url: bool) -> Callable[[Any], Picture]:
    def read(given: Any) -> Picture:
        if not isinstance(given, str):
            raise PydanticCustomError("string_type", "Input should be a valid string")
        if url and given.startswith(("http://", "https://")):
            return Picture()
        raw = raw_base64(given)
        if len(raw) > _MAX_BYTES:
            raise ValueError("it is larger than 20 MB")
        size = picture_size(raw)
        if min(size) < least or size[0] * size[1] > most_mp * 1_000_000:
            raise ValueError(f"its size {size} is out of bounds")
        return Picture(size=size)

    return read


# The service finds some of these faults only while it works on the task; the fake does not let them get so far.
AnyPicture = Annotated[InstanceOf[Picture], BeforeValidator(_picture(1, 20, url=True))]  # [V] 20 MB, 20 MP
BarePicture = Annotated[InstanceOf[Picture], BeforeValidator(_picture(1, 20, url=False))]  # [V] base64 documented
Picture3 = Annotated[InstanceOf[Picture], BeforeValidator(_picture(256, 16.8, url=True))]  # [V] 256x256 to 16 MP


def _multiple(step: int) -> AfterValidator:
    def check(value: int) -> int:
        if value % step:
            raise ValueError(f"must be a multiple of {step}")
        return value

    return AfterValidator(check)


def _between(narrow: str, wide: str) -> AfterValidator:
    def check(text: str) -> str:
        if not facts.ratio_of(narrow) <= facts.ratio_of(text) <= facts.ratio_of(wide):
            raise ValueError(f"must be between {narrow} and {wide}")
        return text

    return AfterValidator(check)


Text = Annotated[str, Field(min_length=1)]
Edge2 = Annotated[int, Field(ge=64), _multiple(16)]  # [V]; the multiple SKILLS
Edge1 = Annotated[int, Field(ge=256, le=1440), _multiple(32)]  # [V]
FreeRatio = Annotated[str, _between("9:21", "21:9")]  # [V]
Seed = Annotated[int | None, Field(ge=0, le=2**32 - 1)]  # [V] nullable; the range [U]
Url = Annotated[str, Field(min_length=1, max_length=2083, pattern="^https?://")]


class Schema(BaseModel):
    """A body; `order` makes what it asks for of it. Raises No or ValueError."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _no_nulls(cls, data: dict[str, Any]) -> dict[str, Any]:
        if nulls := [key for key, value in data.items() if value is None and key not in _NULLABLE]:
            raise ValueError(f"{nulls[0]} must not be null")
        return data

    def order(self, path: str) -> Order:
        raise NotImplementedError

    def inputs(self) -> list[Picture]:
        found = [getattr(self, name) for name in type(self).model_fields]
        return [value for value in found if isinstance(value, Picture)]


class Common(Schema):
    """What nearly every endpoint of FLUX.1, FLUX.2 and the tools takes."""

    told_at: ClassVar[Literal["submit", "result"]] = "submit"

    prompt: str = ""
    seed: Seed = None
    output_format: Format = "jpeg"  # [V]
    safety_tolerance: int = Field(default=2, ge=0, le=5)  # [V]
    webhook_url: Url | None = Field(default=None)  # [V]
    webhook_secret: str = ""  # [V]
    user: str = Field(default="u", min_length=1, max_length=256)  # [V2]

    def size(self) -> Size:
        raise NotImplementedError

    def tier(self) -> str:
        return ""

    def order(self, path: str) -> Order:
        return Order(
            kind="image",
            prompt=self.prompt,
            size=self.size(),
            bill=facts.bill_picture(path, self.size(), [given.size for given in self.inputs()], tier=self.tier()),
            fmt=self.output_format,
            seed=self.seed,
            told_at=self.told_at,
        )


# FLUX.2


class Flux2Small(Common):
    """klein-4b, klein-9b and its preview."""

    prompt: Text
    input_image: AnyPicture | None = Field(default=None)
    input_image_2: AnyPicture | None = Field(default=None)
    input_image_3: AnyPicture | None = Field(default=None)
    input_image_4: AnyPicture | None = Field(default=None)
    width: Edge2 = 1024  # omitted = the first input's ratio, else 1:1 [U]
    height: Edge2 = 1024

    def size(self) -> Size:
        given = {"width", "height"} & self.model_fields_set
        if len(given) == 1:  # what one alone does is [U]
            raise ValueError("width and height go together")
        if not given and self.inputs():
            return _fitted(self.inputs()[0].size)
        if self.width * self.height > 4 * facts.MEGAPIXEL:  # [V] SKILLS
            raise ValueError("the output must not exceed 4 MP")
        return self.width, self.height


class Flux2(Flux2Small):
    """pro, pro-preview and max."""

    input_image_5: AnyPicture | None = Field(default=None)
    input_image_6: AnyPicture | None = Field(default=None)
    input_image_7: AnyPicture | None = Field(default=None)
    input_image_8: AnyPicture | None = Field(default=None)
    disable_pup: bool = False  # [V2]

    def order(self, path: str) -> Order:
        order = super().order(path)
        if path.startswith("flux-2-pro") and order.bill.input_mp + order.bill.output_mp > 9.5:  # [V2] 9 MP in and out
            raise ValueError("input and output together must not exceed 9 MP")
        return order


class Flux2Flex(Flux2Small):
    input_image_5: AnyPicture | None = Field(default=None)
    input_image_6: AnyPicture | None = Field(default=None)
    input_image_7: AnyPicture | None = Field(default=None)
    input_image_8: AnyPicture | None = Field(default=None)
    steps: int = Field(default=50, ge=1, le=50)
    guidance: float = Field(default=5.0, ge=1.5, le=10)
    prompt_upsampling: bool = True


def _fitted(size: Size) -> Size:
    """This shape in multiples of 16, at least 64 and at most 4 megapixels."""
    scale = min(1.0, (4 * facts.MEGAPIXEL / (size[0] * size[1])) ** 0.5)
    width, height = (max(64, int(edge * scale) // 16 * 16) for edge in size)
    return width, height


_S = TypeVar("_S", bound=Schema)


def read(schema: type[_S], body: dict[str, Any]) -> _S:
    """The body by its schema alone. Raises No with FastAPI's list."""
    try:
        return schema.model_validate(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise No([{"type": f["type"], "loc": ["body", *f["loc"]], "msg": f["msg"]} for f in faults]) from None


def place(asked: Schema, path: str) -> Order:
    """The rules that need more than one field. Raises No."""
    try:
        return asked.order(path)
    except ValueError as error:
        fault = {"type": "value_error", "loc": ["body"], "msg": f"Value error, {error}"}
        raise No([fault]) from None
