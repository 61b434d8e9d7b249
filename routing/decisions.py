"""Why an offer went where it went: machine readable, short, stored with the offer.

The rule of this file: codes and numbers, never sentences; screens render them in their language.
"""

from enum import StrEnum

from routing.model import AgentId, Micros, Rank
from routing.values import value


class ChosenBy(StrEnum):
    ONLY_ONE = "only_one"  # the only eligible agent
    LEAST_LOAD = "least_load"
    LONGEST_IDLE = "longest_idle"
    MOST_PROFICIENT = "most_proficient"
    PREFERRED = "preferred"  # asked before the rings: last agent, account owner
    RESERVED = "reserved"
    PULLED = "pulled"  # the agent took the head of the order
    ASSIGNED = "assigned"  # by a supervisor


class Override(StrEnum):
    """What a supervisor set aside."""

    REQUIREMENT = "requirement"  # the agent does not meet what is asked for
    ROOM = "room"  # the agent has no room for it


class PassedOver(StrEnum):
    """Why it was not one of these agents, who meet what is asked and are open to work."""

    RESERVED = "reserved"  # could have taken it, and another is kept for it
    LESS_PROFICIENT = "less_proficient"
    MORE_LOAD = "more_load"
    LESS_IDLE = "less_idle"
    EXCLUDED = "excluded"
    NOT_FREE = "not_free"  # no room, or kept for another


class NotEligible(StrEnum):
    """Why an agent was not eligible for an interaction."""

    OFFLINE = "offline"
    UNAVAILABLE = "unavailable"
    NOT_RESPONDING = "not_responding"
    LEAVING = "leaving"  # a wish to leave is pending
    DISCONNECTED = "disconnected"  # the desk's heartbeat is gone
    NOT_IN_QUEUE = "not_in_queue"
    CHANNEL_NOT_TAKEN = "channel_not_taken"  # one of the channel is more than this agent's whole capacity
    SKILL = "skill"  # missing, or below the level asked for
    LANGUAGE = "language"
    TEAM = "team"
    NOT_NAMED = "not_named"
    RING_NOT_OPEN = "ring_not_open"
    NOT_TO_BE_CALLED = "not_to_be_called"  # a callback, outside the customer's hours or too soon after the last try
    CALLS_NOBODY = "calls_nobody"  # a callback, outside the hours in which its queue calls
    EXCLUDED = "excluded"
    RESERVED = "reserved"  # for another interaction
    NO_ROOM = "no_room"


@value
class Decision:
    policy_version: int
    rank: Rank
    head_start: Micros
    boost: Micros
    waited: Micros
    agent_id: AgentId
    chosen_by: ChosenBy
    eligible: int  # how many agents were eligible, the chosen one included
    has_restarted: bool = False  # a transfer let it enter anew
    assigned_by: AgentId | None = None  # the supervisor who chose the agent
    overrides: tuple[Override, ...] = ()
    passed_over: tuple[tuple[PassedOver, int], ...] = ()  # how many agents, over the groups that were looked into
