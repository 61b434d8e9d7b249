"""Estimates the wait of everyone on the phone and in a chat, as they enter and every few seconds from then on.

The rule of this file: the process that routes estimates and stores, and every process that tells an estimate reads it
from storage. The stored estimates are compared with the real waits, for each queue and tier. Where they were bad,
customers are told nothing.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from channels.registry import list_live
from hub.call_lifecycle import GIVEN_BACK, IN_MENU
from hub.clock import Clock
from hub.policies.stored_versions import load_book
from hub.storage import agents, interactions, told_estimates
from hub.storage.codec import decode_as
from hub.storage.database import Connection, Database, StorageUnavailable
from hub.storage.told_estimates import StoredEstimate
from routing.estimates import (
    LOOK_BACK,
    Errors,
    Estimate,
    Estimator,
    Pace,
    PaceKey,
    measure_errors,
    measure_paces,
)
from routing.model import (
    SECOND,
    AgentRow,
    InteractionId,
    InteractionRow,
    Micros,
    Policy,
)

LOOK_SECONDS = 1.0
AGAIN = 5 * SECOND
FRESH = 20 * SECOND  # an older estimate is not told
MEASURE_EVERY = 30 * SECOND
MEASURED_SINCE = 24 * 3600 * SECOND
MOST_MEASURED = 5000
SHARE = 20  # estimating takes at most a twentieth of the time

ErrorKey = tuple[str, str]


class Estimating:
    def __init__(self, db: Database, clock: Clock, observe: Callable[[str, str, Errors], None]) -> None:
        """`observe` is called with queue, tier and the measured errors."""
        self._db, self._clock, self._observe = db, clock, observe
        self._rows: dict[str, tuple[str, InteractionRow]] = {}  # by id: (row as text, the same decoded)
        self._paces: Mapping[PaceKey, Pace] = {}
        self._errors: Mapping[ErrorKey, Errors] = {}
        self._measured_at: Micros | None = None

    async def run(self) -> None:
        while True:
            began = time.monotonic()
            with suppress(StorageUnavailable):
                await self.look()
            took = time.monotonic() - began
            await asyncio.sleep(max(LOOK_SECONDS, took * SHARE))

    async def look(self) -> None:
        """Estimate the waits that have no estimate or an old one."""
        now = self._clock.now()
        async with self._db.read(is_slow=True) as conn:
            # a customer who has given the line back is not waiting on it
            due = await told_estimates.list_due(conn, now - AGAIN, list_live(), (*GIVEN_BACK, *IN_MENU))
        if not due:
            return
        async with self._db.read(is_slow=True) as conn:
            book = await load_book(conn)
            texts = await interactions.list_waiting_routing(conn)
            at_work = await agents.list_routing(conn)
        if book is None:
            return
        if self._measured_at is None or now - self._measured_at >= MEASURE_EVERY:
            await self._measure(book.routing, now)
        found = await asyncio.to_thread(self._estimate, book.routing, texts, at_work, now)
        fresh, again = list[StoredEstimate](), list[StoredEstimate]()
        for one in due:
            estimate = found.get(InteractionId(one.interaction_id))
            if estimate is not None:
                told = _tell(estimate, one.interaction_id, now, self._is_silent(one.queue, one.tier))
                (again if one.is_again else fresh).append(told)

        async def put(conn: Connection) -> None:
            await told_estimates.put(conn, fresh, again)

        await self._db.write(put)

    def _is_silent(self, queue: str, tier: str) -> bool:
        errors = self._errors.get((queue, tier))
        return errors is not None and errors.is_bad

    def _estimate(
        self, policy: Policy, texts: Mapping[str, str], at_work: Sequence[str], now: Micros
    ) -> dict[InteractionId, Estimate]:
        known = self._rows
        self._rows = {
            one: known[one] if one in known and known[one][0] == text else (text, decode_as(InteractionRow, text))
            for one, text in texts.items()
        }
        rows = [row for _, row in self._rows.values()]
        return Estimator(
            policy, rows, [decode_as(AgentRow, text) for text in at_work], self._paces, now
        ).estimate_all()

    async def _measure(self, policy: Policy, now: Micros) -> None:
        async with self._db.read(is_slow=True) as conn:
            passages = await told_estimates.list_passages(conn, now - LOOK_BACK, MOST_MEASURED)
            self._errors = await read_errors(conn, now)
        self._paces = await asyncio.to_thread(measure_paces, policy, passages, now)
        self._measured_at = now
        for (queue, tier), errors in self._errors.items():
            self._observe(queue, tier, errors)


async def read_errors(conn: Connection, now: Micros) -> dict[ErrorKey, Errors]:
    """The errors of recent estimates, for each queue and tier in which somebody waited long enough."""
    pairs: dict[ErrorKey, list[tuple[Micros, Micros]]] = {}
    for one in await told_estimates.read_outcomes(conn, now - MEASURED_SINCE, MOST_MEASURED):
        pairs.setdefault((one.queue, one.tier), []).append((one.first_wait, one.waited))
    measured = {key: measure_errors(some) for key, some in sorted(pairs.items())}
    return {key: errors for key, errors in measured.items() if errors is not None}


def round_to_minutes(wait: Micros | None, at: Micros | None, now: Micros) -> int | None:
    """The minutes that a customer is told, rounded up, for a `wait` estimated at `at`. None: they hear nothing."""
    if wait is None or at is None or now - at > FRESH:
        return None
    return max(1, -(-(wait - (now - at)) // (60 * SECOND)))


def _tell(estimate: Estimate, interaction_id: str, now: Micros, is_silent: bool) -> StoredEstimate:
    wait = None if is_silent else estimate.wait
    return StoredEstimate(interaction_id, now, estimate.position, wait, estimate.wait)
