"""The routing process follows the wall clock when somebody sets it.

The rule of this file: for the router a set wall clock is a policy with other opening hours. So the journal contains
it, a replay needs no clock, and no deadline changes. Desks are told of it as of a policy.
"""

from dataclasses import replace

import structlog

from agent_console.events import PolicyChangedEvent, TodayChanged
from hub.batch.agent_day import read_days, view_today
from hub.batch.batch import Batch
from hub.batch.performer import route
from hub.calls import callbacks
from hub.clock import Clock, find_step
from hub.open_work.floor import Today
from hub.storage.audit_words import Detail
from hub.storage.database import Database
from routing.effects import InputRejected
from routing.inputs import PolicyChanged
from routing.model import SECOND, InteractionId

log = structlog.get_logger()


async def follow_wall(batch: Batch, clock: Clock, db: Database) -> None:
    """Read calendars by the wall clock as it is set. Nothing happens if nobody has set it."""
    ahead = find_step(clock, batch.book.wall_ahead)
    if ahead is None:
        return
    batch.wall_moved_by = ahead - batch.book.wall_ahead
    told: Detail = {"by_seconds": batch.wall_moved_by / SECOND, "ahead_seconds": ahead / SECOND}
    log.warning("the wall clock was set", **told)
    batch.audit("hub", "wall_clock_set", None, told)
    batch.book = replace(batch.book, wall_ahead=ahead)
    async with db.read() as conn:  # another day may have begun
        batch.floor.today = await read_days(conn, batch.book, batch.now)
    for effect in route(batch, PolicyChanged(batch.book.routing)):
        if isinstance(effect, InputRejected):
            raise RuntimeError(f"the policy was rejected: {effect.code} {effect.subject}")
    for interaction in batch.floor.interactions.values():  # it is quiet at other times from here on
        row = batch.router.find_interaction(InteractionId(interaction.id))
        if row is not None and row.callback is not None and callbacks.is_waiting(interaction):
            from_at = max(interaction.call_until or batch.now, row.callback.not_before)
            callbacks.request(batch, interaction, from_at)
    for member in batch.floor.staff.values():
        if member.profile is not None:
            batch.tell(member.id, PolicyChangedEvent(policy=batch.book.view))
            today = batch.floor.today.get(member.id, Today())
            batch.tell(member.id, TodayChanged(today=view_today(today)))
