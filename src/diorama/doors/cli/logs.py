"""Log lines on stderr: warnings, or everything when somebody looks for a fault."""

import logging

LEVELS = {"debug": logging.DEBUG, "info": logging.WARNING, "warning": logging.WARNING, "error": logging.ERROR}
"""A command's own words are its output; what a server would log as information is noise here."""


def set_up(*, debug: bool) -> None:
    """Warnings and worse as plain lines; all of it, with names, when debugging. Raises ConfigurationError."""
    from diorama.settings import load_settings

    level = logging.DEBUG if debug else LEVELS[load_settings().log]
    form = "%(levelname)s %(name)s: %(message)s" if level == logging.DEBUG else "%(message)s"
    logging.basicConfig(format=form, force=True)
    logging.getLogger("diorama").setLevel(level)


def is_debugging() -> bool:
    return logging.getLogger("diorama").level == logging.DEBUG
