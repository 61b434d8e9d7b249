"""The wire types of a consult and of a transfer: the question to a colleague, and the card that comes with it.

The rule of this file: as in `views.py`.
"""

from typing import Literal

from agent_console.private_data import Address, Words
from agent_console.wire_model import Wire
from routing.model import ChannelName
from scripts_library.script_parts import NotSaid


class CardAnswer(Wire):
    """An answer that was captured in a script. `label`: of its field, in the script's language."""

    label: str
    value: Words


class CardStatement(Wire):
    """A required statement that the customer was shown. `owed`: neither said nor left out with a reason."""

    text: str
    state: Literal["said", "not_said", "owed"]
    reason: NotSaid | None = None


class CardMessage(Wire):
    """One of the last messages: of the customer, an agent, or a note."""

    kind: Literal["customer", "participant", "agent", "note"]
    author: Address
    text: Words
    at: int


class HandOverView(Wire):
    """The hand-over card: who hands the interaction over or asks about it, and what has happened in it. `queue`:
    where it was then."""

    giver: str
    queue: str
    note: Words = ""
    answers: list[CardAnswer] = []
    statements: list[CardStatement] = []
    messages: list[CardMessage] = []  # the last ones, oldest first


class ConsultView(Wire):
    """A colleague's question to this agent, from the question until they have left the call. With `takes_over`, the
    call is theirs as soon as they are in it. It is read only: the call is the colleague's."""

    party_id: str
    interaction_id: str
    channel: ChannelName
    state: Literal["asked", "calling", "present", "held"]
    since: int
    asked_at: int
    deadline_at: int | None = None  # until when an answer is waited for
    takes_over: bool
    customer_id: str
    customer_name: Address
    tier: str
    hand_over: HandOverView
