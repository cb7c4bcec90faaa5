"""Which film is meant to go on, and who can do that: the model that made it, else the first that can."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection, String, cast, select

from diorama.catalog.catalog import Catalog
from diorama.catalog.describe import is_available
from diorama.catalog.entry import Model
from diorama.db.session import Db
from diorama.db.tables import assets
from diorama.errors import UnsupportedError, ValidationError
from diorama.generation.resolve import Reach
from diorama.schemas import Input, Note


@dataclass(frozen=True, kw_only=True)
class Extension:
    """A film that is to go on, as an input; the model that will do it, and what there is to say about that."""

    source: Input
    model: str
    notes: tuple[Note, ...] = ()


async def find_film(db: Db, customer_id: int, name: str) -> Any:
    """A film of this customer by our asset's id, our job's id, or the id under which its vendor knows it.

    Raises ValidationError when there is none.
    """
    row = await db.read(partial(_find_film, customer_id=customer_id, name=name))
    if row is None:
        raise ValidationError(
            f"There is no film {name!r} of this customer.",
            field="video_id",
            hint="Give the id of an asset, of a job, or the one under which its vendor knows it; or a video_url.",
        )
    return row


def choose_extender(catalog: Catalog, reach: Reach, today: date, made_by: str | None) -> tuple[Model, Note | None]:
    """The model that made the film if it can take it further, else the first of today's that can, with a note.

    Raises UnsupportedError when none can.
    """
    able = list(_able(catalog, reach, today))
    maker = next((model for model in able if model.name == made_by), None)
    if maker is not None:
        return maker, None
    if not able:
        hint = "Set the key of a vendor whose models can: `diorama models --kind video` lists them."
        raise UnsupportedError("No model that is set up here can take a film further.", param="model", hint=hint)
    chosen = able[0]
    message = f"{chosen.name} takes the film further; {made_by or 'what made it'} cannot."
    return chosen, Note(code="substituted", field="model", asked=made_by, used=chosen.name, message=message)


def _able(catalog: Catalog, reach: Reach, today: date) -> Iterator[Model]:
    """Film models that go on from a film, in the order of their vendors' ranks; the free sketch comes last."""
    films = [model for model in catalog.models if model.makes == "video" and "source" in model.inputs]
    ranks = {name: vendor.default_for.get("video") for name, vendor in catalog.vendors.items()}
    last = max((default.rank for default in ranks.values() if default), default=0) + 1
    for model in sorted(films, key=lambda film: default.rank if (default := ranks[film.vendor]) else last):
        if is_available(model, catalog.vendor_of(model), reach, today):
            yield model


def _find_film(c: Connection, customer_id: int, name: str) -> Any:
    films = select(assets).where(assets.c.customer_id == customer_id, assets.c.kind == "video")
    ours = films.where((assets.c.id == name) | (assets.c.job_id == name)).order_by(assets.c.slot)
    escaped = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    theirs = films.where(cast(assets.c.vendor_ref, String).like(f'%"{escaped}"%', escape="\\"))
    return c.execute(ours).first() or c.execute(theirs.order_by(assets.c.id.desc())).first()
