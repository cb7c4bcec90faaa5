"""What can be said of a URL without fetching it: the data it holds, and why it gave none."""

from urllib.parse import unquote, unquote_to_bytes

import pybase64

from diorama.errors import ValidationError

_GONE = (403, 404, 410)


class FetchFailed(Exception):  # noqa: N818 - a fact the caller gives its own name to
    """A permitted URL gave no body. The message names the host only: the rest of a URL may be a secret.

    `retry`: the same URL may work later. `gone`: it has expired or never was (403, 404, 410).
    """

    def __init__(self, host: str, reason: str, *, status: int | None = None, retry: bool = False) -> None:
        super().__init__(f"{host!r} {reason}.")
        self.host = host
        self.reason = reason
        self.status = status
        self.retry = retry
        self.gone = status in _GONE


def decode_data_url(url: str, max_bytes: int, *, field: str | None = None) -> tuple[str, bytes]:
    """The type and bytes of a `data:` URL (RFC 2397). Pure; a large one takes a millisecond a megabyte at most.

    Raises ValidationError.
    """
    head, comma, body = url.partition(",")
    if not head[:5].lower() == "data:" or not comma:
        raise _bad_data("This is no data: URL", field)
    mime, *parameters = (part.strip().lower() for part in head[5:].split(";"))
    if len(body) > 4 * max_bytes:  # base64 takes 4/3, percent-encoding at most 3 characters a byte
        raise _too_big(max_bytes, field)
    data = _base64(body, field) if "base64" in parameters else unquote_to_bytes(body)
    if len(data) > max_bytes:
        raise _too_big(max_bytes, field)
    return mime or "text/plain", data


def _base64(body: str, field: str | None) -> bytes:
    text = unquote(body)
    # Some tools break base64 into lines; RFC 2397 knows no such thing, browsers read it.
    if "\n" in text or " " in text:
        text = "".join(text.split())
    try:
        return pybase64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise _bad_data("The data: URL says base64, but its data is not", field) from None


def _bad_data(message: str, field: str | None) -> ValidationError:
    return ValidationError(
        f"{message}.", code="unreadable_input", field=field, hint="The form is data:image/png;base64,iVBORw0..."
    )


def _too_big(max_bytes: int, field: str | None) -> ValidationError:
    message = f"The data: URL holds more than the {max_bytes / 1e6:g} MB that are allowed here."
    return ValidationError(message, field=field, hint="Upload the file.")
