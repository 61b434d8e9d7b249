"""The replay: the router's state just before a past decision, rebuilt from the journal.

The rule of this file: the same router gets the same inputs at the same instants. A replay begins at the nearest
start, or at the beginning of the journal, and needs every input from there on. If it comes to another decision than
the stored one, or meets an input that this release does not know, it returns nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.policies.stored_versions import load_book
from hub.storage import agents, interactions, journal, lease, offers, starts
from hub.storage.codec import CodecError, decode_as
from hub.storage.database import Connection, Database
from hub.storage.documents import INPUTS
from hub.storage.starts import Start
from routing.decisions import Decision
from routing.effects import OfferMade
from routing.explanations import Explanation, explain
from routing.inputs import PolicyChanged
from routing.model import SECOND, AgentRow, InteractionId, InteractionRow, Micros, OfferId, Policy, Snapshot
from routing.router import Router

START_EVERY = 3600 * SECOND
START_ENTRIES = 20_000  # inputs between two starts: a replay takes at most these, in about two seconds
BEGINNING = Start(number=0, at=0, policy_version=1, next_sequence=1, parts=0)  # for a journal that is whole
PART = 500  # rows: one write stays far under 50 ms (P11)
CHUNK = 500


@dataclass(frozen=True, slots=True)
class _Part:
    interactions: tuple[InteractionRow, ...] = ()
    agents: tuple[AgentRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """A stored decision, and the explanation of the state in which it was made."""

    offer_id: str
    decision: Decision
    explanation: Explanation


async def store_start(db: Database, now: Micros) -> bool:
    """Store the present rows as a start if the latest start is too old. True if it was."""
    async with db.read(is_slow=True) as conn:
        progress = await lease.read_progress(conn)
        number = progress.next_journal - 1
        latest = await starts.list_latest(conn)
        if number == 0 or (latest and not _is_due(latest[0], number, now)):
            return False
        parts = [_write_part("interactions", rows) for rows in _slices(await interactions.list_open_routing(conn))]
        parts += [_write_part("agents", rows) for rows in _slices(await agents.list_routing(conn))]
    for place, rows in enumerate(parts):
        await _put_part(db, number, place, rows)
    start = Start(
        number,
        progress.latest_now,
        progress.policy_version,
        progress.next_sequence,
        len(parts),
        progress.wall_ahead,
    )

    async def put(conn: Connection) -> None:
        await starts.put(conn, start)

    await db.write(put)
    return True


def _is_due(latest: Start, number: int, now: Micros) -> bool:
    entries = number - latest.number
    return entries >= START_ENTRIES or (entries > 0 and now - latest.at >= START_EVERY)


async def _put_part(db: Database, number: int, place: int, rows: str) -> None:
    async def put(conn: Connection) -> None:
        await starts.put_part(conn, number, place, rows)

    await db.write(put)


def _slices(rows: Sequence[str]) -> list[Sequence[str]]:
    return [rows[first : first + PART] for first in range(0, len(rows), PART)]


def _write_part(kind: str, rows: Sequence[str]) -> str:
    return f'{{"{kind}":[{",".join(rows)}]}}'


async def explain_offer(db: Database, offer_id: OfferId) -> Past | None:
    """Explain a past offer. None if there is no such offer, or if the journal has forgotten it."""
    async with db.read() as conn:
        offer = await offers.find(conn, offer_id)
        if offer is None:
            return None
        nearest = await starts.list_latest(conn, offer.made_at)
    for start in nearest or [BEGINNING]:  # a start of the same instant may already contain the offer
        found = await _replay(db, start, offer_id, offer.made_at)
        if found is not None:
            decision, explanation = found
            is_same = decision == decode_as(Decision, offer.decision)
            return Past(offer_id, decision, explanation) if is_same else None
    return None


_Found = tuple[Decision, Explanation]


async def _replay(db: Database, start: Start, offer_id: OfferId, made_at: Micros) -> _Found | None:
    async with db.read() as conn:
        book = await load_book(conn, start.policy_version)
        parts = await starts.read_parts(conn, start)
    if book is None or len(parts) != start.parts:
        return None
    book = replace(book, wall_ahead=start.wall_ahead)
    replay = await asyncio.to_thread(_Replay, book.routing, start, parts, offer_id)
    number = start.number
    while replay.found is None:
        async with db.read() as conn:
            entries = await journal.read_after(conn, number, CHUNK)
        if not entries or entries[0].number != number + 1 or entries[0].at > made_at:
            return None
        try:
            await asyncio.to_thread(replay.run, entries)
        except CodecError:  # another release wrote it, whose router knew what this one does not
            return None
        number = entries[-1].number
    return replay.found


class _Replay:
    def __init__(self, policy: Policy, start: Start, parts: Sequence[str], offer_id: OfferId) -> None:
        read = [decode_as(_Part, part) for part in parts]
        rows = Snapshot(
            start.policy_version,
            start.next_sequence,
            start.at,
            tuple(sorted((row for part in read for row in part.interactions), key=lambda row: row.id)),
            tuple(sorted((row for part in read for row in part.agents), key=lambda row: row.id)),
        )
        self.found: _Found | None = None
        self._policy, self._offer_id = policy, offer_id
        self._interaction_id = InteractionId(offer_id.rpartition(".")[0])
        self._seen: Explanation | None = None
        self._router = Router.restore(policy, rows, start.at)
        self._router.watch_decisions(self._look)

    def run(self, entries: Sequence[journal.JournalEntry]) -> None:
        for entry in entries:
            told = INPUTS.decode(entry.input)
            if isinstance(told, PolicyChanged):
                self._policy = told.policy
            for effect in self._router.handle(told, entry.at):
                if isinstance(effect, OfferMade) and effect.offer_id == self._offer_id and self._seen is not None:
                    self.found = effect.decision, self._seen
                    return
        self._router.take_changes()  # lets the router forget closed interactions

    def _look(self, interaction_id: InteractionId) -> None:
        if interaction_id == self._interaction_id:
            rows = self._router.snapshot()
            self._seen = explain(self._policy, rows, interaction_id, rows.now)
