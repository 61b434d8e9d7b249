"""The ledger of consents: entries are added, and what stands is read for many addresses at once.

The rule of this file: it adds and reads. A change of mind is another entry; `hub.storage.erasing` alone takes entries
away, with all else that is known of a customer.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import select

from hub.storage.connection import Connection
from hub.storage.consent_tables import consent_entry, write_counting
from hub.storage.customers import StoredSuppression
from hub.storage.prepared import Bulk, among, is_among, prepare_insert
from hub.storage.rule_due import mark_due

Act = Literal["given", "withdrawn", "asked", "void"]  # void: what this import said counts no more
Source = Literal["agent", "widget", "stop_word", "start_word", "provider", "script", "import", "api"]
NAME: Final = "consent/"  # before a purpose: as rules name what has changed
NEWEST: Final = 2**62  # the place of an entry that is stored next: after all that are


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEntry:
    """One row of the ledger; the fields bear the names of the columns. `at`: when the customer said so."""

    kind: str
    address: str
    purpose: str
    act: Act
    source: Source
    at: int
    recorded_at: int
    channel: str = ""
    by_id: str = ""
    text_version: int = 0
    language: str = ""
    said: str = ""
    customer_id: str = ""
    interaction_id: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest wish of an address for one purpose: on one channel, or on all if `channel` is empty."""

    purpose: str
    channel: str
    act: str  # given or withdrawn
    at: int
    recorded_at: int
    seq: int = field(default=NEWEST, compare=False)


Standings = dict[tuple[str, str], tuple[Standing, ...]]
"""By (kind, address): at most one for each purpose and channel, the oldest first."""

_COLUMNS = [column.name for column in consent_entry.columns if column.name != "seq"]
_ADD = prepare_insert(consent_entry, _COLUMNS)
_STANDINGS = Bulk(f"""
    SELECT kind, address, purpose, channel, act, at, recorded_at, seq FROM (
        SELECT e.kind, e.address, e.purpose, e.channel, e.act, e.at, e.recorded_at, e.seq,
            row_number() OVER (PARTITION BY e.kind, e.address, e.purpose, e.channel ORDER BY e.seq DESC) AS place
        FROM {{rows}} JOIN consent_entry e ON e.kind = value->>0 AND e.address = value->>1 AND {write_counting("e")}
    ) AS one WHERE place = 1
""")  # noqa: S608  # a constant
_WISHES = Bulk(f"""
    SELECT kind, address, purpose, channel, act, at, recorded_at, seq FROM (
        SELECT e.kind, e.address, e.purpose, e.channel, e.act, e.at, e.recorded_at, e.seq,
            row_number() OVER (PARTITION BY e.kind, e.address, e.purpose, e.channel ORDER BY e.seq DESC) AS place
        FROM {{rows}} JOIN consent_entry e ON e.kind = value->>0 AND e.address = value->>1 AND {write_counting("e")}
    ) AS one WHERE place = 1
    UNION ALL
    SELECT s.channel, s.address, s.cause, '', '', s.created_at, 0, 0
    FROM {{rows}} JOIN suppression s ON s.channel = value->>2 AND s.address = value->>3
""")  # noqa: S608  # a constant

_TOLD: Final = """
    SELECT DISTINCT e.kind, e.address, e.purpose, 'void', 'import', e.by_id,
        CAST(:now AS BIGINT), CAST(:now AS BIGINT), e.customer_id
    FROM import_line l CROSS JOIN %s
    WHERE l.import_id = :import_id AND l.undo IS NOT NULL AND e.customer_id = l.customer_id
        AND e.by_id = l.import_id AND e.source = 'import' AND e.act <> 'void'
"""
_VOID: Final = "INSERT INTO consent_entry (kind, address, purpose, act, source, by_id, at, recorded_at, customer_id)"
# Customer by customer: PostgreSQL would read the whole ledger where it has not yet counted its values
_TAKE_BACK: Final = Bulk(
    _VOID + _TOLD % "consent_entry e",
    _VOID  # noqa: S608  # two constants
    + _TOLD % "LATERAL (SELECT * FROM consent_entry c WHERE c.customer_id = l.customer_id OFFSET 0) AS e",
)


async def add(connection: Connection, entries: Sequence[ConsentEntry]) -> None:
    """The rules are asked anew about whoever they concern."""
    await _ADD.execute_for_each(connection, entries)
    changed: dict[str, set[str]] = {}
    for one in entries:
        if one.customer_id and one.act != "asked":
            changed.setdefault(one.customer_id, set()).add(f"{NAME}{one.purpose}")
    await mark_due(connection, changed, max((one.recorded_at for one in entries), default=0))


async def take_back_import(connection: Connection, import_id: str, now: int) -> None:
    """What the lines of this import told counts no more. The rules are not asked anew: see `list_taken_back`."""
    await _TAKE_BACK.execute_long(connection, {"import_id": import_id, "now": now})


async def list_taken_back(connection: Connection, import_id: str, ids: Collection[str]) -> dict[str, set[str]]:
    """By customer, of these: the names of what an import told that counts no more."""
    e = consent_entry.c
    query = select(e.customer_id, e.purpose).distinct().where(is_among(e.customer_id, "ids"))
    query = query.where(e.by_id == import_id, e.act == "void")
    changed: dict[str, set[str]] = {}
    for customer_id, purpose in await connection.execute(query, {"ids": among(ids)}):
        changed.setdefault(customer_id, set()).add(NAME + purpose)
    return changed


def leave_out_void(entries: Sequence[ConsentEntry]) -> list[ConsentEntry]:
    """Those that count, of entries with the newest first."""
    void: set[tuple[str, str, str, str]] = set()
    found = []
    for one in entries:
        key = (one.kind, one.address, one.purpose, one.by_id)
        if one.act == "void":
            void.add(key)
        elif one.source != "import" or key not in void:
            found.append(one)
    return found


async def find_standings(connection: Connection, addresses: Collection[tuple[str, str]]) -> Standings:
    """What these addresses, as (kind, address), wish. Those without an entry are left out."""
    return _gather(await _STANDINGS.fetch_for(connection, sorted(addresses)))


async def find_wishes(
    connection: Connection, keys: Collection[tuple[str, str, str, str]]
) -> tuple[Standings, list[StoredSuppression]]:
    """What these wish, and where nothing may be sent, in one statement. A key has an address twice: as (kind,
    address), and as (channel, address)."""
    rows = await _WISHES.fetch_for(connection, sorted(keys))
    blocks = [StoredSuppression(row[0], row[1], row[2], row[5]) for row in rows if not row[4]]
    return _gather([row for row in rows if row[4]]), blocks


async def list_entries(connection: Connection, addresses: Collection[tuple[str, str]]) -> list[ConsentEntry]:
    """The whole history of these addresses, the newest first."""
    found = []
    for kind, address in sorted(addresses):
        query = select(*(consent_entry.c[name] for name in (*_COLUMNS, "seq")))
        query = query.where(consent_entry.c.kind == kind, consent_entry.c.address == address)
        found += [(row.seq, row) for row in await connection.execute(query)]
    found.sort(key=lambda one: -one[0])
    return [ConsentEntry(**{name: getattr(row, name) for name in _COLUMNS}) for _, row in found]


def stand(entry: ConsentEntry) -> Standing:
    """What stands once this entry is stored."""
    return Standing(entry.purpose, entry.channel, entry.act, entry.at, entry.recorded_at)


def _gather(rows: Sequence[tuple[object, ...]]) -> Standings:
    found: dict[tuple[str, str], list[Standing]] = {}
    for kind, address, *values in sorted(rows, key=lambda row: row[7]):  # type: ignore[arg-type,return-value]  # seq
        found.setdefault((str(kind), str(address)), []).append(Standing(*values))  # type: ignore[arg-type]  # columns
    return {key: tuple(standings) for key, standings in found.items()}
