"""Keeps one web chat client from costing more than its share.

The rule of this file: it knows connections and clocks, but no chat. Engine.IO keeps a client for ever that connects
and joins no namespace; this file cuts it off, with its TCP connection. The server cuts off clients that stop reading.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any, Final

import structlog

log = structlog.get_logger(__name__)

SLOTS: Final = 60


@dataclass(slots=True)
class ChatAllowance:
    """A token bucket: `left` events now, refilled at a rate. Seconds."""

    left: float
    counted_at: float

    def take(self, now: float, per_second: float, burst: int) -> bool:
        """Take one event. False if none is left. A clock that goes back refills nothing."""
        self.left = min(float(burst), self.left + per_second * max(0.0, now - self.counted_at))
        self.counted_at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Cap:
    """At most `most` of one key in any span of that length. The span slides.

    It counts by slots of a sixtieth of the span. So a key costs at most 60 small numbers, and an event counts for up
    to one slot longer than the span. Each process counts for itself: a cap keeps one client from crowding out the
    others of its process. A shared count would cost every message a trip to Redis, and would be lost with it.
    """

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        """`clock`: seconds that never go back."""
        self._most, self._slot_seconds, self._clock = most, seconds / SLOTS, clock
        self._taken: OrderedDict[str, deque[tuple[int, int]]] = OrderedDict()  # (slot, count); by who took last

    def take(self, key: str) -> bool:
        """Count one more. False if the cap is reached."""
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
        """Undo the last `take` of this key."""
        if taken := self._taken.get(key):
            slot, count = taken.pop()
            if count > 1:
                taken.append((slot, count - 1))
            if not taken:
                del self._taken[key]

    def _forget(self, before: int) -> None:
        """Forget the keys that have taken nothing since that slot."""
        while self._taken:
            key, taken = next(iter(self._taken.items()))
            if taken[-1][0] >= before:
                return
            del self._taken[key]


class Guard:
    """Watches all connections of one Socket.IO server (`server`: socketio.AsyncServer)."""

    def __init__(self, server: Any, namespace: str) -> None:
        self._server, self._namespace = server, namespace
        self._idle: Set[str] = frozenset()

    async def sweep(self, busy: Set[str]) -> None:
        """Cut off the clients that were idle at the last sweep and still are. An idle client is in no namespace, or
        in ours and not in `busy`, which has ids of our namespace."""
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
