"""Films by Interactions, in the background: asked for, asked about, and fetched.

Everything here is in snake_case. What a picture is for stands in the prompt, as a tag. Fields and statuses from
google-genai==3.3.0; tags and recipes from google-gemini/gemini-skills:skills/gemini-omni-flash-api and
google-gemini/cookbook:quickstarts/Get_started_Omni.ipynb.
"""

import re
import time
from typing import Annotated, Any

from pydantic import BaseModel

from diorama.errors import ValidationError
from diorama.providers.base import EXTRA, Blocked, Complaint, InputBytes, Inputs, words
from diorama.providers.googling import base64, said
from diorama.providers.googling.safety import categories, is_moderation
from diorama.schemas import Request

TAG = re.compile(r"<(FIRST_FRAME|LAST_FRAME|IMAGE_REF_\d+)>")
FILE = re.compile(r"files/([a-z0-9-]+)")
MIME = {"video/quicktime": "video/mov"}
SOURCES, REFERENCES = ("first_frame", "last_frame"), ("reference",)
LONGEST_EDIT_S = {"gemini-omni-1.2-flash": 15.0}
LONGEST_EDIT_BEFORE_S = 10.0
ROUNDING_S = 0.05  # containers round
KEPT_S = 24 * 3600
"""How long we rely on Google keeping a film of its own to go on from; how long it does is said nowhere."""
NOT_HERE = (
    "Films that Google did not make itself cannot be changed in the EEA, Switzerland, the UK and parts of the US."
)
BROKEN = frozenset({"cancelled", "incomplete", "budget_exceeded", "requires_action"})
"""Ends without a film, beside `failed`. Any other word than `completed` is: not yet."""


def body(request: Request, inputs: Inputs, model: str, *, inline: bool) -> dict[str, Any]:
    """`inline`: the film comes with the answer, instead of waiting behind the key."""
    ordered = sorted(inputs, key=lambda given: ("first_frame", "last_frame", "reference", "source").index(given.role))
    source = next((given for given in inputs if given.role == "source"), None)
    earlier = None if source is None else _earlier(source, is_vertex=inline)
    task = _task(request, source, ordered)
    if task == "edit" and source is not None:
        _check_length(source, model)
    blocks = [_block(given) for given in ordered if not (earlier and given is source)]
    config = {"seed": request.seed, "video_config": {"task": task}}
    return said(
        {
            "model": model,
            "background": True,
            "store": True,
            "input": [
                {"type": "user_input", "content": [*blocks, {"type": "text", "text": _tagged(request, ordered)}]}
            ],
            "response_format": [_format(request, task, inline=inline)],
            "generation_config": said(config),
            "previous_interaction_id": earlier,
        }
    )


def _task(request: Request, source: InputBytes | None, inputs: list[InputBytes]) -> str:
    if source is not None:
        return "edit" if request.options.get("edit") else "extend"
    if not inputs:
        return "text_to_video"
    return "image_to_video" if any(given.role in SOURCES for given in inputs) else "reference_to_video"


def _format(request: Request, task: str, *, inline: bool) -> dict[str, Any]:
    seconds = None if task == "edit" else request.seconds  # an edit is as long as what it changes
    return said(
        {
            "type": "video",
            "aspect_ratio": request.aspect_ratio,
            "resolution": request.resolution,
            "duration": None if seconds is None else f"{seconds:g}s",
            "delivery": None if inline else "uri",
        }
    )


def _earlier(source: InputBytes, *, is_vertex: bool) -> str | None:
    """The interaction that made the film, if Google still has it at this door."""
    ref = source.vendor_ref if isinstance(source.vendor_ref, dict) else {}
    if ref.get("until", 0) < time.time() or ref.get("vertex") is not is_vertex:
        return None
    return str(ref["interaction"])


def _check_length(source: InputBytes, model: str) -> None:
    longest = LONGEST_EDIT_S.get(model, LONGEST_EDIT_BEFORE_S)
    if (source.seconds or 0) > longest + ROUNDING_S:
        raise ValidationError(
            f"The film lasts {source.seconds:g} s; google:{model} changes films of up to {longest:g} s.",
            field="inputs",
            hint="Give a shorter one, or go on from it: without the option `edit`.",
        )


def _block(given: InputBytes) -> dict[str, str]:
    kind = "video" if given.role == "source" else "image"
    return {"type": kind, "mime_type": MIME.get(given.mime, given.mime), "data": base64(given)}


def _tagged(request: Request, inputs: list[InputBytes]) -> str:
    """The prompt, with what each picture is for; a prompt that says so itself is left alone."""
    prompt = request.prompt
    pictures = [given.role for given in inputs if given.role != "source"]
    if not pictures or TAG.search(prompt):
        return prompt
    if "reference" not in pictures:
        tags = [f"<{role.upper()}>" for role in pictures]
        return " ".join([tags[0], prompt, *tags[1:]])
    frames = [f"<{role.upper()}>@Image{number}" for number, role in enumerate(pictures, 1) if role != "reference"]
    first = len(frames)
    told = [f"<IMAGE_REF_{index}>@Image{first + index + 1}" for index in range(len(pictures) - first)]
    sources = f"[# Sources {' '.join(frames)}] " if frames else ""
    return f"{sources}[# References {' '.join(told)}] {prompt}"


# What comes back -----------------------------------------------------------------------------------------------------


class Block(BaseModel):
    type: Annotated[str | None, EXTRA] = None
    data: str | None = None
    uri: str | None = None


class _Step(BaseModel):
    type: Annotated[str | None, EXTRA] = None
    content: Annotated[list[Block] | None, EXTRA] = None
    error: Any = None


class _Count(BaseModel):
    modality: str
    tokens: int = 0


class _Usage(BaseModel):
    total_input_tokens: int = 0
    total_output_tokens: int = 0
    output_tokens_by_modality: Annotated[list[_Count] | None, EXTRA] = None


class Interaction(BaseModel):
    """One film under way. Steps of kinds that nobody knows are let pass."""

    id: str | None = None
    status: str | None = None
    steps: list[_Step] = []
    errors: list[Any] = []
    usage: Annotated[_Usage | None, EXTRA] = None

    @property
    def film(self) -> Block | None:
        blocks = [block for step in self.steps if step.type == "model_output" for block in step.content or []]
        films = [block for block in blocks if block.type == "video" and (block.data or block.uri)]
        return films[-1] if films else None

    @property
    def complaint(self) -> Complaint | None:
        """What went wrong, where it says so: in the whole, in a step, or by its status alone."""
        errors = [*self.errors, *(step.error for step in self.steps if step.error)]
        first = next((error for error in errors if isinstance(error, dict)), None)
        if first is not None:
            message, code = words(first.get("message")), words(first.get("code"))
            blocked = is_moderation(message)
            return Complaint(message=message, code=code, moderated=blocked, categories=categories(message))
        if self.status == "failed" or self.status in BROKEN:
            return Complaint(message="", code=self.status)
        return None

    @property
    def used(self) -> dict[str, int]:
        """Tokens by what they are paid as."""
        if self.usage is None:
            return {}
        counts = self.usage.output_tokens_by_modality
        told = (
            sum(count.tokens for count in counts if count.modality.lower() == "video") if counts is not None else None
        )
        film = self.usage.total_output_tokens if told is None else told
        rest = max(0, self.usage.total_output_tokens - film)
        return {"text_in": self.usage.total_input_tokens, "image_in": 0, "video_out": film, "text_out": rest}


def withheld(*, edited: bool) -> Blocked:
    """Finished well and without a film: that is how a filter looks here, and how a region without edits does."""
    said_so = "Google finished without a film: its filters withheld it."
    return Blocked(reason=f"{said_so} {NOT_HERE}" if edited else said_so, stage="output")
