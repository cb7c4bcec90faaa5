"""The two ways into Kling: a static key for everything, or a token signed with an old pair for the legacy standard.

The token's claims and the codes of its refusals are the vendor's own pages [P].
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pybase64

_SLACK_S = 5.0


class BadKey(Exception):  # noqa: N818  it is an answer, not an error of ours
    """Refused, with the vendor's code: 1000 failed, 1001 empty, 1002 invalid, 1003 not yet valid, 1004 expired."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def is_token(bearer: str) -> bool:
    """Whether this is a JSON web token rather than a static key."""
    return bearer.count(".") == 2


def check_token(token: str, pairs: Mapping[str, str], now: float) -> None:
    """HS256 by a known pair, within its time (`now`: seconds since 1970). Raises BadKey."""
    head, claims = _part(token, 0), _part(token, 1)
    if head != {"alg": "HS256", "typ": "JWT"}:
        raise BadKey(1002, "The token's header is invalid.")
    access, expires, begins = claims.get("iss"), claims.get("exp"), claims.get("nbf")
    if not isinstance(access, str) or access not in pairs:
        raise BadKey(1002, "The token's access key is unknown.")
    if not isinstance(expires, int) or not isinstance(begins, int):
        raise BadKey(1002, "The token's claims are invalid.")
    signed, _, signature = token.rpartition(".")
    made = hmac.new(pairs[access].encode(), signed.encode(), hashlib.sha256).digest()
    if pybase64.urlsafe_b64encode(made).decode().rstrip("=") != signature:
        raise BadKey(1000, "signature is invalid")
    if begins > now + _SLACK_S:
        raise BadKey(1003, "The token is not valid yet.")
    if expires <= now:
        raise BadKey(1004, "The token has expired.")


def _part(token: str, index: int) -> dict[str, Any]:
    text = token.split(".")[index]
    try:
        part = json.loads(pybase64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except ValueError:
        raise BadKey(1002, "The token cannot be read.") from None
    if not isinstance(part, dict):
        raise BadKey(1002, "The token cannot be read.")
    return part
