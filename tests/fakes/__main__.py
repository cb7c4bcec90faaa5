"""Serve fakes over a socket: `python -m tests.fakes openai xai --port 9000`. Prints their base URLs as settings."""

import argparse
import os
import socket
import threading
import time

from tests.fakes.base import append_to, load
from tests.fakes.serving import mount, server


def main() -> None:
    asked = _arguments()
    listener = socket.create_server((asked.host, asked.port), backlog=1024)
    fakes = [load(vendor) for vendor in asked.vendors]
    app = mount(fakes, f"http://{asked.host}:{listener.getsockname()[1]}")
    for fake in fakes:
        fake.submit_delay, fake.image_delay, fake.film_delay = asked.submit_delay, asked.image_delay, asked.film_delay
        fake.film_polls = 0  # over a socket, time alone decides when a film is ready
        fake.log = append_to(asked.log) if asked.log else None
        settings = " ".join(f"{name}={value}" for name, value in fake.settings().items())
        print(settings, flush=True)  # noqa: T201  a line per fake; the socket listens: who reads this may connect
    if asked.parent_pid:
        threading.Thread(target=_die_with, args=(asked.parent_pid,), daemon=True).start()
    server(app).run(sockets=[listener])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
    parser.add_argument("vendors", nargs="+", help="modules of tests.fakes, such as openai")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--submit-delay", type=float, default=0.0, help="seconds before any submit is answered")
    parser.add_argument("--image-delay", type=float, default=0.0, help="seconds more for a picture")
    parser.add_argument("--film-delay", type=float, default=0.0, help="seconds that a film stays pending")
    parser.add_argument("--log", help="append a JSON line per arrived submit and per answer to this file")
    parser.add_argument("--parent-pid", type=int, help="exit when that process is gone")
    return parser.parse_args()


def _die_with(pid: int) -> None:
    """Until then, look ten times a second. A dead parent hands us to another one even before it is reaped."""
    child = os.getppid() == pid
    while os.getppid() == pid if child else _alive(pid):
        time.sleep(0.1)
    os._exit(0)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
