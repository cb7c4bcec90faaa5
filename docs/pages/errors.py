"""`errors.md`: every code, its class and its statuses."""

import re
from collections.abc import Iterable
from typing import Any

from diorama import errors
from docs.pages.markdown import code, page, table


def errors_page() -> str:
    rows = [row for cls in errors.CLASSES.values() for row in _error_rows(cls)]
    meanings = (f"- {code(cls.__name__)}: {_meaning(cls)}" for cls in errors.CLASSES.values() if cls.__doc__)
    return page(
        "Errors",
        "One tree, from `diorama.errors`, whichever door was used. `code` is the word to branch on. The routes "
        "`/image/...` and `/video/...` answer `{success, data, error, code}`, `/v1` answers "
        "`{error: {message, type, code, param, hint, job_id}}`.",
        table(("code", "class", "status on `/v1`", "on `/image`, `/video`"), rows),
        "## Meanings",
        "\n".join(meanings),
    )


CODES = re.compile(r"Codes: `([^`]+)`\.?")


def _meaning(cls: type[errors.DioramaError]) -> str:
    """The whole docstring but for the codes, which have their own table."""
    return " ".join(CODES.sub("", cls.__doc__ or "").split())


def _error_rows(cls: type[errors.DioramaError]) -> Iterable[tuple[str, ...]]:
    listed = CODES.search(cls.__doc__ or "")
    for word in listed[1].split() if listed else [cls.code]:
        extra: dict[str, Any] = {"provider": "acme"} if cls is errors.ProviderError else {}
        error = cls("", code=word, **extra)
        yield code(word), code(cls.__name__), str(error.status), str(error.seed_status)
