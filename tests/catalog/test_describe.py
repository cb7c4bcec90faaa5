"""What `GET /v1/models` says of a model."""

import json
from dataclasses import dataclass, field
from datetime import date

import pytest

from diorama.catalog.catalog import load_catalog
from diorama.catalog.describe import ModelInfo, describe, describe_all

CATALOG = load_catalog()
TODAY = date(2026, 11, 20)


@dataclass(frozen=True, kw_only=True)
class Here:
    keyed: frozenset[str] = frozenset()
    key_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    overridden: frozenset[str] = frozenset()


def told(name: str, keyed: tuple[str, ...] = (), overridden: tuple[str, ...] = ()) -> ModelInfo:
    model = CATALOG.find(name)
    assert model is not None
    here = Here(keyed=frozenset(keyed), overridden=frozenset(overridden))
    return describe(model, CATALOG.vendor_of(model), here, TODAY)


def test_openais_fields_come_first_and_ours_after() -> None:
    body = json.loads(told("gpt-image-2").model_dump_json())

    assert list(body)[:4] == ["id", "object", "created", "owned_by"]
    assert body["id"] == "openai:gpt-image-2"
    assert body["created"] == 1776729600  # 2026-04-21
    assert (body["name"], body["api_key_env"], body["provider_group"]) == ("gpt-image-2", "OPENAI_API_KEY", "OpenAI")
    assert body["prices"][-1]["usd"] == "30"
    assert body["lifecycle"]["released"] == "2026-04-21"


@pytest.mark.parametrize(
    ("name", "keyed", "overridden", "available"),
    [
        ("gpt-image-2", (), (), False),
        ("gpt-image-2", ("openai",), (), True),
        ("gpt-image-1", ("openai",), (), False),
        ("gpt-image-1", ("openai",), ("openai",), True),
        ("sketch:still", (), (), True),
    ],
)
def test_a_model_is_available_with_its_key_and_while_it_lives(
    name: str, keyed: tuple[str, ...], overridden: tuple[str, ...], available: bool
) -> None:
    assert told(name, keyed, overridden).available is available


def test_flags_say_what_the_row_can_do() -> None:
    assert told("grok-imagine-video").flags["image_to_video"]
    assert not told("grok-imagine-image").flags["image_to_video"]
    assert list(told("sketch:motion").flags) == sorted(told("sketch:motion").flags)


def test_input_fidelity_is_said_as_the_seed_asks() -> None:
    assert told("gpt-image-1.5").supports_input_fidelity
    assert not told("gpt-image-1-mini").supports_input_fidelity


def test_every_model_is_described_once_in_the_same_order() -> None:
    first, second = (describe_all(CATALOG, Here(), TODAY) for _ in range(2))

    assert [info.id for info in first] == [model.name for model in CATALOG.models]
    assert first == second


def test_clients_may_rely_on_every_field() -> None:
    schema = ModelInfo.model_json_schema(mode="serialization")

    assert set(schema["required"]) == set(schema["properties"])
    assert set(schema["$defs"]["Option"]["required"]) == set(schema["$defs"]["Option"]["properties"])
