"""Calls to customers that were agreed for a time.

The rule of this file: an appointment is open until it is due or cancelled, and all open ones are in memory where the
process routes. Its time is by the wall clock.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import delete, func, insert, select

from hub.storage.connection import Connection
from hub.storage.customers import join_customer
from hub.storage.tables import appointment, customer, staff


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
    asked_in: str = ""
    time_zone: str = ""
    refused: str = ""

    @property
    def is_customers(self) -> bool:
        """Whether the customer made it, without an agent."""
        return bool(self.asked_in)


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


async def list_with_names(connection: Connection, most: int) -> list[tuple[Appointment, str, str]]:
    """The open ones in the order of their times, each with the names of its customer and of its agent."""
    named = select(*_ALL, customer.c.name, func.coalesce(staff.c.name, ""))
    query = (
        join_customer(named, appointment.c.customer_id)
        .outerjoin(staff, staff.c.id == appointment.c.agent_id)
        .where(appointment.c.ended_at.is_(None))
        .order_by(appointment.c.wall_at, appointment.c.id)
        .limit(most)
    )
    return [(Appointment(*row[:-2]), row[-2], row[-1]) for row in await connection.execute(query)]


async def find(connection: Connection, appointment_id: str) -> Appointment | None:
    row = (await connection.execute(select(*_ALL).where(appointment.c.id == appointment_id))).first()
    return None if row is None else Appointment(*row)


async def list_asked_in(connection: Connection, asked_in: str) -> list[Appointment]:
    """The open ones that were made in this chat, in the order of their times."""
    query = (
        select(*_ALL)
        .where(appointment.c.asked_in == asked_in, appointment.c.ended_at.is_(None))
        .order_by(appointment.c.wall_at, appointment.c.id)
    )
    return [Appointment(*row) for row in await connection.execute(query)]


async def count_asked_for(connection: Connection, addresses: Collection[str], since: int) -> dict[str, int]:
    """For each number: how many calls to it customers have agreed on since then."""
    query = (
        select(appointment.c.address, func.count())
        .where(appointment.c.address.in_(list(addresses)), appointment.c.made_at >= since)
        .where(appointment.c.asked_in != "", appointment.c.refused == "")
        .group_by(appointment.c.address)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}
