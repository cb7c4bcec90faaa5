"""Whether what goes in suits the model. Pure: everything is decided from the model's row.

In two steps, because a picture and a film look alike until they were brought: the roles before anything is fetched,
the files themselves before a job exists. Inputs are never left out or changed, so both refuse in every fit.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from diorama.catalog.entry import InputLimits, Model
from diorama.errors import UnsupportedError, ValidationError
from diorama.schemas import Request, Role

MASKED: tuple[Role, ...] = ("source", "reference")
"""A mask belongs to the first input as one of these, in this order."""
SHAPING: tuple[Role, ...] = ("source", "first_frame", "last_frame", "reference")
"""The first input as one of these gives the output its shape, in this order."""
_PLAIN = {"image/*": "a picture", "video/*": "a film"}


@dataclass(frozen=True, kw_only=True)
class InputFacts:
    """What an input turned out to be. Edges are in pixels as displayed; pictures have no `seconds`."""

    role: Role
    mime: str
    bytes: int
    width: int
    height: int
    seconds: float | None = None


def check_roles(request: Request, model: Model) -> None:
    """Raises UnsupportedError for a role that the model has no use for, ValidationError for too many or too few."""
    for role, count in Counter(given.role for given in request.inputs).items():
        most = model.inputs.get(role, 0)
        if not most:
            known = ", ".join(model.inputs) or "no inputs"
            raise UnsupportedError(
                f"{model.name} has no use for an input as {role!r}.", param="inputs", hint=f"It takes {known}."
            )
        if count > most:
            raise ValidationError(
                f"{model.name} takes {most} input(s) as {role!r}, not {count}.",
                field="inputs",
                hint="Choose among them; inputs are never left out.",
            )
    missing = [role for role in model.requires if role not in {given.role for given in request.inputs}]
    if missing:
        raise ValidationError(
            f"{model.name} needs an input as {missing[0]!r}.", field="inputs", hint="Add it to `inputs`."
        )


def check_inputs(inputs: Sequence[InputFacts], model: Model) -> None:
    """Raises ValidationError that names the input, what it is, and what the model takes in its place."""
    for index, given in enumerate(inputs):
        field = f"inputs[{index}]"
        _check_type(field, given, model)
        limits = model.input_limits.get(given.role, InputLimits())
        for wrong, hint in _beyond(given, limits):
            raise ValidationError(
                f"{field} {wrong}; {model.name} does not take that as {given.role!r}.", field=field, hint=hint
            )
        if given.role == "mask" and not limits.any_size:
            _check_mask(field, given, first_as(inputs, MASKED))


def first_as(inputs: Sequence[InputFacts], roles: Sequence[Role]) -> InputFacts | None:
    """The first input as the first of these roles that there is."""
    return next((given for role in roles for given in inputs if given.role == role), None)


def shape_of(inputs: Sequence[InputFacts]) -> tuple[int, int] | None:
    """The edges of the input that gives the output its shape, in pixels."""
    shaping = first_as(inputs, SHAPING)
    return (shaping.width, shaping.height) if shaping else None


def _check_type(field: str, given: InputFacts, model: Model) -> None:
    wanted = model.input_types(given.role)
    if any(fnmatchcase(given.mime, pattern) for pattern in wanted):
        return
    what = _PLAIN[f"{given.mime.partition('/')[0]}/*"]
    takes = " or ".join(_PLAIN.get(pattern, pattern) for pattern in wanted)
    raise ValidationError(
        f"{field} is {what} ({given.mime}); {model.name} takes {takes} as {given.role!r}.",
        field=field,
        hint=f"Give {takes}, or another role.",
    )


def _beyond(given: InputFacts, limits: InputLimits) -> list[tuple[str, str]]:
    """What is wrong with an input, each with what would be right."""
    short, long = sorted((given.width, given.height))
    size, seconds = f"has {given.width}x{given.height} pixels", given.seconds
    lasts = f"lasts {seconds or 0:g} s"
    found = [
        (
            _over(given.bytes, limits.max_bytes),
            f"has {given.bytes / 1e6:.1f} MB",
            f"It has at most {(limits.max_bytes or 0) / 1e6:g} MB.",
        ),
        (short < limits.min_edge, size, f"Both edges need at least {limits.min_edge} pixels."),
        (_over(long, limits.max_edge), size, f"Both edges have at most {limits.max_edge} pixels."),
        (short * long < limits.min_pixels, size, f"It needs at least {limits.min_pixels} pixels in all."),
        (_over(short * long, limits.max_pixels), size, f"It has at most {limits.max_pixels} pixels in all."),
        (_over(long / short, limits.max_ratio), size, f"It is at most {limits.max_ratio}:1 long."),
        (seconds is not None and seconds < limits.min_seconds, lasts, f"It needs at least {limits.min_seconds:g} s."),
        (_over(seconds or 0, limits.max_seconds), lasts, f"It lasts at most {limits.max_seconds} s."),
    ]
    return [(wrong, hint) for is_so, wrong, hint in found if is_so]


def _over(value: float, most: float | None) -> bool:
    return most is not None and value > most


def _check_mask(field: str, mask: InputFacts, picture: InputFacts | None) -> None:
    if picture is not None and (mask.width, mask.height) != (picture.width, picture.height):
        raise ValidationError(
            f"{field} is a mask of {mask.width}x{mask.height} pixels for a picture of "
            f"{picture.width}x{picture.height}.",
            field=field,
            hint="Give a mask of the picture's own size.",
        )
