"""The work of a process every few seconds for its open screens: beats, queue lines, places, the wallboard.

The rule of this file: each round reads once for everyone and tells only changes. It decides nothing. A round that
fails because the database is away is repeated at its next time.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from agent_console.call_beats import LOOK_SECONDS as BEATS_SECONDS
from agent_console.desk import DeskNamespace
from agent_console.wallboard import WallboardNamespace
from agent_console.wallboard_views import ListenerLine, ReadAlong, WallboardView
from channels.registry import traits_of
from channels.webchat.webchat import WebchatChannel
from hub.access.living_sessions import IDLE_SECONDS, LIVING_SECONDS, LivingSessions
from hub.access.signing_in import SigningIn
from hub.batch.transcript import SHOWN, view_newest
from hub.bus import Bus, LocalBus
from hub.calls.lost_lines import TALKS
from hub.clock import Clock
from hub.doors.connection_deadlines import HeaderDeadline
from hub.logs import SPAN_SECONDS, tell_held_back
from hub.open_work.staff import load_staff
from hub.policies.stored_versions import load_book
from hub.reports.wallboard_figures import read_board
from hub.screens.channel_host import read_places, read_standings
from hub.screens.desk_feed import DeskFeed, read_queue_lines
from hub.screens.open_pages import OpenPages
from hub.scripts.script_watch import ScriptWatch
from hub.sending.agent_phones import has_own_number
from hub.storage import calls_and_chats, transcripts
from hub.storage.database import Database, StorageUnavailable
from hub.storage.desk_presence import BEAT_SECONDS, Presence
from hub.storage.documents import DeskStill
from routing.model import SECOND

log = structlog.get_logger()

BOARD_SECONDS = 1.0
LOOK_SECONDS = 1.0
MEASURE_SECONDS = 2.0
SEEN_SECONDS = 15  # between two words to the router that a supervisor who reads along is there
TOLD_AT_ONCE = 20  # desks: two hundred together hold the loop for 5 ms
SHARE = 20  # a slow round comes less often: it takes at most a twentieth of the time


class PeriodicTasks:
    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        bus: Bus,
        feed: DeskFeed,
        presence: Presence,
        living: LivingSessions,
        desk: DeskNamespace,
        wallboard: WallboardNamespace,
        webchat: WebchatChannel | None,
        pages: OpenPages,
        script_watch: ScriptWatch,
        wake_router: Callable[[], None],
    ) -> None:
        self._wake_router, self._pages = wake_router, pages
        self._db, self._clock, self._bus, self._feed = db, clock, bus, feed
        self._presence, self._living, self._desk = presence, living, desk
        self._wallboard, self._webchat, self._script_watch = wallboard, webchat, script_watch
        self._stopping = asyncio.Event()
        self._signing_in: SigningIn | None = None
        self._header_deadline: HeaderDeadline | None = None
        self._measure_all: Callable[[], None] | None = None
        self._lines_told: dict[str, list[dict[str, Any]]] = {}
        self._places_told: dict[str, tuple[int, int | None, int]] = {}
        self._standings_told: dict[str, tuple[str, int, str]] = {}
        self._seen_at: dict[str, int] = {}  # by supervisor who reads along: when the router was told of it
        self._tasks: set[asyncio.Task[None]] = set()
        self._began_at, self._expects_beats = clock.now(), False

    def watch_sign_in(self, signing_in: SigningIn) -> None:
        self._signing_in = signing_in

    def watch_headers(self, deadline: HeaderDeadline) -> None:
        self._header_deadline = deadline

    def watch_metrics(self, measure: Callable[[], None]) -> None:
        """Measure every few seconds: another process answers for this one."""
        self._measure_all = measure

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(BEAT_SECONDS, self._beat, share=0), name="beats")
            group.create_task(self._every(BEATS_SECONDS, self._watch_calls, share=0), name="calls' beats")
            group.create_task(self._every(1.0, self._expect_beats, share=5), name="calls that begin")
            group.create_task(self._every(LIVING_SECONDS, self._living.look, share=0), name="living sessions")
            group.create_task(self._every(IDLE_SECONDS, self._living.end_idle), name="idle sessions")
            group.create_task(self._every(IDLE_SECONDS, self._tidy_sign_in), name="sign-in")
            group.create_task(self._every(1.0, self._drop_slow), name="slow headers")
            group.create_task(self._every(SPAN_SECONDS, self._tell_held_back), name="log")
            group.create_task(self._every(MEASURE_SECONDS, self._measure), name="metrics")
            group.create_task(self._every(2.0, self._script_watch.look), name="scripts")
            group.create_task(self._every(1.0, self._tell_queues, after=0.25), name="queue lines")
            group.create_task(self._every(2.0, self._tell_places), name="places")
            group.create_task(self._every(BOARD_SECONDS, self.tell_board, after=0.5), name="wallboard")
            group.create_task(self._every(LOOK_SECONDS, self._read_again, share=0, after=0.75), name="read again")
            if not isinstance(self._bus, LocalBus):
                group.create_task(self._every(LOOK_SECONDS, self._poll_storage), name="poll storage")

    async def _every(self, seconds: float, round_: Any, *, share: int = SHARE, after: float = 0) -> None:
        """`after`: seconds until the first round, so that the rounds of a second do not all fall together."""
        with suppress(TimeoutError):
            async with asyncio.timeout(after):
                await self._stopping.wait()
        while not self._stopping.is_set():
            began = time.monotonic()
            with suppress(StorageUnavailable):
                await round_()
            took = time.monotonic() - began
            with suppress(TimeoutError):
                async with asyncio.timeout(max(seconds, took * share)):
                    await self._stopping.wait()

    def publish_soon(self, topic: str, text: str) -> None:
        task = asyncio.create_task(self._bus.publish(topic, text), name=f"publish {topic}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drop_slow(self) -> None:
        if self._header_deadline is not None:
            self._header_deadline.sweep()

    async def _tell_held_back(self) -> None:
        tell_held_back()

    async def _measure(self) -> None:
        if self._measure_all is not None:
            self._measure_all()

    async def _tidy_sign_in(self) -> None:
        if self._signing_in is not None:
            await self._signing_in.failed.write()
            await self._signing_in.guesses.forget_full()

    async def _beat(self) -> None:
        await self._presence.beat(self._feed.open_desks(), self._clock.now())

    async def _watch_calls(self) -> None:
        """Tell the router of pages in which a call is heard and that stand still: nobody hears their agent."""
        now, beats = asyncio.get_running_loop().time(), self._desk.beats
        news = beats.take_news(now)
        if missing := beats.take_missing(now):
            elsewhere = await self._presence.list_elsewhere(self._began_at)
            news += [one for one in missing if one.agent_id not in elsewhere]
        if news:
            still = [DeskStill(one.agent_id, one.interaction_id, one.is_still) for one in news]
            await self._presence.say_still(still, self._clock.now())
            self._wake_router()

    async def _expect_beats(self) -> None:
        """Of calls that are heard in the pages of agents. One that stands still from the first on never beats."""
        here = self._feed.open_desks()
        if self._expects_beats and not here:
            return
        async with self._db.read(is_slow=True) as conn:
            staff = await load_staff(conn)
            calls = await calls_and_chats.list_heard_calls(conn, TALKS)
        pages = {agent.id for agent in staff.values() if agent.has_opened_softphone and not has_own_number(agent)}
        in_pages = {one.interaction_id: one.agent_id for one in calls if one.agent_id in pages}
        self._desk.beats.expect(in_pages, here, asyncio.get_running_loop().time())
        self._expects_beats = True

    async def _tell_queues(self) -> None:
        if not self._feed.open_desks():
            return
        async with self._db.read(is_slow=True) as conn:
            staff = await load_staff(conn)
            agents = [agent for agent in self._feed.open_desks() if agent in staff]  # without the just disabled
            queues = sorted({q for a in agents if (p := staff[a].profile) is not None for q in p.queues})
            lines = {
                line.queue: line.model_dump(mode="json")
                for line in await read_queue_lines(conn, self._clock.now(), queues)
            }
        changed: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for agent in agents:
            profile = staff[agent].profile
            mine = [lines[queue] for queue in profile.queues] if profile else []
            if self._lines_told.get(agent) != mine:
                self._lines_told[agent] = mine
                changed[tuple(profile.queues) if profile else ()].append(agent)
        for queues_of, agents_of in changed.items():
            for first in range(0, len(agents_of), TOLD_AT_ONCE):
                some = agents_of[first : first + TOLD_AT_ONCE]
                await self._desk.tell_queues(some, [lines[queue] for queue in queues_of])
                await asyncio.sleep(0)  # between two lots, whoever else waits has a turn

    async def _tell_places(self) -> None:
        if self._webchat is None or not self._webchat.open_chats():
            return
        async with self._db.read(is_slow=True) as conn:
            places = await read_places(conn, self._clock.now())
        for chat_id, place in places.items():
            if self._places_told.get(chat_id) != place:
                position, minutes, _ = place
                await self._webchat.tell_chat(chat_id, "waiting", position, minutes=minutes)
        self._places_told = places

    async def _read_again(self) -> None:
        self._feed.read_again()

    async def _poll_storage(self) -> None:
        """Find what other processes stored for our screens: a wake-up between processes may be lost (P9)."""
        await self._feed.look_at_all()
        if not self._bus.is_healthy:
            self._pages.wake_all()
        if self._webchat is None or not (chats := self._webchat.open_chats()):
            return
        async with self._db.read() as conn:
            standings = await read_standings(conn, chats)
        for chat_id, standing in standings.items():
            if self._standings_told.get(chat_id) != standing:
                state, number, name = standing
                await self._webchat.tell_chat(chat_id, state, None, number=number, agent_name=name)
        self._standings_told = standings

    async def tell_board(self) -> None:
        """Tell everyone who watches the wallboard what changed on it."""
        if not self._wallboard.is_watched:
            return
        async with self._db.read(is_slow=True) as conn:
            book = await load_book(conn)
            if book is None:
                return
            board = await read_board(conn, book, self._clock.now())
            reading = self._list_reading(board)
            ids = {one.interaction_id for one in reading}
            texts = await transcripts.list_newest(conn, ids, SHOWN) if ids else {}
        await self._wallboard.tell_board(board.model_dump(mode="json"))
        roles = {session.staff.id: session.staff.roles for session in self._wallboard.sessions()}
        for one in reading:
            read = ReadAlong(
                interaction_id=one.interaction_id, messages=view_newest(texts.get(one.interaction_id, []))
            )
            shown = book.see_as(roles.get(one.staff_id, ())).mask(read)
            await self._wallboard.tell_read(one.staff_id, shown.model_dump(mode="json"))
        await self._say_seen({one.staff_id for one in reading})

    def _list_reading(self, board: WallboardView) -> list[ListenerLine]:
        """Those who read texts along, on a wallboard of this process."""
        here = {session.staff.id for session in self._wallboard.sessions()}
        return [one for one in board.listeners if one.staff_id in here and not traits_of(one.channel).is_call]

    async def _say_seen(self, readers: set[str]) -> None:
        now = self._clock.now()
        due = {one for one in readers if now - self._seen_at.get(one, 0) >= SEEN_SECONDS * SECOND}
        self._seen_at = {one: at for one, at in self._seen_at.items() if one in readers} | dict.fromkeys(due, now)
        await self._presence.say_watching(sorted(due), now)

    async def tell_typing_to_customer(self, agent_id: str, interaction_id: str) -> None:
        """Show the customer that the agent types, if this agent holds the chat and it is active."""
        chat_id = None
        with suppress(StorageUnavailable):
            async with self._db.read() as conn:
                chat_id = await calls_and_chats.find_chat_of(conn, agent_id, interaction_id)
        if chat_id and self._webchat is not None:
            await self._webchat.tell_typing(chat_id)

    async def tell_typing_to_agent(self, chat_id: str) -> None:
        """Show the holder of this chat that the customer types. A chat that waits or is offered has no holder."""
        holder = None
        with suppress(StorageUnavailable):
            async with self._db.read() as conn:
                holder = await calls_and_chats.find_chat_holder(conn, chat_id)
        if holder is not None:
            await self._desk.tell_typing(holder.agent_id, holder.interaction_id)
