"""How each vendor is spoken to: one module per vendor, found by its name."""

import re
from importlib import import_module

from diorama.errors import ConfigurationError
from diorama.providers.base import Provider


def load_provider(vendor: str) -> type[Provider]:
    """The adapter in `diorama.providers.<vendor>`. Raises ConfigurationError where there is none."""
    name = f"{__name__}.{vendor}"
    problem = f"No adapter speaks with {vendor!r}."
    hint = f"It belongs into {name.replace('.', '/')}.py, as one subclass of Provider with that vendor."
    if not re.fullmatch(r"[a-z][a-z0-9_]*", vendor):
        raise ConfigurationError(problem)
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ConfigurationError(problem, hint=hint) from None
    for found in vars(module).values():
        if isinstance(found, type) and issubclass(found, Provider) and vars(found).get("vendor") == vendor:
            return found
    raise ConfigurationError(problem, hint=hint)
