"""What a supervisor asks for to listen in: to hear a call or read along, to speak or write, to leave, to take over.

The rule of this file: `hub.access.rules` asks for the role of a supervisor, and the policy says of each way of
listening who may use it. A supervisor who listens holds nothing: it costs no points, and the router does not know of
it.
"""

from agent_console.commands import ListenIn, ListeningCommand, SayIn, StopListening, TakeOver
from hub.batch import listening
from hub.batch.batch import Batch
from hub.batch.outgoing_texts import write
from hub.batch.performer import route_or_refuse
from hub.batch.telephone_legs import phone_of
from hub.batch.transcript import Data
from hub.call_lifecycle import IN_ROOM, PartyRole, PartyStep
from hub.calls import consults
from hub.commands.command_checks import CommandRefused, check_may_leave, get_supervised
from hub.commands.party_commands import check_room
from hub.open_work.floor import OpenInteraction
from hub.policies.document import Listening
from hub.sending.may_send import SOFTPHONE, reply_address
from routing.inputs import ConsultBegan, InteractionHandedOver
from routing.model import AgentId, AgentState, InteractionId, InteractionState


def obey(batch: Batch, supervisor: AgentId, command: ListeningCommand) -> None:
    """Raises CommandRefused."""
    match command:
        case ListenIn():
            _listen(batch, supervisor, command)
        case SayIn():
            _say(batch, supervisor, command)
        case StopListening():
            _stop(batch, supervisor, command)
        case TakeOver():
            _take_over(batch, supervisor, command)
        case _:
            raise AssertionError(command)  # a base class, which no screen sends


def _listen(batch: Batch, supervisor: AgentId, command: ListenIn) -> None:
    left = _find_left(batch, supervisor, command)
    interaction = get_supervised(batch, supervisor, command, InteractionState.ACTIVE)
    _check_right(batch, supervisor, command.way)
    if command.way == "barge" and not interaction.traits.is_live:
        raise CommandRefused("answered_later")
    if interaction.traits.is_call:
        check_room(interaction, more=0)
    role, party = PartyRole(command.way), listening.find_listener(interaction, supervisor)
    if party is not None:
        _leave(batch, supervisor, left)
        listening.switch(batch, interaction, party, role)
    elif not interaction.traits.is_call:
        _check_outside(supervisor, interaction)
        _leave(batch, supervisor, left)
        listening.read_along(batch, interaction, supervisor, role)
    else:
        phone = _get_softphone(batch, supervisor)
        _check_ear(batch, supervisor, interaction, left)
        _leave(batch, supervisor, left)
        listening.start(batch, interaction, supervisor, phone, role)
    batch.audit(supervisor, "wallboard.listen_in", interaction, {"way": command.way})


def _find_left(batch: Batch, supervisor: AgentId, command: ListenIn) -> OpenInteraction | None:
    """Where the supervisor listens and will not any more. A wallboard may be seconds behind: the hub knows whether
    they listen there."""
    if not command.instead_of:
        return None
    left = batch.floor.interactions.get(command.instead_of)
    if left is None or command.instead_of == command.interaction_id or not listening.find_listener(left, supervisor):
        raise CommandRefused("not_listening")
    return left


def _leave(batch: Batch, supervisor: AgentId, left: OpenInteraction | None) -> None:
    """Only once the other one is sure to be heard: a refusal leaves the supervisor where they are."""
    party = listening.find_listener(left, supervisor) if left is not None else None
    if left is not None and party is not None:
        consults.end_party(batch, left, party, PartyStep.DISMISSED)
        batch.audit(supervisor, "wallboard.stop_listening", left, {})


def _say(batch: Batch, supervisor: AgentId, command: SayIn) -> None:
    """A whisper is a note: it has no number, so no page of a customer reads it, and nothing leaves."""
    interaction = get_supervised(batch, supervisor, command, InteractionState.ACTIVE)
    _check_right(batch, supervisor, command.way)
    if interaction.traits.is_call:
        raise CommandRefused("wrong_channel")
    party, author = listening.find_listener(interaction, supervisor), batch.name_of(supervisor)
    if party is None:
        raise CommandRefused("not_listening")
    if party.role != command.way:
        raise CommandRefused("other_way")
    if party.role is PartyRole.WHISPER:
        data: Data = {"way": command.way}
        batch.add_message(interaction, kind="note", text=command.text, author=author, author_id=supervisor, data=data)
    else:
        check_may_leave(batch, interaction, command.text)
        write(
            batch,
            interaction,
            command.text,
            subject="",
            author=author,
            author_id=supervisor,
            to_address=reply_address(interaction),
            answers=(),
        )
    batch.audit(supervisor, "wallboard.say_in", interaction, {"way": command.way})


def _stop(batch: Batch, supervisor: AgentId, command: StopListening) -> None:
    """A screen that is behind may still stop."""
    interaction = batch.floor.interactions.get(command.interaction_id)
    if interaction is None or listening.find_listener(interaction, supervisor) is None:
        raise CommandRefused("not_listening")
    _leave(batch, supervisor, interaction)


def _take_over(batch: Batch, supervisor: AgentId, command: TakeOver) -> None:
    interaction = get_supervised(batch, supervisor, command, InteractionState.ACTIVE)
    _check_right(batch, supervisor, "take_over")
    if interaction.traits.is_call:
        check_room(interaction, more=0)
    party, giver = listening.find_listener(interaction, supervisor), interaction.agent_id
    if party is None or party.state not in IN_ROOM:
        raise CommandRefused("not_listening")
    of = InteractionId(interaction.id)
    row = batch.router.find_agent(supervisor)
    if row is None or row.state is AgentState.OFFLINE or row.lost_at is not None:
        raise CommandRefused("you_are_offline")
    if route_or_refuse(batch, ConsultBegan(of, supervisor, overrides_fit=True)) is not None:
        raise CommandRefused("wrong_state")
    if route_or_refuse(batch, InteractionHandedOver(of, supervisor)) is not None:
        raise CommandRefused("wrong_state")
    batch.audit(supervisor, "wallboard.take_over", interaction, {"agent": giver or ""})


def _check_right(batch: Batch, supervisor: AgentId, way: Listening) -> None:
    member = batch.floor.staff.get(supervisor)
    if member is None or not batch.book.document.listening.allows(way, supervisor):
        raise CommandRefused("may_not_listen")


def _get_softphone(batch: Batch, supervisor: AgentId) -> str:
    """A telephone of one's own is called by number, and could not be muted before somebody speaks on it."""
    member, phone = batch.floor.staff.get(supervisor), phone_of(batch, supervisor)
    if member is None or "agent" not in member.roles or not phone.startswith(SOFTPHONE):
        raise CommandRefused("no_softphone")
    return phone


def _check_ear(batch: Batch, supervisor: AgentId, interaction: OpenInteraction, left: OpenInteraction | None) -> None:
    """Refuse a second call on the same telephone."""
    for other in batch.floor.interactions.values():
        if other is interaction or other is left or not other.traits.is_call or not other.call_state:
            continue
        is_holder = other.agent_id == supervisor and other.state is InteractionState.ACTIVE
        if is_holder or any(party.agent_id == supervisor for party in other.parties.values()):
            raise CommandRefused("in_another_call")
    _check_outside(supervisor, interaction)


def _check_outside(supervisor: AgentId, interaction: OpenInteraction) -> None:
    if interaction.agent_id == supervisor or any(one.agent_id == supervisor for one in interaction.parties.values()):
        raise CommandRefused("in_this_call")
