"""The invariant: every open interaction is in a queue, tier and channel of the policy in force, and in one place.

The rule of this file: it decides nothing and changes nothing. It reads only what rows and live interactions have in
common, so it can check a live router, stored rows, and rows under a policy that is not in force yet.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final, Protocol

from routing.lifecycle import HELD, OFFERED, PAUSED, WAITING
from routing.model import (
    AgentId,
    Callback,
    ChannelName,
    InteractionId,
    InteractionState,
    OfferId,
    Policy,
    QueueId,
    TierId,
)

_TO_BE_CALLED: Final = frozenset({WAITING, PAUSED, OFFERED})


class Misplacement(StrEnum):
    """Why an open interaction has no place."""

    NO_QUEUE = "no_queue"  # the policy has no such queue
    CHANNEL_NOT_TAKEN = "channel_not_taken"  # its queue does not take its channel, or the policy has no such channel
    CALLS_NOBODY = "calls_nobody"  # it is a callback, and its queue takes no callbacks
    NO_TIER = "no_tier"  # the policy has no such tier
    NOT_IN_ONE_PLACE = "not_in_one_place"  # it must wait, or be with one agent, or be paused behind another one


class Placed(Protocol):
    """What this file reads of an `InteractionRow` or a `live_interactions.Interaction`."""

    @property
    def id(self) -> InteractionId: ...
    @property
    def queue(self) -> QueueId: ...
    @property
    def channel(self) -> ChannelName: ...
    @property
    def tier(self) -> TierId: ...
    @property
    def state(self) -> InteractionState: ...
    @property
    def agent_id(self) -> AgentId | None: ...
    @property
    def offer_id(self) -> OfferId | None: ...
    @property
    def callback(self) -> Callback | None: ...
    @property
    def linked_to(self) -> InteractionId | None: ...


def find_misplacement(
    policy: Policy, queue_id: QueueId, channel: ChannelName, tier: TierId, is_to_be_called: bool
) -> Misplacement | None:
    """Return the first thing that the policy lacks for such an interaction; None: it lacks nothing."""
    queue = policy.queues.get(queue_id)
    if queue is None:
        return Misplacement.NO_QUEUE
    if channel not in policy.points or (queue.channels and channel not in queue.channels):
        return Misplacement.CHANNEL_NOT_TAKEN
    if is_to_be_called and not queue.calls_back:
        return Misplacement.CALLS_NOBODY
    return None if tier in policy.tiers else Misplacement.NO_TIER


def find_misplaced(
    policy: Policy, interactions: Collection[Placed], agents: Collection[AgentId]
) -> dict[InteractionId, Misplacement]:
    """Return those of these open interactions that have no place, each with one reason. It takes about a microsecond
    for each interaction."""
    holding = {one.linked_to for one in interactions if one.linked_to is not None}
    found: dict[InteractionId, Misplacement] = {}
    for one in interactions:
        is_to_be_called = one.callback is not None and one.state in _TO_BE_CALLED
        fault = find_misplacement(policy, one.queue, one.channel, one.tier, is_to_be_called)
        if fault is None and not _is_in_one_place(one, holding, agents):
            fault = Misplacement.NOT_IN_ONE_PLACE
        if fault is not None:
            found[one.id] = fault
    return found


def _is_in_one_place(one: Placed, holding: Collection[InteractionId], agents: Collection[AgentId]) -> bool:
    if (one.state is OFFERED) != (one.offer_id is not None):
        return False
    if one.state in HELD:
        return one.agent_id in agents
    return one.agent_id is None and (one.state is not PAUSED or one.id in holding)
