"""Why the router chose an agent for an interaction, and why another agent is not eligible.

The rule of this file: reasons are codes and numbers, not sentences; each screen puts them into its language. A
decision is stored with its offer.
"""

from enum import StrEnum

from routing.model import AgentId, Micros, Rank
from routing.values import value


class ChosenBy(StrEnum):
    ONLY_ONE = "only_one"  # the only eligible agent
    LEAST_LOAD = "least_load"
    LONGEST_IDLE = "longest_idle"
    MOST_PROFICIENT = "most_proficient"
    PREFERRED = "preferred"  # only the preferred agents (last agent, account owner) were asked
    RESERVED = "reserved"
    PULLED = "pulled"  # the agent took the first that waited for them
    ASSIGNED = "assigned"  # by a supervisor


class Override(StrEnum):
    """The rule that a supervisor's choice overrode."""

    REQUIREMENT = "requirement"  # the agent does not meet the requirement
    ROOM = "room"  # the agent has no room for it


class PassedOver(StrEnum):
    """Why an agent who meets the requirement and is open to work was not chosen."""

    RESERVED = "reserved"  # the agent could have taken it, but another agent was reserved for it
    LESS_PROFICIENT = "less_proficient"
    MORE_LOAD = "more_load"
    LESS_IDLE = "less_idle"
    EXCLUDED = "excluded"
    NOT_FREE = "not_free"  # the agent has no room, or is reserved for another interaction


class NotEligible(StrEnum):
    """Why an agent was not eligible for an interaction."""

    OFFLINE = "offline"
    UNAVAILABLE = "unavailable"
    NOT_RESPONDING = "not_responding"
    LEAVING = "leaving"  # the agent leaves when their hands are empty
    DISCONNECTED = "disconnected"  # the desk's heartbeat is missing
    NOT_IN_QUEUE = "not_in_queue"
    CHANNEL_NOT_TAKEN = "channel_not_taken"  # one interaction of the channel takes more than 100 points of this agent
    SKILL = "skill"  # the agent lacks the skill, or has it below the level asked for
    LANGUAGE = "language"
    TEAM = "team"
    NOT_NAMED = "not_named"
    RING_NOT_OPEN = "ring_not_open"
    NOT_TO_BE_CALLED = "not_to_be_called"  # a callback: outside the customer's hours, or too soon for another try
    CALLS_NOBODY = "calls_nobody"  # a callback: it is outside the hours in which its queue calls
    EXCLUDED = "excluded"
    RESERVED = "reserved"  # the agent is reserved for another interaction
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
    has_restarted: bool = False  # a transfer set its `entered_at`
    assigned_by: AgentId | None = None  # the supervisor who chose the agent
    overrides: tuple[Override, ...] = ()
    passed_over: tuple[tuple[PassedOver, int], ...] = ()  # how many agents, of the groups looked into
