"""What both clients say: a request from plain arguments, and a job's failure as an error. No network, no waiting.

Local files among the inputs are read here, blocking.
"""

import os
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypedDict

from pybase64 import b64encode_as_string

from diorama.assets.kinds import sniff
from diorama.bounds import find_flaw
from diorama.errors import ConflictError, DioramaError, ProviderError, UnsupportedError, ValidationError, from_dict
from diorama.problems import of_flaw, parse
from diorama.schemas import Fit, Input, Job, Kind, Request, Role
from diorama.settings import Settings, load_settings

MB = 10**6
Source = str | os.PathLike[str] | bytes | Input
"""A picture that goes in: a file, its bytes, an https URL, a data: URL, or the id or URL of one of our assets."""


class Asked(TypedDict, total=False):
    """The fields of a Request, and its inputs by what they are for. See `diorama.schemas.Request` for meanings."""

    model: str | None
    inputs: Sequence[Source]
    first_frame: Source | None
    last_frame: Source | None
    mask: Source | None
    size: str | None
    aspect_ratio: str | None
    resolution: str | None
    n: int
    seconds: float | None
    fps: int | None
    audio: bool | None
    seed: int | None
    negative_prompt: str | None
    quality: str | None
    background: str | None
    output_format: str | None
    input_fidelity: str | None
    options: Mapping[str, Any]
    fit: Fit
    fallback: Sequence[str]
    webhook_url: str | None
    store: bool
    deadline_s: float | None
    resend_under_usd: Any
    session_id: str | None
    message_id: str | None
    customer_id: int | None
    metadata: Mapping[str, Any]


ROLES: tuple[Role, ...] = ("first_frame", "last_frame", "mask")


def settings_for(home: str | os.PathLike[str] | None, overrides: Mapping[str, Any]) -> Settings:
    """The settings with these over the environment's. Raises ConfigurationError for a name that is none."""
    for name in overrides:
        _known(name, list(Settings.model_fields), "setting")
    given = dict(overrides) if home is None else {**overrides, "home": Path(home)}
    return load_settings(**given)


def refuse_remote(url: str | None, api_key: str | None) -> None:
    if url is not None or api_key is not None:
        raise UnsupportedError(
            "Speaking to a server by url= and api_key= is not served yet.",
            param="url" if url is not None else "api_key",
            hint="Leave them out: jobs run in this process.",
        )


def build_request(kind: Kind, prompt: str, asked: Mapping[str, Any], *, max_upload_mb: float = 50) -> Request:
    """The request that these arguments mean. Blocking: reads the files among the inputs.

    Raises ValidationError that names the argument.
    """
    fields = {name: value for name, value in asked.items() if name not in ("inputs", *ROLES)}
    for name in fields:
        _known(name, list(Asked.__annotations__), "argument")
    limit = int(max_upload_mb * MB)
    inputs = [
        as_input(source, "reference", field=f"inputs[{place}]", max_bytes=limit)
        for place, source in enumerate(asked.get("inputs") or ())
    ]
    inputs += [as_input(asked[role], role, field=role, max_bytes=limit) for role in ROLES if asked.get(role)]
    return parse(Request, {**fields, "kind": kind, "prompt": prompt, "inputs": inputs})


def as_input(source: Source, role: Role, *, field: str, max_bytes: int) -> Input:
    """A source by what it looks like: our asset's id, a URL, else a file."""
    if isinstance(source, Input):
        return source
    if isinstance(source, bytes):
        return Input(role=role, data=_data_url(source, field, max_bytes))
    text = os.fspath(source)
    if isinstance(source, str):
        if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text):
            return Input(role=role, asset=text)
        if text.startswith("data:"):
            return Input(role=role, data=_keepable(text, field))
        if text.startswith(("https://", "http://", "/media/", "/v1/assets/")) and not Path(text).exists():
            return Input(role=role, url=_keepable(text, field))
    return Input(role=role, data=_data_url(_read(Path(text).expanduser(), field, max_bytes), field, max_bytes))


def _keepable(text: str, field: str) -> str:
    if (flaw := find_flaw(text)) is not None:
        raise of_flaw(flaw, (field,))
    return text


def _read(path: Path, field: str, max_bytes: int) -> bytes:
    try:
        if path.stat().st_size > max_bytes:
            raise _too_large(repr(str(path)), path.stat().st_size, field, max_bytes)
        return path.read_bytes()
    except (OSError, ValueError) as error:  # the second: names that no file can have
        why = error.strerror if isinstance(error, OSError) else "no file can be called so"
        raise ValidationError(
            f"The file {str(path)!r} cannot be read: {why}.",
            code="unreadable_input",
            field=field,
            hint="Give a picture's path, https URL, bytes, or asset id.",
        ) from None


def _data_url(data: bytes, field: str, max_bytes: int) -> str:
    if len(data) > max_bytes:
        raise _too_large("The input", len(data), field, max_bytes)
    kind = sniff(data[:64])
    return f"data:{kind.mime if kind else 'application/octet-stream'};base64,{b64encode_as_string(data)}"


def _too_large(what: str, size: int, field: str, max_bytes: int) -> ValidationError:
    return ValidationError(
        f"{what} has {size / MB:.1f} MB; at most {max_bytes / MB:g} MB are taken.",
        code="unreadable_input",
        field=field,
        hint="Make it smaller, or raise DIORAMA_MAX_UPLOAD_MB.",
    )


def _known(name: str, names: Sequence[str], what: str) -> None:
    if name not in names:
        close = get_close_matches(name, names, n=1)
        raise ValidationError(
            f"There is no {what} {name!r}.",
            code="unknown_option",
            field=name,
            hint=f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(names)}.",
        )


# Endings -----------------------------------------------------------------------------------------------------------


def failure(job: Job) -> DioramaError | None:
    """Why a job that has ended brought nothing; None when it brought something."""
    if job.state in ("succeeded", "partial") or not job.ended:
        return None
    error: DioramaError
    if job.error is not None:
        error = from_dict(job.error)
    elif job.state == "cancelled":
        error = ConflictError(f"The job {job.id} was cancelled.", code="cancelled")
    else:
        vendor = job.model.used.partition(":")[0]
        error = ProviderError(f"The job {job.id} ended as {job.state}.", provider=vendor)
    error.job_id = job.id
    return error
