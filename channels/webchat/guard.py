"""What keeps one web chat client from costing more than its share.

The rule of this file: it knows connections and clocks, no chat. Engine.IO keeps for ever a client that connects and
never says for what; it is cut off here, with the TCP connection. Who stops reading is the server's to cut off.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any, Final

import structlog

log = structlog.get_logger(__name__)

SLOTS: Final = 60


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
    """At most so many of one key in any span of that length: it slides, and does not begin anew.

    It counts by slots of a sixtieth of the span, so a key costs 60 small numbers at most, and what was taken counts
    up to one slot longer than the span. Each process counts for itself: a cap keeps one client from crowding out the
    others of its process, and more processes serve more clients. A shared count would cost every message a trip to
    Redis, and be gone with it.
    """

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        """`clock`: seconds that never go back."""
        self._most, self._slot_seconds, self._clock = most, seconds / SLOTS, clock
        self._taken: OrderedDict[str, deque[tuple[int, int]]] = OrderedDict()  # (slot, count); by who took last

    def take(self, key: str) -> bool:
        """One more; False where there were as many as may be."""
        slot = int(self._clock() // self._slot_seconds)
        self._forget(slot - SLOTS)
        taken = self._taken.get(key, deque())
        while taken and taken[0][0] < slot - SLOTS:
            taken.popleft()
        if sum(count for _, count in taken) >= self._most:
            return False
        count = taken.pop()[1] if taken and taken[-1][0] == slot else 0
        taken.append((slot, count + 1))
        self._taken[key] = taken
        self._taken.move_to_end(key)
        return True

    def give_back(self, key: str) -> None:
        """What was taken last came to nothing."""
        if taken := self._taken.get(key):
            slot, count = taken.pop()
            if count > 1:
                taken.append((slot, count - 1))
            if not taken:
                del self._taken[key]

    def _forget(self, before: int) -> None:
        """Keys that took nothing since."""
        while self._taken:
            key, taken = next(iter(self._taken.items()))
            if taken[-1][0] >= before:
                return
            del self._taken[key]


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
