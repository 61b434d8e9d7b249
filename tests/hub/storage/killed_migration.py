"""Migrates a database, killed at one statement after the other, until nothing is left to kill.

`python -m tests.hub.storage.killed_migration URL STEP` kills it at the first statement and at each STEPth after it.
It prints how many statements there are, or -1. The rule of this file: each try is a process of its own that ends by
SIGKILL, so that nothing is rolled back politely.
"""

import asyncio
import os
import signal
import sys
from itertools import count
from typing import Any

import alembic.command  # noqa: F401  # here, or each of the processes would take a while for it
from sqlalchemy import event
from sqlalchemy.engine import Engine

from hub.storage.migrations import migrate


def migrate_until(number: int, url: str, told: int) -> None:
    """`told`: a pipe that is told how many statements there were."""
    statements = count(1)
    last = 0

    def kill(*_: Any) -> None:
        nonlocal last
        last = next(statements)
        if last == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", kill)
    asyncio.run(migrate(url))
    os.write(told, str(last).encode())


def main(url: str, step: int) -> int:
    for number in count(1, step):
        reader, told = os.pipe()
        child = os.fork()
        if child == 0:
            migrate_until(number, url, told)
            os._exit(0)
        os.close(told)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reader) as said:
            if not os.WIFSIGNALED(status):
                return int(said.read()) if os.waitstatus_to_exitcode(status) == 0 else -1
    raise AssertionError


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2])))
