"""Adapters are found by their vendor's name."""

import subprocess
import sys

import pytest

from diorama.errors import ConfigurationError
from diorama.providers import load_provider


@pytest.mark.parametrize("vendor", ["openai", "xai", "sketch"])
def test_an_adapter_is_found_by_its_vendors_name(vendor: str) -> None:
    assert load_provider(vendor).vendor == vendor


@pytest.mark.parametrize("vendor", ["acme", "base", "sketching", "", "../openai", "openai.OpenAI", "__init__"])
def test_a_vendor_without_an_adapter_is_refused_by_name(vendor: str) -> None:
    with pytest.raises(ConfigurationError, match="No adapter speaks with") as caught:
        load_provider(vendor)

    assert repr(vendor) in caught.value.message


def test_adapters_load_without_what_only_paid_calls_need() -> None:
    script = (
        "import sys; from diorama.providers import load_provider\n"
        "for vendor in ('openai', 'xai', 'sketch'): load_provider(vendor)\n"
        "print(*sorted({'httpx2', 'PIL', 'av'} & set(sys.modules)))"
    )

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == ""
