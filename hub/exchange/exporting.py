"""An export of customers: CSV that a spreadsheet opens, and that the import reads again.

The rule of this file: what a person may not see has no column, and no cell begins a formula. A cell that would gets
an apostrophe, as Excel writes it, and the import takes it away.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from agent_console.private_data import Private
from hub.exchange.column_mapping import CUSTOMER, FORMULAS, LANGUAGE, NAME
from hub.policies.attributes import AttributePolicy
from hub.policies.in_force import PolicyBook
from hub.policies.masking import Sight
from hub.storage import exports
from hub.storage.database import Database
from hub.storage.exports import MAILBOX, PHONE, ExportedCustomer
from hub.storage.merges import TIER

SLICE: Final = 200
MOST_ADDRESSES: Final = 9  # columns of each kind: the import takes one digit off their names
MARK: Final = "\ufeff"  # by which Excel knows UTF-8
_KINDS: Final = {"number": "number", "money": "number", "date": "date"}
_APART: Final = re.compile(r"[;|、\n]|^\s|\s$")  # in a part of a list: then the list is written as JSON


@dataclass(frozen=True, slots=True)
class Exported:
    """Some rows of an export, the header being the first of all. `kinds`: of each column, text, number or date."""

    rows: Sequence[Sequence[str]]
    kinds: Sequence[str]


async def list_parts(
    db: Database, book: PolicyBook, sight: Sight, place: int | None = None, ids: Collection[str] = ()
) -> AsyncIterator[Exported]:
    """`place`: of a segment whose members are meant; else all, or those of `ids`. Live work goes on meanwhile. Raises
    StorageUnavailable."""
    attributes = {name: one for name, one in book.attributes.items() if not sight.hides(name)}
    kinds = () if sight.hides_kind(Private.ADDRESSES) else (PHONE, MAILBOX)
    async with db.read(is_slow=True) as conn:
        most = {kind: min(MOST_ADDRESSES, await exports.count_most_addresses(conn, kind)) for kind in kinds}
    header = [CUSTOMER, NAME, LANGUAGE, TIER]
    header += [kind if n == 1 else f"{kind} {n}" for kind in kinds for n in range(1, most[kind] + 1)]
    types = ["text"] * len(header) + [_KINDS.get(one.type, "text") for one in attributes.values()]
    yield Exported([[*header, *attributes]], types)
    after = ""
    while True:
        async with db.read(is_slow=True) as conn:
            found = await exports.list_slice(conn, after, SLICE, place, ids)
        if not found:
            return
        after = found[-1].customer.id
        yield Exported([_say(one, most, attributes) for one in found], types)


async def write_csv(
    db: Database, book: PolicyBook, sight: Sight, place: int | None = None, ids: Collection[str] = ()
) -> AsyncIterator[bytes]:
    """Slices of a file, of the same customers. Raises StorageUnavailable."""
    mark = MARK
    async for part in list_parts(db, book, sight, place, ids):
        yield (mark + _write(part.rows)).encode()
        mark = ""


def _say(one: ExportedCustomer, most: Mapping[str, int], attributes: Mapping[str, AttributePolicy]) -> list[str]:
    customer, profile = one.customer, orjson.loads(one.customer.profile)
    cells = [customer.id, customer.name, customer.language, customer.tier]
    for kind, number in most.items():
        # a mailbox without an @ is one that the hub made up for a chat
        their = [each for of_kind, each in one.addresses if of_kind == kind and (kind != MAILBOX or "@" in each)]
        cells += [*their[:number], *[""] * (number - len(their))]
    return cells + [_say_value(profile.get(name), attribute) for name, attribute in attributes.items()]


def _say_value(value: Any, attribute: AttributePolicy) -> str:
    if value is None or attribute.read(value) is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        parts = [str(part) for part in value]
        return orjson.dumps(parts).decode() if any(map(_APART.search, parts)) else "; ".join(parts)
    return str(value)


def neutralise(cell: str) -> str:
    """The cell as text where a spreadsheet would compute it. A number that is negative stays one."""
    is_formula = cell.startswith(FORMULAS) and not re.fullmatch(r"-\d+(\.\d+)?", cell)
    # one that begins so of itself gets another, so that the import finds it as it was
    return f"'{cell}" if is_formula or (cell[:1] == "'" and cell.lstrip("'")[:1] in FORMULAS) else cell


def _write(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([neutralise(cell) for cell in row] for row in rows)
    return text.getvalue()
