"""A hub with a planted fault: after a crash it sends again what may have been sent already."""

import hub.routing_process.sender
from hub.__main__ import main as run_hub


def main() -> None:
    hub.routing_process.sender.REPEATABLE = hub.routing_process.sender.REPEATABLE | {"TextOut"}
    run_hub()
