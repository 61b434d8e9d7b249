"""The audit after the storm: what is stored, and what the provider has, against what was promised.

The rule of this file: it looks from outside, at the database of a hub that has ended and at the provider's own list;
it uses nothing of the hub's code.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg

from tests.flows.ledger import Ledger

ENDS = {"sent", "delivered", "read", "failed", "unknown"}


FOR_EVER = 2**62


Rows = list[tuple[Any, ...]]
Read = Callable[[str], Rows]  # what the database answers to SQL


def read_file(file: Path) -> Read:
    """Of SQLite."""

    def read(sql: str) -> Rows:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            return list(db.execute(sql))

    return read


def read_server(url: str) -> Read:
    """Of PostgreSQL. In a thread without an event loop."""

    async def fetch(sql: str) -> Rows:
        db = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await db.fetch(sql)]
        finally:
            await db.close()

    return lambda sql: asyncio.run(fetch(sql))


def audit(read: Read, ledger: Ledger, at_provider: Counter[str], stopped_at: int) -> list[str]:
    """Every breach, as a sentence; none is what we want. `at_provider` counts each text there. `stopped_at`: when the
    hub was asked to stop, in microseconds; a report that came after is stored, and decided at the next start."""
    return [
        *_lost_and_doubled(read, ledger),
        *_sent_twice(read, at_provider),
        *_two_hold_one(read),
        *_left_over(read, stopped_at),
    ]


def is_settled(read: Read) -> bool:
    """Whether nothing is under way any more; asked while the hub runs."""
    return not list(_left_over(read, FOR_EVER))


def _lost_and_doubled(read: Read, ledger: Ledger) -> Iterable[str]:
    kinds = {"customer": "customer", "reply": "agent", "note": "note"}
    for promise, kind in kinds.items():
        stored = Counter(text.strip() for (text,) in read(f"SELECT text FROM message WHERE kind = '{kind}'"))
        yield from (f"lost: {words}" for words in ledger.promised.get(promise, ()) if words not in stored)
        yield from (f"twice: {words}" for words, count in stored.items() if count > 1)
        yield from (f"refused and done: {words}" for words in ledger.refused.get(promise, ()) if words in stored)
    calls = Counter(ref for (ref,) in read("SELECT provider_ref FROM interaction WHERE channel = 'phone'"))
    yield from (f"lost call: {sid}" for sid in ledger.promised.get("call", ()) if sid not in calls)
    yield from (f"call twice: {sid}" for sid, count in calls.items() if count > 1)
    taken = {key for (key,) in read("SELECT key FROM inbox WHERE key LIKE 'phone:%:completed'")}
    hung_up = {key.split(":")[2] for key in taken}
    yield from (f"lost hang-up: {sid}" for sid in ledger.promised.get("hang-up", ()) if sid not in hung_up)
    numbers = "SELECT i.provider_ref, m.number FROM message m JOIN interaction i ON i.id = m.interaction_id"
    lines = Counter(read(f"{numbers} WHERE m.number > 0"))
    yield from (f"number {number} twice in chat {chat}" for (chat, number), count in lines.items() if count > 1)


def _sent_twice(read: Read, at_provider: Counter[str]) -> Iterable[str]:
    yield from (f"{count} times at the provider: {words}" for words, count in at_provider.items() if count > 1)
    outgoing = read("SELECT text, delivery FROM message WHERE kind = 'agent' AND channel IN ('sms', 'email')")
    for words, delivery in outgoing:
        if delivery not in ENDS:
            yield f"neither sent nor failed nor unknown but {delivery}: {words}"
        if delivery in ("sent", "delivered", "read") and words not in at_provider:
            yield f"said to be {delivery}, and the provider has it not: {words}"


def _two_hold_one(read: Read) -> Iterable[str]:
    """Over all of history no two offers, and no two owners, of one interaction at a time."""
    spans = {
        "offers": "SELECT interaction_id, made_at, ended_at FROM offer ORDER BY interaction_id, made_at, ended_at",
        "owners": "SELECT interaction_id, joined_at, left_at FROM participant WHERE role = 'owner' "
        "ORDER BY interaction_id, joined_at, left_at",
    }
    for what, sql in spans.items():
        for (one, _, ended_at), (other, began_at, _) in pairwise(read(sql)):
            if one == other and (ended_at is None or ended_at > began_at):
                yield f"two {what} at a time: {one}"


def _left_over(read: Read, until: int) -> Iterable[str]:
    pending = read(f"SELECT kind, count(*) FROM inbox WHERE state = 0 AND received_at < {until} GROUP BY kind")
    yield from (f"pending in the inbox: {count} {kind}" for kind, count in pending)
    questions = {
        "set aside": "SELECT count(*) FROM inbox WHERE state = 2",
        "not sent yet": "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')",
        "still open": "SELECT count(*) FROM interaction WHERE closed_at IS NULL",
        "open offers": "SELECT count(*) FROM offer WHERE ended_at IS NULL",
        "agents with load": "SELECT count(*) FROM agent_routing WHERE load <> 0",
        "agents overloaded": "SELECT count(*) FROM agent_routing WHERE load > 100",
    }
    for what, sql in questions.items():
        ((count,),) = read(sql)
        if count:
            yield f"{what}: {count}"
