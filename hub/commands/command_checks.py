"""What commands have in common: the refusal, and the checks before anything is changed.

The rule of this file: a check raises `CommandRefused` or changes nothing.
"""

from agent_console.command_forms import InteractionCommand
from agent_console.commands import CommandAnswer
from hub.batch.batch import Batch
from hub.batch.outgoing_calls import find_call_refusal, plan_agent_call
from hub.batch.outgoing_texts import find_refusal
from hub.batch.performer import route_or_refuse
from hub.batch.telephone_legs import phone_of
from hub.open_work.floor import OpenInteraction
from hub.policies.document import QueuePolicy
from routing.inputs import Input
from routing.model import AgentId, InteractionId, InteractionState


class CommandRefused(Exception):
    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.answer = CommandAnswer(code=code, field=field)


def route_or_raise(batch: Batch, input: Input) -> None:
    """Route what a command asks for. Raises CommandRefused where the router rejects it."""
    code = route_or_refuse(batch, input)
    if code is not None:
        raise CommandRefused(code)


def get_held(batch: Batch, agent: AgentId, command: InteractionCommand) -> OpenInteraction:
    """The interaction, if this agent holds it and saw its present version."""
    interaction = batch.floor.interactions.get(command.interaction_id)
    if interaction is None:
        raise CommandRefused("unknown_interaction")
    if interaction.agent_id != agent or interaction.accepted_at is None:
        raise CommandRefused("not_yours")
    if interaction.version != command.version:
        raise CommandRefused("stale")
    return interaction


def get_supervised(
    batch: Batch, supervisor: AgentId, command: InteractionCommand, *states: InteractionState
) -> OpenInteraction:
    """The interaction, if it waits or an agent has it, and if the supervisor saw its present version. One in a
    queue that is not theirs counts as unknown: a supervisor who could move or take it could also read it."""
    interaction = batch.floor.interactions.get(command.interaction_id)
    member = batch.floor.staff.get(supervisor)
    if interaction is None or member is None or interaction.queue not in member.queues:
        raise CommandRefused("unknown_interaction")
    if interaction.version != command.version:
        raise CommandRefused("stale")
    if interaction.state not in states or interaction.routing is None:
        raise CommandRefused("wrong_state")
    return interaction


def check_may_leave(batch: Batch, interaction: OpenInteraction, text: str) -> None:
    """Refuse a text that may not go to this customer, or that nobody would read."""
    if interaction.traits.stored_is_sent and interaction.is_customer_gone:
        raise CommandRefused("customer_gone")
    refusal = find_refusal(batch, interaction, text)
    if refusal is not None:
        raise CommandRefused(refusal)


def check_calls_back(batch: Batch, interaction: OpenInteraction, queue: QueuePolicy) -> None:
    """Refuse to move a waiting callback to a queue that calls nobody back."""
    row = batch.router.find_interaction(InteractionId(interaction.id))
    if row is not None and row.callback is not None and queue.callback is None:
        raise CommandRefused("calls_nobody", "queue")


def check_may_be_called(batch: Batch, agent: AgentId, interaction: OpenInteraction | None) -> None:
    """Refuse to give a call to an agent whose telephone may not be called. A callback that is given while its
    customer may not be called passes: it places no call."""
    if interaction is None or not interaction.traits.is_call:
        return
    row = batch.router.find_interaction(InteractionId(interaction.id))
    is_given = row is not None and row.callback is not None and row.callback.is_given
    if not is_given and not batch.router.is_on_hold(InteractionId(interaction.id)):
        refusal = find_call_refusal(batch, plan_agent_call(interaction, phone_of(batch, agent)))
        if refusal is not None:
            raise CommandRefused(refusal)
