"""One agent's figures of one day of the organisation: what their desk shows of their work.

The rule of this file: an open desk gets a figure counted as work happens; a desk that opens gets it from rows. Both
figures are the same. A state counts once it has ended: the screen adds the present state itself.
"""

from agent_console.events import TodayChanged
from agent_console.views import AgentView, TodayView
from hub.batch.batch import Batch
from hub.open_work.floor import OpenInteraction, Today
from hub.policies.in_force import PolicyBook
from hub.storage import agents
from hub.storage.agents import AgentSpan
from hub.storage.database import Connection
from routing.model import SECOND, AgentState, Micros

MILLI = 1000


def view_today(today: Today) -> TodayView:
    return TodayView(
        handled=today.handled,
        in_time=today.in_time,
        handle_seconds=today.handle // SECOND,
        available_seconds=today.available // SECOND,
    )


def get_today(batch: Batch, agent_id: str) -> Today:
    day = batch.book.day_of(batch.now)
    today = batch.floor.today.get(agent_id)
    if today is None or today.day != day:
        today = batch.floor.today[agent_id] = Today(day=day)
    return today


def count_handled(batch: Batch, agent_id: str, interaction: OpenInteraction) -> None:
    today = get_today(batch, agent_id)
    today.handled += 1
    today.in_time += bool(interaction.in_time)
    today.handle += batch.now - (interaction.accepted_at or batch.now)


def end_state(batch: Batch, agent_id: str, ended: AgentView) -> None:
    """Count the time in a state that ends now. `ended`: as the desk was told it; its beginning is in milliseconds."""
    began_at = ended.since * MILLI
    batch.writes.agent_spans.append(AgentSpan(agent_id, str(ended.state), began_at, batch.now))
    if ended.state is AgentState.AVAILABLE:
        today = get_today(batch, agent_id)
        today.available += batch.now - max(began_at, batch.book.day_began_at(batch.now))
        batch.tell(agent_id, TodayChanged(today=view_today(today)))


async def read_days(conn: Connection, book: PolicyBook, now: Micros, agent_id: str | None = None) -> dict[str, Today]:
    """The figures of the day of this instant: of every agent who has any, or of `agent_id` alone."""
    day, began_at = book.day_of(now), book.day_began_at(now)
    days: dict[str, Today] = {}
    for one in await agents.count_handled(conn, began_at, agent_id):
        days[one.agent_id] = Today(day, one.count, one.in_time, one.micros)
    for agent, micros in (await agents.sum_spans(conn, str(AgentState.AVAILABLE), began_at, agent_id)).items():
        days.setdefault(agent, Today(day)).available = micros
    for agent, calls in (await agents.list_calls_of_day(conn, day, agent_id)).items():
        days.setdefault(agent, Today(day)).calls = calls
    return days
