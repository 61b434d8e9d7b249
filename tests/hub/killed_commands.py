"""A command of the hub that is killed before the statement that HUB_KILLED_AT counts to, on either database.

The rule of this file: it is a program for `tests.flows.process_starter`, and counts all that a database is told,
COMMIT too.
"""

import os
import signal

import hub.__main__ as hub_main
from tests.hub.heard_statements import hear_statements


class Statements:
    def __init__(self, killed_at: int) -> None:
        self.count, self._killed_at = 0, killed_at

    def take(self, *_: object) -> None:
        self.count += 1
        if self.count == self._killed_at:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    statements = Statements(int(os.environ["HUB_KILLED_AT"]))
    with hear_statements(statements.take):
        hub_main.main()
