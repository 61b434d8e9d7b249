"""Who may be one person: the keys by which they are found, the pairs that were found, and those that were refused.

The rule of this file: nothing reads all customers. Whoever has changed is found by an index, whoever is like them by
keys, and a key that too many have is passed over. A refusal stays, whatever becomes of the two.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson
from sqlalchemy import and_, bindparam, delete, false, or_, select, update

from hub.storage.connection import Connection
from hub.storage.matching_tables import match_key, possible_match
from hub.storage.prepared import Bulk, Prepared, among, is_among
from hub.storage.relation_tables import holding, relation
from hub.storage.search_tables import customer_search

COMMON: Final = 20  # a key that more customers have says nothing about any of them
HOUSEHOLD: Final = "household"
PARTED: Final = "parted"  # instead of a reason


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A customer who has changed since somebody looked for others who may be the same person."""

    place: int  # of this change: it grows with the next one
    customer_id: str


@dataclass(frozen=True, slots=True)
class Pair:
    """`one_id` is the smaller of the two ids. `refused_at`: None if it waits for an answer."""

    one_id: str
    other_id: str
    score: int
    reasons: tuple[str, ...]
    found_at: int
    refused_at: int | None = None
    refused_by: str = ""

    def get_other(self, customer_id: str) -> str:
        return self.other_id if customer_id == self.one_id else self.one_id


@dataclass(slots=True)
class Belongings:
    """What is compared of a customer beside their name and addresses."""

    accounts: list[str] = field(default_factory=list)
    household: list[str] = field(default_factory=list)


_s, _p = customer_search.c, possible_match.c
_UNMATCHED = Prepared(
    select(_s.id, _s.customer_id)
    .where(_s.is_matched == false(), _s.name.is_not(None))
    .order_by(_s.id.desc())
    .limit(bindparam("most"))
)
_NOTE_MATCHED = Bulk("""
    UPDATE customer_search SET is_matched = true FROM {rows} WHERE customer_search.id = CAST(value->>0 AS BIGINT)
""")
_REMOVE_KEYS = Prepared(delete(match_key).where(is_among(match_key.c.customer_id, "ids")))
_ADD_KEYS = Bulk("INSERT INTO match_key (key, customer_id) SELECT value->>0, value->>1 FROM {rows}")
# Key by key in PostgreSQL: while it has not yet counted the keys, it would read all of them for each
_SHARING = Bulk(
    f"""
    SELECT k.key, k.customer_id FROM {{rows}} JOIN match_key k ON k.key = value->>0
    WHERE (SELECT m.customer_id FROM match_key m WHERE m.key = value->>0
           ORDER BY m.customer_id LIMIT 1 OFFSET {COMMON}) IS NULL
    """,  # noqa: S608  # a constant of this file
    f"""
    SELECT k.key, k.customer_id FROM {{rows}} CROSS JOIN LATERAL (
        SELECT f.key, f.customer_id, count(*) OVER () AS number FROM (
            SELECT m.key, m.customer_id FROM match_key m WHERE m.key = value->>0 LIMIT {COMMON + 1}
        ) AS f
    ) AS k WHERE k.number <= {COMMON}
    """,  # noqa: S608  # as above
)
_ACCOUNTS = Prepared(select(holding.c.customer_id, holding.c.number).where(is_among(holding.c.customer_id, "ids")))
_LIVES_WITH = Prepared(
    select(relation.c.customer_id, relation.c.other_id).where(
        is_among(relation.c.customer_id, "ids"), relation.c.kind == HOUSEHOLD
    )
)
_IS_LIVED_WITH = Prepared(
    select(relation.c.other_id, relation.c.customer_id).where(
        is_among(relation.c.other_id, "ids"), relation.c.kind == HOUSEHOLD
    )
)
_pair = (_p.one_id, _p.other_id, _p.score, _p.reasons, _p.found_at, _p.refused_at, _p.refused_by)
_AS_ONE = Prepared(select(*_pair).where(is_among(_p.one_id, "ids")))
_AS_OTHER = Prepared(select(*_pair).where(is_among(_p.other_id, "ids")))
# one that was refused is open again: matching has found a reason that is stronger than those that were known
_PUT = Bulk("""
    INSERT INTO possible_match (one_id, other_id, score, reasons, found_at)
    SELECT value->>0, value->>1, CAST(value->>2 AS INTEGER), value->>3, CAST(value->>4 AS BIGINT)
    FROM {rows} WHERE true
    ON CONFLICT (one_id, other_id) DO UPDATE SET score = excluded.score, reasons = excluded.reasons,
        refused_at = NULL, refused_by = ''
""")
_DROP = Bulk("""
    DELETE FROM possible_match WHERE refused_at IS NULL
    AND (one_id, other_id) IN (SELECT value->>0, value->>1 FROM {rows})
""")


def order(one_id: str, other_id: str) -> tuple[str, str]:
    """The two ids as a pair has them."""
    return (one_id, other_id) if one_id < other_id else (other_id, one_id)


# ---- who is to be compared -----------------------------------------------------------------------------


async def list_unmatched(connection: Connection, most: int) -> list[Unmatched]:
    """Who has changed, the latest first."""
    return [Unmatched(*row) for row in await _UNMATCHED.fetch(connection, {"most": most})]


async def note_matched(connection: Connection, done: Iterable[Unmatched]) -> None:
    """Whoever has changed again meanwhile stays to be compared."""
    await _NOTE_MATCHED.execute_for(connection, [[one.place] for one in done])


async def set_keys(connection: Connection, keys: Mapping[str, Collection[str]]) -> None:
    """`keys`: by customer."""
    await _REMOVE_KEYS.execute(connection, {"ids": among(keys)})
    rows = [[key, each] for each, some in keys.items() for key in sorted(some)]
    if rows:
        await _ADD_KEYS.execute_for(connection, rows)


async def find_sharing(connection: Connection, keys: Collection[str]) -> dict[str, set[str]]:
    """By key: who has it. A key that more than COMMON have is left out."""
    found: dict[str, set[str]] = {}
    rows = await _SHARING.fetch_for(connection, [[key] for key in sorted(keys)]) if keys else []
    for key, customer_id in rows:
        found.setdefault(key, set()).add(customer_id)
    return found


async def find_belongings(connection: Connection, ids: Collection[str]) -> dict[str, Belongings]:
    wanted, found = {"ids": among(ids)}, {each: Belongings() for each in ids}
    for customer_id, number in await _ACCOUNTS.fetch(connection, wanted):
        found[customer_id].accounts.append(number)
    rows = await _LIVES_WITH.fetch(connection, wanted) + await _IS_LIVED_WITH.fetch(connection, wanted)
    for customer_id, other_id in rows:
        found[customer_id].household.append(other_id)
    return found


# ---- pairs ---------------------------------------------------------------------------------------------


async def list_pairs(connection: Connection, ids: Collection[str]) -> list[Pair]:
    """Every pair with one of these ids, also those that were refused."""
    wanted = {"ids": among(ids)}
    rows = await _AS_ONE.fetch(connection, wanted) + await _AS_OTHER.fetch(connection, wanted)
    return list(
        {row[:2]: Pair(row[0], row[1], row[2], tuple(orjson.loads(row[3])), *row[4:]) for row in rows}.values()
    )


async def put_pairs(connection: Connection, pairs: Sequence[Pair], gone: Sequence[tuple[str, str]]) -> None:
    """Keep what was found, and drop the open ones that were not found again."""
    if gone:
        await _DROP.execute_for(connection, [list(each) for each in gone])
    if pairs:
        rows = [
            [one.one_id, one.other_id, one.score, orjson.dumps(one.reasons).decode(), one.found_at] for one in pairs
        ]
        await _PUT.execute_for(connection, rows)


async def refuse(connection: Connection, pairs: Collection[tuple[str, str]], at: int, by: str) -> int:
    """Returns how many of these pairs were open until then."""
    if not pairs:
        return 0
    where = or_(*(and_(_p.one_id == one, _p.other_id == other) for one, other in pairs))
    refused = update(possible_match).where(where, _p.refused_at.is_(None)).values(refused_at=at, refused_by=by)
    return (await connection.execute(refused)).rowcount


async def forget_open(connection: Connection, customer_id: str) -> None:
    """Nobody is asked about this customer, who is merged: whoever is like them is found as like the other."""
    is_theirs = or_(_p.one_id == customer_id, _p.other_id == customer_id)
    await connection.execute(delete(possible_match).where(is_theirs, _p.refused_at.is_(None)))
    await connection.execute(delete(match_key).where(match_key.c.customer_id == customer_id))


async def note_parted(connection: Connection, one_id: str, other_id: str, at: int, by: str) -> None:
    """Somebody has undone the merge of these two: they are two, whatever they have in common."""
    one, other = order(one_id, other_id)
    await put_pairs(connection, [Pair(one, other, 0, (PARTED,), at)], [])
    await refuse(connection, [(one, other)], at, by)
