"""Estimates of the wait, as told to customers on the phone and in chats: the first one, and the latest.

The rule of this file: only the routing process writes; all others read. The first estimate is never changed, so that
it can be compared with the real wait.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import bindparam, delete, insert, or_, select, update

from hub.storage.connection import Connection
from hub.storage.tables import estimate, interaction
from routing.estimates import Passage
from routing.model import ChannelName, InteractionState, QueueId, TierId


@dataclass(frozen=True, slots=True)
class StoredEstimate:
    interaction_id: str
    at: int
    position: int
    wait: int | None  # from `at` on; None: the customer is told no wait
    first_wait: int | None  # the estimated wait, told or not; only the first one is stored


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answered interaction: the first estimate, and how long it waited from that on."""

    queue: str
    tier: str
    first_wait: int
    waited: int


@dataclass(frozen=True, slots=True)
class DueEstimate:
    """An interaction whose estimate is due. `is_again`: it has had one before."""

    interaction_id: str
    queue: str
    tier: str
    is_again: bool


@dataclass(frozen=True, slots=True)
class LatestEstimate:
    """The wait from `at` on; None: the customer is told no wait."""

    wait: int | None
    at: int


async def put(connection: Connection, fresh: Sequence[StoredEstimate], again: Sequence[StoredEstimate]) -> None:
    """`fresh`: the first estimates of their interactions. `again`: later ones."""
    if fresh:
        await connection.execute(insert(estimate), [{**asdict(one), "first_at": one.at} for one in fresh])
    if again:
        e = estimate
        change = update(e).where(e.c.interaction_id == bindparam("of"))
        change = change.values(at=bindparam("new_at"), position=bindparam("new_position"), wait=bindparam("new_wait"))
        rows = [
            {"of": one.interaction_id, "new_at": one.at, "new_position": one.position, "new_wait": one.wait}
            for one in again
        ]
        await connection.execute(change, rows)


async def list_due(
    connection: Connection, until: int, channels: Collection[str], no_lines: Collection[str]
) -> list[DueEstimate]:
    """Interactions that wait on one of these channels and have no estimate, or none later than `until`.
    `no_lines`: states of a call whose customer waits for nobody on a line."""
    i, e = interaction.c, estimate.c
    query = select(i.id, i.queue, i.tier, e.at).outerjoin(estimate, e.interaction_id == i.id)
    query = query.where(i.closed_at.is_(None), i.state == InteractionState.WAITING, i.channel.in_(channels))
    query = query.where(i.call_state.not_in(no_lines))
    rows = await connection.execute(query.where(or_(e.at.is_(None), e.at <= until)))
    return [DueEstimate(row.id, row.queue, row.tier, row.at is not None) for row in rows]


async def find(connection: Connection, interaction_id: str) -> LatestEstimate | None:
    e = estimate.c
    row = (await connection.execute(select(e.wait, e.at).where(e.interaction_id == interaction_id))).first()
    return LatestEstimate(*row) if row is not None else None


async def list_passages(connection: Connection, since: int, limit: int) -> list[Passage]:
    """The passages of interactions that came in since an instant and did not give the line back: at most `limit`,
    the latest first."""
    i = interaction.c
    query = select(i.queue, i.channel, i.tier, i.entered_at, i.answered_at, i.closed_at)
    query = query.where(i.entered_at >= since, i.given_back_at.is_(None), i.direction == "in")
    rows = await connection.execute(query.order_by(i.entered_at.desc()).limit(limit))
    return [Passage(QueueId(row[0]), ChannelName(row[1]), TierId(row[2]), *row[3:]) for row in rows]


async def read_outcomes(connection: Connection, since: int, limit: int) -> list[Outcome]:
    """Interactions first estimated since an instant and answered without giving the line back: at most `limit`,
    the latest first."""
    e, i = estimate, interaction
    query = select(i.c.queue, i.c.tier, e.c.first_wait, i.c.answered_at - e.c.first_at)
    query = query.join(i, i.c.id == e.c.interaction_id).where(e.c.first_at >= since, e.c.first_wait.is_not(None))
    query = query.where(i.c.answered_at >= e.c.first_at, i.c.given_back_at.is_(None))
    query = query.order_by(e.c.first_at.desc()).limit(limit)
    return [Outcome(*row) for row in await connection.execute(query)]


async def prune(connection: Connection, before: int, limit: int = 500) -> int:
    """Delete at most `limit` estimates whose first was before an instant, and return how many; call it until it
    returns 0."""
    e = estimate.c
    old = select(e.interaction_id).where(e.first_at < before).order_by(e.first_at).limit(limit)
    # by keys that were read before: with both in one statement, PostgreSQL reads the whole table
    ids = list(await connection.scalars(old))
    if ids:
        await connection.execute(delete(estimate).where(e.interaction_id.in_(ids)))
    return len(ids)
