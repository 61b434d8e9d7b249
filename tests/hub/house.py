"""A hub without doors: everything between a channel's notice or a desk's command and what is stored and told, on a
clock that the test turns.

The rule of this file: the parts are the hub's own, put together as `hub.app` does; only the network is missing. A
step returns when all that it caused is stored and told.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from agent_console.commands import ANY_COMMAND, CommandAnswer
from agent_console.views import StaffView
from channels.channel import Notice
from hub.access.living_sessions import LivingSessions
from hub.access.looks import Looks
from hub.access.sessions import Sessions
from hub.batch import desk_views
from hub.batch.one_place import find_misplaced
from hub.batch.restoring import Restored, restore
from hub.batch.stored_batch import StoredBatch
from hub.bus import LocalBus
from hub.open_work.floor import Floor
from hub.open_work.staff import load_staff
from hub.routing_process.dispatcher import Dispatcher
from hub.routing_process.sender import SendBell
from hub.screens.channel_host import ChannelHost
from hub.screens.console_host import ConsoleHost
from hub.screens.desk_feed import DeskFeed
from hub.screens.telling import Announcer, Answers
from hub.scripts.script_runs import Scripts
from hub.sending.may_send import SendRules
from hub.storage import lease, tables
from hub.storage.codec import classes_of
from hub.storage.database import Database
from hub.storage.desk_presence import Presence
from hub.storage.documents import ARRIVALS, REQUESTS, HubNotice, SendResult
from hub.storage.hub_time import align
from hub.storage.inbox import Arrival
from hub.storage.media import MediaStore
from routing.misplaced import Misplacement
from routing.model import SECOND
from scripts_library.script_parts import Script
from tests.flows.desk import comparable, find_held, fold
from tests.hub.clocks import NOON as NOON
from tests.hub.clocks import CountingHandOver, CountingInbox, HandClock, HandMachine, MachineClock
from tests.hub.comparable_floor import comparable_floor
from tests.hub.given_scripts import GivenScripts
from tests.hub.sample_settings import POLICY, TYPES

_POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres_url)
ON_POSTGRES = pytest.mark.parametrize("database", [_POSTGRES], indirect=True)
BOTH = pytest.mark.parametrize("database", ["sqlite", _POSTGRES], indirect=True)
OpenDatabase = Callable[[], Awaitable[Database]]
Row = dict[str, Any]
NOTICES = tuple(classes_of(Notice))
_numbers = count(1)


class Screen:
    """What one agent sees: the snapshot that they began with, and every event folded into it."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.shown = snapshot
        self.number: int = snapshot["number"]
        self.seen: list[dict[str, Any]] = []

    def take(self, numbered: dict[str, Any]) -> None:
        assert numbered["number"] == self.number + 1, f"{numbered} after {self.number}"
        self.number = numbered["number"]
        self.seen.append(numbered["event"])
        fold(self.shown, deepcopy(numbered["event"]))

    @property
    def offers(self) -> list[dict[str, Any]]:
        return list(self.shown["offers"])

    @property
    def held(self) -> list[dict[str, Any]]:
        return list(self.shown["interactions"])

    def find(self, interaction_id: str) -> dict[str, Any]:
        return find_held(self.shown, interaction_id)

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.seen]


class House:
    routing: asyncio.Task[None]

    def __init__(
        self,
        db: Database,
        media: Path,
        scripts: Sequence[Script],
        taken: lease.LeaseTaken,
        clock: HandClock | MachineClock,
    ) -> None:
        self.db, self.epoch, self.clock, self.inbox = db, taken.epoch, clock, CountingInbox(db)
        self.scripts = Scripts(scripts, POLICY, self.clock, fallback_language="en")
        self.screens: dict[str, Screen] = {}
        self.told: list[StoredBatch] = []
        self.senders: dict[str, SendBell] = {}  # by channel, where a test has one
        self.misplaced: dict[str, Misplacement] = {}  # after any batch so far: a defect
        self._handled, self._decided = 0, asyncio.Event()  # arrivals; whether any since somebody last waited for it
        self._staff: dict[str, StaffView] = {}
        self.hand_over = CountingHandOver(self.inbox)
        self.media = MediaStore(db, media, self.clock.now)
        self.host = ChannelHost(db, self.inbox, self.media, self.clock, self.hand_over, self._wake)
        self.feed = DeskFeed(db, self.clock, self.scripts, Looks(db, self.clock), self._emit)
        answers = Answers(self.inbox)
        announcer = Announcer(
            bus=LocalBus(),
            process="house",
            feed=self.feed,
            answers=answers,
            host=self.host,
            webchat=None,
            wake_senders=self._wake_senders,
        )

        async def tell(told: StoredBatch) -> None:
            self.told.append(told)
            await announcer.tell(told)

        heard = (tell, self.hand_over, partial(self._wake_senders, is_due=True), self._count)
        fresh = self.published = GivenScripts(db, self.scripts, TYPES)
        self.dispatcher = Dispatcher(db, self.clock, self.scripts, SendRules(), *heard, refresh_scripts=fresh.refresh)
        self.presence = Presence(db, self.inbox, "house")

        async def nothing(*_: object) -> None:
            pass

        self.sessions = Sessions(db, self.clock, hours=12)
        self.console = ConsoleHost(
            inbox=self.inbox,
            sessions=self.sessions,
            living=LivingSessions(self.sessions, self.clock),
            feed=self.feed,
            way_in=self.hand_over,
            answers=answers,
            presence=self.presence,
            clock=self.clock,
            origins=(),
            wake_router=self._wake,
            watched=nothing,
            heard_typing=nothing,
        )

    def _wake(self) -> None:
        self.dispatcher.wake()

    def _wake_senders(self, channels: Collection[str], *, is_due: bool = False) -> None:
        for channel in self.senders.keys() & set(channels):
            self.senders[channel].ring(is_due=is_due)

    def _count(self, arrivals: int, _: float) -> None:
        self.misplaced |= find_misplaced(self.floor, self.state.router, self.state.book)
        self._handled += arrivals
        self._decided.set()

    async def _next_batch(self) -> None:
        assert not self.routing.done(), self.routing
        self._decided.clear()
        await self._decided.wait()

    async def _emit(self, agent: str, events: list[dict[str, object]]) -> None:
        if agent in self.screens:
            for numbered in orjson.loads(orjson.dumps(events)):  # as they come over the wire
                self.screens[agent].take(numbered)

    @property
    def state(self) -> Restored:
        return self.dispatcher.state

    @property
    def floor(self) -> Floor:
        return self.state.floor

    # ---- steps

    async def take(self, *notices: Notice | HubNotice) -> None:
        """What channels report, or the hub itself, in one delivery."""
        if all(isinstance(notice, NOTICES) for notice in notices):
            await self.host.accept([notice for notice in notices if isinstance(notice, NOTICES)])
        else:
            now = self.clock.now()
            arrivals = [Arrival(_key(n), type(n).__name__, ARRIVALS.encode(n), now) for n in notices]
            await self.inbox.put(arrivals)
        await self.until_handled()

    async def until_handled(self) -> None:
        """All that is pending has been handled, and told."""
        self._wake()
        try:
            async with asyncio.timeout(60):
                while self._handled < self.inbox.stored:
                    await self._next_batch()
            assert self.misplaced == {}
        except TimeoutError:
            raise AssertionError(f"not settled; set aside: {await self.inbox.list_set_aside()}") from None

    async def until_heard(self) -> None:
        """What storage itself, or somebody beside the house, has put into the inbox is decided too."""
        async with asyncio.timeout(60):
            while await self.count(tables.inbox, tables.inbox.c.state == tables.PENDING):
                self._wake()
                await self._next_batch()
        self.inbox.stored = max(self.inbox.stored, self._handled)

    async def turn(self, seconds: float) -> None:
        """Time passes, and what is due by then happens."""
        self.clock.at += int(seconds * SECOND)
        async with asyncio.timeout(60):
            while True:
                due_at = self.state.next_deadline()
                if due_at is None or due_at > self.clock.at:
                    assert self.misplaced == {}
                    return
                self._wake()
                await self._next_batch()

    async def open(self, agent: str) -> Screen:
        """The agent's desk, as it is when it connects."""
        await self.console.desk_opened(await self.staff(agent))
        await self.until_handled()
        answer = await self.console.resume(await self.staff(agent), None)
        assert answer.snapshot is not None
        screen = self.screens[agent] = Screen(answer.snapshot.model_dump(mode="json"))
        return screen

    async def close(self, agent: str) -> Screen:
        """The desk has gone, and hears nothing more."""
        screen = self.screens.pop(agent)
        await self.console.desk_closed(await self.staff(agent))
        await self.until_handled()
        return screen

    async def come_back(self, agent: str, screen: Screen) -> None:
        """The same desk, with what it showed when it went."""
        await self.console.desk_opened(await self.staff(agent))
        await self.until_handled()
        answer = await self.console.resume(await self.staff(agent), screen.number)
        assert answer.events is not None, "a snapshot, where events were asked for"
        for numbered in answer.events:
            screen.take(numbered.model_dump(mode="json"))
        self.screens[agent] = screen

    async def seat(self, agent: str) -> Screen:
        """The agent's desk, and the agent available."""
        screen = await self.open(agent)
        await self.do(agent, "set_state", state="available")
        return screen

    async def ask(self, agent: str, kind: str, command_id: str = "", desk: str = "", **fields: Any) -> CommandAnswer:
        asked = {"id": command_id or f"command-{next(_numbers)}", "kind": kind, **fields}
        answer = await self.console.submit(await self.staff(agent), ANY_COMMAND.validate_python(asked), desk)
        await self.until_handled()
        return answer

    async def do(self, agent: str, kind: str, **fields: Any) -> None:
        """A command that is carried out."""
        answer = await self.ask(agent, kind, **fields)
        assert answer.code == "", f"{kind} {fields}: {answer}"

    async def about(self, agent: str, interaction_id: str, kind: str, **fields: Any) -> CommandAnswer:
        """A command about an interaction as the agent's screen shows it."""
        version = self.screens[agent].find(interaction_id)["version"]
        return await self.ask(agent, kind, interaction_id=interaction_id, version=version, **fields)

    async def accept(self, agent: str) -> dict[str, Any]:
        """The agent takes what is offered; the interaction as they then see it."""
        (offer,) = self.screens[agent].offers
        await self.do(agent, "accept_offer", offer_id=offer["id"])
        return self.screens[agent].find(offer["interaction_id"])

    async def accept_all(self, agent: str) -> None:
        for offer in self.screens[agent].offers:
            await self.do(agent, "accept_offer", offer_id=offer["id"])

    # ---- what is stored

    async def staff(self, name: str) -> StaffView:
        if not self._staff:
            async with self.db.read() as conn:
                self._staff = {key: desk_views.view_staff(member) for key, member in (await load_staff(conn)).items()}
        return self._staff[name]

    async def count(self, table: Any, *where: Any) -> int:
        async with self.db.read() as conn:
            return int(await conn.scalar(select(func.count()).select_from(table).where(*where)))

    async def rows(self, table: Any, *where: Any) -> list[Row]:
        async with self.db.read() as conn:
            query = select(table).where(*where).order_by(*table.primary_key.columns)
            return [dict(row) for row in (await conn.execute(query)).mappings()]

    async def interactions(self, **columns: Any) -> list[Row]:
        """Of these values, oldest first."""
        i = tables.interaction
        rows = await self.rows(i, *(i.c[name] == value for name, value in columns.items()))
        return sorted(rows, key=lambda row: (row["entered_at"], row["rank_sequence"]))

    async def interaction(self, **columns: Any) -> Row:
        (row,) = await self.interactions(**columns)
        return row

    async def said(self, interaction_id: str, kind: str = "customer") -> list[str]:
        """The transcript's texts of one kind; of facts their names."""
        rows = await self.rows(tables.message, tables.message.c.interaction_id == interaction_id)
        in_order = sorted(rows, key=lambda row: row["seq"])
        return [row["fact" if kind == "fact" else "text"] for row in in_order if row["kind"] == kind]

    async def requests(self, kind: str) -> list[Any]:
        """What is to leave by a channel, of one kind, oldest first."""
        rows = await self.rows(tables.outbox, tables.outbox.c.kind == kind)
        return [REQUESTS.decode(row["body"]) for row in rows]

    def result(self, outbox_id: str, channel: str, state: str, *, kind: str = "TextOut", **more: str) -> SendResult:
        """What became of a request, as the sender would say it."""
        return SendResult(outbox_id, channel, kind, more.pop("interaction_id", ""), state, **more)

    # ---- what must always hold

    async def check_screens(self) -> None:
        """Old snapshot + events = fresh snapshot, of every desk."""
        for agent, screen in self.screens.items():
            fresh = (await self.console.resume(await self.staff(agent), None)).snapshot
            assert fresh is not None
            assert comparable(screen.shown) == comparable(fresh.model_dump(mode="json")), agent

    async def check_restored(self) -> None:
        """What is stored is what is in memory."""
        live = self.state
        async with asyncio.timeout(60):
            while True:  # until no batch has passed while it was read
                at = live.latest_now
                async with self.db.read() as conn:
                    again = await restore(conn, at)
                if again.latest_now == at == live.latest_now:
                    break
                await asyncio.sleep(0)
        # a batch that asks the router nothing moves the time that is stored, and not the router's
        assert again.router.snapshot() == replace(live.router.snapshot(), now=live.latest_now)
        assert (again.book, again.next_journal) == (live.book, live.next_journal)
        assert (again.next_sequence, again.latest_now) == (live.next_sequence, live.latest_now)
        assert again.agent_versions == live.agent_versions
        assert comparable_floor(again.floor, live.latest_now) == comparable_floor(live.floor, live.latest_now)


def _key(notice: Any) -> str:
    return str(getattr(notice, "key", "") or f"fact:{next(_numbers)}")


@asynccontextmanager
async def open_house(
    db: Database, media: Path, scripts: Sequence[Script], machine: HandMachine | None = None
) -> AsyncIterator[House]:
    """A hub that routes on a database that has its people and its policy, which is closed in the end; on the clocks
    of a machine, where there is one. Raises what keeps it from routing."""
    taken = await lease.take(db, "house", 3600)
    assert taken is not None
    clock: HandClock | MachineClock
    if machine is None:
        clock = HandClock()
        clock.at = max(NOON, taken.progress.latest_now)
    else:
        clock = MachineClock(machine)
        await align(db, clock)
    house = House(db, media, scripts, taken, clock)
    house.routing = asyncio.create_task(house.dispatcher.route(taken.epoch))
    house.routing.add_done_callback(lambda _: house._decided.set())
    started = asyncio.create_task(house.dispatcher.is_routing.wait())
    try:
        await asyncio.wait((started, house.routing), return_when=asyncio.FIRST_COMPLETED)
        if house.routing.done():
            await house.routing
        yield house
    finally:
        started.cancel()
        house.dispatcher.stop()
        failure = (await asyncio.gather(house.routing, return_exceptions=True))[0]
        await db.close()
    if failure is not None:
        raise failure
