"""What can go wrong with a vendor, as data a test writes down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Self

Lane = Literal["submit", "poll", "download"]
Kind = Literal["image", "video"]
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
ALWAYS = 1_000_000_000  # `times` of a fault that never heals


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One scripted misfortune of the next `times` requests of a lane. Make it by a constructor below."""

    kind: str
    on: Lane = "submit"
    times: int = 1
    code: int = 0  # HTTP status of a "status" fault
    body: Any = None  # None = the vendor's own error body, dict = JSON, str or bytes = as it is
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""  # which variant, which error code, which stage
    message: str = ""

    @classmethod
    def ok(cls, *, on: Lane = "submit", times: int = 1) -> Self:
        """Healthy: lets requests pass before the next fault strikes."""
        return cls(kind="ok", on=on, times=times)

    @classmethod
    def status(
        cls,
        code: int,
        body: Any = None,
        headers: Mapping[str, str] = NO_HEADERS,
        *,
        on: Lane = "submit",
        times: int = 1,
    ) -> Self:
        """This status; without a body the vendor's own error envelope."""
        return cls(kind="status", code=code, body=body, headers=headers, on=on, times=times)

    @classmethod
    def drop(cls, *, on: Lane = "submit", times: int = 1) -> Self:
        """The whole request is read, then the connection breaks without an answer."""
        return cls(kind="drop", on=on, times=times)

    @classmethod
    def stall(cls, *, on: Lane = "submit", times: int = 1) -> Self:
        """No answer ever: a read timeout (at once in process, the client's own over a socket)."""
        return cls(kind="stall", on=on, times=times)

    @classmethod
    def garbage(cls, body: bytes = b'{"created": 17e', *, on: Lane = "submit", times: int = 1) -> Self:
        """HTTP 200 with a body that cannot be read."""
        return cls(kind="status", code=200, body=body, on=on, times=times)

    @classmethod
    def refused(cls, message: str = "Invalid request.", *, on: Lane = "submit", times: int = 1) -> Self:
        """The vendor's own 400 for a request it does not like."""
        return cls(kind="status", code=400, message=message, on=on, times=times)

    @classmethod
    def moderated(cls, stage: str = "", *, times: int = 1) -> Self:
        """The vendor's own moderation refusal; `stage` is the vendor's word for where, where it has one."""
        return cls(kind="moderated", name=stage, times=times)

    @classmethod
    def empty(cls, *, times: int = 1) -> Self:
        """A 200 that holds no result."""
        return cls(kind="empty", times=times)

    @classmethod
    def never_ending(cls, *, times: int = 1) -> Self:
        """The film of this submit stays pending for ever (a picture stalls)."""
        return cls(kind="never_ending", times=times)

    @classmethod
    def failed(cls, code: str, message: str = "The generation failed.", *, times: int = 1) -> Self:
        """The film of this submit ends failed, with the vendor's error code."""
        return cls(kind="failed", name=code, message=message, times=times)

    @classmethod
    def expired(cls, *, times: int = 1) -> Self:
        """The film of this submit is made, but its result is gone when asked for."""
        return cls(kind="expired", times=times)

    @classmethod
    def variant(cls, name: str, *, on: Lane = "submit", times: int = 1) -> Self:
        """A healthy answer in another documented shape; each fake names the ones it knows."""
        return cls(kind="variant", name=name, on=on, times=times)
