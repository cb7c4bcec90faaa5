"""A vendor is its files: whoever brings them has it at every door, in the reference and in the contract."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from diorama.catalog.catalog import Catalog, catalog_of
from diorama.clock import SystemClock
from diorama.errors import ConfigurationError
from diorama.generation.service import Asker
from diorama.providers import load_provider
from diorama.schemas import Request
from diorama.settings import Settings, load_settings
from docs import render
from tests.doors.cli.conftest import Run, run  # noqa: F401 - a fixture
from tests.doors.http.serving import a_door
from tests.fakes.base import load
from tests.fakes.serving import serve
from tests.houses import a_house, make

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
ACME = Path(__file__).parent / "acme"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somewhere on this machine, with the three files, and named to Diorama."""
    there = tmp_path / "their vendors"
    shutil.copytree(ACME, there, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("DIORAMA_VENDORS", str(there))
    return there


def catalog() -> Catalog:
    return catalog_of(load_settings())


def brought(folder: Path, **more: Any) -> dict[str, Any]:
    """What a house is opened with."""
    return {"settings": {"vendors": (folder,)} | more}


def test_the_catalog_knows_where_a_vendor_comes_from(folder: Path) -> None:
    assert catalog().brought == {"acme": folder}
    assert catalog().vendors["acme"].models[0].name == "acme:acme-picture-2"


def test_its_adapter_hides_no_other_module(folder: Path) -> None:
    before = list(sys.path)

    adapter = load_provider("acme", folder)

    assert (adapter.vendor, adapter.__module__) == ("acme", "diorama_vendor_acme")
    assert load_provider("acme", folder) is adapter
    assert sys.path == before
    assert "acme" not in sys.modules


def test_several_folders_are_separated_like_paths(tmp_path: Path, folder: Path, monkeypatch: Any) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("DIORAMA_VENDORS", os.pathsep.join(["empty", str(folder), str(folder)]))

    assert load_settings().vendors == (tmp_path / "empty", folder)
    assert "acme" in catalog().vendors


# The doors


def test_the_command_line_knows_it(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    assert "acme        no key; set ACME_API_KEY" in run("vendors", "list").out
    assert run("vendors", "set", "acme", stdin="key-of-sixteen-or-more\n").code == 0
    monkeypatch.setenv("ACME_BASE_URL", "http://127.0.0.1:9/v2")

    vendors, models = run("vendors", "list"), run("models", "--kind", "video")

    assert "ACME_API_KEY …more from vendors.env; ACME_BASE_URL leads to http://127.0.0.1:9/v2" in vendors.out
    assert [line.split() for line in models.lines if "acme" in line] == [
        ["acme:acme-film-1", "video", "$0.10", "a", "second"]
    ]
    assert "brush (ink, oil): What it is painted with." in run("models", "acme-picture-2").out


def test_the_doctor_tries_its_key(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    fake = load("acme", folder)
    with serve(fake):
        monkeypatch.setenv("ACME_API_KEY", "test-key")
        monkeypatch.setenv(fake.env, fake.base_url)
        said = run("doctor")

    assert "knows the key" in next(line for line in said.lines if "acme" in line)


async def test_http_tells_of_its_models(folder: Path, tmp_path: Path) -> None:
    async with a_door(tmp_path, load("acme", folder), **brought(folder)) as door:
        listed = (await door.client.get("/v1/models")).json()["data"]
        film = (await door.client.get("/v1/models/acme:acme-film-1")).json()

    assert [model["id"] for model in listed if model["vendor"] == "acme"] == ["acme:acme-picture-2", "acme:acme-film-1"]
    assert (film["available"], film["api_key_env"], film["seconds"]) == (True, "ACME_API_KEY", [4, 8])


# The work


@pytest.mark.parametrize("model", [None, "acme", "acme-picture-2", "acme:acme-picture-2"])
async def test_it_paints_by_alias_name_or_as_the_default(model: str | None, folder: Path, tmp_path: Path) -> None:
    fake = load("acme", folder)

    async with a_house(tmp_path, fake, **brought(folder)) as house:
        job = await make(house, model=model, kind="image", prompt="a fox", options={"brush": "ink"})

    (asset,) = job.assets
    assert (job.state, job.model.used, asset.width, asset.height) == ("succeeded", "acme:acme-picture-2", 1024, 1024)
    assert [submit.body for submit in fake.submits] == [
        {"model": "acme-picture-2", "prompt": "a fox", "size": "1024x1024", "brush": "ink"}
    ]


async def test_it_films(folder: Path, tmp_path: Path) -> None:
    fake = load("acme", folder)

    async with a_house(tmp_path, fake, **brought(folder)) as house:
        job = await make(house, model="acme", kind="video", prompt="a fox", seconds=8)

    assert (job.state, job.assets[0].mime, job.assets[0].seconds) == ("succeeded", "video/mp4", 8)
    assert job.cost is not None
    assert (str(job.cost.usd), len(fake.polls)) == ("0.8", 3)


async def test_what_it_made_stays_when_it_is_taken_away(folder: Path, tmp_path: Path) -> None:
    async with a_house(tmp_path, load("acme", folder), **brought(folder)) as house:
        job = await make(house, model="acme", kind="image", prompt="a fox")

    async with a_house(tmp_path) as house:
        kept = await house.jobs.get(1, job.id)

    assert kept.assets[0].sha256 == job.assets[0].sha256


async def test_what_it_had_not_finished_waits_for_it_and_hinders_nobody(folder: Path, tmp_path: Path) -> None:
    film = Request(model="acme", kind="video", prompt="a fox")
    one_at_a_time = brought(folder, limits={"acme": 1})
    async with a_house(tmp_path, load("acme", folder), clock=SystemClock(), **one_at_a_time) as house:
        begun, queued, unwanted = [await house.generation.submit(film, Asker(customer_id=1)) for _ in range(3)]

    async with a_house(tmp_path) as house:
        await house.runner.sweep()
        sketch = await make(house, model="sketch", prompt="a fox", size="64x64")
        cancelled = await house.jobs.cancel(1, unwanted)
        waiting = [(await house.jobs.get(1, job)).state for job in (begun, queued)]

    assert (sketch.state, cancelled.state, waiting) == ("succeeded", "cancelled", ["running", "queued"])


# The reference and the contract


def test_it_has_its_page_in_the_reference(folder: Path) -> None:
    pages = render.render(catalog())

    page = pages["vendors/acme.md"]
    assert all(f"`{word}`" in page for word in ("ACME_API_KEY", "ACME_BASE_URL", "acme:acme-film-1", "brush"))
    assert all("`acme:acme-picture-2`" in pages[name] for name in ("models.md", "aliases.md"))
    assert "ACME_API_KEY" in pages["settings.md"]


def test_it_keeps_the_contract(folder: Path) -> None:
    """In a process of its own, as whoever brings a vendor runs it."""
    command = [sys.executable, "-m", "pytest", "tests/contract", "-q", "-n0", "-k", "acme"]
    said = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"DIORAMA_VENDORS": str(folder)}, capture_output=True, text=True
    )

    assert said.returncode == 0, said.stdout
    assert int(said.stdout.splitlines()[-1].split(" passed")[0].split()[-1]) >= 20


# What is refused


def broken(folder: Path, file: str, old: str, new: str) -> str:
    """What is said when this file says something else."""
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigurationError) as refused:
        load_provider("acme", catalog().brought["acme"])
    return str(refused.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("acme.toml", 'vendor = "acme"', 'vendor = "openai"', "'openai' is not the name of the file"),
        ("acme.toml", "acme-picture-2", "gpt-image-2", "'gpt-image-2' already means openai:gpt-image-2"),
        ("acme.toml", 'vendor = "acme"', "vendor =", "acme.toml is not TOML"),
        ("acme.toml", "prompt_max", "prompt_most", "key 'prompt_most'"),
        ("acme.py", 'vendor = "acme"', 'vendor = "acne"', "No adapter speaks with 'acme'. It belongs into"),
        ("acme.py", "from typing import Any", "import nothing_like_it", "No module named 'nothing_like_it'"),
        ("acme.py", "class Acme(Provider):", "class Acme(Provider)", "expected ':' (acme.py, line "),
    ],
)
def test_a_fault_is_named_with_its_file_and_a_way_out(folder: Path, file: str, old: str, new: str, words: str) -> None:
    said = broken(folder, file, old, new)

    assert words in said
    assert file in said


def test_a_name_that_is_taken_is_refused(folder: Path) -> None:
    (folder / "xai.toml").write_text((folder / "acme.toml").read_text().replace('vendor = "acme"', 'vendor = "xai"'))

    with pytest.raises(ConfigurationError, match=r"'xai' is taken by .*xai\.toml; give yours another name"):
        catalog()


def test_an_adapter_that_is_missing_is_asked_for(folder: Path) -> None:
    (folder / "acme.py").unlink()

    with pytest.raises(ConfigurationError, match=r"It belongs into .*their vendors/acme\.py, as one subclass"):
        load_provider("acme", folder)


def test_a_folder_that_is_missing_is_named() -> None:
    with pytest.raises(ConfigurationError, match="DIORAMA_VENDORS names '/nowhere', which is no folder"):
        catalog_of(Settings(vendors=(Path("/nowhere"),)))
