"""How long a vendor asks us to wait before we come again."""

import math
import time
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime

from diorama.providers.base import Complaint

LONGEST_WAIT_S = 120.0


def wait_s(headers: Mapping[str, str], complaint: Complaint) -> float | None:
    """By its headers, else by its body or its documents."""
    said = retry_after_s(headers)
    return complaint.wait_s if said is None else said


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `Retry-After` (seconds or a date): from 0 to 120, None if unsaid."""
    seconds = None
    for name, per_second in (("retry-after", 1), ("retry-after-ms", 1000)):
        with suppress(ValueError):
            seconds = float(headers.get(name, "")) / per_second
    if seconds is None:
        try:
            until = parsedate_to_datetime(headers.get("retry-after", ""))
        except ValueError:
            return None
        seconds = until.timestamp() - time.time()
    return min(max(seconds, 0.0), LONGEST_WAIT_S) if math.isfinite(seconds) else None
