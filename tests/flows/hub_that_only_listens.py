"""A hub that hears on the bus which sessions have ended, and never looks for itself."""

import hub.access.living_sessions
import hub.screens.periodic
from hub.__main__ import main as run_hub

NEVER = 1e9


def main() -> None:
    hub.screens.periodic.LIVING_SECONDS = NEVER
    hub.access.living_sessions.VOUCHED_SECONDS = NEVER
    run_hub()
