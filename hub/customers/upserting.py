"""Programs add and change customers: what one request says is taken as a whole or refused with every field that is
wrong.

The rule of this file: a customer of a request is a line of an import, read and applied by the same functions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from hub.customers import told_consents
from hub.customers.column_mapping import CUSTOMER, FACTS, MAILBOX, PHONE, CellRefused, read_cell
from hub.customers.import_lines import ADDED, Known, Source, apply_lines, plan_lines
from hub.policies.document import PolicyDocument
from hub.storage.connection import Connection
from hub.storage.imports import ImportLine

MOST: Final = 25  # customers of one request: one short write (P11)
MOST_FIELDS: Final = 100


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """`index`: of the customer within the request. `field`: as the program wrote it; empty: the whole customer.
    `code`: one of `CellProblem`, or unknown_field, twice, nobody, two_customers, unknown_customer, or one of
    `told_consents.find_problem`."""

    index: int
    field: str
    code: str


class UpsertRefused(Exception):
    """Nothing is stored."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("refused")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Upserted:
    """`outcome`: add, change or same."""

    customer_id: str
    outcome: str


def read_customers(customers: Sequence[Mapping[str, Any]], document: PolicyDocument, now: int) -> list[ImportLine]:
    """Each customer: by field, one of FACTS or an attribute, a value; `phone` and `email` may be lists. None changes
    nothing. Raises UpsertRefused."""
    problems: list[FieldProblem] = []
    seen: set[tuple[str, str]] = set()
    lines = []
    for index, customer in enumerate(customers):
        said: dict[str, Any] = {"addresses": [], "facts": {}, "values": {}}
        for name, given in list(customer.items())[:MOST_FIELDS]:
            if name not in FACTS and name not in document.all_attributes:
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
                    said["facts" if name in FACTS else "values"][name] = value
                elif (name, value) in seen:
                    problems.append(FieldProblem(index, name, "twice"))
                else:
                    seen.add((name, value))
                    said["addresses"].append([name, value])
        if not said["addresses"] and CUSTOMER not in said["facts"]:
            problems.append(FieldProblem(index, "", "nobody"))
        elif problem := told_consents.find_problem(said, document, now):
            problems.append(FieldProblem(index, "", problem))
        lines.append(ImportLine(index, ADDED, "", orjson.dumps(said).decode()))
    if problems:
        raise UpsertRefused(problems)
    return lines


async def upsert(conn: Connection, source: Source, lines: Sequence[ImportLine], known: Known) -> list[Upserted]:
    """In their order. Raises UpsertRefused."""
    planned = await plan_lines(conn, lines, known)
    if problems := [FieldProblem(one.line.line, "", one.problem) for one in planned if one.problem]:
        raise UpsertRefused(problems)
    return [Upserted(one.customer_id, one.outcome) for one in await apply_lines(conn, source, lines, known)]
