"""The cheapest question to each vendor: is this key good?"""

from pathlib import Path

import pytest

from diorama.providers.base import Refused, UnknownFate
from tests.fakes.base import Fake, load
from tests.fakes.xai import XAI
from tests.houses import a_house

pytestmark = pytest.mark.anyio


async def probed(home: Path, fake: Fake) -> str:
    async with a_house(home, fake) as house:
        return await house.vendors.provider(fake.vendor).probe()


@pytest.mark.parametrize(("vendor", "learnt"), [("openai", "lists 1"), ("xai", "knows the key")])
async def test_a_good_key_is_known(vendor: str, learnt: str, tmp_path: Path) -> None:
    fake = load(vendor)

    assert learnt in await probed(tmp_path, fake)
    assert fake.submits == []


@pytest.mark.parametrize("vendor", ["openai", "xai"])
async def test_a_wrong_key_is_told_with_its_variable_and_not_with_itself(vendor: str, tmp_path: Path) -> None:
    fake = load(vendor)
    fake.key = "another-key"

    with pytest.raises(UnknownFate) as told:
        await probed(tmp_path, fake)

    assert f"{vendor.upper()}_API_KEY" in str(told.value)
    assert f"test-key-{vendor}" not in str(told.value)


async def test_a_key_that_its_vendor_bars_is_told(tmp_path: Path) -> None:
    fake = XAI()
    fake.bars = {"team_blocked"}

    with pytest.raises(Refused, match="team_blocked"):
        await probed(tmp_path, fake)


async def test_the_sketch_is_always_there(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        assert "this machine" in await house.vendors.provider("sketch").probe()
