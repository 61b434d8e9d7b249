"""A command of the hub that is killed before the statement that HUB_KILLED_AT counts to, on either database.

The rule of this file: it is a program for `tests.flows.process_starter`, and counts all that a database is told,
COMMIT too.
"""

import os
import signal
import sqlite3
from typing import Any

from sqlalchemy import Engine, event

import hub.__main__ as hub_main


class Statements:
    def __init__(self, killed_at: int) -> None:
        self.count, self._killed_at = 0, killed_at

    def take(self, *_: object) -> None:
        self.count += 1
        if self.count == self._killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def connected(self, raw: Any, _: object) -> None:
        if isinstance(raw, sqlite3.Connection):  # also hears what goes to the driver past SQLAlchemy
            raw.set_trace_callback(self.take)

    def executing(self, connection: Any, *_: object) -> None:
        if connection.dialect.name != "sqlite":
            self.take()

    def committing(self, connection: Any) -> None:
        if connection.dialect.name != "sqlite":
            self.take()


def main() -> None:
    statements = Statements(int(os.environ["HUB_KILLED_AT"]))
    event.listen(Engine, "connect", statements.connected)
    event.listen(Engine, "before_cursor_execute", statements.executing)
    event.listen(Engine, "commit", statements.committing)
    hub_main.main()
