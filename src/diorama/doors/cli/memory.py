"""How a process that serves for long keeps its memory."""

import ctypes
import platform

MIB = 2**20
# Numbers and meaning: mallopt(3) of Linux man-pages, malloc.h of glibc 2.36.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 128 * MIB
MAPPED_FROM_BYTES = 32 * MIB


def keep_freed_memory() -> None:
    """Let freed memory be used again instead of giving it back at once. On glibc alone; elsewhere nothing happens.

    A picture passes through buffers of some MB that live for a moment. glibc hands such memory back to the system when
    it is freed and gets it again page by page, every page cleared and faulted in anew: milliseconds of CPU for each
    picture when several are made at once. Now it keeps up to KEPT_BYTES for the next ones; what is larger than
    MAPPED_FROM_BYTES still comes and goes by itself, so one large film does not stay.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        libc.mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES)
