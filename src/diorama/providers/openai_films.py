"""The videos API that OpenAI ended on 2026-09-24, for gateways that have kept it. Translation only.

Wire facts from openai==3.51.0 and openai/openai-openapi:openapi.yaml. Checked 2026-11-20.
"""

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BaseModel, Field

from diorama.errors import UnsupportedError
from diorama.providers.base import EXTRA, InputBytes, Inputs, Part, Prepared
from diorama.schemas import Request

VIDEOS = "/videos"
EDIT = "edit"
"""Our option: make the film that goes in anew (a remix), instead of going on from it."""


class Film(BaseModel):
    """One film, as every call about it answers."""

    id: str = Field(min_length=1)
    status: Annotated[str | None, EXTRA] = None
    model: Annotated[str | None, EXTRA] = None
    progress: Annotated[float | None, Field(allow_inf_nan=False), EXTRA] = None
    error: Any = None

    @property
    def share(self) -> float | None:
        return None if self.progress is None else min(max(self.progress / 100, 0), 1)


def path_of(root: str, film_id: str) -> str:
    return f"{root}{VIDEOS}/{quote(film_id, safe='')}"


def prepare_film(root: str, request: Request, inputs: Inputs, model: str) -> Prepared:
    """A new film, or one that starts from a film of the same place. `model` is the vendor's id."""
    by_role = {given.role: given for given in inputs}
    if strange := sorted(by_role.keys() - {"first_frame", "source"}):
        raise UnsupportedError(f"{model} cannot start from a {strange[0]} here.")
    if source := by_role.get("source"):
        return _from_film(root, request, source, model)
    said = {"prompt": request.prompt, "model": model, "size": request.size, "seconds": _seconds(request)}
    form = [Part(name=name, value=value) for name, value in said.items() if value is not None]
    if frame := by_role.get("first_frame"):
        name = f"frame.{frame.mime.partition('/')[2]}"
        form.append(Part(name="input_reference", value=frame.data, filename=name, mime=frame.mime))
    return Prepared(method="POST", path=f"{root}{VIDEOS}", form=tuple(form))


def _from_film(root: str, request: Request, source: InputBytes, model: str) -> Prepared:
    known = source.vendor_ref if isinstance(source.vendor_ref, dict) else {}
    if not known.get("id"):
        raise UnsupportedError(
            f"{model} starts from films that were made in the same place, and this one was not.", param="inputs"
        )
    if request.options.get(EDIT):
        return Prepared(method="POST", path=f"{path_of(root, known['id'])}/remix", json={"prompt": request.prompt})
    body = {"prompt": request.prompt, "seconds": _seconds(request), "video": {"id": known["id"]}}
    given = {name: value for name, value in body.items() if value is not None}
    return Prepared(method="POST", path=f"{root}{VIDEOS}/extensions", json=given)


def _seconds(request: Request) -> str | None:
    """Seconds are a text there."""
    return None if request.seconds is None else f"{request.seconds:g}"
