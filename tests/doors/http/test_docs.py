"""`/docs`: every route, and nothing from elsewhere."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from tests.doors.http.serving import Served

pytestmark = pytest.mark.anyio


class Parts(HTMLParser):
    """What a browser would take from a page: its links, its loads, its blocks of style and script, its ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.ids: set[str] = set()
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._open = tag
        self.ids.add(given.get("id", ""))
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "a":
            self.links.append(given["href"])
        else:
            self.loads += [given[name] for name in ("src", "srcset", "href", "action", "data") if name in given]

    def handle_data(self, data: str) -> None:
        if self._open in ("script", "style"):
            self.loads += re.findall(r"\burl\([^)]*\)|@import.*|https?://\S+|(?:fetch|import)\([^)]*\)", data)


async def test_it_is_a_page_that_is_not_kept(quiet: Served) -> None:
    answer = await quiet.client.get("/docs")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_every_route_is_on_it(quiet: Served) -> None:
    page = (await quiet.client.get("/docs")).text
    described = (await quiet.client.get("/openapi.json")).json()

    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert f"<code>{method.upper()} {path}</code>" in page
            assert f'href="#{operation["operationId"]}"' in page


async def test_it_loads_nothing_foreign(quiet: Served) -> None:
    parts = Parts((await quiet.client.get("/docs")).text)

    assert [where for where in parts.links if not where.startswith(("#", "/openapi.json"))] == []
    icon, asked = parts.loads
    assert icon.startswith("data:image/svg+xml,")
    assert asked == 'fetch("/openapi.json")'
    assert parts.inline == []


async def test_only_its_own_blocks_may_run(quiet: Served) -> None:
    answer = await quiet.client.get("/docs")

    rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    for tag in ("style", "script"):
        (block,) = re.findall(rf"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        assert rules[f"{tag}-src"] == f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'"


async def test_what_the_script_looks_for_is_there(quiet: Served) -> None:
    page = (await quiet.client.get("/docs")).text

    wanted = set(re.findall(r'\bat\("(\w+)"\)', page))

    assert wanted
    assert wanted <= Parts(page).ids


async def test_every_tag_says_what_it_holds(quiet: Served) -> None:
    described = (await quiet.client.get("/openapi.json")).json()

    used = {tag for methods in described["paths"].values() for one in methods.values() for tag in one["tags"]}

    assert used == {tag["name"] for tag in described["tags"] if tag["description"]}
