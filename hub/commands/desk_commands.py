"""What an agent asks for: checked against the present state, then carried out or refused with a code.

The rule of this file: one short function per command, exhaustive, synchronous. The router alone decides offers and
states; a command from a screen that saw an older version of the interaction is refused as stale.
"""

from typing import assert_never

from agent_console.commands import (
    AcceptOffer,
    ActHere,
    AddNote,
    AdvanceScript,
    AgreedCallCommand,
    AppointmentCommand,
    CallCommand,
    CallOut,
    Command,
    CommandAnswer,
    CompleteWrapUp,
    ConsultCommand,
    DeclineOffer,
    EndInteraction,
    PickScript,
    ResendMessage,
    SendMessage,
    SetState,
    SettleStatement,
    TakeNext,
    TransferCommand,
    TransferInteraction,
)
from agent_console.consent_command import KeepConsent
from agent_console.events import DeskActs, ScriptChanged
from agent_console.fact_kinds import FactKind
from agent_console.line_commands import HoldCallCommand, RecordingCommand, RejoinCall
from agent_console.naming_command import NameCustomer
from hub.batch.batch import Batch
from hub.batch.call_recordings import find_step, follow_script
from hub.batch.hand_over_cards import build_card
from hub.batch.learning import learn_answers, learn_consents
from hub.batch.line_changes import hold_customer
from hub.batch.outgoing_texts import send
from hub.call_lifecycle import AGENT_LOST, CallState
from hub.calls import lost_lines
from hub.calls.outbound_calls import is_before_answer
from hub.commands import consent_commands, consult_commands, naming_commands, party_commands, recording_commands
from hub.commands.appointment_commands import keep_promise, obey_about_agreed_call, obey_about_appointment
from hub.commands.calling_out import CallOutRefused, call_out
from hub.commands.command_checks import (
    CommandRefused,
    check_calls_back,
    check_may_be_called,
    check_may_leave,
    get_held,
    route_or_raise,
)
from hub.commands.proposal_replies import take_reply
from hub.commands.replying import find_answered, send_reply
from hub.commands.script_actions import perform
from hub.ids import new_id
from hub.scripts.asked_consents import list_asked
from hub.scripts.earlier_runs import continue_earlier
from hub.scripts.kept_answers import list_kept_answers
from hub.scripts.script_runs import ScriptRefused
from hub.sending.may_send import reply_address
from hub.storage.audit_words import Ground
from routing.inputs import (
    AgentStateChosen,
    InteractionAssigned,
    InteractionEnded,
    InteractionTransferred,
    OfferAccepted,
    OfferDeclined,
    WrapUpCompleted,
)
from routing.model import AgentId, AgentState, InteractionId, InteractionState, OfferId, QueueId

DONE = CommandAnswer()


def obey(batch: Batch, agent: AgentId, command: Command, desk_id: str = "") -> CommandAnswer:
    """Carry out or refuse an agent's command. `desk_id`: the desk that asks; of several open desks of an agent, one
    acts. The desk was admitted seconds ago; this checks that its person is still an agent."""
    member = batch.floor.staff.get(agent)
    if member is None or "agent" not in member.roles:
        return CommandAnswer(code="may_not")
    if isinstance(command, ActHere):
        _act_here(batch, agent, desk_id)
        return DONE
    if batch.floor.acting_desks.get(agent, desk_id) != desk_id:
        return CommandAnswer(code="other_desk")
    try:
        _obey(batch, agent, command)
    except CommandRefused as refused:
        return refused.answer
    except (ScriptRefused, CallOutRefused) as refused:
        return CommandAnswer(code=refused.code, field=refused.field)
    return DONE


def _act_here(batch: Batch, agent: AgentId, desk_id: str) -> None:
    if batch.floor.acting_desks.get(agent) != desk_id:
        batch.floor.acting_desks[agent] = batch.writes.acting_desks[agent] = desk_id
        batch.tell(agent, DeskActs(desk=desk_id))


def _obey(batch: Batch, agent: AgentId, command: Command) -> None:
    match command:
        case ActHere():
            pass  # the caller has done it
        case CallOut():
            call_out(batch, agent, command)
        case SetState():
            _set_state(batch, agent, command)
        case AcceptOffer():
            called_for = batch.floor.interactions.get(command.offer_id.rpartition(".")[0])
            check_may_be_called(batch, agent, called_for)
            route_or_raise(batch, OfferAccepted(OfferId(command.offer_id), agent))
        case DeclineOffer():
            route_or_raise(batch, OfferDeclined(OfferId(command.offer_id), agent))
        case TakeNext():
            _take_next(batch, agent)
        case SendMessage():
            _send(batch, agent, command)
        case ResendMessage():
            _resend(batch, agent, command)
        case AddNote():
            interaction = get_held(batch, agent, command)
            batch.add_message(
                interaction, kind="note", text=command.text, author=batch.name_of(agent), author_id=agent
            )
        case EndInteraction():
            get_held(batch, agent, command)
            route_or_raise(batch, InteractionEnded(InteractionId(command.interaction_id), agent))
        case CompleteWrapUp():
            _complete(batch, agent, command)
        case AgreedCallCommand():
            obey_about_agreed_call(batch, agent, command)
        case AppointmentCommand():
            obey_about_appointment(batch, agent, command)
        case HoldCallCommand():
            _hold(batch, agent, command)
        case RejoinCall():
            _rejoin(batch, agent, command)
        case CallCommand():
            party_commands.obey(batch, agent, command)
        case RecordingCommand():
            recording_commands.obey(batch, agent, command)
        case TransferCommand():
            consult_commands.obey(batch, agent, command)
        case ConsultCommand():
            consult_commands.obey_consulted(batch, agent, command)
        case TransferInteraction():
            _transfer(batch, agent, command)
        case AdvanceScript():
            _advance(batch, agent, command)
        case SettleStatement():
            _settle_statement(batch, agent, command)
        case PickScript():
            _pick_script(batch, agent, command)
        case KeepConsent():
            consent_commands.obey(batch, agent, command)
        case NameCustomer():
            naming_commands.obey(batch, agent, command)
        case _:
            assert_never(command)


def _advance(batch: Batch, agent: AgentId, command: AdvanceScript) -> None:
    interaction = get_held(batch, agent, command)
    before, known = find_step(interaction), list_kept_answers(interaction)
    asked = list_asked(interaction)
    script = batch.scripts.advance(batch.writes, interaction, batch.reader(agent), command, batch.now)
    if command.action == "act":
        script = perform(batch, agent, interaction, command.name)
    elif command.action == "reply":
        script = take_reply(batch, agent, interaction, command.name, command.choice, command.until)
    if (after := find_step(interaction)) is not before and (before is None or after is None or after.id != before.id):
        follow_script(batch, interaction)
    learn_consents(batch, agent, interaction, asked)
    batch.tell_holder(interaction, ScriptChanged(interaction_id=interaction.id, script=script))
    learn_answers(batch, agent, interaction, known)


def _settle_statement(batch: Batch, agent: AgentId, command: SettleStatement) -> None:
    interaction, author = get_held(batch, agent, command), batch.name_of(agent)
    known = {(one.script_id, one.statement): one for one in batch.scripts.list_owed(interaction, author)}
    script = batch.scripts.settle(batch.writes, interaction, batch.reader(agent), command, batch.now)
    owed = known.get((command.script_id, command.statement))
    if owed is not None and not command.is_said:
        data = {"text": owed.text[:500], "reason": str(command.reason), "note": command.note.strip()}
        batch.add_fact(interaction, "statement_not_said", data, author=author)
    batch.tell_holder(interaction, ScriptChanged(interaction_id=interaction.id, script=script))


def _pick_script(batch: Batch, agent: AgentId, command: PickScript) -> None:
    interaction, reader = get_held(batch, agent, command), batch.reader(agent)
    if command.continues:
        stored = batch.lookups.earlier_runs.get(interaction.id, ())
        wanted = (command.continues, command.script_id)
        script = continue_earlier(batch.scripts, batch.writes, interaction, reader, stored, wanted, batch.now)
    elif command.script_id == interaction.script_id:
        return
    else:
        script = batch.scripts.pick(batch.writes, interaction, reader, command.script_id, batch.now)
    kind: FactKind = "script_continued" if command.continues else "script_picked"
    batch.add_fact(interaction, kind, {"title": script.title}, author=batch.name_of(agent))
    batch.note_look(agent, "script.read", interaction, Ground.HELD)
    follow_script(batch, interaction)
    batch.tell_holder(interaction, ScriptChanged(interaction_id=interaction.id, script=script))


def _set_state(batch: Batch, agent: AgentId, command: SetState) -> None:
    reasons = {reason.code for reason in batch.book.document.unavailable_reasons}
    if command.state == "unavailable" and command.reason not in reasons:
        raise CommandRefused("invalid", "reason")
    state = AgentState(command.state)
    route_or_raise(batch, AgentStateChosen(agent, state, command.reason, command.after_current))


def _send(batch: Batch, agent: AgentId, command: SendMessage) -> None:
    send_reply(batch, agent, get_held(batch, agent, command), command.text, command.subject)


def _resend(batch: Batch, agent: AgentId, command: ResendMessage) -> None:
    """The agent has decided to send the same words once more. They get a new id."""
    interaction = get_held(batch, agent, command)
    message = batch.lookups.messages.get(command.message_id)
    if message is None or message.interaction_id != interaction.id or message.kind != "agent":
        raise CommandRefused("invalid", "message_id")
    if message.delivery not in ("failed", "unknown"):
        raise CommandRefused("wrong_state")
    check_may_leave(batch, interaction, message.text)
    batch.set_delivery(message, "queued")
    send(
        batch,
        interaction,
        message,
        f"{message.id}.{new_id('r')}",
        author=batch.name_of(agent),
        to_address=reply_address(interaction),
        answers=find_answered(batch, interaction),
    )


def _take_next(batch: Batch, agent: AgentId) -> None:
    """Give the agent the first interaction as of the beginning of the batch. If that has changed since, the router
    refuses."""
    interaction = batch.floor.interactions.get(batch.lookups.next_for.get(agent, ""))
    if interaction is None:
        raise CommandRefused("nothing_to_take")
    queue = batch.book.find_queue(interaction.queue)
    if queue is None or not queue.agents_may_take:
        raise CommandRefused("offered_only")
    check_may_be_called(batch, agent, interaction)
    route_or_raise(batch, InteractionAssigned(InteractionId(interaction.id), agent))


def _complete(batch: Batch, agent: AgentId, command: CompleteWrapUp) -> None:
    interaction = get_held(batch, agent, command)
    if interaction.state is not InteractionState.WRAP_UP:
        raise CommandRefused("wrong_state")
    codes = {d.code for d in batch.book.document.dispositions if not d.queues or interaction.queue in d.queues}
    if command.disposition not in codes:
        raise CommandRefused("invalid", "disposition")
    if owed := batch.scripts.list_owed(interaction, batch.name_of(agent)):
        raise CommandRefused("statement_owed", owed[0].statement)
    keep_promise(batch, agent, interaction, command)
    interaction.disposition, interaction.wrap_up_note = command.disposition, command.note
    if command.note.strip():
        batch.add_message(interaction, kind="note", text=command.note, author=batch.name_of(agent), author_id=agent)
    batch.add_fact(interaction, "wrapped_up", {"disposition": command.disposition}, author=batch.name_of(agent))
    route_or_raise(batch, WrapUpCompleted(InteractionId(interaction.id), agent))


def _hold(batch: Batch, agent: AgentId, command: HoldCallCommand) -> None:
    interaction = get_held(batch, agent, command)
    wanted = CallState.HELD if command.on else CallState.TALKING
    present = CallState.TALKING if command.on else CallState.HELD
    if interaction.call_state == wanted:
        return
    if interaction.state is not InteractionState.ACTIVE or interaction.call_state != present:
        raise CommandRefused("wrong_state")
    hold_customer(batch, interaction, on=command.on)
    batch.tell_changed(interaction)


def _rejoin(batch: Batch, agent: AgentId, command: RejoinCall) -> None:
    interaction = get_held(batch, agent, command)
    with_customer = (*party_commands.WITH_CUSTOMER, *AGENT_LOST)
    if interaction.state is not InteractionState.ACTIVE or interaction.call_state not in with_customer:
        raise CommandRefused("wrong_state")
    refusal = lost_lines.rejoin(batch, interaction)
    if refusal is not None:
        raise CommandRefused(refusal)


def _transfer(batch: Batch, agent: AgentId, command: TransferInteraction) -> None:
    interaction = get_held(batch, agent, command)
    queue = batch.book.find_queue(command.queue)
    if queue is None or not batch.book.takes(queue.id, interaction.channel, is_to_be_called=False):
        raise CommandRefused("invalid", "queue")
    if interaction.state is not InteractionState.ACTIVE or is_before_answer(interaction):
        raise CommandRefused("wrong_state")
    check_calls_back(batch, interaction, queue)
    author = batch.name_of(agent)
    if command.note.strip():
        batch.add_message(interaction, kind="note", text=command.note, author=author, author_id=agent)
    batch.add_fact(interaction, "transferred", {"from": interaction.queue, "to": command.queue}, author=author)
    interaction.hand_over = build_card(batch, interaction, agent, command.note).model_dump_json()
    interaction.queue = command.queue
    route_or_raise(batch, InteractionTransferred(InteractionId(interaction.id), QueueId(command.queue)))
