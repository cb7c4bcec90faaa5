"""The `Range` header (RFC 9110 §14): which part of a body is wanted. Pure."""

import re

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class Unsatisfiable(Exception):  # noqa: N818 - an answer (416)
    """The range lies beyond the end."""


def wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and end (not included) of the part; None for all of it: no range, several, or none that can be read.

    Raises Unsatisfiable.
    """
    found = _ONE.fullmatch(header.replace(" ", "").lower()) if header else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < start:
            return None
    if start >= size:
        raise Unsatisfiable
    return start, end
