"""A returning customer: what their earlier interactions are worth to the next one.

The rule of this file: pure functions over what `lookups` has read. The policy says how far back to look. The shell
knows the past and tells the router three results: a boost, the agent to ask first, and a place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.open_work.floor import Customer
from hub.policies.document import PolicyDocument, QueuePolicy
from hub.policies.in_force import KNOWN_FOR_SECONDS
from routing.model import SECOND, AgentId, ChannelName, ClosedAs, Micros

DROPPED = (ClosedAs.ABANDONED, ClosedAs.SHORT_ABANDONED)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A closed interaction, as the next one of its customer sees it."""

    channel: ChannelName
    queue: str
    agent_id: str | None  # the agent who held it last
    closed_at: Micros
    closed_as: str
    entered_at: Micros
    sequence: int

    @property
    def is_served(self) -> bool:
        """Whether an agent served it to the end. A required statement may still be open."""
        return self.closed_as == ClosedAs.HANDLED or (self.closed_as == ClosedAs.UNFINISHED and bool(self.agent_id))

    @property
    def is_dropped(self) -> bool:
        """Whether the customer left while it waited. That includes an unfinished one without an agent: it was given
        back to the queue with a statement open."""
        return self.closed_as in DROPPED or (self.closed_as == ClosedAs.UNFINISHED and not self.agent_id)


def find_boost(document: PolicyDocument, customer: Customer, earlier: Sequence[Earlier], now: Micros) -> Micros:
    """The sum of the boosts whose rules hold. The router caps it."""
    seconds = 0
    for boost in document.boosts:
        if boost.when == "repeat":
            since = now - boost.within_seconds * SECOND
            holds = any(one.closed_at >= since and one.is_served for one in earlier)
            seconds += boost.seconds if holds else 0
    return seconds * SECOND + find_profile_boost(document, customer.profile)


def find_profile_boost(document: PolicyDocument, profile: Mapping[str, Any]) -> Micros:
    """The boosts that follow from what is known of the customer: their stage and an early sign."""
    stage, sign = profile.get("stage"), profile.get("early_sign")
    seconds = sum(one.seconds for one in document.boosts if one.when == "stage" and one.stage == stage)
    seconds += sum(one.boost_seconds for one in document.early_warnings if document.name_sign(one) == sign)
    return seconds * SECOND


def find_preferred(earlier: Sequence[Earlier], now: Micros) -> tuple[AgentId, ...]:
    """The agent who spoke last with the customer. `earlier` begins with the newest."""
    since = now - KNOWN_FOR_SECONDS * SECOND
    return tuple(AgentId(one.agent_id) for one in earlier if one.agent_id and one.closed_at >= since)[:1]


def find_place(
    queue: QueuePolicy, channel: ChannelName, earlier: Sequence[Earlier], now: Micros
) -> tuple[Micros, int] | None:
    """(entered_at, sequence) of the newest interaction, if the customer has just dropped out of this same queue and
    channel."""
    newest = earlier[0] if earlier else None
    if newest is None or (newest.channel, newest.queue) != (channel, queue.id) or not newest.is_dropped:
        return None
    if now - newest.closed_at > queue.return_seconds * SECOND:
        return None
    return newest.entered_at, newest.sequence
