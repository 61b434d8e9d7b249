"""Mails that only inform and belong to no interaction: absence notes, bounces, receipts.

The rule of this file: a row names the raw mail and its sender; the mail's content stays in the raw mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from hub.storage.connection import Connection
from hub.storage.prepared import prepare_insert
from hub.storage.tables import filed_mail


@dataclass(frozen=True, slots=True)
class MailToFile:
    """`customer_id`: the customer with the sender's address, if there is one. `raw`: the ref of the raw mail."""

    at: int
    kind: str
    customer_id: str | None
    address: str
    our_address: str
    subject: str
    raw: str


@dataclass(frozen=True, slots=True)
class StoredFiledMail:
    """`kind`: bounce, absence, receipt, feedback or calendar. `address`: the sender."""

    id: int
    at: int
    kind: str
    our_address: str
    address: str


_ADD = prepare_insert(filed_mail, ["at", "kind", "customer_id", "address", "our_address", "subject", "raw"])


async def add(connection: Connection, mails: Sequence[MailToFile]) -> None:
    await _ADD.execute_for_each(connection, mails)


async def list_newest(connection: Connection, before: int, limit: int) -> list[StoredFiledMail]:
    """At most `limit` mails with an id below `before`, the newest first."""
    f = filed_mail.c
    query = select(f.id, f.at, f.kind, f.our_address, f.address).where(f.id < before)
    return [StoredFiledMail(*row) for row in await connection.execute(query.order_by(f.id.desc()).limit(limit))]
