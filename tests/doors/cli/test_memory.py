"""Memory that pictures have used serves the next ones."""

import platform
import subprocess
import sys

import pytest

FAULTS_IN_USING_MEMORY_AGAIN = """
import resource
from diorama.doors.cli.memory import keep_freed_memory

{}
def use():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    buffers = [bytearray(20_000_000) for _ in range(3)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

for _ in range(3):
    faults = use()
print(faults)
"""


def faults(first: str) -> int:
    code = FAULTS_IN_USING_MEMORY_AGAIN.format(first)
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators have habits of their own")
def test_freed_memory_is_used_again_without_asking_the_system() -> None:
    assert faults("keep_freed_memory()") * 10 < faults("")
