"""Fakes behind real sockets: in a thread of this process, where faults can be scripted, or in one of their own."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.routing import Mount, Router

from tests.fakes.base import Fake

_ROOT = Path(__file__).parents[2]


def mount(fakes: list[Fake], base: str) -> Router:
    """One app for several fakes: their APIs at /<vendor>, their results at /files/<vendor>, their URLs set so."""
    mounts: list[Mount] = []
    for fake in fakes:
        fake.base_url, fake.files_url = f"{base}/{fake.vendor}{fake.prefix}", f"{base}/files/{fake.vendor}"
        mounts += [Mount(f"/files/{fake.vendor}", fake.files), Mount(f"/{fake.vendor}", fake.app)]
    return Router(mounts)


def server(app: Router) -> uvicorn.Server:
    return uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False))


@contextmanager
def serve(*fakes: Fake) -> Iterator[None]:
    """Serve these on a free loopback port until the block ends; their `base_url` tells where."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        running = server(mount(list(fakes), f"http://127.0.0.1:{listener.getsockname()[1]}"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            running.should_exit = running.force_exit = True
            thread.join()


@contextmanager
def spawn(*vendors: str, args: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """Serve them in another process (flags: `python -m tests.fakes --help`); yields the settings that lead there."""
    command = [sys.executable, "-m", "tests.fakes", *vendors, *args]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            told = " ".join(process.stdout.readline() for _ in vendors)
            yield dict(setting.split("=", 1) for setting in told.split())
        finally:
            process.kill()
