"""The head start of a tier, and the bound that it gives: how far one interaction can overtake another.

The rule of this file: an interaction's rank is (band, entered_at - head start - boost, sequence), in integer
microseconds. The smallest rank is served first, and the passing of time does not change it. The band is 0; where the
head start is "always", it is minus the tier's order.
"""

from dataclasses import dataclass

from routing.model import ChannelName, Micros, Policy, Tier, TierId


def find_head_start(tier: Tier, channel: ChannelName) -> tuple[int, Micros]:
    """Return (band, head start) of a tier on a channel. On a channel that the tier does not name, the head start is
    0."""
    head_start = tier.head_start.get(channel, 0)
    if head_start is None:
        return -tier.order, 0
    return 0, head_start


@dataclass(frozen=True, slots=True)
class Bound:
    """How much later `later` may enter on a channel and still be served before `earlier`. None: there is no bound."""

    channel: ChannelName
    later: TierId
    earlier: TierId
    bound: Micros | None


def overtaking_bounds(policy: Policy) -> list[Bound]:
    """Return the bound of every pair of tiers on each channel: by channel, then the tiers from the best to the
    lowest."""
    tiers = sorted(policy.tiers.values(), key=lambda tier: -tier.order)
    return [
        Bound(channel, later.id, earlier.id, overtaking_bound(policy, (later, channel), (earlier, channel)))
        for channel in policy.channels
        for later in tiers
        for earlier in tiers
        if later is not earlier
    ]


def overtaking_bound(
    policy: Policy, later: tuple[Tier, ChannelName], earlier: tuple[Tier, ChannelName]
) -> Micros | None:
    """Return how much later `later` may enter and still be served before `earlier` by an agent who is eligible for
    both: H(later) + boost cap - H(earlier), where H is the head start. None: there is no bound. A negative bound says
    by how much `later` must enter first."""
    later_band, later_head_start = find_head_start(*later)
    earlier_band, earlier_head_start = find_head_start(*earlier)
    if later_band < earlier_band:
        return None
    return later_head_start + policy.boost_cap - earlier_head_start
