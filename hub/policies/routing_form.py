"""The router's policy, made from the document.

The rule of this file: it alone makes that form, and it decides nothing. Durations become microseconds, and the order
of the result does not depend on the order in the file.
"""

from collections.abc import Mapping
from typing import Literal

from channels.registry import REGISTRY
from hub.policies.document import PolicyDocument, QueuePolicy, TierPolicy
from routing import model
from routing.model import ChannelName

# How long only the agent is asked whom a customer was promised, in a queue that prefers nobody else. An interaction
# without such an agent names none, so its rings open at once.
PROMISED_SECONDS = 60


def build_routing_policy(document: PolicyDocument, version: int, ahead: model.Micros = 0) -> model.Policy:
    """`ahead`: how far the wall clock is ahead of the router's time. Opening hours follow the wall clock."""
    known = {ChannelName(name): traits for name, traits in REGISTRY.items()}
    return model.Policy(
        version=version,
        tiers={model.TierId(tier.id): _build_tier(tier, document) for tier in document.tiers},
        queues={model.QueueId(queue.id): _build_queue(queue, document, ahead) for queue in document.queues},
        points={channel: document.capacity.points.get(channel, traits.points) for channel, traits in known.items()},
        calls=tuple(channel for channel, traits in known.items() if traits.is_call),
        interruptible_by={channel: document.capacity.interruptible_by.get(channel, ()) for channel in known},
        offer_duration={
            channel: document.timing.offer_seconds.get(channel, traits.offer_seconds) * model.SECOND
            for channel, traits in known.items()
        },
        wrap_up_limit=document.timing.wrap_up_seconds * model.SECOND,
        boost_cap=document.timing.boost_cap_seconds * model.SECOND,
        retry_after=document.timing.retry_after_seconds * model.SECOND,
        lone_retry=document.timing.lone_retry_seconds * model.SECOND,
        reserve_after=document.timing.reserve_after_seconds * model.SECOND,
        agent_grace=document.timing.agent_grace_seconds * model.SECOND,
    )


def _build_tier(tier: TierPolicy, document: PolicyDocument) -> model.Tier:
    head_start = {
        channel: None if isinstance(seconds, str) else seconds * model.SECOND
        for channel, seconds in find_head_starts(tier, document).items()
    }
    return model.Tier(id=model.TierId(tier.id), order=tier.order, head_start=head_start)


def find_head_starts(tier: TierPolicy, document: PolicyDocument) -> dict[ChannelName, int | Literal["always"]]:
    """The tier's head start on every channel, in seconds: the policy's, or else that of the channel's traits."""
    below = sum(other.order < tier.order for other in document.tiers)
    return {
        channel: tier.head_start_seconds.get(channel, below * traits.head_start_seconds)
        for channel, traits in ((ChannelName(name), traits) for name, traits in REGISTRY.items())
    }


def _build_queue(queue: QueuePolicy, document: PolicyDocument, ahead: model.Micros) -> model.Queue:
    hours = {hours.id: hours.build(document.time_zone, ahead) for hours in document.hours}
    rings = tuple(
        model.Ring(ring.build(), ring.duration_seconds and ring.duration_seconds * model.SECOND)
        for ring in queue.rings
    )
    return model.Queue(
        id=model.QueueId(queue.id),
        rings=rings or (model.Ring(),),
        offer_duration=_durations(queue.offer_seconds),
        wrap_up_limit=queue.wrap_up_seconds and queue.wrap_up_seconds * model.SECOND,
        preferred_duration=(queue.preferred_seconds or (PROMISED_SECONDS if queue.callback else 0)) * model.SECOND,
        choice=queue.agent_choice,
        transfer_restarts=queue.transfer_restarts,
        channels=document.channels_of(queue),
        calls_back=queue.callback is not None,
        hours=hours.get(queue.hours),
        overflow=tuple(rule.build() for rule in queue.overflow),
        dialling=queue.callback.build(hours.get(queue.callback.hours)) if queue.callback else model.Dialling(),
    )


def _durations(seconds: Mapping[ChannelName, int]) -> dict[ChannelName, model.Micros]:
    """In the order of the registry, whatever the order in the file."""
    ordered = (ChannelName(name) for name in REGISTRY if name in seconds)
    return {channel: seconds[channel] * model.SECOND for channel in ordered}
