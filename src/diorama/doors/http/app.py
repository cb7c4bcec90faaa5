"""The HTTP door: every route over one house."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.routing import APIRoute

from diorama.doors.http import docs, errors, generations, health, jobs, media, models, quotes, seeds
from diorama.doors.http.guard import Guard, rules_of
from diorama.settings import Settings, load_settings
from diorama.wiring import House, open_house

HouseFactory = Callable[[], AbstractAsyncContextManager[House]]

SUMMARY = "One door to every image and video model: never pay twice, never lose what you paid for."
TAGS = [
    {"name": "make and wait", "description": "One request, one answer: the picture or film itself."},
    {"name": "make as a job", "description": "Ask, and get a job to watch while it works."},
    {"name": "jobs", "description": "Work under way, and work done."},
    {"name": "models", "description": "What each model can do, and what it costs."},
    {"name": "media", "description": "The pictures and films that are kept."},
    {"name": "health", "description": "For whoever watches this process."},
]


def create_app(settings: Settings | None = None, *, house: HouseFactory | None = None) -> FastAPI:
    """The application. It opens its house when it starts and leaves it in good order when it stops.

    `house` opens another one than `open_house(settings)`, which tests use.
    """
    settings = settings or load_settings()
    opens = house or partial(open_house, settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opens() as app.state.house:
            yield

    app = FastAPI(
        title="Diorama",
        version=version("diorama"),
        summary=SUMMARY,
        openapi_tags=TAGS,
        docs_url=None,  # ours is in docs.py; the framework's pages load scripts from other people's machines
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.state.settings = settings
    app.add_middleware(Guard, rules=rules_of(settings))
    errors.install(app)
    for door in (seeds, generations, quotes, jobs, models, media, health, docs):
        app.include_router(door.router)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
