"""Programs add and change customers: what one request says is taken as a whole or refused with every field that is
wrong.

The rule of this file: a customer of a request is a line of an import, read and applied by the same functions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from agent_console.token_views import ToldActivity
from hub.exchange import told_activities, told_consents
from hub.exchange.column_mapping import CUSTOMER, FACTS, MAILBOX, PHONE, CellRefused, read_cell
from hub.exchange.import_lines import ADDED, Known, Source, apply_lines, plan_lines
from hub.exchange.told_activities import ACTIVITIES, ActivityRefused, build_activity, read_activities
from hub.policies.document import PolicyDocument
from hub.storage import activities
from hub.storage.connection import Connection
from hub.storage.imports import ImportLine

MOST: Final = 25  # customers of one request: one short write (P11)
MOST_FIELDS: Final = 100
_FACTS: Final = frozenset(FACTS) - set(told_activities.TARGETS)  # activities come as a list of their own


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """`index`: of the customer within the request. `field`: as the program wrote it; empty: the whole customer.
    `code`: one of `CellProblem`, or unknown_field, too_many, twice, nobody, two_customers, unknown_customer, one of
    `told_consents.find_problem` or of `told_activities`."""

    index: int
    field: str
    code: str


class UpsertRefused(Exception):
    """Nothing is stored."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("refused")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ToldCustomer:
    line: ImportLine
    activities: Sequence[ToldActivity]


@dataclass(frozen=True, slots=True)
class Upserted:
    """`outcome`: add, change or same; of what is known of the customer, activities not counted."""

    customer_id: str
    outcome: str


def read_customers(customers: Sequence[Mapping[str, Any]], document: PolicyDocument, now: int) -> list[ToldCustomer]:
    """Each customer: by field, one of FACTS or an attribute, a value; `phone` and `email` may be lists; and what
    happened to them. None changes nothing. Raises UpsertRefused."""
    problems: list[FieldProblem] = []
    seen: set[tuple[str, str]] = set()
    told = []
    for index, customer in enumerate(customers):
        if len(customer) > MOST_FIELDS:
            problems.append(FieldProblem(index, "", "too_many"))
            continue
        fields = dict(customer)
        happened = _read_happened(index, fields.pop(ACTIVITIES, []), document, now, problems)
        said = _read_fields(index, fields, document, seen, problems)
        if not said["addresses"] and CUSTOMER not in said["facts"]:
            problems.append(FieldProblem(index, "", "nobody"))
        elif problem := told_consents.find_problem(said, document, now):
            problems.append(FieldProblem(index, "", problem))
        told.append(ToldCustomer(ImportLine(index, ADDED, "", orjson.dumps(said).decode()), happened))
    if sum(len(one.activities) for one in told) > told_activities.MOST:
        problems.append(FieldProblem(0, ACTIVITIES, "too_many"))
    if problems:
        raise UpsertRefused(problems)
    return told


def _read_fields(
    index: int,
    fields: Mapping[str, Any],
    document: PolicyDocument,
    seen: set[tuple[str, str]],
    problems: list[FieldProblem],
) -> dict[str, Any]:
    """What is said of a customer, as a line of an import has it. Adds to `seen` and to `problems`."""
    said: dict[str, Any] = {"addresses": [], "facts": {}, "values": {}}
    for name, given in fields.items():
        if name not in _FACTS and name not in document.all_attributes:
            problems.append(FieldProblem(index, name, "unknown_field"))
            continue
        is_address = name in (PHONE, MAILBOX)
        for cell in given if is_address and isinstance(given, list) else [given]:
            try:
                value = read_cell(name, cell, document.all_attributes, "")
            except CellRefused as refused:
                problems.append(FieldProblem(index, name, str(refused.args[0])))
                continue
            if value is None:
                continue
            if not is_address:
                said["facts" if name in _FACTS else "values"][name] = value
            elif (name, value) in seen:
                problems.append(FieldProblem(index, name, "twice"))
            else:
                seen.add((name, value))
                said["addresses"].append([name, value])
    return said


def _read_happened(
    index: int, given: Any, document: PolicyDocument, now: int, problems: list[FieldProblem]
) -> list[ToldActivity]:
    try:
        return read_activities(given, document, now)
    except ActivityRefused as refused:
        problems += [FieldProblem(index, place, code) for place, code in refused.problems]
        return []


async def upsert(
    conn: Connection, source: Source, told: Sequence[ToldCustomer], known: Known
) -> tuple[list[Upserted], int]:
    """In their order, and how many activities are new. Raises UpsertRefused."""
    lines = [one.line for one in told]
    planned = await plan_lines(conn, lines, known)
    if problems := [FieldProblem(one.line.line, "", one.problem) for one in planned if one.problem]:
        raise UpsertRefused(problems)
    done = [Upserted(one.customer_id, one.outcome) for one in await apply_lines(conn, source, lines, known)]
    fresh = [
        build_activity(each, one.customer_id, known.document)
        for one, of in zip(done, told, strict=True)
        for each in of.activities
    ]
    return done, await activities.add(conn, fresh, known.now)
