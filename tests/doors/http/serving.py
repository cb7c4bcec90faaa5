"""The whole HTTP door over a whole house, reached in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import func, select

from diorama.db.tables import jobs
from diorama.doors.http.app import create_app
from diorama.settings import Settings
from diorama.wiring import House
from tests.fakes.base import Fake
from tests.houses import a_house

URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, kw_only=True)
class Served:
    """A client of the door, and the house behind it."""

    client: httpx2.AsyncClient
    house: House
    home: Path

    async def jobs(self) -> int:
        """How many jobs there are, whoever owns them."""
        count = await self.house.db.read(lambda c: c.execute(select(func.count()).select_from(jobs)).scalar())
        return int(count or 0)

    def files(self) -> list[str]:
        """The keys of everything that is kept, small pictures left out."""
        media = self.home / "media"
        kept = (path.relative_to(media) for path in media.rglob("*") if path.is_file())
        return sorted(str(path) for path in kept if not {"thumbnails"} & set(path.parts) and path.parts[0][0] != ".")

    async def image(self, **body: Any) -> httpx2.Response:
        """`/image/generate` for a small sketch, except what `body` says."""
        return await self._ask("image", {"model": "sketch", "size": "64x64"}, body)

    async def video(self, **body: Any) -> httpx2.Response:
        """`/video/generate` for a small and short sketch, except what `body` says."""
        return await self._ask("video", {"model": "sketch", "size": "64x64", "duration_seconds": 0.5, "fps": 12}, body)

    async def _ask(self, kind: str, small: dict[str, Any], body: dict[str, Any]) -> httpx2.Response:
        headers = body.pop("headers", None)
        whole = {"prompt": "a fox in the snow", "customer_id": 1, "settings": {kind: small}} | body
        return await self.client.post(f"/{kind}/generate", json=whole, headers=headers)


@asynccontextmanager
async def a_door(home: Path, *fakes: Fake, **more: Any) -> AsyncIterator[Served]:
    """An open door. `more` as of `a_house`, so `settings` among them are Settings fields."""
    settings = Settings(home=home, _env_file=None, **more.get("settings", {}))
    app = create_app(settings, house=lambda: a_house(home, *fakes, **more))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport, base_url=URL) as client:
        yield Served(client=client, house=app.state.house, home=home)
