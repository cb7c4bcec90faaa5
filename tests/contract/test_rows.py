"""Every row of the catalog, through the whole house, against every way in which a vendor can answer.

A new vendor gets all of this for its three files: the rows come from the catalog, the answers from its fake; those
that DIORAMA_VENDORS brings are among them.
"""

import math
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from diorama.catalog.catalog import PACKAGED, load_catalog
from diorama.catalog.entry import Model, Option
from diorama.db.tables import calls, ledger
from diorama.errors import ValidationError
from diorama.schemas import Input, Job, Role
from diorama.wiring import House
from tests.clock import START, QuickClock
from tests.fakes import media
from tests.fakes.base import BROUGHT, Fake, load
from tests.houses import a_house, make

pytestmark = pytest.mark.anyio

CATALOG = load_catalog(PACKAGED, *BROUGHT)
TODAY = datetime.fromtimestamp(START, UTC).date()
PAID = [model for model in CATALOG.models if not CATALOG.vendors[model.vendor].free]
LIVING = [model for model in PAID if not model.is_retired(TODAY)]
RETIRED = [model for model in PAID if model.is_retired(TODAY)]
FREE = [model for model in CATALOG.models if CATALOG.vendors[model.vendor].free]


@dataclass(frozen=True, kw_only=True)
class End:
    """How a job must end: its state, its error's code, the requests that reached the vendor, and the money."""

    state: str
    code: str | None = None
    submits: int = 1
    money: str = "settled"


GOOD = End(state="succeeded")
UNKNOWN = End(state="uncertain", code="uncertain", money="reserved")
ENDS = {
    "ok": GOOD,
    "refused": End(state="failed", code="vendor_failed", money="released"),
    "moderated": End(state="failed", code="moderated", money="?"),  # some bill for what they withhold
    "busy": End(state="succeeded", submits=2),
    "server_error": UNKNOWN,
    "dropped": UNKNOWN,
    "garbage": UNKNOWN,
    "empty": UNKNOWN,
    "never_ending": UNKNOWN,
    "poll_server_error": GOOD,
    "expired": End(state="failed", code="result_lost"),
    "download_gone": End(state="failed", code="result_lost"),
    "failed": End(state="failed", code="vendor_failed", money="released"),
}
CANNOT_HAPPEN = {
    ("at_once", "poll_server_error"): "there is nothing to poll",
    ("at_once", "expired"): "the answer carries the bytes",
    ("at_once", "download_gone"): "the answer carries the bytes",
    ("at_once", "failed"): "there is nothing to poll",
}


EVERY_ROW = {"refused", "dropped"}
"""What every row is put through, beside the healthy answer that its bill is compared with. The other outcomes, and
many outputs, are played by the first row of each shape of a vendor: they are about the vendor's answers, and rows that
differ in prices and limits alone share those."""


def _shape(model: Model) -> tuple[object, ...]:
    """Rows of the same shape are asked for with the same key and inputs, and answered in the same way."""
    usual = model.is_open_to(CATALOG.vendors[model.vendor].keys[0])
    return model.vendor, model.makes, model.lane, model.requires, model.outputs_per_call, usual


FIRSTS = list({_shape(model): model for model in reversed(LIVING)}.values())  # later ones are written over


def _pairs() -> list[tuple[Model, str]]:
    """Living rows with the outcomes that their vendor's fake can play."""
    firsts = {model.name for model in FIRSTS}
    return [(model, name) for model in LIVING for name in _outcomes(model) if model.name in firsts or name in EVERY_ROW]


def _outcomes(model: Model) -> list[str]:
    """What its vendor's fake can play of a row in this lane."""
    played = load(model.vendor).outcomes
    return [name for name in played if (model.lane, _plain(name)) not in CANNOT_HAPPEN]


def _plain(name: str) -> str:
    """Vendors have many ways to fail."""
    return "failed" if name.startswith("failed_") else name


def asked(model: Model, **more: Any) -> dict[str, Any]:
    """The smallest request that a row serves: a prompt, and the inputs and settings it cannot do without."""
    needed = [Input(role=role, data=_input(model, role)) for role in model.requires]
    lacking = {rule.needs[0] for rule in model.rules if rule.needs and not rule.when}
    options = {option.name: _setting(option) for option in model.options if option.name in lacking}
    own = {"model": model.name, "kind": model.makes, "prompt": "a paper fox", "inputs": needed, "options": options}
    return own | more


def _setting(option: Option) -> Any:
    """A value that an option surely takes."""
    if option.values or option.type == "boolean":
        return (*option.values, True)[0]
    return "a bear" if option.type == "string" else option.max or 1


def _input(model: Model, role: Role) -> str:
    """A small picture, or where a film goes on from a film, a short film."""
    if role == "source" and model.makes == "video":
        return f"data:video/mp4;base64,{b64encode(media.film(320, 192, 5)).decode()}"
    return f"data:image/png;base64,{b64encode(media.picture(320, 320, transparent=role == 'mask')).decode()}"


@pytest.mark.parametrize(("model", "outcome"), _pairs(), ids=lambda value: getattr(value, "name", value))
async def test_a_row_ends_as_it_must(model: Model, outcome: str, tmp_path: Path) -> None:
    clock, fake = _fake(model)
    fake.fail(*fake.outcomes[outcome])
    end = ENDS[_plain(outcome)]

    async with a_house(tmp_path, fake, catalog=CATALOG, clock=clock, model=model) as house:
        job = await make(house, **asked(model))
        money = await _money(house)

    if not fake.downloads and any(fault.on == "download" for fault in fake.faults):
        pytest.skip("the answer carries the bytes")
    assert (job.state, (job.error or {}).get("code")) == (end.state, end.code)
    assert len(fake.submits) == end.submits
    assert fake.paid.total() <= 1
    assert money[-1] == end.money or end.money == "?"
    assert len(job.assets) == (1 if end is GOOD or end.state == "succeeded" else 0)


@pytest.mark.parametrize("model", LIVING, ids=lambda model: model.name)
def test_every_named_outcome_is_played_or_cannot_happen(model: Model) -> None:
    played = {_plain(name) for name in load(model.vendor).outcomes}
    played |= {outcome for lane, outcome in CANNOT_HAPPEN if lane == model.lane}

    assert played == set(ENDS)


@pytest.mark.parametrize("model", RETIRED, ids=lambda model: model.name)
async def test_a_retired_row_is_refused_without_a_request(model: Model, tmp_path: Path) -> None:
    clock, fake = _fake(model)

    async with a_house(tmp_path, fake, catalog=CATALOG, clock=clock, overridden=False) as house:
        with pytest.raises(ValidationError) as refused:
            await make(house, **asked(model))

    assert refused.value.code == "model_retired"
    assert str(model.retired) in str(refused.value)
    assert model.successor is None or model.successor in str(refused.value)
    assert fake.submits == []


@pytest.mark.parametrize("model", FIRSTS, ids=lambda model: model.name)
async def test_many_outputs_are_as_few_calls_as_the_vendor_allows(model: Model, tmp_path: Path) -> None:
    clock, fake = _fake(model)
    n = model.outputs_per_call + 1

    async with a_house(tmp_path, fake, catalog=CATALOG, clock=clock, model=model) as house:
        job = await make(house, **asked(model, n=n))

    assert (job.state, len(job.assets)) == ("succeeded", n)
    assert len(fake.submits) == math.ceil(n / model.outputs_per_call)
    assert len({asset.id for asset in job.assets}) == n


@pytest.mark.parametrize("model", LIVING, ids=lambda model: model.name)
async def test_what_was_quoted_is_what_is_billed(model: Model, tmp_path: Path) -> None:
    clock, fake = _fake(model)

    async with a_house(tmp_path, fake, catalog=CATALOG, clock=clock, model=model) as house:
        job = await make(house, **asked(model))

    assert job.state == "succeeded"
    assert job.quote is not None
    assert job.cost is not None
    assert float(job.cost.usd) == pytest.approx(float(job.quote.usd), rel=0.05)


@pytest.mark.parametrize("model", FREE, ids=lambda model: model.name)
async def test_the_free_vendor_draws_and_refuses_what_it_cannot(model: Model, tmp_path: Path) -> None:
    small: dict[str, Any] = {"size": "64x64"} | ({"seconds": 0.5} if model.makes == "video" else {})

    async with a_house(tmp_path) as house:
        job = await make(house, model=model.name, prompt="a paper fox", **small)
        with pytest.raises(ValidationError):
            await make(house, model=model.name, prompt="a paper fox", size="9x9")

    assert job.state == "succeeded"
    assert _size(job) == (64, 64)


def _fake(model: Model) -> tuple[QuickClock, Fake]:
    clock = QuickClock()
    fake = load(model.vendor)
    fake.now = clock.now
    return clock, fake


def _size(job: Job) -> tuple[int | None, int | None]:
    (asset,) = job.assets
    return asset.width, asset.height


async def _money(house: House) -> list[str]:
    query = select(ledger.c.state).join(calls, calls.c.id == ledger.c.call_id).order_by(calls.c.id)
    return list(await house.db.read(lambda c: c.execute(query).scalars().all()))
