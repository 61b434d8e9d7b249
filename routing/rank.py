"""Who is before whom: the rank, the head start it is made of, and the bound that it promises.

The rule of this file: smallest is served first, integer microseconds only, and time never changes a rank.
Rank = (band, entered_at - head start - boost, sequence); the band is 0, or minus the tier's order where the
head start is "always".
"""

from dataclasses import dataclass

from routing.model import ChannelName, Micros, Policy, Tier, TierId


def find_head_start(tier: Tier, channel: ChannelName) -> tuple[int, Micros]:
    """(band, head start) of a tier on a channel; a channel that the tier does not name starts level."""
    head_start = tier.head_start.get(channel, 0)
    if head_start is None:
        return -tier.order, 0
    return 0, head_start


@dataclass(frozen=True, slots=True)
class Bound:
    """How much later `later` may enter on a channel and still be served before `earlier`; None: without bound."""

    channel: ChannelName
    later: TierId
    earlier: TierId
    bound: Micros | None


def overtaking_bounds(policy: Policy) -> list[Bound]:
    """For every pair of tiers, channel by channel, the best tier first: what the policy promises to both."""
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
    """How much later `later` may enter and still be served before `earlier`, by an agent eligible for both:
    H(later) + boost cap - H(earlier). None is unbounded; below zero it must have entered before."""
    later_band, later_head_start = find_head_start(*later)
    earlier_band, earlier_head_start = find_head_start(*earlier)
    if later_band < earlier_band:
        return None
    return later_head_start + policy.boost_cap - earlier_head_start
