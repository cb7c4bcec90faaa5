"""The packaged catalog is whole, and a broken file is refused with the place of the fault."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from diorama.catalog.catalog import Catalog, load_catalog
from diorama.errors import ConfigurationError

TODAY = date(2026, 11, 20)
HEAD = """
vendor = "acme"
display_name = "Acme"
seed_name = "acme"
source = "acme-sdk==4.2.0"
checked = 2026-11-20
"""
ROW = """
[[model]]
id = "acme-image-4"
display_name = "Acme Image 4"
makes = "image"
lane = "at_once"
sizes = ["1024x1024", "512x512"]
prices = [{ per = "image", usd = "0.10" }]
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def acme(folder: Path, text: str) -> Catalog:
    (folder / "acme.toml").write_text(text)
    return load_catalog(folder)


def test_every_id_that_the_seeds_name_of_these_vendors_has_a_row(catalog: Catalog) -> None:
    named = ["gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "dall-e-2", "dall-e-3", "sora-1", "sora-2"]
    named += ["grok-2-image", "grok-imagine-image", "grok-imagine-video"]

    assert [name for name in named if catalog.find(name) is None] == []


@pytest.mark.parametrize("vendor", ["openai", "xai"])
def test_every_living_model_that_is_paid_for_has_a_price(catalog: Catalog, vendor: str) -> None:
    living = [model for model in catalog.models if model.vendor == vendor and not model.is_retired(TODAY)]

    assert living
    assert all(price.usd > 0 for model in living for price in model.prices)
    assert all(model.prices and model.source for model in living)


def test_every_retired_model_names_a_living_successor(catalog: Catalog) -> None:
    ended = [model for model in catalog.models if model.is_retired(TODAY)]
    heirs = [catalog.find(model.successor or "") for model in ended]

    assert len(ended) >= 9
    assert all(heir is not None and not heir.is_retired(TODAY) for heir in heirs)


@pytest.mark.parametrize("name", ["GPT-Image-2", "openai:gpt-image-2", "gpt-image-2-2026-04-21", " gpt-image-2 "])
def test_a_model_is_found_by_full_bare_and_dated_name_in_any_case(catalog: Catalog, name: str) -> None:
    found = catalog.find(name)

    assert found is not None
    assert found.name == "openai:gpt-image-2"


def test_aliases_and_patterns_are_not_exact_names(catalog: Catalog) -> None:
    assert catalog.find("openai") is None
    assert catalog.find("gpt-image-9") is None


def test_a_model_leads_to_its_vendor(catalog: Catalog) -> None:
    model = catalog.find("sketch:motion")

    assert model is not None
    assert catalog.vendor_of(model).free


def test_sketch_answers_at_once_and_needs_no_key(catalog: Catalog) -> None:
    sketch = catalog.vendors["sketch"]

    assert sketch.keys == ()
    assert {model.lane for model in sketch.models} == {"at_once"}


def test_a_row_like_another_takes_over_all_but_its_life(tmp_path: Path) -> None:
    more = '[[model]]\nid = "acme-image-5"\nlike = "acme-image-4"\nless = ["sizes"]\ndisplay_name = "Acme Image 5"\n'
    row = acme(tmp_path, HEAD + ROW.replace("makes", "retired = 2026-01-01\nmakes") + more).find("acme:acme-image-5")

    assert row is not None
    assert (row.makes, row.sizes, row.retired) == ("image", (), None)
    assert row.prices[0].usd == Decimal("0.10")


def test_a_vendor_without_bare_ids_is_found_by_its_full_name_only(tmp_path: Path) -> None:
    catalog = acme(tmp_path, "bare_ids = false\n" + HEAD + ROW)

    assert catalog.find("acme-image-4") is None
    assert catalog.find("acme:acme-image-4") is not None


OTHER = ROW.replace("acme-image-4", "acme-image-5")
REFUSED = {
    "an unknown key": (HEAD + ROW + "colour = 1\n", "colour"),
    "an unknown key in the head": ("colour = 1\n" + HEAD + ROW, "colour"),
    "no TOML at all": ("vendor =", "acme.toml"),
    "a default size that is not listed": (HEAD + ROW + 'defaults = { size = "1x1" }\n', "defaults.size"),
    "a default quality of a model without": (HEAD + ROW + 'defaults = { quality = "low" }\n', "defaults.quality"),
    "a default of no known field": (HEAD + ROW + "defaults = { colour = 1 }\n", "defaults.colour"),
    "a successor without a row": (HEAD + ROW + 'successor = "acme:acme-9"\n', "successor"),
    "a successor that is retired": (
        HEAD + ROW + 'successor = "acme:acme-image-5"\n' + OTHER + "retired = 2026-01-01\n",
        "successor",
    ),
    "a name given twice": (HEAD + ROW + OTHER + 'names = ["ACME-image-4"]\n', "names"),
    "an alias that is a model's id": (
        'aliases = [{ names = ["acme-image-4"], image = "acme-image-5" }]\n' + HEAD + ROW + OTHER,
        "names",
    ),
    "an alias for no row": ('aliases = [{ names = ["acme"], image = "acme-9" }]\n' + HEAD + ROW, "aliases"),
    "a pattern for the other kind": (
        'patterns = [{ match = "acme*", video = "acme-image-4" }]\n' + HEAD + ROW,
        "patterns",
    ),
    "a pattern without its star": (
        'patterns = [{ match = "acme", image = "acme-image-4" }]\n' + HEAD + ROW,
        "patterns",
    ),
    "a paid model without a price": (HEAD + ROW.replace("prices", "flags = {}\n#"), "prices"),
    "token prices without counts": (HEAD + ROW.replace('"image",', '"image_out",'), "tokens"),
    "a polled model without a pace": (HEAD + ROW.replace("at_once", "polled"), "lane"),
    "a default model that is retired": (
        HEAD + '[default_for]\nimage = { model = "acme-image-4", rank = 1 }\n' + ROW + "retired = 2026-01-01\n",
        "default_for",
    ),
    "likeness to a row that is not above": (HEAD + ROW + 'like = "acme-9"\n', "like"),
    "a price for a field that is not": (
        HEAD + ROW.replace('usd = "0.10"', 'usd = "0.10", when = { colour = "red" }'),
        "prices",
    ),
    "a rule about a field that is not": (
        HEAD + ROW + 'rules = [{ when = { input = "mask" }, drop = ["colour"], because = "so" }]\n',
        "rules",
    ),
    "a rule that needs a field that is not": (
        HEAD + ROW + 'rules = [{ needs = ["colour"], because = "so" }]\n',
        "rules",
    ),
    "an option that is a request field": (
        HEAD + ROW + 'options = [{ name = "seed", type = "integer", description = "so" }]\n',
        "options",
    ),
    "a row of another vendor": (HEAD + ROW + 'vendor = "other"\n', "vendor"),
}


@pytest.mark.parametrize(("text", "key"), REFUSED.values(), ids=REFUSED)
def test_a_broken_file_is_refused_by_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        acme(tmp_path, text)

    assert "acme" in caught.value.message
    assert caught.value.key == key


def test_a_model_may_admit_that_no_price_is_known(tmp_path: Path) -> None:
    catalog = acme(tmp_path, HEAD + ROW.replace("prices", "unpriced = true\n#"))

    assert catalog.models[0].prices == ()


def test_two_files_of_one_vendor_are_refused(tmp_path: Path) -> None:
    (tmp_path / "also.toml").write_text(HEAD)

    with pytest.raises(ConfigurationError, match="acme"):
        acme(tmp_path, HEAD + ROW)
