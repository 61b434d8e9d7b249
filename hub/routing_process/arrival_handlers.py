"""One arrival, whatever it is: handed to the room that decides what of it the router is told.

The rule of this file: one exhaustive `match` and no decision of its own.
"""

from agent_console.commands import BoardCommand, Command, CommandAnswer, SupervisorCommand
from hub.batch import customer_changes, listening
from hub.batch.batch import Batch
from hub.batch.pending import ScreenCommand, What
from hub.batch.performer import route
from hub.calls import lost_lines
from hub.commands import board_commands, desk_commands
from hub.intake import take_notices
from hub.routing_process.policy_change import adopt, tell_script
from hub.sending.agent_phones import routing_profile
from hub.storage.documents import (
    CustomersChanged,
    DeskSeen,
    DeskStill,
    PolicyPublished,
    ScriptsPublished,
    StaffChanged,
    WallboardSeen,
)
from routing.inputs import AgentDisconnected, AgentProfileChanged, AgentReconnected, AgentRemoved
from routing.model import AgentId


def handle(batch: Batch, what: What | None) -> str | None:
    """The answer to a command, as JSON. Raises whatever is wrong with the arrival."""
    match what:
        case ScreenCommand(staff_id, command, desk_id):
            return _obey(batch, staff_id, command, desk_id).model_dump_json()
        case DeskSeen(agent_id, is_here):
            agent = AgentId(agent_id)
            if batch.router.find_agent(agent) is not None:
                route(batch, AgentReconnected(agent) if is_here else AgentDisconnected(agent))
        case DeskStill(agent_id, interaction_id, is_still):
            lost_lines.follow_page(batch, agent_id, interaction_id, is_still=is_still)
        case StaffChanged(staff_id):
            member, agent = batch.floor.staff.get(staff_id), AgentId(staff_id)
            if member is not None and (profile := routing_profile(batch.rules, member)) is not None:
                route(batch, AgentProfileChanged(agent, profile))
            elif batch.router.find_agent(agent) is not None:  # was disabled, or lost the role of agent
                route(batch, AgentRemoved(agent))
                lost_lines.leave_calls(batch, staff_id)
            listening.end_forbidden(batch)
        case WallboardSeen(staff_id):
            listening.take_seen(batch, staff_id)
        case CustomersChanged(customer_ids):
            customer_changes.take(batch, customer_ids)
        case PolicyPublished():
            if batch.newest_book is not None:
                adopt(batch, batch.newest_book)
                listening.end_forbidden(batch)
        case ScriptsPublished(_, script_ids):  # the dispatcher has read them before this batch
            for interaction in batch.floor.interactions.values():
                if interaction.running is not None and interaction.running.script.id in script_ids:
                    tell_script(batch, interaction)
        case None:
            pass
        case notice:
            take_notices.take(batch, notice)
    return None


def _obey(batch: Batch, staff_id: AgentId, command: Command | BoardCommand, desk_id: str) -> CommandAnswer:
    match command:
        case SupervisorCommand():
            return board_commands.obey(batch, staff_id, command)
        case _:
            return desk_commands.obey(batch, staff_id, command, desk_id)
