"""A hub with a planted fault: after a crash it sends again what may have been sent already."""

import hub.sender
from hub.__main__ import main as run_hub


def main() -> None:
    hub.sender.REPEATABLE = hub.sender.REPEATABLE | {"TextOut"}
    run_hub()
