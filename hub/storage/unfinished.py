"""Interactions that were closed while a statement that must be said was open: the count for each queue, and a list.

The rule of this file: they are found by the instant of closing, which has an index. The last agent is read from the
owners, because an interaction that closes before an agent accepts it has no agent of its own.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select

from hub.storage.connection import Connection
from hub.storage.customers import join_customer
from hub.storage.tables import customer, interaction, message, participant, staff
from routing.model import ClosedAs

_i, _p, _m = interaction.c, participant.c, message.c
FACT = "closed_unfinished"  # the fact in the transcript that names the statement


@dataclass(frozen=True, slots=True)
class UnfinishedRow:
    """`agent_name`: the last agent who held it. `data`: the fact's data as JSON; "" if there is no such fact."""

    id: str
    customer_name: str
    address: str
    queue: str
    channel: str
    tier: str
    closed_at: int
    is_taken: bool  # it ended with this agent; else it was waiting for another one
    agent_name: str
    data: str


async def count_unfinished(connection: Connection, since: int) -> dict[str, int]:
    """By queue: how many were closed unfinished since this instant."""
    query = select(_i.queue, func.count()).where(_i.closed_at >= since, _i.closed_as == ClosedAs.UNFINISHED)
    rows = await connection.execute(query.group_by(_i.queue))
    return {row[0]: row[1] for row in rows}


async def list_unfinished(
    connection: Connection, since: int, queues: Collection[str], limit: int
) -> list[UnfinishedRow]:
    """Those of these queues, the latest first."""
    last_owner = (
        select(staff.c.name)
        .join(participant, _p.agent_id == staff.c.id)
        .where(_p.interaction_id == _i.id, _p.role == "owner")
        .order_by(_p.joined_at.desc(), _p.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    said = (
        select(_m.data)
        .where(_m.interaction_id == _i.id, _m.fact == FACT)
        .order_by(_m.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    what = (_i.id, customer.c.name, _i.address, _i.queue, _i.channel, _i.tier, _i.closed_at)
    shown = select(*what, _i.agent_id.is_not(None), func.coalesce(last_owner, ""), func.coalesce(said, ""))
    query = (
        join_customer(shown, _i.customer_id)
        .where(_i.closed_at >= since, _i.closed_as == ClosedAs.UNFINISHED, _i.queue.in_(sorted(queues)))
        .order_by(_i.closed_at.desc(), _i.id)
        .limit(limit)
    )
    return [UnfinishedRow(*row) for row in await connection.execute(query)]
