"""Fills the floor and the router from rows: at start, at take-over, and after a batch that could not be stored.

The rule of this file: rows alone say what is true. `restore` gives the same router and floor as the process had that
wrote the rows.
"""

from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, RowMapping, func, literal_column, select

from agent_console.views import ReasonView
from hub.batch import views
from hub.batch.agent_day import read_days
from hub.batch.lookups import load_customers
from hub.open_work.floor import Customer, Floor, OpenInteraction, Running
from hub.open_work.recent_counts import HOUR
from hub.open_work.staff import load_staff
from hub.policies.in_force import PolicyBook
from hub.policies.stored_versions import load_book
from hub.scripts.script_runs import restore_running
from hub.sending.spending import costs
from hub.storage import tables
from hub.storage.codec import decode_as
from hub.storage.database import Connection
from hub.storage.documents import REQUESTS
from routing.model import (
    DAY,
    AgentId,
    AgentRow,
    ChannelName,
    InteractionRow,
    InteractionState,
    Micros,
    Snapshot,
)
from routing.router import Router
from scripts_library.model import Script
from scripts_library.parsing import parse_script

_COLUMNS = [f.name for f in fields(OpenInteraction) if f.name not in ("customer", "reason", "offer_id", "runs")]


@dataclass(slots=True)
class Restored:
    floor: Floor
    router: Router
    book: PolicyBook
    agent_versions: dict[AgentId, int]
    next_journal: int
    next_sequence: int
    latest_now: Micros


async def restore(conn: Connection, now: Micros) -> Restored:
    lease = (await conn.execute(select(tables.lease))).mappings().one()
    book = await load_book(conn, lease["policy_version"] or None)
    if book is None:
        raise RuntimeError("the database holds no policy: `hub apply` brings in that of config.toml")
    floor = Floor(staff=await load_staff(conn))
    rows = await _load_interactions(conn, floor)
    agents: list[AgentRow] = []
    versions: dict[AgentId, int] = {}
    for agent in (await conn.execute(select(tables.agent_routing))).mappings():
        row = decode_as(AgentRow, agent["routing"])
        agents.append(row)
        versions[row.id] = agent["version"]
        floor.told[row.id] = views.view_agent(row, agent["load"])
    floor.today = await read_days(conn, book, now)
    d = tables.acting_desk
    floor.acting_desks = {row.agent_id: row.desk for row in await conn.execute(select(d.c.agent_id, d.c.desk))}
    await _load_left(conn, floor, now)
    await _load_auto_replies(conn, floor, now)
    snapshot = Snapshot(
        policy_version=book.version,
        next_sequence=lease["next_sequence"],
        now=lease["latest_now"],
        interactions=tuple(sorted(rows, key=lambda r: r.id)),
        agents=tuple(sorted(agents, key=lambda a: a.id)),
    )
    router = Router.restore(book.routing, snapshot, max(now, lease["latest_now"]))
    return Restored(floor, router, book, versions, lease["next_journal"], lease["next_sequence"], lease["latest_now"])


async def _load_auto_replies(conn: Connection, floor: Floor, now: Micros) -> None:
    m, i = tables.message, tables.interaction
    mine = (m.c.is_automatic, m.c.kind == literal_column("'agent'"), m.c.channel == literal_column("'email'"))
    query = select(m.c.at, i.c.address).join(i, i.c.id == m.c.interaction_id).where(*mine, m.c.at > now - DAY)
    for row in await conn.execute(query.order_by(m.c.at)):
        floor.auto_replies.add(row.at, row.address)


async def _load_interactions(conn: Connection, floor: Floor) -> list[InteractionRow]:
    i, o = tables.interaction, tables.offer
    found = (await conn.execute(select(i).where(i.c.closed_at.is_(None)))).mappings().all()
    customers = await load_customers(conn, {row["customer_id"] for row in found})
    open_offers = {
        row.interaction_id: row.id
        for row in await conn.execute(select(o.c.interaction_id, o.c.id).where(o.c.ended_at.is_(None)))
    }
    runs = await load_runs(conn, i.c.closed_at.is_(None))
    rows = []
    for row in found:
        interaction = make_interaction(row, customers[row["customer_id"]])
        interaction.offer_id = open_offers.get(interaction.id)
        interaction.runs = runs.get(interaction.id, {})
        floor.add(interaction)
        if interaction.routing is not None:
            rows.append(decode_as(InteractionRow, interaction.routing))
    return rows


def make_interaction(row: RowMapping, customer: Customer) -> OpenInteraction:
    values = {name: row[name] for name in _COLUMNS}
    values["channel"] = ChannelName(row["channel"])
    values["state"] = InteractionState(row["state"])
    reason = ReasonView.model_validate_json(row["reason"]) if row["reason"] != "{}" else None
    return OpenInteraction(**values, customer=customer, reason=reason)


async def load_runs(conn: Connection, *interactions: ColumnElement[bool]) -> dict[str, dict[str, Running]]:
    """The script runs of these interactions, by interaction and script."""
    r, t, i = tables.script_run, tables.script_text, tables.interaction
    query = select(r.c.interaction_id, r.c.script_id, r.c.run, t.c.file, t.c.source).join(t, t.c.ref == r.c.script)
    query = query.where(r.c.interaction_id.in_(select(i.c.id).where(*interactions)))
    parsed: dict[str, Script] = {}
    runs: dict[str, dict[str, Running]] = {}
    for row in await conn.execute(query.order_by(r.c.began_at)):
        script = parsed.get(row.source) or parsed.setdefault(row.source, parse_script(row.source, row.file))
        runs.setdefault(row.interaction_id, {})[row.script_id] = restore_running(script, row.run)
    return runs


async def _load_left(conn: Connection, floor: Floor, now: Micros) -> None:
    """What has left within the last hour. The outbox is in order: it is read back to the first row that is older."""
    x, i = tables.outbox, tables.interaction
    older = select(x.c.seq).where(x.c.created_at <= now - HOUR).order_by(x.c.seq.desc()).limit(1).scalar_subquery()
    query = select(x.c.channel, x.c.body, x.c.created_at, i.c.customer_id).join(i, i.c.id == x.c.interaction_id)
    query = query.where(x.c.seq > func.coalesce(older, 0), x.c.kind.in_(["TextOut", "CallAgent", "CallCustomer"]))
    for row in await conn.execute(query.order_by(x.c.seq)):
        channel = ChannelName(row.channel)
        if costs(channel, REQUESTS.decode(row.body)):
            floor.left[channel].add(row.created_at, row.customer_id)
