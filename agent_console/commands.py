"""The commands that a desk or a wallboard sends to the hub.

The rule of this file: a command has an id that the screen chose; the same id twice is the same command. A command
about an interaction also has the version that the screen saw, so that an outdated screen cannot act.
"""

from typing import Annotated, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError

from agent_console.command_forms import CommandBase, InteractionCommand, LocalTime
from agent_console.consent_command import KeepConsent
from agent_console.line_commands import HoldCallCommand, PauseRecording, RejoinCall, ResumeRecording
from agent_console.naming_command import NameCustomer
from agent_console.views import Id, Text, Wire
from scripts_library.script_parts import NotSaid


class SetState(CommandBase):
    kind: Literal["set_state"]
    state: Literal["available", "unavailable", "offline"]
    reason: Annotated[str, Field(max_length=40)] = ""
    after_current: bool = False


class ActHere(CommandBase):
    """From now on, of all desks that this agent has open, only this one may send commands. The others are told, and
    their commands are refused as `other_desk`. A desk sends it when it opens and when the agent chooses it."""

    kind: Literal["act_here"]


class CallOut(CommandBase):
    """The agent calls somebody: a customer's number from their card or a transcript, or a number that they typed."""

    kind: Literal["call_out"]
    to_address: Annotated[str, Field(min_length=3, max_length=40)]  # E.164, perhaps with what people put between
    from_address: Annotated[str, Field(max_length=20)] = ""  # the number shown, one of ours; empty: the first
    reason: Annotated[str, Field(max_length=200)] = ""
    script_id: Annotated[str, Field(max_length=120)] = ""  # empty: the script that fits best


class AcceptOffer(CommandBase):
    kind: Literal["accept_offer"]
    offer_id: Id


class DeclineOffer(CommandBase):
    kind: Literal["decline_offer"]
    offer_id: Id


class TakeNext(CommandBase):
    """The agent takes the first interaction that waits for them, without an offer."""

    kind: Literal["take_next"]


class SendMessage(InteractionCommand):
    kind: Literal["send_message"]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    subject: Annotated[str, Field(max_length=500)] = ""


class ResendMessage(InteractionCommand):
    """The agent decides to send a message again whose delivery failed or is unknown."""

    kind: Literal["resend_message"]
    message_id: Id


class AddNote(InteractionCommand):
    kind: Literal["add_note"]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]


class EndInteraction(InteractionCommand):
    """The agent ends the conversation, or hangs up the call. Wrap-up follows."""

    kind: Literal["end_interaction"]


class CompleteWrapUp(InteractionCommand):
    kind: Literal["complete_wrap_up"]
    disposition: Annotated[str, Field(max_length=64)]
    note: Text = ""
    callback_at: LocalTime | Literal[""] = ""  # when to call, for a disposition that promises a callback


class AppointmentCommand(InteractionCommand):
    """About a call that is agreed with the interaction's customer for a later time."""


class MakeAppointment(AppointmentCommand):
    """`local_at` is by the clock of the organisation. With `is_mine`, this agent is asked first."""

    kind: Literal["make_appointment"]
    local_at: LocalTime
    is_mine: bool = True
    note: Annotated[str, Field(max_length=500)] = ""


class MoveAppointment(AppointmentCommand):
    kind: Literal["move_appointment"]
    appointment_id: Id
    local_at: LocalTime


class CancelAppointment(AppointmentCommand):
    kind: Literal["cancel_appointment"]
    appointment_id: Id


class AgreedCallCommand(CommandBase):
    appointment_id: Id  # of the list of agreed calls: the agent need not hold work of its customer


class MoveAgreedCall(AgreedCallCommand):
    kind: Literal["move_agreed_call"]
    local_at: LocalTime


class CancelAgreedCall(AgreedCallCommand):
    kind: Literal["cancel_agreed_call"]


class CallCommand(InteractionCommand):
    """A command about who else is in a call."""


class CallThirdParty(CallCommand):
    """Call somebody outside into the call. Where the customer should not hear it, the agent puts them on hold
    first."""

    kind: Literal["call_third_party"]
    number: Annotated[str, Field(min_length=1, max_length=40)]  # as it was typed


class PartyCommand(CallCommand):
    party_id: Id


class HoldParty(PartyCommand):
    kind: Literal["hold_party"]
    on: bool


class MuteParty(PartyCommand):
    kind: Literal["mute_party"]
    on: bool


class DropParty(PartyCommand):
    """Send a party away from the call, or wait no longer for their answer."""

    kind: Literal["drop_party"]


class TransferCommand(InteractionCommand):
    """A command of the holder about the colleagues in a call, and about leaving it to them."""


class ConsultColleague(TransferCommand):
    """Ask a colleague; the customer hears music. With `takes_over`, the call is theirs as soon as they are in it.
    Until then, and if they decline or are not reached, it stays with the agent who asked."""

    kind: Literal["consult_colleague"]
    agent_id: Id
    note: Text = ""
    takes_over: bool = False


class SwapParties(TransferCommand):
    """Talk to this party alone; or to the customer alone, if the customer was the one who heard music."""

    kind: Literal["swap_parties"]
    party_id: Id


class MergeParties(TransferCommand):
    """Take everybody back from hold: a conference."""

    kind: Literal["merge_parties"]


class HandOverCall(TransferCommand):
    """The call is this colleague's from here on, without a wait in between."""

    kind: Literal["hand_over"]
    party_id: Id


class LeaveCall(TransferCommand):
    """Leave the call without ending it: to a colleague who is in it, else to the customer and whoever is outside."""

    kind: Literal["leave_call"]


class ConsultCommand(CommandBase):
    """A command of a colleague who is consulted in a call."""

    party_id: Id


class AnswerConsult(ConsultCommand):
    kind: Literal["answer_consult"]
    accepts: bool


class LeaveConsult(ConsultCommand):
    kind: Literal["leave_consult"]


class TransferInteraction(InteractionCommand):
    kind: Literal["transfer_interaction"]
    queue: Id
    note: Text = ""


class AdvanceScript(InteractionCommand):
    """One action on the script's current step. `values` has the answers to its fields, which are kept before it."""

    kind: Literal["advance_script"]
    script_id: Annotated[str, Field(min_length=1, max_length=120)]  # if script or step differ, it is stale
    step_id: Id
    action: Literal["next", "back", "choose", "acknowledge", "answer", "keep", "act", "reply", "language"]
    choice: Annotated[str, Field(max_length=64)] = ""  # the key of a way; of a reply: accepted, declined, later
    must_say: Annotated[str, Field(max_length=64)] = ""
    name: Annotated[str, Field(max_length=64)] = ""  # of the field that is kept, of the action, of the proposal
    until: Annotated[str, Field(max_length=10)] = ""  # of the reply "later": the day, as 2026-12-24
    language: Annotated[str, Field(max_length=16)] = ""
    values: dict[str, Annotated[str, Field(max_length=2000)]] = {}


class SettleStatement(InteractionCommand):
    """The agent says that a statement was said, or why not. Any script of the interaction may have shown it."""

    kind: Literal["settle_statement"]
    script_id: Annotated[str, Field(min_length=1, max_length=120)]
    statement: Annotated[str, Field(min_length=1, max_length=200)]
    is_said: bool
    reason: NotSaid | None = None  # required if it was not said
    note: Annotated[str, Field(max_length=500)] = ""  # required if the reason is `other`


class PickScript(InteractionCommand):
    """The agent picks another script that applies. A script that was begun before goes on at the step it was left."""

    kind: Literal["pick_script"]
    script_id: Annotated[str, Field(min_length=1, max_length=120)]
    continues: Annotated[str, Field(max_length=64)] = ""  # the earlier interaction whose run of it goes on


# ---- commands of the wallboard


class SupervisorCommand(InteractionCommand):
    """A supervisor's command about an interaction in one of the queues that they look after."""


class AssignInteraction(SupervisorCommand):
    """A supervisor gives an interaction that waits, is offered or is active to this agent, who is offered it. A
    supervisor who names themselves has it at once. With `overrides_fit`, that happens even if the agent does not meet
    the requirement or has no room."""

    kind: Literal["assign_interaction"]
    agent_id: Id
    overrides_fit: bool = False
    note: Text = ""  # for the agent who takes it


class MoveInteraction(SupervisorCommand):
    kind: Literal["move_interaction"]
    queue: Id
    note: Text = ""


class BoostInteraction(SupervisorCommand):
    """`seconds` is the whole boost of the interaction, up to the policy's cap. 0 removes its boost."""

    kind: Literal["boost_interaction"]
    seconds: Annotated[int, Field(ge=0, le=366 * 86_400)]
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class ListeningCommand(SupervisorCommand):
    """A command of a supervisor about their own ear and voice in an interaction that an agent has."""


class ListenIn(ListeningCommand):
    """`monitor`: the supervisor hears everybody, and nobody hears them. `whisper`: the agent alone hears them.
    `barge`: everybody does. A supervisor who is there already changes from one to another. Texts are read and written
    in the same ways; only where the customer waits for an answer, as in a chat, does a supervisor `barge`."""

    kind: Literal["listen_in"]
    way: Literal["monitor", "whisper", "barge"]
    instead_of: Annotated[str, Field(max_length=64)] = (
        ""  # the interaction that they leave for it, if they listen there
    )


class SayIn(ListeningCommand):
    """What a supervisor writes who listens in on texts: a note for the agent alone (`whisper`), or a message to the
    customer under the supervisor's own name (`barge`). It is refused if they listen in another way than that."""

    kind: Literal["say_in"]
    way: Literal["whisper", "barge"]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]


class StopListening(ListeningCommand):
    kind: Literal["stop_listening"]


class TakeOver(ListeningCommand):
    """The supervisor, who listens in, has it from here on, and the agent leaves it. Nobody waits in between."""

    kind: Literal["take_over"]


Command = Annotated[
    SetState
    | ActHere
    | CallOut
    | AcceptOffer
    | DeclineOffer
    | TakeNext
    | SendMessage
    | ResendMessage
    | AddNote
    | EndInteraction
    | CompleteWrapUp
    | MakeAppointment
    | MoveAppointment
    | CancelAppointment
    | MoveAgreedCall
    | CancelAgreedCall
    | HoldCallCommand
    | RejoinCall
    | CallThirdParty
    | HoldParty
    | MuteParty
    | DropParty
    | PauseRecording
    | ResumeRecording
    | ConsultColleague
    | SwapParties
    | MergeParties
    | HandOverCall
    | LeaveCall
    | AnswerConsult
    | LeaveConsult
    | TransferInteraction
    | AdvanceScript
    | SettleStatement
    | PickScript
    | KeepConsent
    | NameCustomer,
    Field(discriminator="kind"),
]


BoardCommand = Annotated[
    AssignInteraction | MoveInteraction | BoostInteraction | ListenIn | SayIn | StopListening | TakeOver,
    Field(discriminator="kind"),
]


def kinds_of(commands: object) -> list[str]:
    """Return the `kind` of each class of `Command` or `BoardCommand`."""
    union, _ = get_args(commands)
    return [get_args(command.model_fields["kind"].annotation)[0] for command in get_args(union)]


class CommandAnswer(Wire):
    """The answer to a command. `code` is "" if it was done. Otherwise it is, for example, stale, offer_gone,
    not_yours, other_desk (another desk of the agent acts), wrong_state, invalid, may_not, not_first, does_not_fit,
    calls_nobody (the queue takes no callbacks), line_is_up (the call is just being ended), must_be_acknowledged,
    statement_owed, required, needs_reason, too_fast, unavailable, bad_character, bad_number or failed (an error of
    the hub). `field` names the field that was wrong."""

    code: str = ""
    field: str = ""


COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
BOARD_COMMAND: TypeAdapter[BoardCommand] = TypeAdapter(BoardCommand)
ANY_COMMAND: TypeAdapter[Command | BoardCommand] = TypeAdapter(Command | BoardCommand)


def refuse_invalid(error: ValidationError) -> CommandAnswer:
    """Return the answer to data that is not a command: it names the first field that is wrong."""
    return CommandAnswer(code="invalid", field=".".join(str(part) for part in error.errors()[0]["loc"])[:200])
