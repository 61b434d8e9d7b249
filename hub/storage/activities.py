"""Activities: the dated facts of customers that rules count.

The rule of this file: an activity is added and never changed; an import takes back its own alone. Whoever adds one
marks its customer, in the same transaction or, of an import, as it follows, so that the rules that read its kind are
asked anew. One with the kind and the reference of another is that one, and is not added.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, func, select

from hub.storage.connection import Connection
from hub.storage.customer_tables import activity
from hub.storage.prepared import Bulk, Prepared, among, is_among
from hub.storage.rule_due import JOIN_MARKS, mark_due
from hub.storage.rule_sql import TEN_THOUSANDTHS, measure_column
from scripts_library.conditions import Activity, BoundMeasure, Function

NAME: Final = "activity/"  # before the kind: the name of a change, as `mark_due` takes it


@dataclass(frozen=True, slots=True, kw_only=True)
class NewActivity:
    """`at`: microseconds, UTC. `amount`: with at most four decimals. `reference`: what the program that tells of it
    calls it."""

    customer_id: str
    kind: str
    at: int
    label: str = ""
    amount: Decimal | None = None
    reference: str | None = None


_ADD = Bulk("""
    INSERT INTO activity (customer_id, kind, label, at, amount, reference)
    SELECT value->>0, value->>1, value->>2, CAST(value->>3 AS BIGINT), CAST(value->>4 AS BIGINT), value->>5
    FROM {rows} WHERE true
    ON CONFLICT DO NOTHING
""")
_a = activity.c
_LIST = Prepared(
    select(_a.customer_id, _a.kind, _a.at, _a.label, _a.amount)
    .where(is_among(_a.customer_id, "ids"), is_among(_a.kind, "kinds"))
    .limit(bindparam("most"))
)


# `import_id` tells which an import brought, so that it takes back those and no others
_IMPORTED: Final = """
    INSERT INTO activity (customer_id, kind, label, at, amount, reference, import_id)
    SELECT l.customer_id, %s, l.import_id FROM import_line l JOIN customer c ON c.id = l.customer_id
    WHERE l.import_id = :import_id AND l.outcome IN ('add', 'change') AND %s IS NOT NULL ORDER BY l.line
    ON CONFLICT DO NOTHING
"""
_PARTS: Final = (("kind", ""), ("label", ""), ("at", "BIGINT"), ("amount", "BIGINT"), ("reference", ""))
_ADD_IMPORTED = Bulk(
    _IMPORTED % (", ".join(f"l.body->>'$.activity.{part}'" for part, _ in _PARTS), "l.body->'$.activity'"),
    _IMPORTED
    % (
        ", ".join(
            f"CAST(CAST(l.body AS json)->'activity'->>'{part}' AS {form or 'VARCHAR'})" for part, form in _PARTS
        ),
        "CAST(l.body AS json)->'activity'",
    ),
)
_KNOWN = Prepared(select(_a.kind, _a.reference).where(is_among(_a.reference, "references")))
_OF_IMPORT = Prepared(
    select(_a.customer_id, _a.kind).where(_a.import_id == bindparam("import_id"), is_among(_a.customer_id, "ids"))
)
_MARKED: Final = f"""
    INSERT INTO rule_due (customer_id, due_at, changed, marks)
    SELECT told.customer_id, CAST(:now AS BIGINT), %s(told.name, ''), 1 FROM (
        SELECT DISTINCT customer_id, '{NAME}' || kind || ' ' AS name FROM activity WHERE import_id = :import_id
    ) AS told GROUP BY told.customer_id ORDER BY told.customer_id {JOIN_MARKS}
"""  # noqa: S608  # constants
_MARK_IMPORTED = Bulk(_MARKED % "group_concat", _MARKED % "string_agg")
_TAKE_BACK = Prepared(delete(activity).where(_a.import_id == bindparam("import_id")))


async def add_imported(connection: Connection, import_id: str) -> None:
    """Those that the lines of an import tell of, whose customers are there. Their customers are not marked."""
    await _ADD_IMPORTED.execute_long(connection, {"import_id": import_id})


async def list_known(connection: Connection, references: Collection[str | None]) -> set[tuple[str, str]]:
    """(kind, reference) of those that are stored. Those without a reference are nowhere."""
    asked = sorted({one for one in references if one is not None})
    if not asked:
        return set()
    return {(row[0], row[1]) for row in await _KNOWN.fetch(connection, {"references": among(asked)})}


async def list_imported(connection: Connection, import_id: str, ids: Collection[str]) -> dict[str, set[str]]:
    """By customer, of these: the names under which an import told what happened to them."""
    changed: dict[str, set[str]] = defaultdict(set)
    for customer_id, kind in await _OF_IMPORT.fetch(connection, {"import_id": import_id, "ids": among(ids)}):
        changed[customer_id].add(NAME + kind)
    return dict(changed)


async def take_back(connection: Connection, import_id: str, now: int) -> None:
    """Delete all that an import told, and mark whoever it told of."""
    await _MARK_IMPORTED.execute_long(connection, {"import_id": import_id, "now": now})
    await _TAKE_BACK.execute_long(connection, {"import_id": import_id})


async def add(connection: Connection, fresh: Sequence[NewActivity], now: int) -> int:
    """Add them and mark their customers, who must exist. `now`: as `mark_due` takes it. Returns how many are new."""
    if not fresh:
        return 0
    rows = [[one.customer_id, one.kind, one.label, one.at, encode_amount(one.amount), one.reference] for one in fresh]
    added = await _ADD.execute_for(connection, rows)
    changed: dict[str, set[str]] = defaultdict(set)
    for one in fresh:
        changed[one.customer_id].add(NAME + one.kind)
    await mark_due(connection, changed, now)
    return added


def encode_amount(amount: Decimal | None) -> int | None:
    """In ten-thousandths. Raises ValueError for more than four decimals."""
    if amount is None:
        return None
    scaled = amount * TEN_THOUSANDTHS
    if scaled != int(scaled):
        raise ValueError(f"{amount} has more than four decimals")
    return int(scaled)


async def list_activities(
    connection: Connection, ids: Collection[str], kinds: Collection[str], most: int
) -> Mapping[str, Sequence[Activity]] | None:
    """By customer: all their activities of these kinds. None: there are more than `most` of them together."""
    if not ids or not kinds:
        return {}
    values = {"ids": among(ids), "kinds": among(kinds), "most": most + 1}
    rows = await _LIST.fetch(connection, values)
    if len(rows) > most:
        return None
    found: dict[str, list[Activity]] = defaultdict(list)
    for customer_id, kind, at, label, amount in rows:
        known = None if amount is None else Decimal(amount) / TEN_THOUSANDTHS
        found[customer_id].append(Activity(kind, at, label, known))
    return found


async def count_of(connection: Connection, ids: Collection[str]) -> int:
    """How many stand under these ids. Read slowly: there may be very many."""
    query = select(func.count()).select_from(activity).where(_a.customer_id.in_(sorted(ids)))
    return int(await connection.scalar(query) or 0)


async def measure_all(
    connection: Connection, ids: Collection[str], wanted: Sequence[BoundMeasure]
) -> dict[BoundMeasure, int | Decimal | None]:
    """What `conditions.measure` gives for one customer's activities, which stand under these ids, counted by the
    database: for customers who have very many. Read slowly (`is_slow`)."""
    if not wanted:
        return {}
    columns = [measure_column(one).label(f"measure_{number}") for number, one in enumerate(wanted)]
    kinds = sorted({one.kind for one in wanted})
    query = select(*columns).where(and_(_a.customer_id.in_(sorted(ids)), _a.kind.in_(kinds)))
    row = (await connection.execute(query)).one()
    return {one: _read(one, value) for one, value in zip(wanted, row, strict=True)}


def _read(one: BoundMeasure, value: Any) -> int | Decimal | None:
    match one.function:
        case Function.COUNT:
            return int(value or 0)
        case Function.SUM:
            return Decimal(int(value or 0)) / TEN_THOUSANDTHS
        case _:
            return None if value is None else int(value)
