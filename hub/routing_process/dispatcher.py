"""The single writer: what arrived -> router -> one fenced transaction -> told.

The rule of this file: decide, store, tell. While one batch is being stored the next one gathers; only reports of sent
texts wait for more (`hub.batch.pending`). If a batch cannot be stored, nothing of it is told: router and floor are
dropped and restored from rows. Its arrivals are then tried one by one, so that a failing one is set aside and delays
no other (P8).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence

import structlog

from agent_console.commands import TakeNext
from hub.batch import lookups
from hub.batch.batch import Batch, FindStage
from hub.batch.pending import REPEATED, Handed, HandOver, Item, ScreenCommand, Stored, read_item, refuse_offers
from hub.batch.performer import route
from hub.batch.recorded_sound import care as care_for_recordings
from hub.batch.restoring import Restored, restore
from hub.batch.stored_batch import StoredBatch, view_stored
from hub.calls import appointments, callbacks, consults, lost_lines
from hub.clock import Clock, find_step
from hub.intake.call_notices import give_up_legs
from hub.open_work.staff import load_staff
from hub.policies.stored_versions import load_book
from hub.routing_process.arrival_handlers import handle
from hub.routing_process.late_replies import write_late_replies
from hub.routing_process.policy_change import adopt
from hub.routing_process.proposing import propose
from hub.routing_process.wall_clock import follow_wall
from hub.scripts.script_runs import Scripts
from hub.sending.agent_phones import routing_profile
from hub.sending.may_send import SendRules
from hub.storage import inbox
from hub.storage.database import Connection, Database, LeaseLost, StorageUnavailable
from hub.storage.documents import PolicyPublished, ScriptsPublished, StaffChanged
from hub.storage.inbox import Handled, Waiting
from hub.storage.lease import RoutingProgress, fence, store_wall_step
from routing.inputs import AgentProfileChanged, TimePassed
from routing.model import SECOND, AgentId, Micros

log = structlog.get_logger()

BATCH = 50  # arrivals; keeps a transaction well under 50 ms (P11)
TRIES = 3
MOST_SHARE_SECONDS = 0.1  # of one pause for deliveries that are being stored alone
AWAY_SECONDS = 0.5
POLL_SECONDS = 1.0  # poll the inbox this often: a wake-up may be lost


class Dispatcher:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        scripts: Scripts,
        rules: SendRules,
        tell: Callable[[StoredBatch], Awaitable[None]],
        hand_over: HandOver,
        announce_requests: Callable[[Collection[str]], None] = lambda channels: None,
        observe: Callable[[int, float], None] = lambda items, seconds: None,
        count_at_doors: Callable[[], int] = lambda: 0,
        *,
        refresh_scripts: Callable[[], Awaitable[object]],
        find_stage: FindStage = lambda stranger, now, policy: None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._scripts = scripts
        self._rules = rules
        self._tell = tell
        self._announce_requests = announce_requests
        self._observe = observe
        self._count_at_doors = count_at_doors
        self._refresh_scripts, self._find_stage = refresh_scripts, find_stage
        self.hand_over, self.is_routing, self._awake = hand_over, hand_over.is_routing, hand_over.awake
        self._is_stopping = False
        self._epoch = 0
        self._state: Restored | None = None
        self._may_have_rows = True  # the inbox, for all that this process knows
        self._poll_at = 0.0  # by the loop's clock

    def wake(self) -> None:
        """Something may wait in the inbox. What is handed over wakes the dispatcher by itself."""
        self._may_have_rows = True
        self._awake.set()

    def stop(self) -> None:
        """Finish the batch at hand. `route` then returns."""
        self._is_stopping = True
        self._awake.set()

    @property
    def state(self) -> Restored:
        """The present router and floor. Raises RuntimeError if this process does not route."""
        if self._state is None:
            raise RuntimeError("this process does not route")
        return self._state

    async def route(self, epoch: int) -> None:
        """Route until the lease is lost or `stop` is called. Raises LeaseLost."""
        self._epoch = epoch
        await self._restore()
        await self._greet_agents()
        self.hand_over.open()
        try:
            while not self._is_stopping:
                self._awake.clear()
                items = await self._look()
                if items or self._is_due() or find_step(self._clock, self.state.book.wall_ahead) is not None:
                    began = time.monotonic()
                    await self._take(items)
                    await self._share_time(time.monotonic() - began)
                if len(items) < BATCH:  # a full batch: more may wait
                    await self._sleep()
        finally:
            self.hand_over.refuse_all()
            self._state = None

    async def _share_time(self, seconds: float) -> None:
        """Give deliveries that are being stored alone as much time as the batch took: in a flood, deciding and
        accepting each get half. A refused delivery may be lost, an accepted one can wait a moment."""
        if self._count_at_doors():
            await asyncio.sleep(min(seconds, MOST_SHARE_SECONDS))

    def _is_due(self) -> bool:
        due_at = self.state.next_deadline()
        return due_at is not None and due_at <= self._now()

    async def _sleep(self) -> None:
        """Wait until something arrives or falls due."""
        due_at = self.state.next_deadline()
        seconds = POLL_SECONDS
        if due_at is not None:
            seconds = min(seconds, (due_at - self._now()) / SECOND)
        if seconds <= 0 or self._awake.is_set():
            return
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            pass

    async def _look(self) -> list[Item]:
        """The oldest arrivals and what was handed over. If arrivals are many, also the agents' commands behind them:
        a flood of messages must not delay a desk."""
        counted = self.hand_over.count()  # before the rows are read: what was stored earlier is decided earlier
        rows = await self._read_rows()
        return [*map(read_item, rows), *self.hand_over.take(counted, len(rows), BATCH)]

    async def _read_rows(self) -> list[Waiting]:
        """Nothing is read where nothing waits. On SQLite this process alone takes deliveries, and says so before it
        acknowledges them; the poll finds what a command line tool has put there. PostgreSQL is asked every time."""
        now = time.monotonic()
        if self._db.is_sqlite and not self._may_have_rows and now < self._poll_at:
            return []
        self._may_have_rows, self._poll_at = False, now + POLL_SECONDS
        async with self._db.read(is_snapshot=False) as conn:
            rows = await inbox.take_pending(conn, BATCH)
            if len(rows) == BATCH:
                self._may_have_rows = True
                rows += await inbox.take_commands(conn, BATCH, after=rows[-1].id)
        return rows

    async def _restore(self) -> None:
        """Fill router and floor from rows as soon as the database answers. Until then no arrival waits for them."""
        self.hand_over.close()
        self._may_have_rows = True  # those of the batch that was dropped
        while True:
            try:
                async with self._db.read() as conn:
                    self._state = await restore(conn, self._clock.now())
                self._scripts.follow(self._state.book.document)
                await self._refresh_scripts()
                return
            except StorageUnavailable as error:
                log.warning("the database is away", error=str(error))
                await asyncio.sleep(AWAY_SECONDS)

    async def _greet_agents(self) -> None:
        """Take in agents that were added or changed while no process routed, and a policy that came meanwhile."""
        batch = self._begin()
        async with self._db.read() as conn:
            newest = await load_book(conn)
        if newest is not None:
            adopt(batch, newest, is_start=True)
        await follow_wall(batch, self._clock, self._db)
        for member in batch.floor.staff.values():
            known = batch.router.find_agent(AgentId(member.id))
            profile = routing_profile(batch.rules, member)
            if profile is not None and (known is None or known.profile != profile):
                route(batch, AgentProfileChanged(AgentId(member.id), profile))
        await self._store(batch, [])

    # ---- a batch ---------------------------------------------------------------------------------------

    async def _take(self, items: Sequence[Item]) -> None:
        try:
            await self._take_all(items)
        finally:
            for item in items:
                if item.handed is not None:
                    item.handed.set_outcome(None)  # no effect on what was stored

    async def _take_all(self, items: Sequence[Item]) -> None:
        """Decide and store all items together. If that fails, one by one."""
        if await self._try(items) is None:
            return
        for item in items:
            if item.handed is not None and not item.handed.is_ours:
                continue  # was stored alone, and is tried from its row
            failure = await self._try([item])
            if failure is not None and item.row is not None:
                await self._count_failure(item.row, failure)
        if not items and await self._try([]) is not None:  # second try, on restored rows
            raise RuntimeError("what was due by now cannot be decided or stored")

    async def _try(self, items: Sequence[Item]) -> Exception | None:
        """None if it is done, or if the database is away and the items stay pending; else the failure. A failure
        leaves no trace: router and floor are restored from rows."""
        try:
            await self._decide(items)
        except LeaseLost:
            raise
        except StorageUnavailable as error:
            log.warning("a batch could not be stored", error=str(error), arrivals=len(items))
            refuse_offers(items)
            await self._restore()
            self.wake()
        except Exception as error:
            log.exception("a batch failed", arrivals=[item.row.id for item in items if item.row])
            refuse_offers(items)
            await self._restore()
            return error
        return None

    async def _count_failure(self, row: Waiting, error: Exception) -> None:
        async def unit(conn: Connection) -> bool:
            tries = await inbox.count_try(conn, row.id)
            if tries >= TRIES:
                await inbox.set_aside(conn, row.id, f"{type(error).__name__}: {error}"[:500], self._clock.now())
            return tries >= TRIES

        self.wake()
        if await self._db.write(unit):
            log.error("an arrival was set aside", inbox_id=row.id, kind=row.kind)

    def _now(self) -> Micros:
        return max(self._clock.now(), self.state.latest_now)

    def _begin(self) -> Batch:
        state = self.state
        return Batch(
            now=self._now(),
            epoch=self._epoch,
            next_journal=state.next_journal,
            next_sequence=state.next_sequence,
            floor=state.floor,
            router=state.router,
            book=state.book,
            scripts=self._scripts,
            agent_versions=state.agent_versions,
            rules=self._rules,
            find_stage=self._find_stage,
        )

    async def _decide(self, items: Sequence[Item]) -> None:
        began = time.monotonic()
        batch = self._begin()
        await self._look_up(batch, items)
        await follow_wall(batch, self._clock, self._db)
        await self._enter_appointments(batch)
        handled, handed, repeated = [], [], []
        for item in items:
            if item.handed is not None:
                key = item.handed.arrival.key
                if key in batch.lookups.heard:
                    repeated.append(item.handed)
                else:
                    batch.lookups.heard.add(key)
                    handed.append((item.handed, handle(batch, item.what)))
            elif item.row is not None:
                answer = handle(batch, item.what) if not item.problem else None
                handled.append(Handled(item.row.id, answer, item.problem or None))
        consults.end_due(batch)
        give_up_legs(batch)
        lost_lines.end_due(batch)
        care_for_recordings(batch)
        if not items or self._is_due():  # arrivals may give the router no input
            route(batch, TimePassed())
        is_news = handled or handed or batch.wall_moved_by or batch.next_journal != self.state.next_journal
        if is_news or not repeated:  # what is only said again costs no transaction
            await self._store(batch, handled, handed)
        for one in repeated:
            one.set_outcome(None if one.is_ours else REPEATED)  # the row of a command has its answer
        self._observe(len(handled) + len(handed), time.monotonic() - began)

    async def _look_up(self, batch: Batch, items: Sequence[Item]) -> None:
        wanted = lookups.LookupKeys()
        next_for: dict[AgentId, str] = {}
        for item in items:
            if isinstance(item.what, ScreenCommand):
                interaction_id = getattr(item.what.command, "interaction_id", "")
                wanted.want_command(item.what.command, batch.floor.interactions.get(interaction_id))
                if isinstance(item.what.command, TakeNext) and (found := batch.router.find_head(item.what.staff_id)):
                    next_for[item.what.staff_id] = found
                    wanted.transcripts.add(found)
            elif item.what is not None:
                wanted.want_notice(item.what, batch.floor)
                wanted.want_successor(item.what, batch.floor)
            if item.handed is not None:
                wanted.keys.add(item.handed.arrival.key)
        wanted.want_due(batch.floor, batch.now)
        is_staff_changed = any(isinstance(item.what, StaffChanged) for item in items)
        is_policy_new = any(isinstance(item.what, PolicyPublished) for item in items)
        if any(isinstance(item.what, ScriptsPublished) for item in items):
            await self._refresh_scripts()  # all of this batch begins with them
        if wanted.is_empty and not is_staff_changed and not is_policy_new:
            return
        async with self._db.read(is_snapshot=False) as conn:  # only this process writes what is read for a decision
            batch.lookups = await lookups.load(conn, wanted, batch.floor, batch.now)
            batch.lookups.next_for = next_for
            if batch.book.look_back and (wanted.addresses or wanted.called):
                await lookups.load_earlier(conn, batch.lookups, since=batch.now - batch.book.look_back)
            if is_staff_changed:
                batch.floor.staff = await load_staff(conn)
            if is_policy_new:
                batch.newest_book = await load_book(conn)

    async def _enter_appointments(self, batch: Batch) -> None:
        """Let the calls in that were agreed for this time. Storage is asked only about their customers."""
        if due := appointments.list_due(batch):
            ids = {one.customer_id for one in due}
            async with self._db.read() as conn:
                customers = await lookups.load_customers(conn, ids)
                batch.lookups.addresses |= await lookups.load_addresses(conn, list(customers.values()))
            for one in due:
                appointments.enter(batch, one, customers[one.customer_id])

    async def _settle_callbacks(self, batch: Batch) -> None:
        """Give lines back and place calls. Storage is asked only about the customers who are called."""
        callbacks.give_back_lines(batch)
        while batch.dialled:
            known = (batch.floor.interactions.get(interaction_id) for interaction_id in batch.dialled)
            async with self._db.read(is_snapshot=False) as conn:
                await lookups.load_dialled(conn, batch.lookups, [one for one in known if one is not None])
            callbacks.place(batch)

    async def _store(
        self, batch: Batch, handled: Sequence[Handled], handed: Sequence[tuple[Handed, str | None]] = ()
    ) -> None:
        await self._settle_callbacks(batch)
        await write_late_replies(self._db, batch)
        await propose(self._db, batch)
        progress = RoutingProgress(
            next_sequence=batch.next_sequence,
            next_journal=batch.next_journal,
            performed=batch.next_journal - 1,  # requests of an effect are stored with it, in the outbox
            latest_now=batch.now,
            policy_version=batch.book.version,
            wall_ahead=batch.book.wall_ahead,
        )

        async def unit(conn: Connection) -> list[int]:
            await fence(conn, self._epoch, progress)
            if batch.wall_moved_by:
                await store_wall_step(conn, self._epoch, batch.now, batch.wall_moved_by)
            numbers = await batch.writes.store(conn, batch.now)
            await inbox.finish(conn, [h for h in handled if h.problem is None], batch.now)
            await inbox.put_done(conn, [(one.arrival, answer) for one, answer in handed], batch.now)
            for broken in handled:
                if broken.problem is not None:
                    await inbox.set_aside(conn, broken.id, broken.problem, batch.now)
            return numbers

        if batch.writes.requests:  # just before they are stored: see `sender.py`
            self._announce_requests({request.channel for request in batch.writes.requests})
        numbers = await self._db.write(unit)
        state = self.state
        state.next_journal, state.next_sequence = batch.next_journal, batch.next_sequence
        state.latest_now, state.book = batch.now, batch.book
        for agent in batch.writes.agents.values():
            state.agent_versions[agent.agent_id] = agent.seen_version + 1
        for one, answer in handed:
            one.set_outcome(Stored(answer))
        try:
            await self._tell(view_stored(batch.writes, numbers, handled))
        except Exception:  # it is stored, so every listener can still read it
            log.exception("a stored batch could not be told: screens read it from storage")
