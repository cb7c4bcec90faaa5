"""What the native routes have in common: the shape of their failures."""

from typing import Any, Final

from diorama.schemas import Shape


class Problem(Shape):
    """`message` and `hint` are for people, `code` is for programs, `param` names the field."""

    message: str
    type: str
    code: str
    param: str | None
    hint: str | None
    job_id: str | None


class Problems(Shape):
    """The body of every failure on `/v1`."""

    error: Problem


FAILURES: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problems, "description": "The request is wrong. Nothing was spent."},
    404: {"model": Problems, "description": "There is no such thing, or it belongs to another customer."},
    "default": {"model": Problems, "description": "Whatever else went wrong; `code` tells."},
}
