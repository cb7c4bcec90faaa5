"""OpenAI: pictures, made and edited, answered at once or piece by piece; and films where its old API lives on.

Wire facts from openai==3.51.0 and openai/openai-openapi:openapi.yaml; moderation bodies as quoted in public issues
(ucx0204/CarrotMangaTranslator#122), their types from openai==3.51.0. Checked 2026-11-20.
"""

from collections import Counter
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Annotated, Any

import pybase64
from pydantic import BaseModel
from pydantic import ValidationError as SchemaError

from diorama.errors import UnsupportedError
from diorama.providers.base import (
    EXTRA,
    Blocked,
    CallFacts,
    Complaint,
    Done,
    Held,
    Inline,
    InputBytes,
    Inputs,
    Lost,
    OnPartial,
    Output,
    Part,
    Pending,
    Prepared,
    Provider,
    Ref,
    Remote,
    UnknownFate,
    words,
)
from diorama.providers.openai_films import VIDEOS, Film, path_of, prepare_film
from diorama.schemas import Request

if TYPE_CHECKING:
    from diorama.providers.wire import Reply

URL_LIVES_S = 3600  # only models before GPT Image answer with URLs (openai/openai-openapi:openapi.yaml)
MODERATED = frozenset({"moderation_blocked", "content_policy_violation", "contentFilter"})
REFUSALS = frozenset({"invalid_request_error", "image_generation_user_error"})
"""Types of error that cost nothing, wherever they come; inside a stream all others leave it open."""
UNVERIFIED = "Verify the organization in OpenAI's settings, or use a key of one that is verified."


class OpenAI(Provider):
    vendor = "openai"

    @property
    def root(self) -> str:
        """What stands before every path."""
        return ""

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        if request.kind == "video":
            return prepare_film(self.root, request, inputs, call.model)
        if strange := sorted({given.role for given in inputs} - {"reference", "mask"}):
            raise UnsupportedError(f"{self.vendor}:{call.model} cannot start from a {strange[0]} here.")
        fields = {
            **request.options,
            "model": call.model,
            "prompt": request.prompt,
            "n": request.n,
            "size": request.size,
            "quality": request.quality,
            "background": request.background,
            "output_format": request.output_format,
            "input_fidelity": request.input_fidelity if inputs else None,
            "stream": True if request.options.get("partial_images") else None,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        if not inputs:
            return Prepared(method="POST", path=f"{self.root}/images/generations", json=given)
        form = (*(Part(name=name, value=_text(value)) for name, value in given.items()), *_files(inputs))
        return Prepared(method="POST", path=f"{self.root}/images/edits", form=form)

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        if prepared.path.startswith(f"{self.root}{VIDEOS}"):
            return Pending(ref={"id": (await self.wire.send(prepared)).parse(Film).id})
        if _said(prepared, "stream"):
            return await self._listen(prepared, on_partial)
        return self._answered(await self.wire.send(prepared))

    async def check(self, ref: Ref) -> Done | Pending:
        where = path_of(self.root, ref["id"])
        film = (await self.wire.get(where)).parse(Film)
        if film.status == "completed":
            return Done(outputs=(Held(path=f"{where}/content", vendor_ref=ref | {"model": film.model}),))
        if film.status == "failed":
            raise self.wire.failure(self.explain(200, {"error": film.error}))
        return Pending(ref=ref, progress=film.share)

    def _answered(self, reply: "Reply") -> Done:
        answer = reply.parse(_Answer)
        outputs = tuple(_output(picture) for picture in answer.data or ())
        if any(isinstance(output, Inline | Remote) for output in outputs):
            return Done(outputs=outputs, usage=_counts(answer.usage))
        # Azure documents a body with `error` and no `data`, and does not say under which status.
        complaint = self.explain(reply.status, {"error": answer.error})
        if complaint.moderated:
            raise self.wire.refusal(complaint, reply.status)
        raise reply.unreadable("without a picture")

    async def _listen(self, prepared: Prepared, on_partial: OnPartial | None) -> Done:
        """Pictures as they are finished; those that a stream had brought before it broke off are not lost with it."""
        wanted = int(_said(prepared, "n") or 1)
        made: list[Output] = []
        usage: Counter[str] = Counter()
        rest: Output = Lost(reason="The stream ended before this picture came.")
        try:
            async with aclosing(self.wire.events(prepared)) as events:
                async for name, data in events:
                    if not name:  # whoever answers here does not stream
                        return self._answered(self.wire.whole(data))
                    event = _read(data)
                    if event.error:
                        rest = self._broken(event.error, begun=bool(made))
                        break
                    if event.type.endswith(".completed"):
                        made.append(_output(event))
                        usage.update(_counts(event.usage))
                    elif on_partial and event.type.endswith(".partial_image") and len(made) < wanted:
                        await _show(event, len(made), on_partial)
        except UnknownFate:
            if not made:
                raise
        if not made:
            raise self.wire.broken_off(Complaint(message="The stream ended without a picture."))
        return Done(outputs=(*made, *[rest] * (wanted - len(made))), usage=usage)

    def _broken(self, error: Any, *, begun: bool) -> Output:
        """What an error inside a stream leaves of the pictures that had not come. Raises when none had."""
        complaint = self.explain(200, {"error": error})
        if begun:
            reason = complaint.message or "The stream was broken off before this picture came."
            withheld = Blocked(reason=reason, stage=complaint.stage, categories=complaint.categories)
            return withheld if complaint.moderated else Lost(reason=reason)
        if complaint.moderated:
            raise self.wire.refusal(complaint, 200)
        if isinstance(error, dict) and error.get("type") in REFUSALS:
            raise self.wire.failure(complaint)
        raise self.wire.broken_off(complaint)

    async def probe(self) -> str:
        """Lists models: free, and refused without a good key."""
        listed = (await self.wire.get(f"{self.root}/models")).parse(_Listed)
        return f"lists {len(listed.data)} models"

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        error = body.get("error") if isinstance(body, dict) else None
        if not isinstance(error, dict):
            return super().explain(status, body)
        message, code = words(error.get("message")), words(error.get("code")) or None
        stage, categories = _moderation(error.get("moderation_details"))
        return Complaint(
            message=message,
            code=code,
            hint=UNVERIFIED if status == 403 and "must be verified" in message else None,
            moderated=code in MODERATED,
            final="insufficient_quota" in (code, error.get("type")),
            stage=stage,
            categories=categories,
        )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _files(inputs: Inputs) -> list[Part]:
    """Named as the vendor's library does: `image` for one picture, `image[]` for each of several."""
    pictures = [given for given in inputs if given.role == "reference"]
    name = "image" if len(pictures) == 1 else "image[]"
    parts = [_file(name, f"image-{number}", given) for number, given in enumerate(pictures, 1)]
    return parts + [_file("mask", "mask", given) for given in inputs if given.role == "mask"]


def _file(name: str, stem: str, given: InputBytes) -> Part:
    return Part(name=name, value=given.data, filename=f"{stem}.{given.mime.partition('/')[2]}", mime=given.mime)


def _said(prepared: Prepared, name: str) -> Any:
    """What a request says under this name."""
    if prepared.json is not None:
        return prepared.json.get(name)
    return next((part.value for part in prepared.form or () if part.name == name), None)


class _Listed(BaseModel):
    data: list[Any]


class _Picture(BaseModel):
    b64_json: str | None = None
    url: str | None = None


class _Details(BaseModel):
    text_tokens: int = 0
    image_tokens: int = 0


class _Usage(BaseModel):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _Details | None = None
    output_tokens_details: _Details | None = None


class _Answer(BaseModel):
    """Only `created` is always there; what is echoed of the request is not read."""

    data: list[_Picture] | None = None
    usage: Annotated[_Usage | None, EXTRA] = None
    error: Any = None


class _Event(_Picture):
    """A picture that is done, a glimpse of one, or an error; `[DONE]` and what else may come says nothing."""

    type: str = ""
    usage: Annotated[_Usage | None, EXTRA] = None
    error: Any = None


def _read(data: str) -> _Event:
    try:
        return _Event.model_validate_json(data)
    except SchemaError:
        return _Event()


async def _show(event: _Event, output: int, on_partial: OnPartial) -> None:
    """A glimpse is no loss when it cannot be read."""
    glimpse = _output(event)
    if isinstance(glimpse, Inline):
        await on_partial(output, glimpse.data)


def _output(picture: _Picture) -> Output:
    if picture.url and not picture.b64_json:
        return Remote(url=picture.url, expires_s=URL_LIVES_S)
    with suppress(ValueError):
        if data := pybase64.b64decode(picture.b64_json or "", validate=True):
            return Inline(data=data)
    return Lost(reason="The answer held a picture that cannot be read.")


def _counts(usage: _Usage | None) -> dict[str, int]:
    """Tokens by price. What came from the vendor's cache is not told apart, so the sum is the most it can cost."""
    if usage is None:
        return {}
    read = usage.input_tokens_details or _Details(text_tokens=usage.input_tokens)
    made = usage.output_tokens_details or _Details(image_tokens=usage.output_tokens)
    return {"text_in": read.text_tokens, "image_in": read.image_tokens, "image_out": made.image_tokens}


def _moderation(details: Any) -> tuple[str | None, tuple[str, ...]]:
    if not isinstance(details, dict):
        return None, ()
    stage, categories = details.get("moderation_stage"), details.get("categories")
    named = tuple(str(name) for name in categories) if isinstance(categories, list) else ()
    return (stage if stage in ("input", "output") else None), named
