"""A party of a call: somebody beside its customer and the agent who holds it.

The rule of this file: plain state, in fields that bear the names of the columns. `hub.call_lifecycle` moves it.
"""

from dataclasses import dataclass

from hub.call_lifecycle import PartyRole, PartyState
from routing.model import Micros


@dataclass(slots=True)
class Party:
    """The id is the label of the party's leg, so a report of the leg names the party. It begins with the id of its
    interaction and a dot."""

    id: str
    interaction_id: str
    role: PartyRole
    agent_id: str  # empty: somebody outside
    name: str  # the agent's, as it was then
    address: str  # where their telephone is called: E.164, or client: and an agent's id
    asked_by: str  # the agent who wanted them in the call
    note: str  # what that agent wrote for them
    takes_over: bool  # the call is theirs as soon as they are in it
    card: str  # of a consulted colleague: the hand-over card as JSON
    asked_at: Micros
    state: PartyState = PartyState.NONE
    since: Micros = 0
    deadline_at: Micros | None = None  # until when an answer is waited for
    leg_ref: str = ""
    is_muted: bool = False
    is_shown: bool = True  # False: a supervisor listens, and the holder is not told of it
    ended_at: Micros | None = None
    ended_as: str | None = None  # the last step, or the provider's word for why nobody answered
