"""Requests as the seeds write them, and a quick way to a vendor's fake."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.clock import QuickClock
from tests.doors.http.serving import Served, a_door
from tests.fakes.openai import OpenAI
from tests.fakes.xai import XAI

RETIRED_IMAGES = {
    "gpt-image-1": ("2026-10-23", "openai:gpt-image-2.5-flare"),
    "dall-e-3": ("2026-05-12", "openai:gpt-image-2.5-flare"),
    "dall-e": ("2026-05-12", "openai:gpt-image-2.5-flare"),
    "grok-2-image": ("2026-05-15", "xai:grok-imagine-image-2.0"),
}
RETIRED_VIDEOS = {
    "sora-2": ("2026-09-24", "xai:grok-imagine-video-1.5"),
    "sora-1": ("2026-09-24", "xai:grok-imagine-video-1.5"),
    "sora": ("2026-09-24", "xai:grok-imagine-video-1.5"),
}


@asynccontextmanager
async def two_vendors(home: Path, **more: Any) -> AsyncIterator[tuple[Served, OpenAI, XAI]]:
    """A door with a key for OpenAI and one for xAI, at the vendors' own addresses as far as the door can tell."""
    clock = QuickClock()
    openai, xai = OpenAI(), XAI(now=clock.now)
    async with a_door(home, openai, xai, clock=clock, **more) as door:
        yield door, openai, xai


def picture_of(answer: Any) -> dict[str, Any]:
    """The data of a good answer."""
    body = answer.json()
    assert (answer.status_code, body["success"], body["error"], body["code"]) == (200, True, None, 200), answer.text
    return dict(body["data"])


def refusal_of(answer: Any) -> tuple[int, str]:
    """Status and words of a bad answer, whose body is the seeds' error format."""
    body = answer.json()
    assert (body["success"], body["data"], body["code"]) == (False, None, answer.status_code)
    return answer.status_code, body["error"]
