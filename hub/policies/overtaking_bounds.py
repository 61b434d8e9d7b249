"""Says in words and minutes how far one tier may overtake another under a policy.

The rule of this file: `routing.rank.overtaking_bounds` computes the figures; this file puts them into words.
"""

from collections.abc import Iterator
from itertools import groupby

from routing.model import SECOND, Micros, Policy
from routing.rank import overtaking_bounds


def say_bounds(policy: Policy) -> Iterator[str]:
    """A line for each channel and tier. It says for each other tier how much later this one may enter and still be
    served first, by an agent who could take both, with the largest boosts that the policy allows."""
    for (channel, later), bounds in groupby(
        overtaking_bounds(policy), key=lambda bound: (bound.channel, bound.later)
    ):
        said = ", ".join(f"{bound.earlier} {_say(bound.bound)}" for bound in bounds)
        yield f"{channel}: {later} is served before {said}"


def _say(bound: Micros | None) -> str:
    if bound is None:
        return "whenever it enters"
    seconds = bound // SECOND
    way = "up to {} later" if seconds >= 0 else "only if {} earlier"
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return way.format(" ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s")
