"""The reference that clients are generated from."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI

from diorama.catalog.catalog import load_catalog
from diorama.catalog.entry import Model
from diorama.doors.http.app import create_app
from diorama.doors.http.examples import GENERATIONS, IMAGES, VIDEOS
from diorama.doors.http.seeds_asking import read_image, read_video
from diorama.doors.http.seeds_schemas import ImageBody, VideoBody
from diorama.generation.fit import fit
from diorama.generation.resolve import Reach, resolve
from diorama.schemas import Kind, Request
from diorama.settings import Settings


@pytest.fixture
def app() -> FastAPI:
    return create_app(Settings())


def operations(app: FastAPI) -> Iterator[dict[str, Any]]:
    for methods in app.openapi()["paths"].values():
        yield from methods.values()


def test_it_is_openapi_3_1(app: FastAPI) -> None:
    assert app.openapi()["openapi"].startswith("3.1")


def test_every_operation_is_named_and_described(app: FastAPI) -> None:
    found = list(operations(app))

    names = [operation["operationId"] for operation in found]
    assert len(set(names)) == len(names) > 10
    assert all(operation["summary"] and operation["description"] and operation["tags"] for operation in found)


def test_words_of_the_workshop_and_of_the_framework_stay_inside(app: FastAPI) -> None:
    said = json.dumps(app.openapi())

    assert not [words for words in ("seeds", "Successful Response", "pydantic") if words in said]


def test_no_operation_answers_422(app: FastAPI) -> None:
    assert not [operation["operationId"] for operation in operations(app) if "422" in operation["responses"]]


def test_failures_are_described(app: FastAPI) -> None:
    silent = [
        op["operationId"] for op in operations(app) if "default" not in op["responses"] and "health" not in op["tags"]
    ]

    assert silent == []


def test_answers_have_no_optional_fields(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]

    for name in ("Job", "Asset", "ModelInfo", "ImageData", "VideoData", "Failure", "Problem"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"]), name


@pytest.mark.parametrize("example", IMAGES.values(), ids=str)
def test_an_example_of_pictures_is_taken(example: dict[str, Any]) -> None:
    body = ImageBody.model_validate(example["value"])

    model = one(body.settings.image.model, "image")

    assert not fit(read_image(body, model).request, model).notes


@pytest.mark.parametrize("example", VIDEOS.values(), ids=str)
def test_an_example_of_films_is_taken(example: dict[str, Any]) -> None:
    body = VideoBody.model_validate(example["value"])

    model = one(body.settings.video.model, "video")

    asked = read_video(body, model)
    assert not fit(asked.request, model, soft=asked.soft).notes


@pytest.mark.parametrize("example", GENERATIONS.values(), ids=str)
def test_a_native_example_is_taken(example: dict[str, Any]) -> None:
    request = Request.model_validate(example["value"])

    assert not fit(request, one(request.model, None)).notes


def one(name: str | None, kind: Kind | None) -> Model:
    catalog = load_catalog()
    return resolve(catalog, name, kind, Reach(keyed=frozenset(catalog.vendors)), date(2026, 11, 20)).model
