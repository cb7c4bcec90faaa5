"""One door to every image and video model: never pay twice, never lose what you paid for.

from diorama import Diorama

with Diorama() as diorama:
    job = diorama.generate_image("a red fox in the snow").result()
    job.assets[0].save("fox.png")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diorama import errors
    from diorama.schemas import Input, Money, Note, Page, QuoteAnswer
    from diorama.sdk.async_client import AsyncDiorama
    from diorama.sdk.client import Asset, Diorama, Job, JobHandle
    from diorama.sdk.handle import AsyncAsset, AsyncJob, AsyncJobHandle

    __version__: str

__all__ = [
    "Asset",
    "AsyncAsset",
    "AsyncDiorama",
    "AsyncJob",
    "AsyncJobHandle",
    "Diorama",
    "Input",
    "Job",
    "JobHandle",
    "Money",
    "Note",
    "Page",
    "QuoteAnswer",
    "__version__",
    "errors",
]

_HOMES = {
    "diorama.sdk.client": ("Asset", "Diorama", "Job", "JobHandle"),
    "diorama.sdk.async_client": ("AsyncDiorama",),
    "diorama.sdk.handle": ("AsyncAsset", "AsyncJob", "AsyncJobHandle"),
    "diorama.schemas": ("Input", "Money", "Note", "Page", "QuoteAnswer"),
}


def __getattr__(name: str) -> Any:
    """Loads what is asked for, when it is asked for: `import diorama` alone costs nothing."""
    if name == "errors":
        return import_module("diorama.errors")
    if name == "__version__":
        from importlib.metadata import version

        return version("diorama")
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
