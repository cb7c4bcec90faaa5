"""The unmodified google-genai SDK on a fake, in process."""

from typing import Any

import httpx2
from google import genai
from google.genai import types

from tests.fakes.google import Google


def client(fake: Google, http: httpx2.AsyncClient, *, attempts: int = 1, **who: Any) -> Any:
    """Its async side, without its own retries, which pay twice. `who` is a key, or a project and credentials."""
    tries = types.HttpRetryOptions(attempts=attempts)
    options = types.HttpOptions(base_url=fake.base_url, httpx_async_client=http, retry_options=tries)
    return genai.Client(http_options=options, **who).aio
