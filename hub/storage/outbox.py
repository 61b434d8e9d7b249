"""The outbox: everything that leaves, once.

The rule of this file: a row is `sending` on disk before the first byte of its request leaves. So a row that a crash
leaves as `sending` may have been sent (P7). Requests of one kind leave an interaction in the order in which they
came: a request that waits or is under way holds back the later ones. The ends of legs alone keep no order: each leg
is asked for on its own, so that one which the provider refuses to end holds up no other.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, Text, bindparam, cast, exists, func, literal_column, select, text, update

from channels.channel import HangUp
from hub.storage.connection import Connection
from hub.storage.consent_tables import consent_entry, write_counting
from hub.storage.customers import join_customer
from hub.storage.database import Database
from hub.storage.lease import fence
from hub.storage.prepared import Bulk, Prepared, among, is_among
from hub.storage.tables import customer, interaction, message, outbox

QUEUED, SENDING, SENT, FAILED, UNKNOWN = "queued", "sending", "sent", "failed", "unknown"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A request to a channel. `tries` counts this attempt too, once it is claimed. (`to_kind`, `to_address`) and
    `purpose`: whom it reaches, and what for; empty if it reaches no customer. `standing`: what they wish as it is
    claimed, if they have said anything."""

    id: str
    interaction_id: str
    message_id: str | None
    channel: str
    kind: str  # the request's class
    body: str
    to_kind: str = ""
    to_address: str = ""
    purpose: str = ""
    tries: int = 0
    created_at: int = field(default=0, compare=False)  # in hub time, once it is stored
    standing: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The result of a request, known from another source than its own attempt."""

    id: str
    state: str
    provider_id: str
    error: str


@dataclass(frozen=True, slots=True)
class LeftRequest:
    """A request made recently, and its customer."""

    channel: str
    body: str
    created_at: int
    customer_id: str


@dataclass(frozen=True, slots=True)
class UnknownRequest:
    """A request of which nobody knows whether it left. `delivery`, `error` and `provider_id`: as in its message;
    defaults if it has no message."""

    id: str
    channel: str
    kind: str
    interaction_id: str
    delivery: str | None = None
    error: str = ""
    provider_id: str = ""


_INSERT = Bulk("""
    INSERT INTO outbox
        (id, interaction_id, message_id, channel, kind, body, due_at, created_at, to_kind, to_address, for_purpose)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5,
        CAST(value->>6 AS BIGINT), CAST(value->>7 AS BIGINT), value->>8, value->>9, value->>10
    FROM {rows} WHERE true ON CONFLICT (id) DO NOTHING
""")
_ROW = (
    outbox.c.id,
    outbox.c.interaction_id,
    outbox.c.message_id,
    outbox.c.channel,
    outbox.c.kind,
    outbox.c.body,
    outbox.c.to_kind,
    outbox.c.to_address,
    outbox.c.for_purpose,
    outbox.c.tries,
    outbox.c.created_at,
)
# written out, else the partial index on these states is not used
_IS_QUEUED = outbox.c.state == literal_column("'queued'")
_IS_TO_DO = outbox.c.state.in_([literal_column("'queued'"), literal_column("'sending'")])
_earlier = outbox.alias("earlier")
_IS_HELD_BACK = exists().where(
    outbox.c.kind != literal_column(f"'{HangUp.__name__}'"),
    _earlier.c.interaction_id == outbox.c.interaction_id,
    _earlier.c.kind == outbox.c.kind,
    _earlier.c.seq < outbox.c.seq,
    _earlier.c.state.in_([literal_column("'queued'"), literal_column("'sending'")]),
)
# a CTE: PostgreSQL may run a subquery with SKIP LOCKED and LIMIT more than once, and then claims too many
_DUE = (
    select(outbox.c.seq)
    .where(_IS_TO_DO, _IS_QUEUED, outbox.c.channel == bindparam("of"), outbox.c.due_at <= bindparam("now"))
    .where(~_IS_HELD_BACK)
    .order_by(outbox.c.due_at, outbox.c.seq)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_e = consent_entry.c
# As one text: act and instants. SQLAlchemy names no table here, so no column that it takes from the outbox may have
# the name of one of the ledger's: the channel is the one that is asked for
_blank = literal_column("' '", Text)
_STANDING = (
    select(_e.act + _blank + cast(_e.at, Text) + _blank + cast(_e.recorded_at, Text))
    .where(_e.kind == outbox.c.to_kind, _e.address == outbox.c.to_address, _e.purpose == outbox.c.for_purpose)
    .where(text(write_counting("consent_entry")))
    .where((_e.channel == literal_column("''")) | (_e.channel == bindparam("of")))
    .order_by(_e.seq.desc())
    .limit(literal_column("1"))
    .scalar_subquery()
)
_CLAIM = Prepared(
    update(outbox)
    .where(outbox.c.seq.in_(select(_DUE.c.seq)), _IS_QUEUED)
    .values(state=SENDING, tries=outbox.c.tries + 1)
    .returning(*_ROW, _STANDING, outbox.c.seq)
)
_PUT_BACK = Prepared(
    update(outbox)
    .where(_IS_TO_DO, outbox.c.state == literal_column("'sending'"), outbox.c.channel == bindparam("of"))
    .where(~is_among(outbox.c.id, "except_for"))
    .values(state=literal_column("'queued'"), tries=outbox.c.tries - literal_column("1"))
)
_NEXT_DUE = Prepared(
    select(outbox.c.due_at)
    .where(_IS_TO_DO, _IS_QUEUED, outbox.c.channel == bindparam("of"))
    .order_by(outbox.c.due_at)
    .limit(literal_column("1"))
)
_OURS = outbox.c.id == bindparam("row_id")
_FINISH = (
    update(outbox)
    .where(_OURS, outbox.c.state.in_([SENDING, UNKNOWN]))
    .values(state=bindparam("new_state"), provider_id=bindparam("theirs"), error=bindparam("why"))
)
_SET_RESULT = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("id"))
    .values({name: bindparam(name) for name in ("state", "provider_id", "error")})
)
_POSTPONE = update(outbox).where(_OURS, outbox.c.state == SENDING).values(state=QUEUED, due_at=bindparam("later"))


async def put(connection: Connection, rows: Sequence[OutboxRow], now: int, due_at: int | None = None) -> None:
    """Queue requests, in order. A row whose id is there already stays as it is: effects may be performed again."""
    if rows:
        due = now if due_at is None else due_at
        values = [
            (
                *(r.id, r.interaction_id, r.message_id, r.channel, r.kind, r.body, due, now),
                *(r.to_kind, r.to_address, r.purpose),
            )
            for r in rows
        ]
        await _INSERT.execute_for(connection, values)


async def claim(db: Database, channel: str, now: int, limit: int, *, epoch: int | None = None) -> list[OutboxRow]:
    """Claim the requests that are due on this channel, the oldest first. On return they are durably `sending`, and no
    other caller gets them.

    With an epoch, only the holder of the lease may claim: raises LeaseLost.
    """

    async def unit(connection: Connection) -> list[OutboxRow]:
        if epoch is not None:
            await fence(connection, epoch)
        rows = await _CLAIM.fetch(connection, {"of": channel, "now": now, "most": limit})
        return [OutboxRow(*row[:-1]) for row in sorted(rows, key=itemgetter(-1))]

    return await db.write(unit)


async def put_back(db: Database, channel: str, except_for: Collection[str], *, epoch: int) -> None:
    """After a claim of unknown outcome: queue the requests again that are claimed and never left, which are all but
    the ids `except_for`. Only the holder of the lease may do so, for its own claims: raises LeaseLost."""

    async def unit(connection: Connection) -> None:
        await fence(connection, epoch)
        await _PUT_BACK.execute(connection, {"of": channel, "except_for": among(except_for)})

    await db.write(unit)


async def next_due_at(db: Database, channel: str) -> int | None:
    """When the next queued request of this channel is due; None if nothing is queued."""
    async with db.read(is_snapshot=False) as connection:
        found = await _NEXT_DUE.fetch(connection, {"of": channel})
    return found[0][0] if found else None


async def finish(connection: Connection, outbox_id: str, state: str, provider_id: str = "", error: str = "") -> bool:
    """End an attempt as SENT, FAILED or UNKNOWN. False if it has already ended as SENT or FAILED.

    UNKNOWN can still change: a later answer or delivery report settles it.
    """
    values = {"row_id": outbox_id, "new_state": state, "theirs": provider_id[:400], "why": error[:320]}
    return (await connection.execute(_FINISH, values)).rowcount == 1


async def set_results(connection: Connection, settled: Sequence[Settled]) -> None:
    """Set the results, whatever the states of the rows."""
    await _SET_RESULT.execute_for_each(connection, settled)


async def find_body(connection: Connection, outbox_id: str) -> str | None:
    """The request with this id, as JSON."""
    body: str | None = await connection.scalar(select(outbox.c.body).where(outbox.c.id == outbox_id))
    return body


async def list_left(connection: Connection, since: int, kinds: Collection[str]) -> list[LeftRequest]:
    """Requests of these kinds that were made after an instant, in order. The outbox is in order of time, so it is
    read back only to the first older row."""
    x, i = outbox.c, interaction.c
    older = select(x.seq).where(x.created_at <= since).order_by(x.seq.desc()).limit(1).scalar_subquery()
    query = select(x.channel, x.body, x.created_at, customer.c.id).join(interaction, i.id == x.interaction_id)
    query = (
        join_customer(query, i.customer_id).where(x.seq > func.coalesce(older, 0), x.kind.in_(kinds)).order_by(x.seq)
    )
    return [LeftRequest(*row) for row in await connection.execute(query)]


async def list_unknown_texts(connection: Connection) -> list[UnknownRequest]:
    """Unknown requests whose message is not marked as unknown. Requests that were sent once more are left out."""
    x, m, later = outbox.c, message.c, outbox.alias("later")
    is_sent_again = exists().where(
        later.c.interaction_id == x.interaction_id, later.c.message_id == x.message_id, later.c.seq > x.seq
    )
    query = _select_unknown(m.delivery, m.error, m.provider_id).join(message, m.id == x.message_id)
    query = query.where(~is_sent_again, m.delivery != "unknown")
    return [UnknownRequest(*row) for row in await connection.execute(query)]


async def list_unknown_calls(connection: Connection, kind: str, call_state: str) -> list[UnknownRequest]:
    """Unknown requests of this kind whose call is open and still in this state."""
    i = interaction.c
    query = _select_unknown().join(interaction, i.id == outbox.c.interaction_id).where(outbox.c.kind == kind)
    query = query.where(i.closed_at.is_(None), i.call_state == call_state)
    return [UnknownRequest(*row) for row in await connection.execute(query)]


async def list_unknown_legs(connection: Connection, kinds: Collection[str]) -> set[str]:
    """The open interactions with a request of one of these kinds of which nobody knows whether it was carried out."""
    i, x = interaction.c, outbox.c
    query = select(x.interaction_id).join(interaction, i.id == x.interaction_id).where(x.kind.in_(kinds))
    query = query.where(x.state == literal_column("'unknown'"), i.closed_at.is_(None))
    return set(await connection.scalars(query))


def _select_unknown(*of_its_message: Any) -> Select[Any]:
    x = outbox.c
    query = select(x.id, x.channel, x.kind, x.interaction_id, *of_its_message)
    return query.where(x.state == literal_column("'unknown'"))


async def postpone(connection: Connection, outbox_id: str, due_at: int) -> None:
    """Queue an attempt again that certainly did not reach the provider."""
    await connection.execute(_POSTPONE, {"row_id": outbox_id, "later": due_at})


async def recover(
    db: Database, may_repeat: Collection[str], now: int, *, epoch: int | None = None
) -> list[OutboxRow]:
    """At the start: handle the rows that a dead process left as `sending`.

    Kinds in `may_repeat` do no harm if done twice (or the channel looks first): they are queued again. The others
    become `unknown` and are returned: a person must look.
    """

    async def unit(connection: Connection) -> list[OutboxRow]:
        if epoch is not None:
            await fence(connection, epoch)
        left_behind = (_IS_TO_DO, outbox.c.state == SENDING)
        again = outbox.c.kind.in_(sorted(may_repeat))
        await connection.execute(update(outbox).where(*left_behind, again).values(state=QUEUED, due_at=now))
        unknown = (
            update(outbox)
            .where(*left_behind, ~again)
            .values(state=UNKNOWN, error="the hub stopped while this was being sent")
            .returning(*_ROW)
        )
        return [OutboxRow(*row) for row in await connection.execute(unknown)]

    return await db.write(unit)
