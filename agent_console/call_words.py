"""The words for how a call stands, its recording, and whoever is in it.

The rule of this file: the hub writes these words, and the screens read them.
"""

from typing import Literal

# The states of a call, in the order of its life. `voicemail`: the caller is asked for a message; `given_back`: they
# will be called back; `reaching`: the phone of an agent who calls out rings; `connecting`: the agent's phone rings;
# `agent_lost`: the agent's line is lost, and until the deadline they are called again; `agent_lost_held`: the same,
# and the customer was on hold.
CallState = Literal[
    "waiting",
    "voicemail",
    "given_back",
    "reaching",
    "dialling",
    "connecting",
    "talking",
    "held",
    "agent_lost",
    "agent_lost_held",
    "over",
]
# Of somebody in a call beside its customer and its holder: what they are there for, and how they stand
PartyRole = Literal["consulted", "third_party", "monitor", "whisper", "barge"]
RecordingState = Literal["asked", "recording", "pausing", "paused", "resuming", "failed"]
PartyState = Literal["asked", "calling", "present", "held"]
