"""Mails that only tell something and belong to no interaction: absence notes, bounces, receipts.

The rule of this file: a row names the raw mail and says who it came from; what the mail says stays in its raw form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub.storage.connection import Connection
from hub.storage.prepared import prepare_insert
from hub.storage.tables import filed_mail


@dataclass(frozen=True, slots=True)
class StoredFiledMail:
    """`kind`: bounce, absence, receipt, feedback or calendar. `address`: who it came from."""

    id: int
    at: int
    kind: str
    our_address: str
    address: str


_ADD = prepare_insert(filed_mail, ["at", "kind", "customer_id", "address", "our_address", "subject", "raw"])


async def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """`rows`: a value for each column of `filed_mail` but its id."""
    await _ADD.execute_all(connection, rows)


async def list_newest(connection: Connection, before: int, limit: int) -> list[StoredFiledMail]:
    """At most `limit` with an id below `before`, the newest first."""
    f = filed_mail.c
    query = select(f.id, f.at, f.kind, f.our_address, f.address).where(f.id < before)
    return [StoredFiledMail(*row) for row in await connection.execute(query.order_by(f.id.desc()).limit(limit))]
