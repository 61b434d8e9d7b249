"""Machines that answer where the hub called a customer, as the provider finds out while an agent listens already.

The rule of this file: nobody waits for the provider's finding, and a machine keeps no agent. It gets the message of
the queue, or its line ends. A call that an agent made is over then. A callback counts as not answered: the customer
is called again, until the last try. Where the provider finds nothing, a person has answered.
"""

from channels.channel import After, DetectMachine, HangUp, MachineAnswered
from hub.batch.batch import Batch
from hub.batch.call_moves import say
from hub.call_lifecycle import AGENT_LOST, CallState, CallStep, move_call
from hub.ids import new_id
from hub.open_work.floor import OpenInteraction
from routing.model import SECOND

# The provider listens for 30 s, and its report may come late. An agent who has talked longer knows better who it is.
KNOWN_WITHIN = 90 * SECOND
_WITH_A_LINE = (CallState.DIALLING, CallState.CONNECTING, CallState.TALKING, CallState.HELD, *AGENT_LOST)


def choose_detection(batch: Batch, interaction: OpenInteraction, *, leaves_message: bool) -> DetectMachine:
    """What the provider is asked for. `leaves_message`: if the queue has one for machines, this call leaves it."""
    return DetectMachine.BEEP if leaves_message and _find_message(batch, interaction) else DetectMachine.LATER


def end_line(batch: Batch, interaction: OpenInteraction, notice: MachineAnswered) -> bool:
    """A machine has answered the present call of this interaction: leave the message of the queue, or hang up, and
    end the agent's leg. Return False if the report comes too late, and nothing was done."""
    if interaction.call_state not in _WITH_A_LINE or interaction.provider_ref not in ("", notice.call_id):
        return False
    if batch.now > max(interaction.answered_at or 0, interaction.accepted_at or 0) + KNOWN_WITHIN:
        return False
    if not interaction.provider_ref:  # the provider's answer to our request has not come yet
        batch.floor.rename_call(interaction, notice.call_id)
    if not move_call(interaction, CallStep.ENDED, batch.now):
        return False
    if (interaction.answered_at or 0) >= (interaction.accepted_at or 0):
        interaction.answered_at = interaction.in_time = None  # a machine is nobody who was reached
    message = _find_message(batch, interaction) if notice.may_speak else ""
    if message:
        say(batch, interaction, message, After.END)
    else:
        batch.request(interaction, HangUp(new_id("x"), notice.call_id, notice.call_id))
    if interaction.leg_ref:
        batch.request(interaction, HangUp(new_id("x"), interaction.leg_ref, interaction.leg_ref))
    batch.add_fact(interaction, "machine_left_message" if message else "machine_answered")
    return True


def _find_message(batch: Batch, interaction: OpenInteraction) -> str:
    queue = batch.book.find_queue(interaction.queue)
    return queue.machine_message if queue is not None else ""
