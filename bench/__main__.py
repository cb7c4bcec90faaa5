"""`make bench`: start-up, memory, and the CPU of a stored picture, beside what we aim at."""

import asyncio
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

RUNS = 5
PICTURES = 60
BIN = Path(sys.executable).parent
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def main() -> None:
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians of {RUNS}")
    with tempfile.TemporaryDirectory() as folder:
        _commands(Path(folder))
        _server(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        _pictures(Path(folder))


def _row(what: str, value: float, unit: str, aim: float) -> None:
    print(f"  {what:<58} {value:8.1f} {unit:<3} (aim {aim:g})")


def _commands(folder: Path) -> None:
    help_cpu = _median(lambda: _run(folder, "--help")[1])
    _row("diorama --help, CPU", help_cpu * 1000, "ms", 150)
    image = ["image", "a red fox in the snow", "--size", "1024x1024", "--force", "-o", str(folder / "fox.png")]
    _run(folder, *image)  # the first run makes the database
    runs = [_run(folder, *image) for _ in range(RUNS)]
    _row("diorama image by sketch, 1024x1024, wall", statistics.median(wall for wall, _ in runs), "s", 1.5)
    _row("diorama image by sketch, 1024x1024, CPU", statistics.median(cpu for _, cpu in runs), "s", 1.5)


def _server(folder: Path) -> None:
    ready, memory = [], 0.0
    for _ in range(RUNS):
        began = time.perf_counter()
        with _serving(folder) as (url, process):
            ready.append(time.perf_counter() - began)
            httpx2.get(f"{url}/healthz")
            time.sleep(1)
            memory = _memory_mb(process.pid)
    _row("diorama serve, ready after", statistics.median(ready), "s", 1)
    _row("diorama serve, idle memory (RSS)", memory, "MB", 120)


def _pictures(folder: Path) -> None:
    """The caller waits, the vendor answers 2 MB at once, the picture is stored and recorded."""
    port = _free_port()
    vendor = subprocess.Popen([sys.executable, "-m", "bench.vendor", str(port)])
    try:
        _await_port(port)
        outside = {"OPENAI_API_KEY": "bench", "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"}
        with _serving(folder, **outside) as (url, process):
            for callers in (1, 8):
                asyncio.run(_ask(url, 8, callers))
                began_cpu, began = _cpu_s(process.pid), time.perf_counter()
                latencies = asyncio.run(_ask(url, PICTURES, callers))
                wall, cpu = time.perf_counter() - began, _cpu_s(process.pid) - began_cpu
                label = f"/image/generate, 2 MB stored, {callers} caller{'s' if callers > 1 else ''}"
                _row(f"{label}, CPU each", cpu / PICTURES * 1000, "ms", 5)
                p50 = statistics.median(latencies) * 1000
                print(f"  {'':<58} {p50:8.1f} ms  p50, {PICTURES / wall:.0f} pictures a second")
    finally:
        vendor.kill()
        vendor.wait()


async def _ask(url: str, count: int, callers: int) -> list[float]:
    body = {"prompt": "a fox", "customer_id": 1, "settings": {"image": {"model": "gpt-image-2.5-flare"}}}
    latencies: list[float] = []
    left = iter(range(count))

    async def caller(client: httpx2.AsyncClient) -> None:
        for _ in left:
            began = time.perf_counter()
            answer = await client.post(f"{url}/image/generate", json=body)
            latencies.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text

    async with httpx2.AsyncClient(timeout=60) as client:
        await asyncio.gather(*(caller(client) for _ in range(callers)))
    return latencies


@contextmanager
def _serving(folder: Path, **outside: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(BIN / "diorama"), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=_environment(folder) | outside, stderr=subprocess.DEVNULL)
    try:
        _await_ready(url)
        yield url, process
    finally:
        process.terminate()
        process.wait()


def _run(folder: Path, *arguments: str) -> tuple[float, float]:
    """Wall and CPU seconds of one command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [str(BIN / "diorama"), *arguments]
    subprocess.run(command, env=_environment(folder), capture_output=True, check=True)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _median(measure: Callable[[], float]) -> float:
    measure()
    return statistics.median(measure() for _ in range(RUNS))


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "DIORAMA_HOME": str(folder / "home")}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _await_port(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.01)
        else:
            return


def _await_ready(url: str) -> None:
    with httpx2.Client() as client:
        while True:
            try:
                if client.get(f"{url}/readyz").status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.01)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def _memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


if __name__ == "__main__":
    main()
