"""What the databases say of how they carry out the statements of a running hub.

The rule of this file: a table grows unless it is named in SMALL. To read one that grows from end to end is a scan.
To read an index of one from end to end is a scan too, unless the index holds only rows that are still to be
worked on.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Integer, SmallInteger, Table

from hub.storage import tables
from tests.hub.heard_statements import hear_statements

# One row for each person, process, imported file, channel, version of a script or the policy, or five minutes
SMALL = {
    "acting_desk",
    "api_token",
    "agent_calls",
    "agent_routing",
    "caught_up",
    "customer_import",
    "import_part",  # the parts of a file, until they are read or the import is given up
    "desk_counter",
    "desk_presence",
    "journal_start",
    "lease",
    "policy_version",
    "script_text",
    "script_release",
    "script_version",
    "script_draft",
    "script_comparison",
    "attribute",
    "rule_delay",  # the minutes of an hour
    "rule_round",
    "segment",
    "staff",
}
GROWING = {table.name: table for table in tables.metadata.sorted_tables if table.name not in SMALL}
# Their rows leave them as work is done
OF_OPEN_WORK = {
    "ix_inbox_pending",
    "ix_inbox_commands",
    "ix_inbox_set_aside",
    "ix_interaction_open",
    "ix_appointment_open",
    "ix_interaction_open_agent",
    "uq_offer_open",
    "ix_party_open",
    "ix_party_agent",
    "ix_recording_unsettled",
    "ix_offer_agent",
    "uq_participant_owner",
    "ix_outbox_to_do",
    "ix_outbox_unknown",
    "ix_rule_due_due_at",
    "ix_customer_search_to_write",
}
LEFT_OUT = (
    "SELECT outbox.seq, outbox.id,",  # a random day of the tests looks at what is to leave
    "SELECT outbox.channel, outbox.body, outbox.created_at",  # the last hour, read back to the first older row
    "SELECT customer.tier, count(*)",  # once when a policy is published, before the transaction and off the loop
)
STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


@dataclass(slots=True)
class Statements:
    """What was run, each form once, with the values that it came with first."""

    seen: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def take(self, text: str, values: Any) -> None:
        if STATEMENT.match(text) and not " ".join(text.split()).startswith(LEFT_OUT):
            self.seen.setdefault(LITERAL.sub("?", text), (text, values))

    def that_say(self, words: str) -> "Statements":
        return Statements({form: seen for form, seen in self.seen.items() if words in form})


@contextmanager
def listening() -> Iterator[Statements]:
    """Hears every statement of connections that are opened meanwhile, on either database."""
    statements = Statements()
    with hear_statements(statements.take):
        yield statements


# ---- SQLite


def scans_in_sqlite(path: Path, statements: Statements) -> list[str]:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = ON")  # then it also says how it finds who refers to a row
    found = []
    for text, _ in statements.seen.values():
        steps = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
        aliases = _aliases(text)
        found += [f"{step}\n    {_short(text)}" for step in steps if _is_sqlite_scan(step, aliases, text)]
    connection.close()
    return found


def _is_sqlite_scan(step: str, aliases: dict[str, str], text: str) -> bool:
    match = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
    if match is None or aliases.get(match[1], match[1]) not in GROWING:
        return False
    return match[2] not in OF_OPEN_WORK and not _reads_a_few_in_order(text)


def _reads_a_few_in_order(text: str) -> bool:
    """The first or the last few of a table, whatever they are: a condition could make it read on to the end."""
    return re.search(r"FROM \w+ ORDER BY \S+(?: DESC)?\s+LIMIT", " ".join(text.split())) is not None


def _aliases(text: str) -> dict[str, str]:
    """Alias -> table."""
    named = re.findall(r"(?:FROM|JOIN|UPDATE|INTO|,)\s+(\w+)\s+(?:AS\s+)?(\w+)", text, re.IGNORECASE)
    return {alias: table for table, alias in named if table in tables.metadata.tables}


# ---- PostgreSQL


async def scans_in_postgres(connection: Any, statements: Statements) -> list[str]:
    """`connection`: SQLAlchemy's, to a database that `fill` has filled."""
    found = []
    for text, values in statements.seen.values():
        raw = (await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text}", values)).scalar()
        plan = orjson.loads(raw) if isinstance(raw, str) else raw
        nodes = list(_nodes(plan[0]["Plan"], is_limited=False))
        found += [f"{_name(node)}\n    {_short(text)}" for node, few in nodes if _is_postgres_scan(node, few)]
    return found


def _nodes(node: dict[str, Any], *, is_limited: bool) -> Iterator[tuple[dict[str, Any], bool]]:
    yield node, is_limited
    for child in node.get("Plans", ()):
        is_few = node["Node Type"] == "Limit" or (is_limited and node["Node Type"] in ("LockRows", "Append"))
        yield from _nodes(child, is_limited=is_few)


def _is_postgres_scan(node: dict[str, Any], is_limited: bool) -> bool:
    if node.get("Relation Name") not in GROWING:
        return False
    match node["Node Type"]:
        case "Seq Scan":
            return True
        case "Index Scan" | "Index Only Scan":
            return "Index Cond" not in node and node["Index Name"] not in OF_OPEN_WORK and not is_limited
    return False


def _name(node: dict[str, Any]) -> str:
    return f"{node['Node Type']} on {node['Relation Name']} {node.get('Index Name', '')} {node.get('Filter', '')}"


def fill_sql(rows: int) -> list[str]:
    """Statements that put so many rows of work long done into every table that grows, and count their values."""
    filled = [f"SET session_replication_role = replica; {_fill(table, rows)}" for table in GROWING.values()]
    uncounted = [f"ALTER TABLE {name} SET (autovacuum_enabled = false);" for name in GROWING]
    return [*uncounted, *filled, TIDY, "ANALYZE;"]


# What VACUUM does with the rows that an index of tokens has not sorted in yet: a plan would count their pages
TIDY = """
    SELECT gin_clean_pending_list(pg_class.oid) FROM pg_class JOIN pg_am ON pg_am.oid = pg_class.relam
    WHERE pg_am.amname = 'gin' AND pg_class.relnamespace = 'public'::regnamespace;
"""
# PostgreSQL knows no more of the tables than their size, as if it had never counted their values
FORGET = """
    SET allow_system_table_mods = on;
    DELETE FROM pg_statistic;
    UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r';
"""


_DONE = {
    ("inbox", "state"): "1",
    ("outbox", "state"): "'sent'",
    ("interaction", "state"): "'closed'",
    ("interaction", "closed_as"): "'handled'",
    ("customer", "merged_into"): "NULL",  # most stand for themselves
    ("offer", "ended_as"): "'accepted'",
    ("participant", "role"): "'owner'",
}
_KNOWN = {"tier": "'standard'", "queue": "'service'"}
_LONG_AGO = 1_600_000_000_000_000


def _fill(table: Table, rows: int) -> str:
    values = ", ".join(f"{_value(table, column)} AS {column.name}" for column in table.columns)
    names = ", ".join(column.name for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM generate_series(1, {rows}) g;"


def _value(table: Table, column: "Column[Any]") -> str:
    if (table.name, column.name) in _DONE:
        return _DONE[table.name, column.name]
    if column.name in _KNOWN:  # else no policy could be published
        return _KNOWN[column.name]
    if isinstance(column.type, ARRAY):  # tokens, some of them shared by many, as those of names are
        return "ARRAY[g % 5000, -(g % 77)]"
    if isinstance(column.type, Boolean):
        return "false"
    if column.name.endswith("_at") or column.name == "at":
        return f"{_LONG_AGO} + g * 1000000::bigint"
    if isinstance(column.type, SmallInteger):
        return "0"
    if column.name in ("version", "tries", "part", "rank_band"):
        return "1"
    if isinstance(column.type, (BigInteger, Integer)):
        return "-g" if column.primary_key else "g"  # numbers that the tables' own counters do not give
    if column.name == "channel":
        return "(ARRAY['sms', 'phone', 'email', 'webchat'])[1 + g % 4]"
    if column.server_default is not None and not column.name.endswith(("_id", "_ref", "_key", "address")):
        return f"'{column.server_default.arg!s}'" if not hasattr(column.server_default.arg, "text") else "''"
    return f"left('{column.name}-' || g, {getattr(column.type, 'length', None) or 60})"


def _short(text: str) -> str:
    return " ".join(text.split())[:600]
