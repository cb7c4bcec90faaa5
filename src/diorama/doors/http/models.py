"""`GET /v1/models`: what each model can do and costs, and whether it can be used here."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from diorama.catalog.describe import ModelInfo, choose, describe, describe_all
from diorama.doors.http.deps import Opened, reply
from diorama.doors.http.native import FAILURES
from diorama.generation.resolve import resolve
from diorama.schemas import Kind, Shape

router = APIRouter(prefix="/v1/models", tags=["models"], responses=FAILURES)


KindQuery = Annotated[Kind | None, Query(description="Only what makes this.")]
SunsetQuery = Annotated[
    int | None,
    Query(ge=0, le=3650, description="Only what ends within so many days, the soonest first.", examples=[90]),
]


class ModelList(Shape):
    """OpenAI's list, with our fields beside theirs."""

    object: Literal["list"]
    data: tuple[ModelInfo, ...]


@router.get("", response_model=ModelList, summary="List models", response_description="The models.")
async def list_models(house: Opened, kind: KindQuery = None, sunset_within: SunsetQuery = None) -> Response:
    """Every model of the catalog, the retired ones too; `available` says which work here today."""
    found = describe_all(house.catalog, house.reach, house.today)
    return reply(ModelList(object="list", data=choose(found, house.today, kind=kind, sunset_within=sunset_within)))


@router.get("/{name:path}", response_model=ModelInfo, summary="Look at a model", response_description="The model.")
async def get_model(
    name: Annotated[str, Path(description="`vendor:model`, a bare id or a family.", examples=["sketch:still"])],
    house: Opened,
) -> Response:
    """One model with its options, limits and prices, whether or not it can be used here."""
    everywhere = frozenset(house.catalog.vendors)
    anyhow = replace(house.reach, keyed=everywhere, overridden=everywhere, substitutes={}, follow_successors=False)
    model = resolve(house.catalog, name, None, anyhow, house.today).model
    return reply(describe(model, house.catalog.vendor_of(model), house.reach, house.today))
