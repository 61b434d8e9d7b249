"""The interactions for which a script is meant, part by part.

The rule of this file: an empty part means any.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """The interactions for which a script is meant. An empty part means any."""

    channels: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()  # the customer is in at least one of them
    directions: tuple[str, ...] = ()  # inbound, outbound
    numbers: tuple[str, ...] = ()  # ours: what the customer dialled or wrote to
    stages: tuple[str, ...] = ()  # of the customer
    purposes: tuple[str, ...] = ()  # why we call: callback; else what the caller chose in a menu
    hours: tuple[str, ...] = ()  # open, closed
    skills: tuple[str, ...] = ()  # the agent has at least one of them

    @property
    def is_wide(self) -> bool:
        """Whether it names a part that few scripts name."""
        return bool(self.directions or self.numbers or self.stages or self.purposes or self.hours or self.skills)
