"""The two doors and their addresses: the Gemini API, by key, and Vertex, by a project in a location."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

GLOBAL = "global"
MULTI_REGIONS = ("us", "eu")


@dataclass(frozen=True, kw_only=True)
class Door:
    """`models` and `interactions` are paths, or whole addresses; `files` is where films wait, if they do."""

    models: str
    interactions: str
    listing: str
    files: str | None

    @property
    def is_vertex(self) -> bool:
        return self.files is None

    def model(self, name: str, verb: str) -> str:
        return f"{self.models}/{quote(name, safe='')}:{verb}"


def gemini_api(settings: Mapping[str, str]) -> Door:
    root = f"/{settings.get('GOOGLE_GENAI_API_VERSION', 'v1')}"
    return Door(
        models=f"{root}/models",
        interactions=f"{root}/interactions",
        listing=f"{root}/models?pageSize=1000",
        files=f"{root}/files",
    )


def vertex(settings: Mapping[str, str]) -> Door:
    """Films by Interactions are served in `global` alone, whatever the location."""
    root, location = settings.get("GOOGLE_VERTEX_BASE_URL"), settings.get("GOOGLE_CLOUD_LOCATION", GLOBAL)
    project = f"projects/{quote(settings['GOOGLE_CLOUD_PROJECT'], safe='')}/locations"
    here, everywhere = root or _host(location), root or _host(GLOBAL)
    version = settings.get("GOOGLE_GENAI_API_VERSION", "v1beta1")
    models = "publishers/google/models"
    return Door(
        models=f"{_below(here, version)}/{project}/{quote(location, safe='')}/{models}",
        interactions=f"{_below(everywhere, version)}/{project}/{GLOBAL}/interactions",
        listing=f"{_below(here, version)}/{models}?pageSize=100",
        files=None,
    )


def _below(root: str, version: str) -> str:
    return f"{root.rstrip('/')}/{version}"


def _host(location: str) -> str:
    if location == GLOBAL:
        return "https://aiplatform.googleapis.com"
    if location in MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"
