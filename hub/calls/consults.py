"""Consults: a colleague is asked about a call while its customer is on hold, and may take it over.

The rule of this file: the router knows who is consulted, since that takes their points; the call's parties know how
they stand. Whatever ends a party here tells the router. What the router ends comes back through the performer.

The giver has the call until the colleague is in it. So a transfer that is refused, unanswered or lost changes
nothing.
"""

from hub.batch import call_parties, line_changes
from hub.batch.batch import Batch
from hub.batch.hand_over_cards import build_card
from hub.batch.performer import route, route_or_refuse
from hub.batch.telephone_legs import phone_of
from hub.call_lifecycle import AGENT_LOST, IN_ROOM, CallState, PartyRole, PartyState, PartyStep
from hub.open_work.call_party import Party
from hub.open_work.floor import OpenInteraction
from routing.effects import RejectionCode
from routing.inputs import ConsultBegan, ConsultEnded, InteractionHandedOver
from routing.model import AgentId, InteractionId


def ask(
    batch: Batch, interaction: OpenInteraction, giver: AgentId, colleague: AgentId, note: str, *, takes_over: bool
) -> RejectionCode | None:
    """Ask a colleague, and let the customer hear music meanwhile. None if the router allows it."""
    refusal = route_or_refuse(batch, ConsultBegan(InteractionId(interaction.id), colleague))
    if refusal is not None:
        return refusal
    line_changes.hold_customer(batch, interaction, on=True)
    party = call_parties.add(
        batch,
        interaction,
        PartyRole.CONSULTED,
        address=phone_of(batch, colleague),
        by=giver,
        agent_id=colleague,
        note=note.strip(),
        takes_over=takes_over,
        card=build_card(batch, interaction, giver, note).model_dump_json(),
    )
    call_parties.ask(batch, interaction, party)
    return None


def end_party(batch: Batch, interaction: OpenInteraction, party: Party, step: PartyStep, why: str = "") -> None:
    """As `call_parties.end`, and the party's points are theirs again. A call that they were to take over is the
    giver's at once: its customer hears the giver in place of music, unless somebody else is there to be talked to."""
    call_parties.end(batch, interaction, party, step, why)
    is_alone = not any(one.state in IN_ROOM for one in interaction.parties.values())
    if party.takes_over and is_alone and interaction.call_state not in AGENT_LOST:
        line_changes.hold_customer(batch, interaction, on=False)
        batch.tell_changed(interaction)
    line_changes.comfort(batch, interaction)
    row = batch.router.find_interaction(InteractionId(interaction.id))
    if row is not None and party.agent_id in row.consulted:
        route(batch, ConsultEnded(row.id, AgentId(party.agent_id)))


def end_due(batch: Batch) -> None:
    """Wait no longer for those who have not answered in time."""
    due = [one for one, at in batch.floor.party_deadlines.items() if at <= batch.now]
    for party in filter(None, map(batch.floor.find_party, due)):
        interaction = batch.floor.interactions[party.interaction_id]
        if party.state in IN_ROOM:  # no wallboard of a supervisor who reads along was seen any more
            end_party(batch, interaction, party, PartyStep.LEFT, "connection-lost")
            continue
        step = PartyStep.DECLINED if party.state is PartyState.ASKED else PartyStep.UNREACHED
        end_party(batch, interaction, party, step, "no-answer")


def swap(batch: Batch, interaction: OpenInteraction, party: Party) -> None:
    """The holder talks to the party alone, or to the customer alone, whichever it was not. The caller has seen that
    the party is in the room."""
    to_customer = interaction.call_state is CallState.HELD
    line_changes.hold_customer(batch, interaction, on=not to_customer)
    if (party.state is PartyState.HELD) is not to_customer:
        call_parties.hold(batch, interaction, party, on=to_customer)


def merge(batch: Batch, interaction: OpenInteraction) -> None:
    """Everybody in the room hears everybody."""
    line_changes.hold_customer(batch, interaction, on=False)
    for party in interaction.parties.values():
        if party.state is PartyState.HELD:
            call_parties.hold(batch, interaction, party, on=False)


def hand_over(batch: Batch, interaction: OpenInteraction, party: Party) -> RejectionCode | None:
    """The call is this party's from here on. They are consulted and in the room. None if the router allows it."""
    return route_or_refuse(batch, InteractionHandedOver(InteractionId(interaction.id), AgentId(party.agent_id)))


def find_successor(interaction: OpenInteraction) -> Party | None:
    """Who has the call when its holder leaves it: the colleague who was asked first and is in the room."""
    parties = interaction.parties.values()
    return next((one for one in parties if one.role is PartyRole.CONSULTED and one.state in IN_ROOM), None)
