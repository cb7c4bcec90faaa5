"""From the seeds' bodies to the one Request. Pure.

Every field of those bodies lands in a field of the Request, in its options, or in a note.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel

from diorama.catalog.entry import Model
from diorama.doors.http.seeds_schemas import AS_WRITTEN, ExtendBody, ImageBody, ImageSettings, VideoBody, VideoSettings
from diorama.errors import ValidationError
from diorama.generation.extend import Extension
from diorama.problems import parse, shown
from diorama.schemas import Input, Kind, Note, NoteCode, Request, Role

SAME: Final = ("model", "aspect_ratio", "resolution", "negative_prompt", "seed", "fit")
IMAGE_SAME: Final = ("quality", "background", "output_format", "input_fidelity")
IMAGE_OPTIONS: Final = (
    *("mode", "cfg_scale", "style_preset", "guidance", "steps", "prompt_upsampling"),
    *("output_compression", "style", "user"),
)
VIDEO_OPTIONS: Final = ("mode", "person_generation", "compression_quality")
OLD_QUALITIES: Final = {"standard": "medium", "hd": "high"}
_ASSET_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A body that is read. `soft`: what the route filled in by itself. `as_data`: answer with the bytes.

    `inputs` are the names of the request's inputs in the body.
    """

    request: Request
    soft: frozenset[str]
    notes: tuple[Note, ...]
    inputs: tuple[str, ...]
    as_data: bool
    wait_s: float | None = None


@dataclass(kw_only=True)
class _Reading:
    """A body on its way to a Request."""

    model: Model
    fields: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Input] = field(default_factory=dict)
    soft: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)

    def take(self, settings: BaseModel, *names: str) -> None:
        self.fields |= {name: value for name in names if (value := getattr(settings, name)) is not None}

    def take_options(self, settings: BaseModel, *names: str) -> None:
        self.options |= {name: value for name in names if (value := getattr(settings, name)) is not None}

    def default(self, name: str, value: Any) -> None:
        """What the route fills in where the caller said nothing."""
        if name not in self.fields:
            self.fields[name] = value
            self.soft.add(name)

    def bring(self, role: Role, name: str, picture: str | None) -> None:
        if picture is not None:
            self.inputs[name] = _input(role, picture.strip())

    def note(self, code: NoteCode, name: str, asked: Any, used: Any, message: str) -> None:
        self.notes.append(Note(code=code, field=name, asked=asked, used=used, message=message))

    def done(self, body: ImageBody | VideoBody | ExtendBody, kind: Kind, prompt: str, **more: Any) -> Asked:
        for name, value in (body.model_extra or {}).items():
            self.note("ignored", name, _short(value), None, f"There is no field {name!r} here; it is left out.")
        fields = self.fields | {
            "kind": kind,
            "prompt": prompt,
            "inputs": tuple(self.inputs.values()),
            "options": self.options,
            "store": body.save_to_db,
            "session_id": body.session_id,
            "message_id": body.message_id,
        }
        with _naming_options(f"settings.{kind}"):
            request = parse(Request, fields)
        soft, notes, inputs = frozenset(self.soft), tuple(self.notes), tuple(self.inputs)
        return Asked(request=request, soft=soft, notes=notes, inputs=inputs, **more)


@contextmanager
def _naming_options(group: str) -> Iterator[None]:
    """Refusals of options, in the words of the body that brought them."""
    try:
        yield
    except ValidationError as error:
        if error.param is not None and error.param.partition(".")[0] == "options":
            error.message = error.message.replace("options", group, 1)
            error.param = error.param.replace("options", group, 1)
        raise


def read_image(body: ImageBody, model: Model) -> Asked:
    """What `/image/generate` was asked for. Raises ValidationError `unknown_option`."""
    settings, reading = body.settings.image, _Reading(model=model)
    _take_strangers(reading, "image", body.settings, settings)
    reading.take(settings, *SAME, *IMAGE_SAME)
    reading.take_options(settings, *IMAGE_OPTIONS)
    reading.fields["n"] = settings.number_of_images or 1
    _take_size(reading, settings)
    _take_old_words(reading, settings)
    reading.bring("reference", "image_url", body.image_url)
    if settings.image_prompt is not None and "image_prompt" in model.option_names:
        reading.take_options(settings, "image_prompt")
    else:
        reading.bring("reference", "settings.image.image_prompt", settings.image_prompt)
    as_data = settings.response_format == "b64_json" or not body.save_to_db
    return reading.done(body, "image", _prompt(reading, body.prompt, settings), as_data=as_data)


def read_video(body: VideoBody, model: Model) -> Asked:
    """What `/video/generate` was asked for. Raises ValidationError `unknown_option`."""
    settings, reading = body.settings.video, _Reading(model=model)
    _take_strangers(reading, "video", body.settings, settings)
    reading.take(settings, *SAME, "size", "fps")
    reading.take_options(settings, *VIDEO_OPTIONS, "enhance_prompt")
    _take_mode(reading, settings)
    reading.fields["n"] = settings.number_of_videos or 1
    if settings.duration_seconds is not None:
        reading.fields["seconds"] = settings.duration_seconds
    if settings.generate_audio is not None:
        reading.fields["audio"] = settings.generate_audio
    reading.default("seconds", 5)
    reading.default("aspect_ratio", "9:16")
    if settings.enhance_prompt is None:
        reading.options["enhance_prompt"] = True
        reading.soft.add("options.enhance_prompt")
    _bring_pictures(reading, body)
    _note_without_effect(reading, settings)
    wait_s = settings.poll_timeout_seconds
    return reading.done(body, "video", body.prompt, as_data=not body.save_to_db, wait_s=wait_s)


def read_extension(body: ExtendBody, model: Model, extension: Extension) -> Asked:
    """What `/video/extend` was asked for; `duration_seconds` is the length that is added."""
    settings, reading = body.settings.video, _Reading(model=model)
    _take_strangers(reading, "video", body.settings, settings)
    reading.take(settings, *SAME, "size", "fps")
    reading.fields["model"] = extension.model
    reading.take_options(settings, *VIDEO_OPTIONS)
    if settings.duration_seconds is not None:
        reading.fields["seconds"] = settings.duration_seconds
    if settings.generate_audio is not None:
        reading.fields["audio"] = settings.generate_audio
    reading.default("seconds", 5)
    reading.inputs["video_id" if body.video_id else "video_url"] = extension.source
    reading.notes.extend(extension.notes)
    _note_without_effect(reading, settings)
    wait_s = settings.poll_timeout_seconds
    return reading.done(body, "video", body.prompt, as_data=not body.save_to_db, wait_s=wait_s)


def _take_strangers(reading: _Reading, group: str, groups: BaseModel, settings: BaseModel) -> None:
    """Keys that we do not list: the model's own options, groups of other features, or typing errors about money."""
    known = {*type(settings).model_fields, *reading.model.option_names}
    for name, value in (settings.model_extra or {}).items():
        if name not in reading.model.option_names:
            raise _unknown(f"settings.{group}.{name}", name, known, f"It has {', '.join(sorted(known))}.")
        reading.options[name] = value
    for name, value in (groups.model_extra or {}).items():
        if not isinstance(value, dict):
            raise _unknown(f"settings.{name}", name, set(), f"Settings of {group}s go into `settings.{group}`.")
        reading.note("ignored", f"settings.{name}", _short(value), None, f"Only settings.{group} is read here.")


def _unknown(where: str, name: str, known: set[str], otherwise: str) -> ValidationError:
    close = get_close_matches(name, sorted(known), n=3, cutoff=0.6)
    hint = f"Did you mean {' or '.join(close)}?" if close else otherwise
    return ValidationError(f"There is no {where!r}.", field=where, code="unknown_option", hint=hint)


def _take_size(reading: _Reading, settings: ImageSettings) -> None:
    edges = (settings.width, settings.height)
    size = f"{settings.width or 1024}x{settings.height or 1024}"
    if settings.size is None:
        (reading.fields.__setitem__ if any(edges) else reading.default)("size", size)
        return
    reading.fields["size"] = settings.size
    if any(edges) and size != settings.size:
        message = f"size {settings.size!r} wins over width and height."
        reading.note("ignored", "width", size, settings.size, message)


def _take_old_words(reading: _Reading, settings: ImageSettings) -> None:
    """Words of older models, in those of the model that will work."""
    quality, model = (settings.quality or "").lower(), reading.model
    if quality in OLD_QUALITIES and model.quality and quality not in model.quality:
        used = reading.fields["quality"] = OLD_QUALITIES[quality]
        reading.note("adjusted", "quality", settings.quality, used, f"quality {quality!r} means {used!r} today.")
    if settings.moderation is not None:
        reading.options["moderation"] = settings.moderation
    if isinstance(settings.moderation, bool) and "moderation" in model.option_names:
        used = reading.options["moderation"] = "auto" if settings.moderation else "low"
        reading.note("adjusted", "moderation", settings.moderation, used, f"moderation is {used!r} in its own words.")


def _take_mode(reading: _Reading, settings: VideoSettings) -> None:
    """A mode that is a resolution by another name."""
    used = reading.model.modes.get((settings.mode or "").lower())
    if used is None or settings.resolution is not None:
        return
    del reading.options["mode"]
    reading.fields["resolution"] = used
    reading.note("adjusted", "mode", settings.mode, used, f"mode {settings.mode!r} means the resolution {used!r}.")


def _prompt(reading: _Reading, prompt: str, settings: ImageSettings) -> str:
    if not settings.disable_safe_prompt_adjust:
        return prompt
    message = "The prompt begins with a sentence that asks not to rewrite it."
    reading.note("adjusted", "disable_safe_prompt_adjust", True, AS_WRITTEN, message)
    return AS_WRITTEN + prompt


def _bring_pictures(reading: _Reading, body: VideoBody) -> None:
    settings = body.settings.video
    reading.bring("first_frame", "input_image_url", body.input_image_url)
    reading.bring("last_frame", "settings.video.last_frame", settings.last_frame)
    reading.bring("mask", "settings.video.mask", settings.mask)
    for index, reference in enumerate(settings.reference_images):
        name = f"settings.video.reference_images[{index}]"
        reading.bring("reference", name, reference.url)
        if reference.type == "style":
            message = "References are of one type; style is taken as asset."
            reading.note("adjusted", f"{name}.type", "style", "asset", message)


def _note_without_effect(reading: _Reading, settings: VideoSettings) -> None:
    if settings.poll_interval_seconds is not None:
        message = "How often a vendor is asked follows the vendor's own documents."
        reading.note("ignored", "poll_interval_seconds", settings.poll_interval_seconds, None, message)
    extension = (settings.file_extension or "mp4").lower().removeprefix(".")
    if extension != "mp4":
        reading.note("ignored", "file_extension", settings.file_extension, "mp4", "Films are answered as MP4.")


def _input(role: Role, picture: str) -> Input:
    if _ASSET_ID.fullmatch(picture):
        return Input(role=role, asset=picture.lower())
    if picture[:5].lower() == "data:":
        return Input(role=role, data=picture)
    return Input(role=role, url=picture)


def _short(value: Any) -> Any:
    """What was asked, for a note: small things as they are, large ones as a glimpse."""
    return value if isinstance(value, bool | int | float) or value is None else shown(value).strip("'\"")
