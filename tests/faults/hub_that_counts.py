"""A hub that counts what it holds whenever it is told to (SIGUSR1), into the file that HUB_COUNTS names.

The rule of this file: the hub itself is untouched. Memory is counted as what malloc has given out and not got back,
with PYTHONMALLOC=malloc Python's own objects too: exact, free of what fragments and of what is kept for later, and at
no cost to the load. tracemalloc would slow the hub down several times, and sees neither SQLite nor TLS.
"""

import asyncio
import ctypes
import gc
import json
import os
import resource
import signal
from pathlib import Path

from hub.__main__ import main as run_hub

_NAMES = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")


class _Mallinfo2(ctypes.Structure):
    """mallinfo(3)"""

    _fields_ = [(name, ctypes.c_size_t) for name in _NAMES]


def _count(*_: object) -> None:
    gc.collect()
    libc, sqlite = ctypes.CDLL("libc.so.6"), ctypes.CDLL("libsqlite3.so.0")
    libc.mallinfo2.restype = _Mallinfo2
    sqlite.sqlite3_memory_used.restype = ctypes.c_int64
    info = libc.mallinfo2()
    pages = sqlite.sqlite3_memory_used()
    counts = {
        "held": info.uordblks + info.hblkhd - pages,
        "sqlite": pages,
        "resident": int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "tasks": len(asyncio.all_tasks()),
    }
    file = Path(os.environ["HUB_COUNTS"])
    file.with_suffix(".part").write_text(json.dumps(counts))
    file.with_suffix(".part").rename(file)


def main() -> None:
    signal.signal(signal.SIGUSR1, _count)
    run_hub()


if __name__ == "__main__":
    main()
