"""The same fakes behind a real socket: nothing may differ but the address."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from tests.fakes.base import Fault
from tests.fakes.openai import OpenAI
from tests.fakes.serving import serve, spawn
from tests.fakes.xai import XAI

KEY = {"authorization": "Bearer k"}
PICTURE = {"model": "gpt-image-2.5-flare", "prompt": "a fox", "size": "1024x1024", "quality": "low"}
FILM = {"model": "grok-imagine-video", "prompt": "a film", "duration": 1}


def test_a_process_of_its_own_makes_pictures_and_films_and_logs_every_submit(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with spawn("openai", "xai", args=("--log", str(log))) as urls, httpx2.Client(headers=KEY) as http:
        picture = http.post(urls["OPENAI_BASE_URL"] + "/images/generations", json=PICTURE)
        film = http.post(urls["XAI_API_BASE_URL"] + "/videos/generations", json=FILM).json()["request_id"]
        done = http.get(f"{urls['XAI_API_BASE_URL']}/videos/{film}").json()
        file = httpx2.get(done["video"]["url"])

    assert picture.json()["data"][0]["b64_json"]
    assert httpx2.URL(done["video"]["url"]).host == "127.0.0.1"
    assert file.content[4:8] == b"ftyp"
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(e["vendor"], e["path"], e["key"], e["prompt"], e["at"]) for e in entries] == [
        ("openai", "/v1/images/generations", 0, "a fox", "arrived"),
        ("openai", "/v1/images/generations", 0, "a fox", "answered"),
        ("xai", "/v1/videos/generations", 0, "a film", "arrived"),
        ("xai", "/v1/videos/generations", 0, "a film", "answered"),
    ]


def test_a_submit_is_logged_when_it_arrives_long_before_its_answer(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with spawn("openai", args=("--log", str(log), "--image-delay", "30")) as urls:
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(urls["OPENAI_BASE_URL"] + "/images/generations", json=PICTURE, headers=KEY, timeout=0.5)
        entries = log.read_text().splitlines()

    assert [json.loads(entry)["at"] for entry in entries] == ["arrived"]


def test_faults_break_real_connections_too() -> None:
    fake = OpenAI()
    fake.fail(Fault.drop(), Fault.stall())
    with serve(fake), httpx2.Client(headers=KEY, timeout=0.3) as http:
        url = f"{fake.base_url}/images/generations"
        with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
            http.post(url, json=PICTURE)
        with pytest.raises(httpx2.ReadTimeout):
            http.post(url, json=PICTURE)
        healthy = http.post(url, json=PICTURE, timeout=10)

    assert healthy.status_code == 200
    assert healthy.headers["x-request-id"].startswith("req_")
    assert fake.paid == {"a fox": 3}


def test_a_key_sent_to_the_result_host_is_caught_over_a_socket() -> None:
    fake = XAI()
    fake.film_polls = 0
    with serve(fake), httpx2.Client(headers=KEY) as http:
        film = http.post(f"{fake.base_url}/videos/generations", json=FILM).json()["request_id"]
        url = http.get(f"{fake.base_url}/videos/{film}").json()["video"]["url"]

        assert (http.get(url).status_code, httpx2.get(url).status_code) == (403, 200)
    assert [seen.status for seen in fake.downloads] == [403, 200]


def test_it_dies_with_its_parent() -> None:
    start = (
        "import os, subprocess, sys;"
        "p = subprocess.Popen([sys.executable, '-m', 'tests.fakes', 'openai', '--parent-pid', str(os.getpid())],"
        " stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True);"
        "print(p.stdout.readline().strip(), flush=True)"
    )
    root = Path(__file__).parents[2]
    told = subprocess.run([sys.executable, "-c", start], cwd=root, capture_output=True, text=True, check=True).stdout
    port = httpx2.URL(told.strip().partition("=")[2]).port
    assert port

    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    raise AssertionError("the fake outlived its parent")
