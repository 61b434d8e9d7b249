"""Hold and mute: what is asked of the provider, and what becomes of it if the provider did not do it.

The rule of this file: the id of a request says what it changes. If the change did not come about, the call is shown
as it was before, the agent is told, and the provider is asked for just that once more: perhaps only its answer was
lost.
"""

from channels.channel import HoldCall, UpdateParty
from hub.batch import call_parties
from hub.batch.batch import Batch
from hub.call_lifecycle import (
    AGENT_LOST,
    CallState,
    CallStep,
    PartyRole,
    PartyState,
    PartyStep,
    move_call,
    move_party,
)
from hub.ids import new_id
from hub.open_work.call_party import Party
from hub.open_work.floor import OpenInteraction
from hub.storage.documents import SendResult

_CHANGES = ("hold_on", "hold_off", "mute_on", "mute_off")


def hold_customer(batch: Batch, interaction: OpenInteraction, *, on: bool) -> None:
    """Let the customer hear music, or the others again. Nothing happens if they do already."""
    if interaction.call_state not in ((CallState.TALKING,) if on else (CallState.HELD, *AGENT_LOST)):
        return
    if move_call(interaction, CallStep.HELD if on else CallStep.RESUMED, batch.now):
        ask_for_hold(batch, interaction, on=on)
        batch.add_fact(interaction, "held" if on else "resumed", author=batch.name_of(interaction.agent_id or ""))


def ask_for_hold(batch: Batch, interaction: OpenInteraction, *, on: bool) -> None:
    """The caller has moved the call."""
    call_id = interaction.provider_ref
    outbox_id = _name(interaction.id, "hold_on" if on else "hold_off")
    batch.request(interaction, HoldCall(outbox_id, call_id, call_id, on=on))


def let_wait(batch: Batch, interaction: OpenInteraction) -> None:
    """Let a customer hear their place. The sender asks for it until it is done."""
    call_id = interaction.provider_ref
    batch.request(interaction, HoldCall(new_id("x"), call_id, call_id, on=True, is_waiting=True))


def comfort(batch: Batch, interaction: OpenInteraction) -> None:
    """Tell a customer whose agent's line is lost that the agent is called again, and let them hear music. Nothing
    happens if the agent had put them on hold, or if somebody is there to talk to."""
    if interaction.call_state is not CallState.AGENT_LOST or any(map(is_heard, interaction.parties.values())):
        return
    call_id, language = interaction.provider_ref, interaction.language
    hold = HoldCall(new_id("x"), call_id, call_id, on=True, is_agent_lost=True, language=language)
    batch.request(interaction, hold)


def follow_others(batch: Batch, interaction: OpenInteraction) -> None:
    """Somebody else can be heard in the call, or no more: a customer whose agent's line is lost talks to them in
    place of the music. Nothing happens if the agent had put the customer on hold."""
    if interaction.call_state is CallState.AGENT_LOST and any(map(is_heard, interaction.parties.values())):
        ask_for_hold(batch, interaction, on=False)
    else:
        comfort(batch, interaction)


def is_heard(party: Party) -> bool:
    """Whether the customer can talk to this party."""
    is_silent = party.role in (PartyRole.MONITOR, PartyRole.WHISPER)
    return party.state is PartyState.PRESENT and not is_silent and not party.is_muted


def take_result(batch: Batch, result: SendResult) -> bool:
    """Return whether the request was about hold or mute."""
    subject, _, change = result.outbox_id.rpartition(".x")[0].rpartition(".")
    if change not in _CHANGES:
        return False
    if result.state != "sent":
        interaction = batch.floor.interactions.get(subject)
        if interaction is not None:
            _undo_hold(batch, interaction, change)
        elif (party := batch.floor.find_party(subject)) is not None:
            _undo(batch, batch.floor.interactions[party.interaction_id], party, change)
    return True


def _undo_hold(batch: Batch, interaction: OpenInteraction, change: str) -> None:
    was_on = change == "hold_on"
    if not interaction.is_held or interaction.call_state is not (CallState.HELD if was_on else CallState.TALKING):
        return
    if move_call(interaction, CallStep.RESUMED if was_on else CallStep.HELD, batch.now):
        call_id = interaction.provider_ref
        batch.request(interaction, HoldCall(new_id("x"), call_id, call_id, on=not was_on))
        batch.add_fact(interaction, "line_change_failed", {"change": change, "who": ""})
        batch.tell_changed(interaction)


def _undo(batch: Batch, interaction: OpenInteraction, party: Party, change: str) -> None:
    is_hold, was_on = change.startswith("hold"), change.endswith("_on")
    if is_hold:
        step = PartyStep.RESUMED if was_on else PartyStep.HELD
        if party.state is not (PartyState.HELD if was_on else PartyState.PRESENT):
            return
        if not move_party(party, step, batch.now):
            return
        back = UpdateParty(new_id("x"), interaction.provider_ref, party.leg_ref, is_held=not was_on)
    elif party.is_muted is not was_on:
        return
    else:
        party.is_muted = not was_on
        back = UpdateParty(new_id("x"), interaction.provider_ref, party.leg_ref, is_muted=not was_on)
    batch.writes.touch_party(party)
    batch.request(interaction, back)
    batch.add_fact(interaction, "line_change_failed", {"change": change, "who": party.name or party.address})
    call_parties.tell(batch, interaction, party)


def _name(subject: str, change: str) -> str:
    return f"{subject}.{change}.{new_id('x')}"
