"""The server in a hurry: the same application with short pauses between polls. `python -m tests.kill.server PORT`."""

import sys
from functools import partial

import uvicorn

from diorama.doors.http.app import create_app
from diorama.settings import load_settings
from diorama.wiring import open_house
from tests.clock import HurriedClock

if __name__ == "__main__":
    settings = load_settings(port=int(sys.argv[1]))
    app = create_app(settings, house=partial(open_house, settings, clock=HurriedClock()))
    uvicorn.run(app, port=settings.port, log_level="warning", timeout_graceful_shutdown=30)
