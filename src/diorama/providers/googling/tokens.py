"""Bearer tokens for Vertex, from whatever google-auth finds: a service account's file, a person's login, the machine.

The package is optional, and it blocks: it is loaded when first needed, works in a thread, and speaks through the same
HTTP client as everything else. Read from google-auth==2.62.2.
"""

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

from diorama.errors import ConfigurationError, ProviderError
from diorama.providers.base import Prepared, Refused
from diorama.providers.wire import Reply

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
LOG_IN = "Name a service account's file in GOOGLE_APPLICATION_CREDENTIALS, or `gcloud auth application-default login`."
ANSWERS_S = 60.0

Ask = Callable[[Prepared, bytes | None], Awaitable[Reply]]


class Tokens:
    """`ask` sends a request without any key; `file` is what GOOGLE_APPLICATION_CREDENTIALS says.

    Raises ConfigurationError when the package is missing.
    """

    def __init__(self, ask: Ask, file: str | None) -> None:
        if find_spec("google") is None or find_spec("google.auth") is None:
            raise ConfigurationError(
                "Vertex needs the package google-auth, which is not installed.",
                key="GOOGLE_GENAI_USE_VERTEXAI",
                hint='Install it with: pip install "diorama[vertex]"',
            )
        self._ask, self._file = ask, file
        self._lock = asyncio.Lock()
        self._credentials: Any = None

    async def sign(self) -> dict[str, str]:
        """The headers of a request. Raises Refused when there is no token to be had."""
        async with self._lock:
            if self._credentials is None or not self._credentials.valid:
                await asyncio.to_thread(self._renew, asyncio.get_running_loop())
        headers: dict[str, str] = {}
        self._credentials.apply(headers)
        return headers

    def _renew(self, loop: asyncio.AbstractEventLoop) -> None:
        """Blocks."""
        errors: Any = import_module("google.auth.exceptions")
        try:
            if self._credentials is None:
                self._credentials = self._find(loop)
            self._credentials.refresh(self._transport(loop))
        except errors.TransportError as error:
            message = f"Google's tokens could not be reached: {error}"
            raise Refused(ProviderError(message, provider="google", code="vendor_busy"), retry=True) from None
        except (errors.GoogleAuthError, ValueError, OSError) as error:
            said = str(error.args[0] if error.args else error)
            problem = ConfigurationError(f"Google gave no token for Vertex: {said}", code="missing_key", hint=LOG_IN)
            raise Refused(problem, retry=getattr(error, "retryable", False)) from None

    def _find(self, loop: asyncio.AbstractEventLoop) -> Any:
        auth: Any = import_module("google.auth")
        given = {"scopes": [SCOPE], "request": self._transport(loop)}
        with warnings.catch_warnings():  # about files from strangers, and logins without a project
            warnings.simplefilter("ignore")
            found, _ = auth.load_credentials_from_file(self._file, **given) if self._file else auth.default(**given)
        return found

    def _transport(self, loop: asyncio.AbstractEventLoop) -> Callable[..., Any]:
        """What google-auth calls from its thread to speak HTTP."""
        errors: Any = import_module("google.auth.exceptions")

        def request(url: str, method: str = "GET", body: Any = None, headers: Any = None, **more: Any) -> Any:
            content = body.encode() if isinstance(body, str) else body
            asking = self._ask(Prepared(method=method, path=url, headers=headers or {}), content)
            try:
                reply = asyncio.run_coroutine_threadsafe(_whole(asking), loop).result(ANSWERS_S)
            except (Refused, TimeoutError) as failed:
                raise errors.TransportError(str(failed)) from None
            return SimpleNamespace(status=reply.status, headers=reply.headers, data=reply.content)

        return request


async def _whole(asking: Awaitable[Reply]) -> Reply:
    return await asking
