"""Doors to try things at."""

from tests.doors.http.fixtures import anyio_backend, door, quiet

__all__ = ["anyio_backend", "door", "quiet"]
