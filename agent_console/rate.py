"""Limits how many events one connection may send, with a token bucket.

The rule of this file: the time is that of the event loop's clock, so that no test has to wait.
"""

import asyncio


class ConnectionAllowance:
    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second, self._burst = per_second, burst
        self._left = burst
        self._at = asyncio.get_running_loop().time()

    def take(self) -> bool:
        """Count one event. Return False if there were too many."""
        now = asyncio.get_running_loop().time()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
