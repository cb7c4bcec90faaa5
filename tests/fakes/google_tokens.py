"""Where bearer tokens for Vertex come from: a signed assertion or a refresh token is traded for an hour's token.

Facts: google-auth==2.62.2 (google/oauth2/_client.py, service_account.py), RFC 7523.
"""

import json
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import anyio
import pybase64
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.base import Refusal

if TYPE_CHECKING:
    from tests.fakes.google import Google

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_EMAIL = "painter@p1.iam.gserviceaccount.com"
HOST = "oauth2.googleapis.com"  # in process the fake answers there, too
_LIFE_S = 3599
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Tokens:
    """Tokens that were given out, each with the time of `now` at which it dies."""

    def __init__(self, fake: "Google") -> None:
        self._fake = fake
        self.given: dict[str, float] = {}

    def routes(self) -> list[Route]:
        return [Route("/token", self._trade, methods=["POST"])]

    def service_account(self) -> dict[str, str]:
        """What stands in the file that GOOGLE_APPLICATION_CREDENTIALS names. Blocks a moment, the first time."""
        private = _key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "project_id": self._fake.project or "p1",
            "private_key_id": "k1",
            "private_key": private.decode(),
            "client_email": _EMAIL,
            "token_uri": f"{self._fake.base_url}/token",
        }

    def user(self) -> dict[str, str]:
        """The same of a person, as `gcloud auth application-default login` writes it: it names no address."""
        return {"type": "authorized_user", "client_id": "c1", "client_secret": "s1", "refresh_token": "1//good"}

    async def _trade(self, request: Request) -> Response:
        is_form = request.headers.get("content-type") == "application/x-www-form-urlencoded"
        asked = dict(parse_qsl((await request.body()).decode())) if is_form else {}
        match asked.get("grant_type"):
            case "refresh_token":
                good = asked.get("refresh_token") == "1//good" and asked.get("client_secret") == "s1"
            case grant if grant == _GRANT:
                good = await anyio.to_thread.run_sync(self._is_good, asked.get("assertion", ""))
            case _:
                good = False
        if not good:
            raise Refusal(JSONResponse({"error": "invalid_grant", "error_description": "Invalid grant."}, 400))
        token = f"ya29.{uuid.uuid4().hex}"
        self.given[token] = self._fake.now() + _LIFE_S
        return JSONResponse({"access_token": token, "expires_in": _LIFE_S, "token_type": "Bearer"})

    def _is_good(self, assertion: str) -> bool:
        try:
            signed, _, signature = assertion.rpartition(".")
            _key().public_key().verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
            head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        except (ValueError, InvalidSignature):
            return False
        meant = claims.get("aud") in (f"{self._fake.base_url}/token", f"https://{HOST}/token")
        lives = 0 < claims.get("exp", 0) - claims.get("iat", 0) <= 3600
        named = {"iss": _EMAIL, "scope": SCOPE}.items() <= claims.items()
        return bool(head.get("alg") == "RS256" and meant and lives and named)


@lru_cache(maxsize=1)
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def _decoded(part: str) -> Any:
    return pybase64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
