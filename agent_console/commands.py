"""What a desk asks of the hub.

The rule of this file: a command carries an id chosen by the screen (the same id twice is the same command) and,
where it is about an interaction, the version that the screen saw: a stale screen cannot act.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from agent_console.views import Id, Text, Wire


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


class AcceptOffer(CommandBase):
    kind: Literal["accept_offer"]
    offer_id: Id


class DeclineOffer(CommandBase):
    kind: Literal["decline_offer"]
    offer_id: Id


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


class PickScript(InteractionCommand):
    """Another script than the one shown, of those that apply; one that was left goes on where it stood."""

    kind: Literal["pick_script"]
    script_id: Annotated[str, Field(min_length=1, max_length=120)]


Command = Annotated[
    SetState
    | AcceptOffer
    | DeclineOffer
    | SendMessage
    | ResendMessage
    | AddNote
    | EndInteraction
    | CompleteWrapUp
    | HoldCallCommand
    | TransferInteraction
    | AdvanceScript
    | PickScript,
    Field(discriminator="kind"),
]


class CommandAnswer(Wire):
    """`code` is "" when it was done; else e.g. stale, offer_gone, not_yours, wrong_state, invalid, may_not,
    must_be_acknowledged, required, too_fast, unavailable. `field` names what was wrong."""

    code: str = ""
    field: str = ""


COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
