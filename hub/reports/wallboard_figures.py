"""The wallboard's figures.

The rule of this file: each figure is counted from rows, so that it is the same in every process and after a restart.
Definitions:
- *answered*: an agent accepted it for the first time.
- *in time*: it was answered within the queue's threshold for its channel. The service level is in time / answered.
- *abandoned*: the customer left while it waited. Short ones are counted apart.
- *unfinished*: it was closed while a required statement was neither said nor marked as not said. It counts as
  unfinished alone, however it ended.
- *called out*: an agent called the customer. *Reached*: a person or a machine answered. Calls out count in no other
  figure but these and *unfinished*; one that is transferred and waits also counts as waiting.
- *longest wait*: the wait that is longest in proportion to the threshold of its channel: an hour for a mail may
  equal a minute for a call. Callbacks do not count: their customers are not on the line.
"""

from collections.abc import Mapping
from typing import Any

from agent_console.wallboard_views import (
    AgentLine,
    ArrivalPoint,
    ListenerLine,
    QueueBoard,
    ServiceLine,
    TierLine,
    WallboardView,
    WallMoved,
)
from hub.batch.desk_views import millis
from hub.call_lifecycle import AGENT_LOST, LISTENING
from hub.clock import to_millis
from hub.open_work.staff import load_staff
from hub.policies.document import QueuePolicy
from hub.policies.in_force import PolicyBook
from hub.sending.agent_phones import takes_calls
from hub.storage import agents, figures, lease, parties
from hub.storage.codec import decode_as
from hub.storage.database import Connection
from hub.storage.figures import SUMMED
from routing.model import DAY, SECOND, AgentRow, AgentState, ChannelName, InteractionState, Micros

HALF_HOUR = 1800 * SECOND
CALLING_OUT, LINE_LOST = "calling_out", "line_lost"
Sums = dict[str, int]
OLDEST = ("oldest_at", "threshold", "lateness")  # microseconds, seconds, and thousandths of the threshold


async def read_board(conn: Connection, book: PolicyBook, now: Micros) -> WallboardView:
    sums = await _read_sums(conn, book, now)
    by_channel: dict[str, int] = {}
    by_line: dict[tuple[str, str], Sums] = {}
    total = _none()
    for (queue, tier, channel), line in sums.items():
        by_channel[channel] = by_channel.get(channel, 0) + line["waiting"]
        _add(by_line.setdefault((queue, tier), _none()), line)
        _add(total, line)
    tiers = [tier.id for tier in book.view.tiers]
    agents = await _read_agents(conn)
    takers = [agent.queues for agent in agents if agent.has_phone]
    phones = [queue.id for queue in book.document.queues if queue.takes_calls]
    return WallboardView(
        at=to_millis(now),
        wall_moved=await _read_wall_moved(conn, now),
        queues=[_view_queue(book, queue, tiers, by_line) for queue in book.document.queues],
        agents=agents,
        waiting_by_channel=by_channel,
        total=_view_line(total),
        short_abandoned=total["short"],
        arrivals=await _read_arrivals(conn, book, now),
        policy=book.view,
        listeners=await _read_listeners(conn),
        unanswered=[queue for queue in phones if not any(queue in queues for queues in takers)],
    )


async def _read_wall_moved(conn: Connection, now: Micros) -> WallMoved | None:
    moved = await lease.find_wall_step(conn, now - DAY)
    return None if moved is None else WallMoved(at=to_millis(moved.at), by_seconds=moved.by / SECOND)


async def _read_sums(conn: Connection, book: PolicyBook, now: Micros) -> Mapping[tuple[str, str, str], Sums]:
    queues = {queue.id: queue for queue in book.document.queues}
    found = {}
    for one in await figures.sum_service(conn, book.day_began_at(now), now - HALF_HOUR):
        line = {key: getattr(one, key) for key in SUMMED}
        line["oldest_at"] = one.oldest_at
        line["threshold"] = threshold = _find_threshold(queues.get(one.queue), one.channel)
        line["lateness"] = 1000 * (now - one.oldest_at) // (threshold * SECOND) if one.oldest_at else 0
        found[(one.queue, one.tier, one.channel)] = line
    return found


def _find_threshold(queue: QueuePolicy | None, channel: str) -> int:
    """In seconds. If an earlier policy let the interaction in, the queue may have no threshold for its channel: then
    that of the queue's first channel counts. If the policy has no such queue, a day counts."""
    if queue is None:
        return DAY // SECOND
    return (queue.service_level.get(ChannelName(channel)) or queue.service_level[queue.channels[0]]).seconds


def _none() -> Sums:
    return dict.fromkeys((*SUMMED, *OLDEST), 0)


def _add(total: Sums, line: Sums) -> None:
    for key in SUMMED:
        total[key] += line[key]
    if line["oldest_at"] and (not total["oldest_at"] or line["lateness"] > total["lateness"]):
        total.update({key: line[key] for key in OLDEST})


def _view_line(line: Sums) -> ServiceLine:
    answered, recent = line["answered"], line["recent"]
    return ServiceLine(
        waiting=line["waiting"],
        oldest_at=millis(line["oldest_at"] or None),
        threshold_seconds=line["threshold"] if line["oldest_at"] else None,
        answered=answered,
        in_time=line["in_time"],
        share_in_time=line["in_time"] / answered if answered else None,
        share_in_time_half_hour=line["recent_in_time"] / recent if recent else None,
        abandoned=line["abandoned"],
        average_answer_seconds=line["answer_micros"] / answered / SECOND if answered else None,
        counts={name: line[name] for name in SUMMED},
    )


def _view_queue(
    book: PolicyBook, queue: QueuePolicy, tiers: list[str], by_line: Mapping[tuple[str, str], Sums]
) -> QueueBoard:
    whole = _none()
    lines = []
    for tier in tiers:
        line = by_line.get((queue.id, tier), _none())
        _add(whole, line)
        lines.append(TierLine(tier=tier, line=_view_line(line)))
    level = queue.service_level[queue.channels[0]]
    return QueueBoard(
        queue=queue.id,
        names=dict(queue.names),
        channels=list(book.document.channels_of(queue)),
        threshold_seconds=level.seconds,
        target=level.target,
        line=_view_line(whole),
        tiers=lines,
    )


async def _read_agents(conn: Connection) -> list[AgentLine]:
    staff = await load_staff(conn)
    held: dict[str, dict[str, int]] = {}
    states: dict[str, set[str]] = {}
    for one in await figures.count_held(conn):
        is_calling_out = one.direction == "out" and one.state == InteractionState.ACTIVE
        states.setdefault(one.agent_id, set()).add(CALLING_OUT if is_calling_out else one.state)
        if one.call_state in AGENT_LOST:
            states[one.agent_id].add(LINE_LOST)
        if one.state in (InteractionState.ACTIVE, InteractionState.WRAP_UP):
            of_agent = held.setdefault(one.agent_id, {})
            of_agent[one.channel] = of_agent.get(one.channel, 0) + one.count
    lines = []
    for text in await agents.list_routing(conn):
        row = decode_as(AgentRow, text)
        member = staff.get(row.id)
        if member is None:
            continue
        lines.append(
            AgentLine(
                id=row.id,
                name=member.name,
                state=row.state,
                reason=row.reason,
                since=to_millis(row.state_since),
                queues=list(row.profile.queues),
                has_phone=takes_calls(row),
                doing=_doing(row, states.get(row.id, set())),
                holds=held.get(row.id, {}),
            )
        )
    return lines


def _doing(row: AgentRow, states: set[str]) -> Any:
    if LINE_LOST in states:
        return LINE_LOST
    if CALLING_OUT in states:
        return CALLING_OUT
    if InteractionState.ACTIVE in states:
        return "busy"
    if InteractionState.WRAP_UP in states:
        return "wrap_up"
    if InteractionState.DIALLING in states:
        return "dialling"
    if InteractionState.OFFERED in states:
        return "offered"
    match row.state:
        case AgentState.AVAILABLE:
            return "free"
        case AgentState.UNAVAILABLE:
            return "away"
        case AgentState.NOT_RESPONDING:
            return "not_responding"
    return "offline"


async def _read_listeners(conn: Connection) -> list[ListenerLine]:
    return [
        ListenerLine(
            staff_id=one.staff_id,
            name=one.name,
            agent_id=one.holder,
            interaction_id=one.interaction_id,
            channel=ChannelName(one.channel),
            way=one.role,  # type: ignore[arg-type]  # LISTENING has no others
            state=one.state,  # type: ignore[arg-type]  # nobody else is in a conversation
            since=to_millis(one.since),
        )
        for one in await parties.list_listeners(conn, LISTENING)
    ]


async def _read_arrivals(conn: Connection, book: PolicyBook, now: Micros) -> list[ArrivalPoint]:
    day = book.day_began_at(now)
    counts = await figures.count_arrivals(conn, day, HALF_HOUR)
    slots = (now - day) // HALF_HOUR + 1
    return [ArrivalPoint(at=to_millis(day + n * HALF_HOUR), arrivals=counts.get(n, 0)) for n in range(slots)]
