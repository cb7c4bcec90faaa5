"""Inputs that are only looked at, for a quote: checked like any other, and neither stored nor fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from mimetypes import guess_type
from urllib.parse import urlsplit

from diorama.assets.media import VideoFacts
from diorama.catalog.entry import Model
from diorama.generation.check import InputFacts
from diorama.generation.inputs import Elsewhere, InputDesk, Own, Sent
from diorama.jobs.advance import as_input
from diorama.providers.base import InputBytes
from diorama.schemas import Input, Role


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An input as it would go out. `label` says in a few words what its bytes are.

    `facts` are None for an address elsewhere: then `given` holds the label in place of bytes, and what its role and its
    name make likely.
    """

    field: str
    given: InputBytes
    label: str
    facts: InputFacts | None


async def look(
    desk: InputDesk, customer_id: int, inputs: Sequence[Input], hosts: frozenset[str], model: Model
) -> tuple[Seen, ...]:
    """Every input, for this model. Raises ValidationError as `InputDesk.bring` would, but for what is elsewhere."""
    return tuple([await _look(desk, customer_id, item, hosts, model, i) for i, item in enumerate(inputs)])


async def _look(
    desk: InputDesk, customer_id: int, item: Input, hosts: frozenset[str], model: Model, index: int
) -> Seen:
    field = f"inputs[{index}]"
    match desk.locate(item, hosts):
        case Own(asset_id):
            row = await desk.own(customer_id, asset_id, field)
            return _seen(field, as_input(row, await desk.keeper.read(row.key), item.role, model.vendor))
        case Sent(url):
            data = desk.decode(url)
            found = await desk.check(data, field)
            seconds = found.seconds if isinstance(found, VideoFacts) else None
            size = {"width": found.width, "height": found.height}
            return _seen(field, InputBytes(role=item.role, mime=found.mime, data=data, seconds=seconds, **size))
        case Elsewhere(url):
            return _unread(field, url, item.role, model)


def _seen(field: str, given: InputBytes) -> Seen:
    facts = InputFacts(
        role=given.role,
        mime=given.mime,
        bytes=len(given.data),
        width=given.width or 1,
        height=given.height or 1,
        seconds=given.seconds if given.mime.startswith("video/") else None,
    )
    return Seen(field=field, given=given, label=f"<{field}: {given.mime}, {len(given.data)} bytes>", facts=facts)


def _unread(field: str, url: str, role: Role, model: Model) -> Seen:
    from diorama.assets.fetch import check_url

    label = f"<{field}: fetched from {check_url(url, field)} when it is needed>"
    film = model.input_types(role) == ("video/*",)
    mime = guess_type(urlsplit(url).path)[0] or ("video/mp4" if film else "image/png")
    return Seen(field=field, given=InputBytes(role=role, mime=mime, data=label.encode()), label=label, facts=None)
