"""Looking for customers by any part of what is known of them, the best first.

The rule of this file: it answers alike on both databases. Tokens find candidates; the stored name, words and digits
say who fits. `search_index.py` writes them.

Order: the address itself, the name itself, names that it begins, all others; then by tier; then who changed last. If
thousands fit, their tokens are of no help: the customers of each tier are read in this order until enough of them
fit, which is soon. Where it is not, the newest of those who fit are ranked.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, and_, column, func, or_, select, table

from hub.storage.connection import Connection
from hub.storage.prepared import Bulk
from hub.storage.search_tables import customer_search
from hub.storage.search_words import Match, Query, Searched, Way, list_whole_addresses, read_query

NUMBER, MAILBOX = "phone", "email"  # kinds of addresses of which a part can be looked for
MOST_CANDIDATES: Final = 3_000  # where more of a million fit, a page of them is among the first of each tier
MOST_READ: Final = 30_000  # customers, of all tiers together
LAST: Final = "\U0010ffff"  # no letter stands behind it


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """`id`: its place in the order of change, the last is the greatest."""

    id: int
    customer_id: str
    tier: str
    match: Match


_s = customer_search.c
_COLUMNS = (_s.id, _s.customer_id, _s.tier, _s.name, _s.words, _s.digits)
_token = table("customer_token", column("rowid"), column("customer_token"))  # the latter: all of a row
_OWNERS = Bulk("""
    SELECT DISTINCT s.id, s.customer_id, s.tier
    FROM {rows} JOIN address a ON a.kind = value->>0 AND a.address = value->>1
    JOIN customer c ON c.id = a.customer_id
    JOIN customer_search s ON s.customer_id = COALESCE(c.merged_into, c.id)
""")
_ROWS = Bulk("""
    SELECT s.id, s.customer_id, s.tier, s.name, s.words, s.digits
    FROM {rows} JOIN customer_search s ON s.id = CAST(value->>0 AS BIGINT) WHERE s.name IS NOT NULL
""")
_Filter = Callable[[FromClause], ColumnElement[bool]]


async def find(connection: Connection, text: str, tiers: Sequence[str], limit: int) -> list[FoundCustomer]:
    """At most `limit` customers who fit what somebody types. `tiers`: the best first. It is a slow read."""
    query = read_query(text)
    if not query.terms:
        return []
    finding = _Finding(connection, query, tiers, limit)
    finding.take(await finding.find_by_address(text))
    candidates = await finding.list_candidates(MOST_CANDIDATES + 1)
    if candidates is None:
        await finding.read_in_order()
    else:
        finding.take(candidates)
    return finding.found[:limit]


def _say_way(way: Way) -> str:
    """As FTS5 reads it."""
    return "(" + " AND ".join(f'"{one:x}"' for one in sorted(way.tokens)) + ")"


class _Finding:
    """One search: what was found so far, in order. What is taken later ranks behind it."""

    def __init__(self, connection: Connection, query: Query, tiers: Sequence[str], limit: int) -> None:
        self._connection, self._query, self._tiers, self._limit = connection, query, tiers, limit
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._place = {tier: place for place, tier in enumerate(tiers)}
        self.found: list[FoundCustomer] = []

    def take(self, more: Iterable[FoundCustomer]) -> None:
        known = {one.customer_id for one in self.found}
        self.found += sorted((one for one in more if one.customer_id not in known), key=self._rank)

    def _rank(self, one: FoundCustomer) -> tuple[int, int, int]:
        return one.match, self._place.get(one.tier, len(self._place)), -one.id

    async def find_by_address(self, text: str) -> list[FoundCustomer]:
        wanted = [(kind, one) for one in list_whole_addresses(text) for kind in (NUMBER, MAILBOX)]
        rows = await _OWNERS.fetch_for(self._connection, wanted) if wanted else []
        return [FoundCustomer(place, customer_id, tier, Match.ADDRESS) for place, customer_id, tier in rows]

    async def list_candidates(self, most: int) -> list[FoundCustomer] | None:
        """All who fit; None if the tokens of this query stand at `most` or more."""
        ids = list(await self._connection.scalars(self._by_tokens().limit(most)))
        if len(ids) == most:
            return None
        return self._compare(await _ROWS.fetch_for(self._connection, [[one] for one in ids]))

    def _by_tokens(self, fits: ColumnElement[bool] | None = None) -> Select[Any]:
        """The ids of rows with the tokens of this query. `fits`: and which meet this."""
        if self._is_sqlite:
            asked = " AND ".join(f"({' OR '.join(map(_say_way, ways))})" for ways in self._query.terms)
            found = select(_token.c.rowid).where(_token.c.customer_token.op("MATCH")(asked))
            if fits is not None:
                found = found.join(customer_search, _s.id == _token.c.rowid).where(fits)
            return found.order_by(_token.c.rowid.desc())
        sure = {token for ways in self._query.terms if len(ways) == 1 for token in ways[0].tokens}
        parts = [
            or_(*(_s.tokens.contains(sorted(way.tokens)) for way in ways))
            for ways in self._query.terms
            if len(ways) > 1
        ]
        parts += [_s.tokens.contains(sorted(sure))] if sure else []
        return select(_s.id).where(*parts, *([] if fits is None else [fits]))

    def _compare(self, rows: Iterable[Any]) -> list[FoundCustomer]:
        found = []
        for row in rows:
            place, customer_id, tier, *text = row
            match = self._query.find_match(Searched(*text))
            if match is not None:
                found.append(FoundCustomer(place, customer_id, tier, match))
        return found

    # ---- where thousands fit ---------------------------------------------------------------------------

    async def read_in_order(self) -> None:
        begins = select(_s.id).where(self._begin(customer_search)).limit(MOST_CANDIDATES + 1)
        ids = list(await self._connection.scalars(begins))
        if len(ids) > MOST_CANDIDATES:
            for tier in self._tiers:
                same = select(*_COLUMNS).where(_s.name == self._query.name, _s.tier == tier).order_by(_s.id.desc())
                await self._take_first(same)
            await self._read_tiers(self._begin)
        if len(self.found) < self._limit:
            await self._take_rows(ids)
        await self._read_tiers(self._fit)
        if len(self.found) < self._limit:
            newest = self._by_tokens(self._fit(customer_search)).limit(MOST_CANDIDATES)
            await self._take_rows(list(await self._connection.scalars(newest)))

    async def _take_rows(self, ids: Sequence[int]) -> None:
        self.take(self._compare(await _ROWS.fetch_for(self._connection, [[one] for one in ids])))

    async def _read_tiers(self, fits: _Filter) -> None:
        """Read the customers of each tier, the last changed first, until enough of them fit."""
        for tier in self._tiers:
            # a range, or PostgreSQL takes the index of ids and passes over all customers of other tiers
            same = (_s.tier >= tier) & (_s.tier <= tier)
            read = select(*_COLUMNS).where(same).order_by(_s.tier.desc(), _s.id.desc())
            some = read.limit(MOST_READ // len(self._tiers)).subquery()
            await self._take_first(select(some).where(fits(some)))  # in the order of the inner one, or it reads on

    async def _take_first(self, query: Select[Any]) -> None:
        if len(self.found) < self._limit:
            self.take(self._compare((await self._connection.execute(query.limit(self._limit))).all()))

    def _begin(self, rows: FromClause) -> ColumnElement[bool]:
        name = rows.c.name
        return and_(name >= self._query.name, name < self._query.name + LAST)

    def _fit(self, rows: FromClause) -> ColumnElement[bool]:
        place = func.instr if self._is_sqlite else func.strpos
        return and_(
            *(
                or_(
                    *(
                        and_(
                            *(place(rows.c.words, word) > 0 for word in way.words),
                            *(place(rows.c.digits, part) > 0 for part in way.digits),
                        )
                        for way in ways
                    )
                )
                for ways in self._query.terms
            )
        )
