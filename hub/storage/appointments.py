"""Calls to customers that were agreed for a time.

The rule of this file: an appointment is open until it is due or cancelled, and all open ones are in memory where the
process routes. Its time is by the wall clock.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import delete, insert, select

from hub.storage.connection import Connection
from hub.storage.tables import appointment


@dataclass(frozen=True, slots=True)
class Appointment:
    """One field for each column, of the same name."""

    id: str
    customer_id: str
    channel: str
    address: str
    our_address: str
    queue: str
    language: str
    wall_at: int
    agent_id: str
    made_by: str
    note: str
    made_at: int
    ended_at: int | None = None


_ALL = tuple(appointment.c[one.name] for one in fields(Appointment))


async def put(connection: Connection, appointments: Iterable[Appointment]) -> None:
    """Store them as they are, new ones and changed ones."""
    for one in appointments:
        await connection.execute(delete(appointment).where(appointment.c.id == one.id))
        await connection.execute(insert(appointment), [asdict(one)])


async def list_planned(connection: Connection, customer_ids: Collection[str] | None = None) -> list[Appointment]:
    """The open ones in the order of their times: all, or those of these customers."""
    query: Any = select(*_ALL).where(appointment.c.ended_at.is_(None))
    if customer_ids is not None:
        query = query.where(appointment.c.customer_id.in_(list(customer_ids)))
    rows = await connection.execute(query.order_by(appointment.c.wall_at, appointment.c.id))
    return [Appointment(*row) for row in rows]
