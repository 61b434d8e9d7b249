"""Migrates a database, killed at its first statement, then at its second, and so on, until nothing is left to kill.

`python -m tests.hub.storage.killed_migration URL` prints after how many kills it went through. The rule of this file:
each try is a process of its own that ends by SIGKILL, so that nothing is rolled back politely.
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


def migrate_until(number: int, url: str) -> None:
    statements = count(1)

    def kill(*_: Any) -> None:
        if next(statements) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", kill)
    asyncio.run(migrate(url))


def main(url: str) -> int:
    for number in count(1):
        child = os.fork()
        if child == 0:
            migrate_until(number, url)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return number - 1 if os.waitstatus_to_exitcode(status) == 0 else -1
    raise AssertionError


if __name__ == "__main__":
    print(main(sys.argv[1]))
