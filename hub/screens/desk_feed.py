"""Tells each desk a snapshot when it connects, then every event by its number.

The rule of this file: the table `desk_event` holds the truth; an event handed over in memory only saves a read. Gaps
are filled from storage. A snapshot and its number are read in one consistent view (P6).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson
import structlog

from agent_console.events import NumberedEvent, ResumeAnswer
from agent_console.script_views import ScriptListView
from agent_console.views import AgentView, DeskSnapshot, InteractionView, OfferView, QueueLine
from hub.access.looks import Look, Looks
from hub.batch import desk_views
from hub.batch.agent_day import read_days, view_today
from hub.batch.lookups import load_addresses, load_customers
from hub.batch.restoring import add_parties, make_interaction, make_recording, make_runs
from hub.batch.transcript import SHOWN
from hub.clock import Clock, to_millis
from hub.open_work.call_party import Party
from hub.open_work.floor import OpenInteraction, StaffMember, Today
from hub.open_work.staff import make_member
from hub.policies.in_force import PolicyBook
from hub.policies.stored_versions import get_newest_book
from hub.routing_process.estimating import FRESH, round_to_minutes
from hub.scripts.earlier_runs import list_continuable, load_earlier_runs
from hub.scripts.script_runs import Scripts
from hub.scripts.script_view import read_as
from hub.storage import (
    agents,
    appointments,
    desk_events,
    interactions,
    offers,
    parties,
    recording_rows,
    script_runs,
    staff,
    transcripts,
    waiting,
)
from hub.storage.audit_words import Ground
from hub.storage.codec import decode_as
from hub.storage.database import Connection, Database, StorageUnavailable
from hub.storage.desk_events import DeskEvent
from hub.storage.waiting import QueueFigures
from routing.model import AgentRow, AgentState
from scripts_library.variables import VariableTypes

log = structlog.get_logger()

NOBODY_WAITS = QueueFigures(0, None, None)
MOST_EVENTS = 500  # with more missed events a snapshot is quicker

Emit = Callable[[str, list[dict[str, object]]], Awaitable[None]]  # (agent, NumberedEvents) in one packet


@dataclass(slots=True)
class DeskLine:
    """The way to one agent's desks at this process. `sent`: the last number emitted; None before the first resume."""

    sent: int | None = None
    is_busy: bool = False  # reads from storage; events told meanwhile are read afterwards
    has_missed: bool = False


class DeskFeed:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        scripts: Scripts,
        looks: Looks,
        emit: Emit,
        note_desk: Callable[[str, bool], None] = lambda agent_id, is_open: None,
    ) -> None:
        """`note_desk` hears which agents have a desk at this process: (agent, whether they have)."""
        self._note_desk = note_desk
        self._db = db
        self._clock = clock
        self._scripts = scripts
        self._looks = looks
        self._emit = emit
        self._lines: dict[str, DeskLine] = {}
        self._behind: dict[str, DeskLine] = {}  # who is read for next
        self._catching_up: asyncio.Task[None] | None = None

    def open(self, agent_id: str) -> None:
        self._lines.setdefault(agent_id, DeskLine())
        self._note_desk(agent_id, True)

    def close(self, agent_id: str) -> None:
        """Forget an agent whose last desk at this process has gone."""
        self._lines.pop(agent_id, None)
        self._note_desk(agent_id, False)

    def open_desks(self) -> Sequence[str]:
        return sorted(self._lines)

    async def resume(self, agent_id: str, number: int | None) -> ResumeAnswer:
        """The events after `number`. A snapshot instead if they are too many or pruned, or if `number` is None. The
        snapshot records a look at each customer on it; events had their looks recorded when they were decided. Raises
        StorageUnavailable."""
        line = self._lines.setdefault(agent_id, DeskLine())
        line.is_busy = True
        try:
            async with self._db.read() as conn:
                latest = await desk_events.latest(conn, agent_id)
                missed = []
                if number is not None and number <= latest:
                    missed = await desk_events.read_after(conn, agent_id, number, MOST_EVENTS)
                is_whole = number is not None and number + len(missed) == latest
                snapshot: DeskSnapshot | None = None
                looks: list[Look] = []
                if not is_whole:
                    snapshot, looks = await self._build_snapshot(conn, agent_id, latest)
            await self._looks.record(looks, is_repeated=True)
            if line.sent is None:  # otherwise another desk here still needs the events in between
                line.sent = latest
        finally:
            line.is_busy = False
        if line.has_missed:
            self._catch_up_soon(agent_id, line)
        if snapshot is not None:
            return ResumeAnswer(snapshot=snapshot)
        return ResumeAnswer(events=[NumberedEvent(number=e.number, event=orjson.loads(e.event)) for e in missed])

    async def list_scripts(self, agent_id: str, interaction_id: str) -> ScriptListView | None:
        """The scripts that this agent may pick for an interaction. None if the agent does not hold it."""
        async with self._db.read() as conn:
            found = await _load_held(conn, self._scripts.types, agent_id, interaction_id)
            reader, now = read_as(make_member(await staff.get(conn, agent_id))), self._clock.now()
            longest = max((one.continue_hours for one in self._scripts.all), default=0)
            stored = await load_earlier_runs(conn, found[0], now, longest) if found else []
        if not found:
            return None
        earlier = list_continuable(self._scripts, found[0], stored, now)
        return ScriptListView(scripts=self._scripts.list_options(found[0], reader), earlier=earlier)

    async def tell(self, agent_id: str, told: Iterable[tuple[int, str]]) -> None:
        """Emit events that were just stored, without waiting for storage. Nothing happens if no desk is open here."""
        line = self._lines.get(agent_id)
        if line is None:
            return
        if line.sent is None:
            line.has_missed = line.is_busy  # the first resume may have read before these events
            return
        fresh: list[dict[str, object]] = []
        for number, event in told:
            if number <= line.sent:
                continue
            if line.is_busy or number > line.sent + 1:
                self._catch_up_soon(agent_id, line)
                break
            line.sent = number
            fresh.append({"number": number, "event": orjson.Fragment(event)})
        if fresh:
            await self._emit(agent_id, fresh)

    def read_again(self) -> None:
        """Read the events that could not be read before, because storage was away."""
        for agent_id, line in self._lines.items():
            if line.has_missed and line.sent is not None and not line.is_busy:
                self._catch_up_soon(agent_id, line)

    def look(self, agent_id: str) -> None:
        """Read what another process stored for this agent."""
        line = self._lines.get(agent_id)
        if line is not None and (line.sent is not None or line.is_busy):
            self._catch_up_soon(agent_id, line)

    async def look_at_all(self) -> None:
        """Find events that other processes stored and whose wake-up was lost."""
        told = [agent_id for agent_id, line in self._lines.items() if line.sent is not None]
        if not told:
            return
        async with self._db.read() as conn:
            latest = await desk_events.list_latest(conn, told)
        for agent_id, number in latest.items():
            line = self._lines.get(agent_id)
            if line is not None and line.sent is not None and number > line.sent:
                self._catch_up_soon(agent_id, line)

    def _catch_up_soon(self, agent_id: str, line: DeskLine) -> None:
        line.has_missed = True
        if not line.is_busy:
            line.is_busy = True
            self._behind[agent_id] = line
            if self._catching_up is None or self._catching_up.done():
                self._catching_up = asyncio.create_task(self._catch_up(), name="catch up")

    async def _catch_up(self) -> None:
        """One read for all who are behind. Who falls behind meanwhile is in the next: so a process that serves many
        desks reads less often the more there is to tell."""
        while behind := self._behind:
            self._behind = {}
            for line in behind.values():
                line.has_missed = False
            try:
                missed = await self._read_missed(behind)
                for agent_id, events in missed.items():
                    if events:
                        behind[agent_id].sent = events[-1].number
                        await self._emit(agent_id, [_number(e) for e in events])
            except Exception as error:
                if not isinstance(error, StorageUnavailable):
                    log.exception("desks could not be told")
                for line in behind.values():
                    line.is_busy, line.has_missed = False, True  # `read_again` comes to it
                continue
            for agent_id, line in behind.items():
                line.is_busy = False
                if line.has_missed:
                    self._catch_up_soon(agent_id, line)

    async def _read_missed(self, behind: Mapping[str, DeskLine]) -> dict[str, list[DeskEvent]]:
        async with self._db.read() as conn:
            return {
                agent_id: await desk_events.read_after(conn, agent_id, line.sent or 0, MOST_EVENTS)
                for agent_id, line in behind.items()
            }

    # ---- the snapshot ----------------------------------------------------------------------------------

    async def _build_snapshot(self, conn: Connection, agent_id: str, number: int) -> tuple[DeskSnapshot, list[Look]]:
        now = self._clock.now()
        book = await get_newest_book(conn)
        self._scripts.follow(book.document)
        member = make_member(await staff.get(conn, agent_id))
        offered = await offers.list_offered(conn, agent_id)
        held = await _load_held(conn, self._scripts.types, agent_id)
        looks = [_look(agent_id, one.interaction_id, one.customer_id, one.queue, Ground.OFFERED) for one in offered]
        looks += [_look(agent_id, one.id, one.customer.id, one.queue, Ground.HELD) for one in held]
        pairs = await _load_parties(conn, agent_id)
        consults = [view for pair in pairs if (view := desk_views.view_consult(*pair)) is not None]
        listening = [shown for pair in pairs if (shown := desk_views.view_listening(*pair)) is not None]
        for one, party in pairs:
            ground = Ground.CONSULTED if party.card else Ground.SUPERVISED
            looks.append(_look(agent_id, one.id, one.customer.id, one.queue, ground))
        snapshot = DeskSnapshot(
            number=number,
            acting_desk=await agents.find_acting_desk(conn, agent_id),
            at=to_millis(now),
            staff=desk_views.view_staff(member),
            agent=await _view_agent(conn, agent_id),
            offers=[OfferView.model_validate_json(one.view) for one in offered],
            interactions=await self._view_held(conn, held, member, book),
            consults=consults,
            listening=listening,
            queues=await read_queue_lines(conn, self._clock.now(), member.profile.queues if member.profile else ()),
            today=view_today((await read_days(conn, book, now, agent_id)).get(agent_id, Today())),
            policy=book.view,
        )
        return book.see_as(member.roles).mask(snapshot), looks

    async def _view_held(
        self, conn: Connection, held: Sequence[OpenInteraction], agent: StaffMember, book: PolicyBook
    ) -> list[InteractionView]:
        ids, whose = {interaction.id for interaction in held}, [interaction.customer for interaction in held]
        newest, addresses = await transcripts.list_newest(conn, ids, SHOWN), await load_addresses(conn, whose)
        agreed = await appointments.list_planned(conn, {each for one in whose for each in one.ids}) if held else []
        shown = []
        for interaction in held:
            script = self._scripts.view(interaction, read_as(agent))
            known = addresses.get(interaction.customer.id, ())
            of_customer = [one for one in agreed if one.customer_id in interaction.customer.ids]
            told = desk_views.view_appointments(book, of_customer)
            shown.append(
                desk_views.view_interaction(
                    interaction, newest.get(interaction.id, []), script, known, told, book.attributes
                )
            )
        return shown


def _number(event: DeskEvent) -> dict[str, object]:
    return {"number": event.number, "event": orjson.Fragment(event.event)}


def _look(agent_id: str, interaction_id: str, customer_id: str, queue: str, ground: Ground) -> Look:
    return Look(agent_id, "desk.read", interaction_id, customer_id, queue, (ground,))


async def _load_held(
    conn: Connection, types: VariableTypes, agent_id: str, interaction_id: str | None = None
) -> list[OpenInteraction]:
    """The interactions that this agent holds, or the one named, in order of acceptance, with their script runs."""
    stored = await interactions.list_held(conn, agent_id, interaction_id)
    customers = await load_customers(conn, {one.customer_id for one in stored})
    runs = make_runs(await script_runs.list_held(conn, agent_id, interaction_id), types)
    held = []
    for one in stored:
        interaction = make_interaction(one, customers[one.customer_id])
        interaction.runs = runs.get(interaction.id, {})
        held.append(interaction)
    of_held = {one.id: one for one in held}
    for recording in map(make_recording, await recording_rows.list_of(conn, of_held)):
        if recording.settled_at is None:
            of_held[recording.interaction_id].recordings[recording.id] = recording
    add_parties(of_held, await parties.list_of(conn, of_held))
    return held


async def _load_parties(conn: Connection, agent_id: str) -> list[tuple[OpenInteraction, Party]]:
    """The open interactions in which this agent is asked, is consulted or listens in, each with the agent's part in
    it, in the order in which they were asked."""
    asked = await parties.list_asked(conn, agent_id)
    found = [await interactions.find_open(conn, one.interaction_id) for one in asked]
    stored = {one.id: one for one in found if one is not None}
    customers = await load_customers(conn, {one.customer_id for one in stored.values()}) if stored else {}
    known = {one.id: make_interaction(one, customers[one.customer_id]) for one in stored.values()}
    add_parties(known, [one for one in asked if one.interaction_id in known])
    pairs = [(interaction, party) for interaction in known.values() for party in interaction.parties.values()]
    return sorted(pairs, key=lambda pair: (pair[1].asked_at, pair[1].id))


async def _view_agent(conn: Connection, agent_id: str) -> AgentView:
    agent = await agents.find(conn, agent_id)
    if agent is None:  # the router has no row of this agent yet
        return AgentView(state=AgentState.OFFLINE, reason="", since=0, wish=None)
    return desk_views.view_agent(decode_as(AgentRow, agent.routing), agent.load)


async def read_queue_lines(conn: Connection, now: int, queues: Sequence[str] = ()) -> list[QueueLine]:
    """How many wait in each of these queues, in their order. Offered work counts, since it still waits for an answer.
    A callback counts too but does not raise the alarm: its customer is not on the line."""
    counted = await waiting.count_by_queue(conn, now - FRESH)
    lines = []
    for queue in queues:
        one = counted.get(queue, NOBODY_WAITS)
        minutes = None if one.ready_at is None else round_to_minutes(one.ready_at - now, now, now)
        oldest_at = desk_views.millis(one.oldest_at)
        lines.append(QueueLine(queue=queue, waiting=one.waiting, oldest_at=oldest_at, expected_minutes=minutes))
    return lines
