"""Takes the lease, routes while it holds it, and stands by while another process does.

The rule of this file: all tasks of the routing process begin and end here together: deciding, sending, catching up,
watching over desks. If one of them fails, the process ends with an error, and another process takes over. An edge
never takes the lease.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress

import structlog

from channels.channel import CatchesUp, Sends
from hub.clock import Clock
from hub.exchange.import_worker import ImportWorker
from hub.policies.customer_tiers import move_customers
from hub.routing_process.catch_up import CatchUp
from hub.routing_process.dispatcher import Dispatcher
from hub.routing_process.estimating import Estimating
from hub.routing_process.replay import store_start
from hub.routing_process.retention import OldRows, delete_expired, forget_messages, note_forgotten
from hub.routing_process.sender import SendBell, Sender, recover
from hub.rules.rule_worker import RuleWorker
from hub.storage import audit, desk_events, hearings, inbox, journal, lease, search_index, starts, told_estimates
from hub.storage.database import Connection, Database, LeaseLost, StorageUnavailable
from hub.storage.desk_presence import BEAT_SECONDS, find_changes, put_seen
from hub.storage.hub_time import align, mark
from hub.storage.inbox import Inbox
from hub.storage.media import MediaStore
from routing.model import DAY, SECOND, Micros

log = structlog.get_logger()

LEASE_SECONDS = 2.5
RENEW_SECONDS = 0.8
STANDBY_SECONDS = 0.5
KEEP_EVENTS = 24 * 3600 * SECOND
KEEP_ARRIVALS = 7 * 24 * 3600 * SECOND  # no provider repeats an older delivery
KEEP_JOURNAL = 30 * 24 * 3600 * SECOND
KEEP_ESTIMATES = 7 * 24 * 3600 * SECOND
TIDY_SECONDS = 300.0

Prune = Callable[[Connection, int], Awaitable[int]]


def list_prunes(keep_audit: Micros) -> tuple[tuple[Prune, Micros], ...]:
    """(what deletes outdated rows of a table, how long they are kept)"""
    return (
        (desk_events.prune, KEEP_EVENTS),
        (inbox.prune, KEEP_ARRIVALS),
        (journal.prune, KEEP_JOURNAL),
        (starts.prune, KEEP_JOURNAL),
        (told_estimates.prune, KEEP_ESTIMATES),
        (audit.prune, keep_audit),
        (hearings.prune, keep_audit),
    )


async def forget_slice(db: Database, prune: Prune, before: Micros) -> int:
    """Delete some rows older than an instant in one short transaction, and return how many."""

    async def unit(conn: Connection) -> int:
        return await prune(conn, before)

    return await db.write(unit)


class RoutingLoop:
    def __init__(
        self,
        *,
        db: Database,
        inbox: Inbox,
        clock: Clock,
        process: str,
        may_route: bool,
        dispatcher: Dispatcher,
        rule_worker: RuleWorker,
        import_worker: ImportWorker,
        channels: Collection[Sends],
        observe_sent: Callable[[str, str], None],
        estimating: Estimating,
        keep_audit: Micros,
        media: MediaStore,
    ) -> None:
        self._media = media
        self._db, self._inbox, self._clock, self._process = db, inbox, clock, process
        self._old_rows = OldRows(db)
        self._may_route, self._rule_worker, self._import_worker = may_route, rule_worker, import_worker
        self._dispatcher, self._channels, self._observe_sent = dispatcher, channels, observe_sent
        self._bells: Mapping[str, SendBell] = {channel.name: SendBell() for channel in channels}
        self._estimating, self._keep_audit = estimating, keep_audit
        self._is_stopping = False

    def wake_senders(self, channels: Collection[str], is_due: bool) -> None:
        """`is_due`: as `SendBell.ring` takes it."""
        for channel in channels:
            if channel in self._bells:
                self._bells[channel].ring(is_due=is_due)

    def stop(self) -> None:
        """Finish the batch at hand and the requests under way. `run` then returns."""
        self._is_stopping = True
        self._dispatcher.stop()

    async def run(self) -> None:
        while not self._is_stopping:
            try:
                taken = await lease.take(self._db, self._process, LEASE_SECONDS) if self._may_route else None
                await align(self._db, self._clock)
            except StorageUnavailable:
                taken = None
            if taken is None:
                await asyncio.sleep(STANDBY_SECONDS)
                continue
            log.info("routing", epoch=taken.epoch)
            try:
                await self._route(taken.epoch)
            except LeaseLost:
                log.warning("another process routes", epoch=taken.epoch)
                continue
            except StorageUnavailable as error:
                log.warning("routing waits for the database", error=str(error))
                await asyncio.sleep(STANDBY_SECONDS)
                continue
            with suppress(StorageUnavailable):
                await lease.release(self._db, taken.epoch)

    async def _route(self, epoch: int) -> None:
        await recover(self._db, self._inbox, epoch, self._clock.now())
        others = [
            asyncio.create_task(self._renew(epoch), name="renew lease"),
            asyncio.create_task(self._watch(), name="watch desks"),
            asyncio.create_task(self._tidy(), name="tidy"),
            asyncio.create_task(self._estimating.run(), name="estimate"),
            asyncio.create_task(self._rule_worker.run(), name="ask rules"),
            asyncio.create_task(self._import_worker.run(), name="go on with imports"),
            *(asyncio.create_task(self._send(c, epoch), name=f"send {c.name}") for c in self._channels),
            *(
                asyncio.create_task(CatchUp(self._db, channel, self._clock).run(), name=f"catch up {channel.name}")
                for channel in self._channels
                if isinstance(channel, CatchesUp)
            ),
        ]
        routing = asyncio.create_task(self._dispatcher.route(epoch), name="route")
        try:
            done, _ = await asyncio.wait([routing, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in [routing] if routing in done else done:  # without a router the others can only fail too
                task.result()
        finally:
            for task in (routing, *others):
                task.cancel()
            await asyncio.gather(routing, *others, return_exceptions=True)

    async def _send(self, channel: Sends, epoch: int) -> None:
        dispatcher = self._dispatcher
        await dispatcher.is_routing.wait()  # only then the policy in force is known
        sender = Sender(
            self._db,
            self._inbox,
            channel,
            self._clock,
            epoch,
            dispatcher.wake,
            dispatcher.hand_over,
            self._observe_sent,
            lambda: dispatcher.state.book.consents,
        )
        await sender.run(self._bells[channel.name])

    async def _renew(self, epoch: int) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with suppress(StorageUnavailable):
                await lease.renew(self._db, epoch, LEASE_SECONDS, mark(self._clock))

    async def _watch(self) -> None:
        """Watch for desks that have gone. It waits at first: desks of a process that died need time to come back."""
        while True:
            await asyncio.sleep(2 * BEAT_SECONDS)
            with suppress(StorageUnavailable):
                now = self._clock.now()
                changes = await find_changes(self._db, now)
                if changes:
                    await put_seen(self._inbox, changes, now)
                    self._dispatcher.wake()

    async def _tidy(self) -> None:
        """Store starts for replays, and delete outdated rows in small slices (P11)."""
        while True:
            await self._dispatcher.is_routing.wait()  # only then the policy in force is known
            now = self._clock.now()
            with suppress(StorageUnavailable):
                await store_start(self._db, now)
                while await move_customers(self._db):
                    pass
                await search_index.index_everyone(self._db)
                while await self._import_worker.forget_slice():
                    pass
                while await delete_expired(self._db, self._media, now):
                    pass
                terms, messages = self._dispatcher.state.book.document.retention, 0
                before = now - terms.messages_days * DAY
                while terms.messages_days and (number := await forget_messages(self._db, self._media, before)):
                    messages += number
                if messages:
                    await note_forgotten(self._db, {"messages": messages}, now)
                await self._old_rows.forget(terms, now)
                for prune, keep in list_prunes(self._keep_audit):
                    while await forget_slice(self._db, prune, now - keep):
                        pass
            await asyncio.sleep(TIDY_SECONDS)
