"""How each vendor is spoken to: one module per vendor, found by its name."""

import re
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from diorama.errors import ConfigurationError
from diorama.providers.base import Provider


def load_provider(vendor: str, folder: Path | None = None) -> type[Provider]:
    """The adapter in `diorama.providers.<vendor>`, or in `<vendor>.py` of this folder.

    Raises ConfigurationError where there is none, or where its file cannot be imported.
    """
    place = f"{__name__}.{vendor}".replace(".", "/") + ".py" if folder is None else str(folder / f"{vendor}.py")
    problem = f"No adapter speaks with {vendor!r}."
    hint = f"It belongs into {place}, as one subclass of diorama.providers.base.Provider with vendor = {vendor!r}."
    if not re.fullmatch(r"[a-z][a-z0-9_]*", vendor):
        raise ConfigurationError(problem)
    module = _packaged(vendor) if folder is None else _brought(folder / f"{vendor}.py")
    for found in vars(module).values() if module else ():
        if isinstance(found, type) and issubclass(found, Provider) and vars(found).get("vendor") == vendor:
            return found
    raise ConfigurationError(problem, hint=hint)


def _packaged(vendor: str) -> ModuleType | None:
    name = f"{__name__}.{vendor}"
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None


def _brought(file: Path) -> ModuleType | None:
    """Under a name of its own, so that it hides no other module and needs no place on the import path."""
    name = f"diorama_vendor_{file.stem}"
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(file):
        return known
    spec = spec_from_file_location(name, file)
    if not file.is_file() or spec is None or spec.loader is None:
        return None
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if not isinstance(error, ImportError | SyntaxError):
            raise
        hint = "What it imports must be installed beside Diorama."
        raise ConfigurationError(f"{file} cannot be imported: {error}.", hint=hint) from None
    return module
