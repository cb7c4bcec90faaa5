"""Read multipart/form-data (RFC 7578) strictly: what a client writes wrong must not pass here."""

from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser


@dataclass(frozen=True, kw_only=True)
class File:
    """A part that has a file name. `mime` is what the client said it is."""

    filename: str
    mime: str
    data: bytes = field(repr=False)


def read_form(content_type: str, raw: bytes) -> dict[str, str | File | list[str | File]]:
    """Parts by name; a list where a name ends in [] or came more than once. Raises ValueError for a broken body."""
    form: dict[str, str | File | list[str | File]] = {}
    for name, value in _parts(_boundary(content_type), raw):
        old = form.get(name)
        if isinstance(old, list):
            old.append(value)
        elif old is not None:
            form[name] = [old, value]
        else:
            form[name] = [value] if name.endswith("[]") else value
    return form


def _boundary(content_type: str) -> bytes:
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise ValueError(f"{content_type!r} is no multipart/form-data with a boundary.")
    return boundary.encode()


def _parts(boundary: bytes, raw: bytes) -> list[tuple[str, str | File]]:
    preamble, *chunks = (b"\r\n" + raw).split(b"\r\n--" + boundary)
    if preamble or not chunks or chunks[-1].strip() != b"--":
        raise ValueError("The body does not begin and end with its boundary.")
    return [_part(chunk) for chunk in chunks[:-1]]


def _part(chunk: bytes) -> tuple[str, str | File]:
    head, blank, data = chunk.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers = BytesHeaderParser().parsebytes(head)
    name = headers.get_param("name", header="content-disposition")
    if not blank or not isinstance(name, str) or headers.get_content_disposition() != "form-data":
        raise ValueError("A part has no name.")
    filename = headers.get_filename()
    if filename is None:
        return name, data.decode()
    return name, File(filename=filename, mime=headers.get_content_type(), data=data)
