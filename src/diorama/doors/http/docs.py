"""`/docs`: every route for people. One file that brings everything with it and asks nobody but us.

The list of routes stands in the page as it is sent; a script draws the rest from `/openapi.json`. What the page may
load and run is fixed by hashes of its own blocks, so that nothing foreign can be slipped in.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request, Response

router = APIRouter()
PLACE = "<!-- routes -->"


@router.get("/docs", include_in_schema=False)
async def get_docs(request: Request) -> Response:
    """The page, fresh each time it is asked for."""
    app = request.app
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": _policy(),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    page = _page().replace(PLACE, "".join(_list(app.openapi())))
    return Response(page, headers=headers, media_type="text/html")


@cache
def _page() -> str:
    return files(__package__).joinpath("docs.html").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    rules = {
        "default-src": "'none'",
        "style-src": _hash_of("style"),
        "script-src": _hash_of("script"),
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash_of(tag: str) -> str:
    """The page's one block of this kind, as the policy names it."""
    (block,) = re.findall(rf"<{tag}>(.*?)</{tag}>", _page(), re.DOTALL)
    return f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'"


def _list(described: dict[str, Any]) -> Iterator[str]:
    """The routes by tag, as links to where the script draws them."""
    order = {tag["name"]: place for place, tag in enumerate(described["tags"])}
    found = [
        (operation["tags"][0], method.upper(), path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    for tag, group in groupby(sorted(found, key=lambda one: order.get(one[0], len(order))), key=lambda one: one[0]):
        yield f"<section><h2>{escape(tag)}</h2><ul>"
        for _, method, path, operation in group:
            name = f"{escape(operation['summary'])} <code>{method} {escape(path)}</code>"
            yield f'<li><a href="#{escape(operation["operationId"])}">{name}</a></li>'
        yield "</ul></section>"
