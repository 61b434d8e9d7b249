"""The single writer: what arrived -> router -> one fenced transaction -> told.

The rule of this file: decide, store, tell. While one batch is being stored the next one gathers; there is no timer
that waits for more. If a batch cannot be stored, nothing of it is told: router and floor are dropped and restored
from rows, and its arrivals are tried one by one, so that one that fails is set aside and delays no other (P8).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
import structlog

from agent_console.commands import COMMAND, Command
from channels.channel import ChatMessage, Notice
from hub import desk_commands, intake, lookups
from hub.batch import Batch
from hub.clock import Clock
from hub.decided import ChatMoved
from hub.documents import ARRIVALS, DeskSeen, Fact, PolicyPublished, StaffChanged
from hub.floor_storage import Restored, load_book, load_staff, restore
from hub.messaging import SendRules
from hub.performer import route
from hub.scripts import Scripts
from hub.storage import inbox
from hub.storage.database import Connection, Database, LeaseLost, StorageUnavailable
from hub.storage.inbox import Handled, Waiting
from hub.storage.lease import Progress, fence
from routing.inputs import AgentDisconnected, AgentProfileChanged, AgentReconnected, PolicyChanged, TimePassed
from routing.model import SECOND, AgentId, Micros

log = structlog.get_logger()

BATCH = 200  # arrivals; keeps a transaction well under 50 ms (P11)
TRIES = 3
LOOK_SECONDS = 1.0  # a wake-up may be lost: look for oneself


@dataclass(frozen=True, slots=True)
class Told:
    """What became true with one batch, for those who tell it."""

    events: tuple[tuple[str, int, str], ...] = ()  # (agent, number, event as JSON)
    answers: tuple[tuple[int, str], ...] = ()  # (inbox id, answer as JSON)
    chat_messages: tuple[tuple[str, ChatMessage], ...] = ()  # (chat id, message)
    chats_moved: Mapping[str, ChatMoved] = field(default_factory=dict)
    channels_to_send: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DeskCommand:
    agent_id: AgentId
    command: Command


@dataclass(slots=True)
class Item:
    row: Waiting
    what: Notice | Fact | DeskCommand | None = None
    problem: str = ""  # why it cannot be read


class Dispatcher:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        scripts: Scripts,
        rules: SendRules,
        tell: Callable[[Told], Awaitable[None]],
        observe: Callable[[int, float], None] = lambda items, seconds: None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._scripts = scripts
        self._rules = rules
        self._tell = tell
        self._observe = observe
        self._awake = asyncio.Event()
        self._is_stopping = False
        self.is_routing = asyncio.Event()

    def wake(self) -> None:
        self._awake.set()

    def stop(self) -> None:
        """The batch at hand is finished; `route` then returns."""
        self._is_stopping = True
        self._awake.set()

    async def route(self, epoch: int) -> None:
        """Route until the lease is lost or `stop` is called. Raises LeaseLost."""
        state = await self._restore()
        await self._greet_agents(epoch, state)
        self.is_routing.set()
        try:
            while not self._is_stopping:
                self._awake.clear()
                rows = await self._look()
                if rows:
                    state = await self._take(epoch, state, rows)
                    continue
                due_at = state.router.next_deadline()
                if due_at is not None and due_at <= self._now(state):
                    state = await self._take(epoch, state, [])
                    continue
                await self._sleep(due_at)
        finally:
            self.is_routing.clear()

    async def _sleep(self, due_at: Micros | None) -> None:
        seconds = LOOK_SECONDS
        if due_at is not None:
            seconds = min(seconds, max(0.0, (due_at - self._clock.now()) / SECOND))
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            pass

    async def _look(self) -> Sequence[Waiting]:
        async with self._db.read() as conn:
            return await inbox.take_pending(conn, BATCH)

    async def _restore(self) -> Restored:
        while True:
            try:
                async with self._db.read() as conn:
                    return await restore(conn, self._clock.now())
            except StorageUnavailable as error:
                log.warning("the database is away", error=str(error))
                await asyncio.sleep(0.5)

    async def _greet_agents(self, epoch: int, state: Restored) -> None:
        """Agents who are new or were changed while nobody routed, and a policy that came meanwhile."""
        batch = self._begin(epoch, state)
        async with self._db.read() as conn:
            newest = await load_book(conn)
        if newest is not None and newest.version != state.book.version:
            batch.book = newest
            route(batch, PolicyChanged(newest.routing))
        for member in state.floor.staff.values():
            known = state.router.find_agent(AgentId(member.id))
            if member.profile is not None and (known is None or known.profile != member.profile):
                route(batch, AgentProfileChanged(AgentId(member.id), member.profile))
        await self._store(epoch, state, batch, [])

    # ---- a batch ---------------------------------------------------------------------------------------

    async def _take(self, epoch: int, state: Restored, rows: Sequence[Waiting]) -> Restored:
        """Decide and store, together or else one by one; gives the state to go on with."""
        items = [read_item(row) for row in rows]
        try:
            await self._decide(epoch, state, items)
            return state
        except LeaseLost:
            raise
        except StorageUnavailable as error:
            log.warning("a batch could not be stored", error=str(error), arrivals=len(rows))
            return await self._restore()
        except Exception:
            log.exception("a batch failed and is tried one by one", arrivals=len(rows))
        state = await self._restore()
        for item in items:
            try:
                await self._decide(epoch, state, [item])
            except LeaseLost:
                raise
            except StorageUnavailable as error:
                log.warning("the database went away", error=str(error))
                return await self._restore()
            except Exception as error:
                log.exception("an arrival failed", inbox_id=item.row.id, kind=item.row.kind)
                await self._count_failure(item.row, error)
                state = await self._restore()
        if not items:
            raise RuntimeError("a batch without arrivals failed twice")
        return state

    async def _count_failure(self, row: Waiting, error: Exception) -> None:
        async def unit(conn: Connection) -> bool:
            tries = await inbox.count_try(conn, row.id)
            if tries >= TRIES:
                await inbox.set_aside(conn, row.id, f"{type(error).__name__}: {error}"[:500], self._clock.now())
            return tries >= TRIES

        if await self._db.write(unit):
            log.error("an arrival was set aside", inbox_id=row.id, kind=row.kind)

    def _now(self, state: Restored) -> Micros:
        return max(self._clock.now(), state.latest_now)

    def _begin(self, epoch: int, state: Restored) -> Batch:
        return Batch(
            now=self._now(state),
            epoch=epoch,
            next_journal=state.next_journal,
            next_sequence=state.next_sequence,
            floor=state.floor,
            router=state.router,
            book=state.book,
            scripts=self._scripts,
            agent_versions=state.agent_versions,
        )

    async def _decide(self, epoch: int, state: Restored, items: Sequence[Item]) -> None:
        began = asyncio.get_running_loop().time()
        batch = self._begin(epoch, state)
        await self._look_up(batch, items)
        handled = []
        for item in items:
            answer = self._handle(batch, item) if not item.problem else None
            handled.append(Handled(item.row.id, answer, item.problem or None))
        if not items:
            route(batch, TimePassed())
        await self._store(epoch, state, batch, handled)
        self._observe(len(items), asyncio.get_running_loop().time() - began)

    async def _look_up(self, batch: Batch, items: Sequence[Item]) -> None:
        wanted = lookups.Wanted()
        for item in items:
            if isinstance(item.what, DeskCommand):
                interaction_id = getattr(item.what.command, "interaction_id", "")
                interaction = batch.floor.interactions.get(interaction_id)
                wanted.want_command(item.what.command, interaction.address if interaction else "")
            elif item.what is not None:
                wanted.want_notice(item.what)
        is_staff_changed = any(isinstance(item.what, StaffChanged) for item in items)
        is_policy_new = any(isinstance(item.what, PolicyPublished) for item in items)
        if wanted.is_empty and not is_staff_changed and not is_policy_new:
            return
        async with self._db.read() as conn:
            batch.lookups = await lookups.load(conn, wanted)
            if is_staff_changed:
                batch.floor.staff = await load_staff(conn)
            if is_policy_new:
                batch.newest_book = await load_book(conn)

    def _handle(self, batch: Batch, item: Item) -> str | None:
        match item.what:
            case DeskCommand(agent_id, command):
                return desk_commands.obey(batch, agent_id, command, self._rules).model_dump_json()
            case DeskSeen(agent_id, is_here):
                agent = AgentId(agent_id)
                if batch.router.find_agent(agent) is not None:
                    route(batch, AgentReconnected(agent) if is_here else AgentDisconnected(agent))
            case StaffChanged(staff_id):
                member = batch.floor.staff.get(staff_id)
                if member is not None and member.profile is not None:
                    route(batch, AgentProfileChanged(AgentId(staff_id), member.profile))
            case PolicyPublished():
                if batch.newest_book is not None and batch.newest_book.version > batch.book.version:
                    batch.book = batch.newest_book
                    route(batch, PolicyChanged(batch.book.routing))
            case None:
                pass
            case notice:
                intake.take(batch, notice)
        return None

    async def _store(self, epoch: int, state: Restored, batch: Batch, handled: Sequence[Handled]) -> None:
        progress = Progress(
            next_sequence=batch.next_sequence,
            next_journal=batch.next_journal,
            performed=batch.next_journal - 1,  # what an effect does outside is in the outbox with it
            latest_now=batch.now,
            policy_version=batch.book.version,
        )

        async def unit(conn: Connection) -> list[int]:
            await fence(conn, epoch, progress)
            numbers = await batch.decided.store(conn, batch.now)
            await inbox.finish(conn, [h for h in handled if h.problem is None], batch.now)
            for broken in handled:
                if broken.problem is not None:
                    await inbox.set_aside(conn, broken.id, broken.problem, batch.now)
            return numbers

        numbers = await self._db.write(unit)
        state.next_journal, state.next_sequence = batch.next_journal, batch.next_sequence
        state.latest_now, state.book = batch.now, batch.book
        for agent in batch.decided.agents.values():
            state.agent_versions[agent.agent_id] = agent.seen_version + 1
        await self._tell(_told(batch, numbers, handled))


def _told(batch: Batch, numbers: Sequence[int], handled: Sequence[Handled]) -> Told:
    decided = batch.decided
    return Told(
        events=tuple((agent, number, event) for (agent, _, event), number in zip(decided.told, numbers, strict=True)),
        answers=tuple((h.id, h.answer) for h in handled if h.answer is not None),
        chat_messages=tuple(decided.chat_messages),
        chats_moved=decided.chats_moved,
        channels_to_send=frozenset(decided.channels_to_send),
    )


def read_item(row: Waiting) -> Item:
    """What cannot be read is set aside at once: trying again would not help."""
    try:
        if row.kind == "command":
            body = orjson.loads(row.body)
            command = COMMAND.validate_python(body["command"])
            return Item(row, DeskCommand(AgentId(body["agent_id"]), command))
        return Item(row, ARRIVALS.decode(row.body))
    except Exception as error:
        log.error("an arrival cannot be read", inbox_id=row.id, kind=row.kind, error=str(error))
        return Item(row, None, f"cannot be read: {error}"[:500])
