"""What a vendor's adapter is: translation, and nothing else.

An adapter turns one paid call into the vendor's words (`prepare`), sends it (`submit`), reads how it stands (`check`).
It never sleeps, polls, retries, stores, prices or logs: the job owns time, the catalog owns prices. The module
`providers/<vendor>.py` holds one subclass of `Provider`; the catalog file of the same name says the rest.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import SecretStr, ValidatorFunctionWrapHandler, WrapValidator

from diorama.errors import DioramaError, ProviderError
from diorama.schemas import Note, Request, Role

if TYPE_CHECKING:
    from diorama.providers.wire import Wire

Ref = dict[str, Any]
"""A vendor's handle on a running call: JSON, opaque to everybody but the adapter that made it."""

Keys = Mapping[str, SecretStr]
OnPartial = Callable[[int, bytes], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class InputBytes:
    """An input as it goes out: checked bytes with their true type, and the size as displayed.

    `vendor_ref` is how the vendor of this very call named it, when the input is an output of that vendor's own.
    """

    role: Role
    mime: str
    data: bytes = field(repr=False)
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    vendor_ref: Any = None


Inputs = tuple[InputBytes, ...]


@dataclass(frozen=True, kw_only=True)
class CallFacts:
    """What an adapter may know of the call: its id (= idempotency key), the vendor's model id, the slots it fills."""

    id: str
    model: str
    slots: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a multipart form: a text, or a file with its name and type."""

    name: str
    value: str | bytes = field(repr=False)
    filename: str | None = None
    mime: str | None = None


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The exact request that will go out, without the secret. A dry run shows it as it is.

    The body is `json`, or `form` as multipart/form-data, or nothing.
    """

    method: str
    path: str
    json: dict[str, Any] | None = field(default=None, repr=False)
    form: tuple[Part, ...] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    inputs: Inputs = ()


@dataclass(frozen=True, kw_only=True)
class Inline:
    """An output whose bytes came with the answer."""

    data: bytes = field(repr=False)
    vendor_ref: Any = None


@dataclass(frozen=True, kw_only=True)
class Remote:
    """An output that waits at the vendor's address for `expires_s` seconds. It is fetched without any key."""

    url: str
    expires_s: float | None = None
    vendor_ref: Any = None


@dataclass(frozen=True, kw_only=True)
class Held:
    """An output that waits behind the vendor's own door: it is fetched from this path of the API, with the key."""

    path: str
    vendor_ref: Any = None


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """An output that the vendor withheld, by its moderation: `stage` is `input` or `output` where it says so."""

    reason: str
    stage: str | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Lost:
    """An output that was made, and that the vendor no longer has."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Unmade:
    """An output that the vendor did not come to make, though it answered; what it used on the way is owed."""

    reason: str


Output = Inline | Remote | Held | Blocked | Lost | Unmade


@dataclass(frozen=True, kw_only=True)
class Done:
    """The vendor has finished. `outputs` stand in slot order; fewer than asked means that the rest was not made.

    `usage` counts what was used, in units of the catalog's prices (`text_in`, `image_in`, `image_out` tokens...);
    `cost_usd` is set only when the vendor itself named the amount.
    """

    outputs: tuple[Output, ...]
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: Decimal | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pending:
    """The vendor works on it. `progress` runs from 0 to 1 where the vendor says."""

    ref: Ref
    progress: float | None = None
    retry_after_s: float | None = None


class Refused(Exception):  # noqa: N818 - a verdict, not a fault of ours
    """A definite no: nothing was made and nothing is owed. `retry` says whether the same call may be sent anew."""

    def __init__(self, error: DioramaError, *, retry: bool = False, retry_after_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry = retry
        self.retry_after_s = retry_after_s


class Moved(Exception):  # noqa: N818 - not a fault
    """A Held output lies at another address, where the key has no business."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class UnknownFate(Exception):  # noqa: N818 - a verdict, not a fault of ours
    """The request left, no readable verdict came back. On a submit it may have been billed; a poll is asked again."""

    def __init__(self, error: ProviderError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """A vendor's error body in our words.

    `message` is the vendor's own sentence, empty where it gave none; `hint` is ours. `final` = not worth retrying,
    though the status looks it; `key_rejected` = it is about the key, whatever the status. `wait_s` is how long the
    vendor's documents ask for patience, in seconds; what its headers say comes before it.
    """

    message: str
    code: str | None = None
    hint: str | None = None
    moderated: bool = False
    final: bool = False
    key_rejected: bool = False
    stage: str | None = None
    categories: tuple[str, ...] = ()
    wait_s: float | None = None


def words(value: Any) -> str:
    """A text or number out of a vendor's error body as text; anything else is no words."""
    return str(value) if isinstance(value, str | int) else ""


def _none_if_unreadable(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValueError:
        return None


EXTRA = WrapValidator(_none_if_unreadable)
"""Marks a field that is worth having but must not cost us the answer: read as None when it is not what we expect."""


class Provider(ABC):
    """One vendor. Subclasses translate; `self.wire` is their only way out.

    `settings` holds what the environment says under the names that the catalog file lists as `settings`.
    """

    vendor: ClassVar[str]

    def __init__(self, wire: "Wire | None" = None, settings: Mapping[str, str] | None = None) -> None:
        self._wire = wire
        self.settings = dict(settings or {})

    @property
    def wire(self) -> "Wire":
        """The way out. A vendor that lives in this process has none."""
        if self._wire is None:
            raise RuntimeError(f"{type(self).__name__} was made without a wire")
        return self._wire

    @classmethod
    def authorize(cls, keys: Keys) -> dict[str, str]:
        """The headers that carry the secret. Most vendors: the one key as a bearer token."""
        (key,) = keys.values()
        return {"authorization": f"Bearer {key.get_secret_value()}"}

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        """A readable complaint out of the vendor's error body (parsed JSON, or None when it was not JSON). Total."""
        error = body.get("error") if isinstance(body, dict) else None
        if isinstance(error, dict):
            return Complaint(message=words(error.get("message")), code=words(error.get("code")) or None)
        return Complaint(message=words(error))

    @abstractmethod
    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        """The request for this call. Pure; `request.n` is the number of outputs of this call alone."""

    @abstractmethod
    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        """Send it, once. Raises Refused or UnknownFate."""

    async def check(self, ref: Ref) -> Done | Pending:
        """How a call stands that the vendor took. Raises Refused (it failed there), or UnknownFate (ask again)."""
        raise NotImplementedError(f"{self.vendor} answers at once; there is nothing to check about {ref!r}")

    def stream(self, path: str) -> AsyncIterator[bytes]:
        """The bytes of a Held output."""
        return self.wire.stream(path)

    can_find: ClassVar[bool] = False
    can_cancel: ClassVar[bool] = False

    async def find(self, call_id: str) -> Done | Pending | None:
        """What became of a call whose answer we never saw, asked for by our own id. None: the vendor knows no such
        call, or not yet. Only where `can_find`."""
        raise NotImplementedError(f"{self.vendor} cannot be asked about {call_id!r}")

    async def cancel(self, ref: Ref) -> bool:
        """Ask the vendor to stop; whether it has confirmed that. Only where `can_cancel`."""
        raise NotImplementedError(f"{self.vendor} cannot cancel {ref!r}")

    def preview(self, prepared: Prepared) -> tuple[str, dict[str, str]]:
        """The address and headers of a request as people may see them: no secret is in them."""
        return (prepared.path, dict(prepared.headers)) if self._wire is None else self._wire.preview(prepared)

    async def probe(self) -> str:
        """One cheap call that spends nothing and proves the key; returns what was learnt. Raises Refused."""
        raise NotImplementedError(f"{self.vendor} has nothing to probe")
