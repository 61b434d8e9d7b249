"""What a desk and a wallboard ask of the hub.

The rule of this file: a command carries an id chosen by the screen (the same id twice is the same command) and,
where it is about an interaction, the version that the screen saw: a stale screen cannot act.
"""

from typing import Annotated, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError

from agent_console.views import Id, Text, Wire
from scripts_library.model import NotSaid


class CommandBase(Wire):
    id: Id  # chosen by the screen, unique: the same id twice is the same command


class InteractionCommand(CommandBase):
    interaction_id: Id
    version: int  # the interaction's, as seen


class SetState(CommandBase):
    kind: Literal["set_state"]
    state: Literal["available", "unavailable", "offline"]
    reason: Annotated[str, Field(max_length=40)] = ""
    after_current: bool = False


class ActHere(CommandBase):
    """Of all that this agent has open, this desk acts from here on: the others are told, and refused as
    `other_desk`. Given by a desk as it opens, and by an agent who takes over."""

    kind: Literal["act_here"]


class AcceptOffer(CommandBase):
    kind: Literal["accept_offer"]
    offer_id: Id


class DeclineOffer(CommandBase):
    kind: Literal["decline_offer"]
    offer_id: Id


class TakeNext(CommandBase):
    """The agent takes the first of what waits that fits them, without being offered it."""

    kind: Literal["take_next"]


class SendMessage(InteractionCommand):
    kind: Literal["send_message"]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    subject: Annotated[str, Field(max_length=500)] = ""


class ResendMessage(InteractionCommand):
    """A person decides that a failed or unknown message goes out once more."""

    kind: Literal["resend_message"]
    message_id: Id


class AddNote(InteractionCommand):
    kind: Literal["add_note"]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]


class EndInteraction(InteractionCommand):
    """Ends the conversation (hangs up a call); wrap-up follows."""

    kind: Literal["end_interaction"]


class CompleteWrapUp(InteractionCommand):
    kind: Literal["complete_wrap_up"]
    disposition: Annotated[str, Field(max_length=64)]
    note: Text = ""


class HoldCallCommand(InteractionCommand):
    kind: Literal["hold_call"]
    on: bool


class TransferInteraction(InteractionCommand):
    kind: Literal["transfer_interaction"]
    queue: Id
    note: Text = ""


class AdvanceScript(InteractionCommand):
    """One action on the script's current step. `values` are field answers kept with it."""

    kind: Literal["advance_script"]
    script_id: Annotated[str, Field(min_length=1, max_length=120)]  # script and step as seen: others mean stale
    step_id: Id
    action: Literal["next", "back", "choose", "acknowledge", "answer", "language"]
    choice: Annotated[str, Field(max_length=64)] = ""
    must_say: Annotated[str, Field(max_length=64)] = ""
    language: Annotated[str, Field(max_length=16)] = ""
    values: dict[str, Annotated[str, Field(max_length=2000)]] = {}


class SettleStatement(InteractionCommand):
    """Of any statement that a script of this interaction has shown: it was said, or why not."""

    kind: Literal["settle_statement"]
    script_id: Annotated[str, Field(min_length=1, max_length=120)]
    statement: Annotated[str, Field(min_length=1, max_length=200)]
    is_said: bool
    reason: NotSaid | None = None  # needed where it was not said
    note: Annotated[str, Field(max_length=500)] = ""  # needed where the reason is `other`


class PickScript(InteractionCommand):
    """Another script than the one shown, of those that apply; one that was left goes on where it stood."""

    kind: Literal["pick_script"]
    script_id: Annotated[str, Field(min_length=1, max_length=120)]


# ---- the wallboard's


class SupervisorCommand(InteractionCommand):
    """What a supervisor asks for, of any interaction in the queues that they look after."""


class AssignInteraction(SupervisorCommand):
    """A supervisor gives what waits, is offered or is held to this agent, who is offered it; where that is the
    supervisor, they have it at once. `overrides_fit`: also where the agent does not meet it or has no room."""

    kind: Literal["assign_interaction"]
    agent_id: Id
    overrides_fit: bool = False
    note: Text = ""  # for whoever takes it


class MoveInteraction(SupervisorCommand):
    kind: Literal["move_interaction"]
    queue: Id
    note: Text = ""


class BoostInteraction(SupervisorCommand):
    """How far it goes ahead in all, to the policy's cap at most; 0 takes a boost back."""

    kind: Literal["boost_interaction"]
    seconds: Annotated[int, Field(ge=0, le=366 * 86_400)]
    reason: Annotated[str, Field(min_length=1, max_length=200)]


Command = Annotated[
    SetState
    | ActHere
    | AcceptOffer
    | DeclineOffer
    | TakeNext
    | SendMessage
    | ResendMessage
    | AddNote
    | EndInteraction
    | CompleteWrapUp
    | HoldCallCommand
    | TransferInteraction
    | AdvanceScript
    | SettleStatement
    | PickScript,
    Field(discriminator="kind"),
]


BoardCommand = Annotated[AssignInteraction | MoveInteraction | BoostInteraction, Field(discriminator="kind")]


def kinds_of(commands: object) -> list[str]:
    """The kinds of `Command` or of `BoardCommand`: what each class says under `kind`."""
    union, _ = get_args(commands)
    return [get_args(command.model_fields["kind"].annotation)[0] for command in get_args(union)]


class CommandAnswer(Wire):
    """`code` is "" when it was done; else e.g. stale, offer_gone, not_yours, other_desk (it does not act),
    wrong_state, invalid, may_not, not_first, does_not_fit, calls_nobody (that queue), line_is_up (it is being given
    back), must_be_acknowledged, statement_owed, required, too_fast, unavailable, bad_character, bad_number, failed
    (a mistake of the hub's own). `field` names what was wrong."""

    code: str = ""
    field: str = ""


COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
BOARD_COMMAND: TypeAdapter[BoardCommand] = TypeAdapter(BoardCommand)
ANY_COMMAND: TypeAdapter[Command | BoardCommand] = TypeAdapter(Command | BoardCommand)


def refuse_invalid(error: ValidationError) -> CommandAnswer:
    """What is no command: the answer names the first field that is wrong."""
    return CommandAnswer(code="invalid", field=".".join(str(part) for part in error.errors()[0]["loc"])[:200])
