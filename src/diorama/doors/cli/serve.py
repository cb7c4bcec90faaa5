"""`diorama serve`: the HTTP door."""

import errno
import logging
import os
import socket
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diorama.doors.cli.output import say
from diorama.errors import ConfigurationError, ServiceError

if TYPE_CHECKING:
    from diorama.settings import Settings

FACTORY = "diorama.doors.http.app:create_app"
GRACE_S = 30
"""How long open connections may go on after SIGTERM; what is on the wire to a vendor is waited for after that."""

Host = Annotated[str | None, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")]
Port = Annotated[
    int | None,
    typer.Option("--port", metavar="NUMBER", min=0, max=65535, help="Port to listen on; 0 takes a free one."),
]
Reload = Annotated[bool, typer.Option("--reload", help="Start anew when the code changes; for development.")]


def serve(host: Host = None, port: Port = None, reload: Reload = False) -> None:
    """Serve over HTTP.

    `/docs` tells of every route, `/openapi.json` the same to programs.

    \b
    diorama serve
    diorama serve --port 9000
    """
    from diorama.doors.http.auth import check_exposure
    from diorama.settings import load_settings

    settings = load_settings(**{name: value for name, value in (("host", host), ("port", port)) if value is not None})
    check_exposure(settings)
    listener = _listen(settings)
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    _tell(settings)
    if reload:
        listener.close()
        _serve_and_reload(settings)
    else:
        _serve(settings, listener)


def _serve(settings: "Settings", listener: socket.socket) -> None:
    import uvicorn

    from diorama.doors.cli.memory import keep_freed_memory
    from diorama.doors.http.app import create_app

    keep_freed_memory()
    server = uvicorn.Server(uvicorn.Config(create_app(settings), **_options(settings)))
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


def _serve_and_reload(settings: "Settings") -> None:
    """The server is a process of its own each time, so what the flags say reaches it by its environment."""
    import uvicorn

    os.putenv("DIORAMA_HOST", settings.host)
    os.putenv("DIORAMA_PORT", str(settings.port))
    folder = os.path.dirname(sys.modules["diorama"].__file__ or "")
    address: dict[str, Any] = {"host": settings.host, "port": settings.port}
    uvicorn.run(FACTORY, factory=True, reload=True, reload_dirs=[folder], **address, **_options(settings))


def _options(settings: "Settings") -> dict[str, Any]:
    level = "warning" if settings.log == "info" else settings.log
    return {
        "loop": "uvloop",
        "http": "httptools",
        "log_level": level,
        "access_log": settings.log == "debug",
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_S,
    }


def _listen(settings: "Settings") -> socket.socket:
    """The socket to serve on. Raises ConfigurationError when the address is taken or none of ours."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise _taken(settings, error) from None
    return listener


def _taken(settings: "Settings", error: OSError) -> ConfigurationError | ServiceError:
    if error.errno == errno.EADDRINUSE:
        message = f"Port {settings.port} of {settings.host} is in use."
        return ServiceError(message, code="port_in_use", hint=f"Take another: diorama serve --port {settings.port + 1}")
    why = "permission is denied" if error.errno == errno.EACCES else "this machine has no such address"
    return ConfigurationError(f"Cannot listen on {settings.host} port {settings.port}: {why}.", key="DIORAMA_HOST")


def _tell(settings: "Settings") -> None:
    from diorama.catalog.catalog import catalog_of
    from diorama.settings import vendor_environment

    environment = vendor_environment(settings.home)
    vendors = catalog_of(settings).vendors.values()
    keyed = [vendor.display_name for vendor in vendors if environment.keys(vendor.keys)]
    say(f"Diorama on {settings.own_url}, its routes on {settings.own_url}/docs")
    say(f"home     {settings.home}")
    say(f"vendors  {', '.join(keyed) or 'no key is set, so the built-in sketch draws'}")
    logging.getLogger("diorama").setLevel(settings.log.upper())
