"""The capability in a media URL: whoever holds it may read that one asset, and nothing else can be told from it."""

import base64
import hashlib
import hmac

_MAC_BYTES = 16


def media_token(secret: bytes, asset_id: str, *, revision: int = 0, expires: int | None = None) -> str:
    """A token for `/media/{asset_id}/{token}.{ext}`, safe in a URL and the same on every call.

    A new `revision` of the asset ends all its earlier tokens. `expires` is in seconds since 1970.
    """
    limit = "" if expires is None else f"{expires:x}"
    said = f"{asset_id}\n{revision}\n{limit}".encode()
    mac = base64.urlsafe_b64encode(hmac.digest(secret, said, hashlib.sha256)[:_MAC_BYTES]).decode().rstrip("=")
    return f"{mac}.{limit}" if limit else mac


def token_holds(token: str, secret: bytes, asset_id: str, *, revision: int = 0, now: float) -> bool:
    """Whether a token opens the asset at this moment (`now`: seconds since 1970). Takes the same time either way."""
    _, _, limit = token.partition(".")
    try:
        expires = int(limit, 16) if limit else None
    except ValueError:
        return False
    right = media_token(secret, asset_id, revision=revision, expires=expires)
    return hmac.compare_digest(token.encode(errors="replace"), right.encode()) and (expires is None or now < expires)
