"""Carries out the outbox: each request leaves once, and its outcome comes back through the inbox.

The rule of this file: a row is durably `sending` before its request leaves, and what its customer wishes is read in
the same statement. `send_again.py` says whether the sender tries again; after an unknown outcome of a text only a
person does (P7). Only the process that routes sends.

A sender hears of a request just before the request is stored. So its claim is the next write: it joins the
transaction of the decision, and one commit serves both.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog

from channels.channel import CallAgent, ChannelError, Receipt, Sends
from hub.batch.pending import HandOver
from hub.call_lifecycle import CallState
from hub.clock import Clock
from hub.policies.consents import ConsentPolicy
from hub.routing_process.send_again import REPEATABLE, find_wait, is_too_late
from hub.sending.consents import find_consent_refusal
from hub.sending.refusals import Refusal
from hub.storage import outbox
from hub.storage.consents import Standing
from hub.storage.database import Connection, Database, StorageUnavailable
from hub.storage.documents import ARRIVALS, INTERRUPTED, REQUESTS, SendResult
from hub.storage.inbox import Arrival, Inbox
from hub.storage.outbox import OutboxRow
from routing.model import SECOND, Micros

log = structlog.get_logger()

LOOK_SECONDS = 2.0
AT_ONCE = 32  # requests under way per channel


class SendBell:
    """Wakes the sender of one channel."""

    def __init__(self) -> None:
        self.has_rung = asyncio.Event()
        self._is_due = False

    def ring(self, *, is_due: bool) -> None:
        """`is_due`: a request is due for certain, once the write that is asked for next has been done."""
        self._is_due |= is_due
        self.has_rung.set()

    def take(self) -> bool:
        """Whether a request is due for certain. What rings from here on is heard at the next turn."""
        is_due, self._is_due = self._is_due, False
        self.has_rung.clear()
        return is_due


@dataclass(slots=True)
class Sender:
    """One channel's part of the outbox."""

    db: Database
    inbox: Inbox
    channel: Sends
    clock: Clock
    epoch: int
    wake_router: Callable[[], None]
    hand_over: HandOver
    observe: Callable[[str, str], None]  # (channel, state)
    consents: Callable[[], Mapping[str, ConsentPolicy]]  # of the policy in force
    _taken: set[str] = field(default_factory=set)  # ids of claimed requests whose outcome is not stored
    _may_have_lost: bool = False  # whether a claim may be stored that never came here

    async def run(self, bell: SendBell) -> None:
        """Send until cancelled, then finish the requests under way. Raises LeaseLost."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                room = AT_ONCE - len(under_way)
                rows = await self._claim(room, is_due=bell.take())
                for row in rows:
                    task = asyncio.create_task(self._carry_out(row), name=f"send {row.id}")
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                if len(under_way) >= AT_ONCE:
                    await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                elif len(rows) < room:
                    await _wait(bell.has_rung, LOOK_SECONDS)
        finally:
            if under_way:
                await asyncio.wait(under_way)

    async def _claim(self, limit: int, *, is_due: bool) -> list[OutboxRow]:
        """Read before claiming, unless something is due for certain: most other wake-ups find nothing, and a claim is
        a transaction."""
        try:
            if self._may_have_lost:
                await outbox.put_back(self.db, self.channel.name, self._taken, epoch=self.epoch)
                self._may_have_lost = False
            if not is_due:
                due_at = await outbox.next_due_at(self.db, self.channel.name)
                if due_at is None or due_at > self.clock.now():
                    return []
            rows = await outbox.claim(self.db, self.channel.name, self.clock.now(), limit, epoch=self.epoch)
        except StorageUnavailable:
            self._may_have_lost = True
            return []
        self._taken.update(row.id for row in rows)
        return rows

    async def _carry_out(self, row: OutboxRow) -> None:
        request = REQUESTS.decode(row.body)
        if is_too_late(request, self.clock.now() - row.created_at):
            log.warning("a call was not made: its moment has gone", outbox_id=row.id, kind=row.kind)
            await self._report(row, "failed", error="too_late")
            return
        if refusal := self._ask_again(row):
            log.warning("a request was not sent: its customer no longer agrees", outbox_id=row.id, code=refusal)
            await self._report(row, "failed", error=refusal)
            return
        try:
            receipt = await self.channel.send(request)
        except ChannelError as error:
            if (wait := find_wait(request, row.tries, error)) is not None:
                say = log.warning if error.whose == "ours" else log.info
                say("a request will be tried again", outbox_id=row.id, code=error.code, tries=row.tries)
                await self._postpone(row.id, self.clock.now() + int(wait * SECOND))
                return
            state = "failed" if error.outcome_known else "unknown"
            log.warning(
                "a request ended without success", outbox_id=row.id, code=error.code, state=state, whose=error.whose
            )
            await self._report(row, state, error=error.code)
        except Exception:
            log.exception("an adapter failed", outbox_id=row.id, channel=self.channel.name)
            await self._report(row, "unknown", error="internal")
        else:
            await self._report(row, "sent", receipt)

    def _ask_again(self, row: OutboxRow) -> Refusal | None:
        """Whether the customer still agrees. The gate let the request pass when it was made, so what they took back
        before does not count: they asked for it since."""
        rule = self.consents().get(row.purpose)
        if rule is None or row.standing is None:
            return None
        act, at, recorded_at = row.standing.split(" ")
        standing = Standing(row.purpose, "", act, int(at), int(recorded_at))
        return find_consent_refusal(rule, standing, self.clock.now(), row.created_at)

    async def _report(self, row: OutboxRow, state: str, receipt: Receipt | None = None, error: str = "") -> None:
        """Store the outcome as an arrival: the hub's own acts are facts that are handled in order."""
        self.observe(self.channel.name, state)
        told = receipt or Receipt("")
        what = (row.id, row.channel, row.kind, row.interaction_id)
        result = SendResult(*what, state, told.provider_id, error, told.answer)
        arrival = Arrival(
            f"sent:{row.id}:{row.tries}", type(result).__name__, ARRIVALS.encode(result), self.clock.now()
        )
        if await self.hand_over.give(arrival, result) is None:
            await _until_stored(lambda: self.inbox.put([arrival]))
            self.wake_router()  # it stays taken: nobody says here when it is decided
        else:
            self._taken.discard(row.id)

    async def _postpone(self, outbox_id: str, due_at: Micros) -> None:
        async def unit(conn: Connection) -> None:
            await outbox.postpone(conn, outbox_id, due_at)

        await _until_stored(lambda: self.db.write(unit))
        self._taken.discard(outbox_id)


async def put_result(inbox: Inbox, result: SendResult, now: Micros, key: str) -> None:
    await inbox.put([Arrival(key, type(result).__name__, ARRIVALS.encode(result), now)])


async def recover(db: Database, inbox: Inbox, epoch: int, now: Micros) -> None:
    """Settle the requests that were under way when the last routing process died. A text without a report of the
    provider may or may not have gone out: a person decides. An agent's telephone may be ringing: the call goes back
    to its place, and an agent who answers the telephone is told so."""
    await outbox.recover(db, REPEATABLE, now, epoch=epoch)
    async with db.read() as conn:
        texts = await outbox.list_unknown_texts(conn)
        calls = await outbox.list_unknown_calls(conn, CallAgent.__name__, CallState.CONNECTING)
    for call in calls:
        result = SendResult(call.id, call.channel, call.kind, call.interaction_id, "unknown", "", INTERRUPTED)
        await put_result(inbox, result, now, f"recovered:{call.id}:{result.state}")
    for text in texts:
        what = (text.id, text.channel, text.kind, text.interaction_id)
        if text.delivery in ("queued", "sending"):
            result = SendResult(*what, "unknown", "", INTERRUPTED)
        else:
            state = "failed" if text.delivery == "failed" else "sent"
            result = SendResult(*what, state, text.provider_id, text.error)
        await put_result(inbox, result, now, f"recovered:{text.id}:{result.state}")


async def _until_stored(store: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await store()
            return
        except StorageUnavailable:
            await asyncio.sleep(0.5)


async def _wait(awake: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await awake.wait()
    except TimeoutError:
        pass
