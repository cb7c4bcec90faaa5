"""Log lines on stderr: warnings, or everything of ours when somebody looks for a fault."""

import logging

LEVELS = {"debug": logging.DEBUG, "info": logging.WARNING, "warning": logging.WARNING, "error": logging.ERROR}
"""A command's own words are its output; what a server would log as information is noise here."""

ours = logging.getLogger("diorama")


def set_up(*, debug: bool) -> None:
    """Warnings and worse as plain lines; all of it, with names, when debugging. Raises ConfigurationError."""
    from diorama.settings import load_settings

    level = logging.DEBUG if debug else LEVELS[load_settings().log]
    handler = logging.StreamHandler()
    form = "%(levelname)s %(name)s: %(message)s" if level == logging.DEBUG else "%(message)s"
    handler.setFormatter(logging.Formatter(form))
    ours.handlers[:] = [handler]
    ours.setLevel(level)


def is_debugging() -> bool:
    return ours.level == logging.DEBUG
