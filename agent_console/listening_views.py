"""The wire types of listening in: what a supervisor's own desk shows of it, and what every wallboard shows.

The rule of this file: as in `views.py`.
"""

from typing import Literal

from agent_console.private_data import Address
from agent_console.wire_model import Wire
from routing.model import ChannelName

# How a supervisor listens: unheard, heard by the agent alone, or heard by everybody
Way = Literal["monitor", "whisper", "barge"]


class ListeningView(Wire):
    """What this supervisor listens in on, for their own desk. In the state `calling` their telephone rings. They have
    asked for it, so their desk answers it by itself."""

    party_id: str
    interaction_id: str
    channel: ChannelName
    way: Way
    state: Literal["calling", "present", "held"]
    since: int
    asked_at: int
    customer_name: Address
