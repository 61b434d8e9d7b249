"""Which of several ordered places, tiers or stages, the rules give a customer who stands in one of them.

The rule of this file: pure. The first place whose rule holds wins. An unknown answer moves nobody: not up, because a
rule must hold for that, and not down past it, because it might.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`enters`, `keeps`: ids of its rules; `keeps` may be empty."""

    id: str
    enters: str
    keeps: str = ""

    def hold(self, answers: Mapping[str, bool | None], *, is_here: bool) -> bool | None:
        """Whether its rules give it to the customer. `is_here`: the customer has it."""
        known = [answers.get(self.enters)]
        if is_here and self.keeps:
            known.append(answers.get(self.keeps))
        return True if True in known else None if None in known else False


def choose(places: Sequence[Place], here: str, answers: Mapping[str, bool | None], otherwise: str) -> str:
    """The id of the place. `otherwise`: of whom every rule says no."""
    has_passed = False
    for place in places:
        holds = place.hold(answers, is_here=place.id == here)
        if holds:
            return place.id
        has_passed = has_passed or place.id == here
        if holds is None and has_passed:
            return here
    return otherwise
