"""A quote in words: what would go out, what would not be as asked, what it would cost, and who else could do it."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from diorama.doors.cli.output import price

if TYPE_CHECKING:
    from diorama.schemas import QuoteAnswer, WireRequest


def tell(quote: "QuoteAnswer") -> str:
    """For people; a program reads `--json`."""
    return "\n".join(
        [*_facts(quote), *(line for one in quote.requests for line in ("", *_request(one))), *_others(quote)]
    )


def _facts(quote: "QuoteAnswer") -> Iterator[str]:
    asked = f", asked for as {quote.model.asked}" if quote.model.asked not in (None, quote.model.used) else ""
    yield f"model   {quote.model.used}{asked}"
    yield f"price   {price(quote.price) if quote.price else 'not known'}"
    yield f"calls   {quote.calls}"
    for note in quote.notes:
        yield f"note    {note.message}"
    for field in quote.unread:
        yield f"note    {field} is not fetched for this; what it turns out to be may change the shape, or be refused."


def _request(request: "WireRequest") -> Iterator[str]:
    yield f"{request.method} {request.url}" + (f"  ({request.calls} times)" if request.calls > 1 else "")
    yield from (f"{name}: {value}" for name, value in request.headers.items())
    if request.body is not None:
        yield json.dumps(request.body, indent=2, ensure_ascii=False)
    for part in request.form or ():
        file = ", ".join(filter(None, (part.filename, part.mime)))
        yield f"  {part.name}{f' ({file})' if file else ''}: {part.value}"


def _others(quote: "QuoteAnswer") -> Iterator[str]:
    if quote.alternatives:
        yield "\nThe very same could be made by"
    for other in quote.alternatives:
        ends = f"  ends on {other.retired}" if other.retired else ""
        yield f"  {other.model:38}  {price(other.price) if other.price else 'price not known'}{ends}"
