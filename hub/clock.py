"""What time it is: integer microseconds since 1970, UTC.

The rule of this file: nothing else in `hub` reads the system's clock, so that a test can hand in its own.
"""

import time
from typing import Protocol

from routing.model import Micros


class Clock(Protocol):
    def now(self) -> Micros: ...


class SystemClock:
    def now(self) -> Micros:
        return time.time_ns() // 1000


def to_millis(at: Micros) -> int:
    """Screens count in milliseconds."""
    return at // 1000
