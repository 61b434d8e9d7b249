"""What keeps one web chat client from costing more than its share.

The rule of this file: it knows connections and clocks, no chat. Engine.IO keeps for ever a client that connects and
never says for what; it is cut off here, with the TCP connection. Who stops reading is the server's to cut off.
"""

from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

import structlog

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Allowance:
    """A token bucket: `left` events now, refilled at a rate. Seconds."""

    left: float
    counted_at: float

    def take(self, now: float, per_second: float, burst: int) -> bool:
        """False where there is nothing left. A clock that goes back refills nothing."""
        self.left = min(float(burst), self.left + per_second * max(0.0, now - self.counted_at))
        self.counted_at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Cap:
    """So many of one key in a span of time; all begin anew together, so that nothing is remembered for long."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._began = clock()
        self._counts: Counter[str] = Counter()

    def take(self, key: str) -> bool:
        """One more; False where there were as many as may be."""
        if not 0 <= self._clock() - self._began < self._seconds:
            self._began = self._clock()
            self._counts.clear()
        if self._counts[key] >= self._most:
            return False
        self._counts[key] += 1
        return True


class Guard:
    """Over every connection of one Socket.IO server (`server`: socketio.AsyncServer)."""

    def __init__(self, server: Any, namespace: str) -> None:
        self._server, self._namespace = server, namespace
        self._idle: Set[str] = frozenset()

    async def sweep(self, busy: Set[str]) -> None:
        """Cut off who is idle for the second time in turn: connected to no namespace, or to ours and not in `busy`
        (their ids in our namespace)."""
        elsewhere, here = set[str](), dict[str, str]()
        for namespace, rooms in self._server.manager.rooms.items():
            if namespace == self._namespace:
                here = dict(rooms.get(None, {}))
            else:
                elsewhere.update(rooms.get(None, {}).values())
        at_work = elsewhere | {engine_id for sid, engine_id in here.items() if sid in busy}
        idle = self._server.eio.sockets.keys() - at_work
        for engine_id in idle & self._idle:
            await self._drop(engine_id, "opened no chat")
        self._idle = idle

    async def _drop(self, engine_id: str, why: str) -> None:
        log.info("connection dropped", why=why)
        request = self._server.environ.get(engine_id, {}).get("aiohttp.request")
        if socket := self._server.eio.sockets.get(engine_id):
            await socket.close(wait=False, abort=True)
        if request is not None and request.transport is not None:
            request.transport.abort()
