"""What the lines of a file say, before anybody has looked whose each is.

The rule of this file: a line is read whole or refused with its column and the reason, and the others are read on.
A number or mailbox of an earlier line is refused, unless the line tells of an activity: it is then another one of
that line's customer.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson

from hub.exchange import told_activities, told_consents
from hub.exchange.column_mapping import (
    CUSTOMER,
    FACTS,
    MAILBOX,
    PHONE,
    SKIP,
    CellRefused,
    ColumnMapping,
    read_cell,
)
from hub.exchange.import_lines import ADDED, REFUSED
from hub.exchange.table_files import MOST_LINES, Line, TableFile, UnreadableFile
from hub.policies.document import PolicyDocument
from hub.storage.imports import ImportLine

STAGED_SLICE: Final = 100


def check_mapping(mapping: ColumnMapping, table: TableFile, name: str) -> None:
    """Raises UnreadableFile."""
    used = [target for target in mapping.targets if target != SKIP]
    if len(mapping.targets) != len(table.columns):
        sentence = f"{name} has {len(table.columns)} columns, but {len(mapping.targets)} are mapped."
        raise UnreadableFile("mapped_number", sentence)
    if not {CUSTOMER, PHONE, MAILBOX}.intersection(used):
        named = ", ".join(f'"{column}"' for column in table.columns)
        raise UnreadableFile(
            "whose",
            f"No column of {name} says whose line it is. Name the one with telephone numbers, mailboxes or customer"
            f" ids, for example --column 'Mobile=phone'. The columns are {named}.",
        )
    twice = [one for one, times in Counter(used).items() if times > 1 and one not in (PHONE, MAILBOX)]
    if twice:
        sentence = f'Two columns of {name} are mapped to "{twice[0]}": map one of them.'
        raise UnreadableFile("mapped_twice", sentence, twice[0])


@dataclass(slots=True)
class _Earlier:
    """The first line of somebody: all numbers and mailboxes that lines of theirs have named."""

    line: int
    keys: list[list[str]]
    customer_id: str | None


class LineReader:
    """Reads slices of lines, in a thread."""

    def __init__(self, table: TableFile, mapping: ColumnMapping, document: PolicyDocument, now: int) -> None:
        self._lines: Iterator[Line] = table.lines
        self._columns, self._mapping, self._document = table.columns, mapping, document
        self._tells = told_activities.KIND in mapping.targets
        self._seen: dict[tuple[str, str], _Earlier | None] = {}
        self._told: set[tuple[str, str]] = set()  # the activities of earlier lines
        self._number, self._now = 0, now

    def read_slice(self) -> list[ImportLine]:
        """Raises UnreadableFile."""
        lines = list(islice(self._lines, STAGED_SLICE))
        self._number += len(lines)
        if self._number > MOST_LINES:
            sentence = f"The file has more than {MOST_LINES:,} lines: split it."
            raise UnreadableFile("lines", sentence, f"{MOST_LINES:,}")
        return [self._read(line) for line in lines]

    def _read(self, line: Line) -> ImportLine:
        if line.problem is not None:
            return _refuse(line.number, line.problem)
        said: dict[str, Any] = {"addresses": [], "facts": {}, "values": {}}
        column_of: dict[str, str] = {}
        for column, target, cell in zip(self._columns, self._mapping.targets, line.cells, strict=False):
            if target == SKIP:
                continue
            column_of[target] = column
            try:
                value = read_cell(target, cell, self._document.all_attributes, self._mapping.country)
            except CellRefused as refused:
                return _refuse(line.number, refused.args[0], column)
            if value is None:
                continue
            if target in (PHONE, MAILBOX):
                if (target, value) in self._seen and not self._tells:
                    return _refuse(line.number, "twice", column)
                if [target, value] not in said["addresses"]:
                    said["addresses"].append([target, value])
            else:
                said["facts" if target in FACTS else "values"][target] = value
        if not said["addresses"] and CUSTOMER not in said["facts"]:
            return _refuse(line.number, "nobody")
        try:
            activity = told_activities.read_cells(said["facts"], self._document, self._now) if self._tells else None
        except told_activities.ActivityRefused as refused_for:
            target, code = refused_for.problems[0]
            return _refuse(line.number, code, column_of.get(target, ""))
        key = (activity["kind"], activity["reference"]) if activity and activity["reference"] else None
        if key in self._told:
            return _refuse(line.number, "activity_twice", column_of[told_activities.REFERENCE])
        if problem := told_consents.find_problem(said, self._document, self._now):
            return _refuse(line.number, problem)
        if activity is not None:
            said["activity"] = activity
        if not self._belongs(line.number, said):
            return _refuse(line.number, "twice")
        if key is not None:
            self._told.add(key)
        return ImportLine(line.number, ADDED, "", orjson.dumps(said).decode())

    def _belongs(self, number: int, said: dict[str, Any]) -> bool:
        """Notes whose line it is, as far as earlier lines tell. False: theirs, and it tells of nothing new."""
        keys = [(kind, one) for kind, one in said["addresses"]]
        if not self._tells:
            self._seen |= dict.fromkeys(keys)
            return True
        earlier = {one.line: one for key in keys if (one := self._seen.get(key)) is not None}
        if earlier and (len(earlier) > 1 or "activity" not in said):
            return False
        first = next(iter(earlier.values()), None)
        if first is None:
            first = _Earlier(number, [], said["facts"].get(CUSTOMER))
        else:
            said |= {"first": first.line, "known_by": list(first.keys)}
            if first.customer_id is not None:
                said["facts"].setdefault(CUSTOMER, first.customer_id)
        for key in keys:
            if key not in self._seen:
                self._seen[key] = first
                first.keys.append(list(key))
        return True


def _refuse(line: int, problem: str, column: str = "") -> ImportLine:
    return ImportLine(line, REFUSED, "", orjson.dumps({"problem": str(problem), "column": column}).decode())
