"""Faults of a telephone's connection, on demand: loss, jitter, one-way, silence.

The rule of this file: chance is an argument, and time is counted in ticks of 20 ms.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from channels.sandbox.sound.frames import SILENCE

KINDS: Final = frozenset({"loss", "jitter", "one-way", "unheard", "silence"})
LOST_SHARE: Final = 0.3
MOST_LATE: Final = 8  # ticks

Chance = Callable[[], float]  # from 0 to 1
Numbered = tuple[int, bytes]


@dataclass(slots=True)
class Disturbances:
    """What is wrong with one line. `one-way`: nothing reaches it. `unheard`: nothing from it arrives. `silence`: its
    frames arrive without sound, as from a dead microphone."""

    chance: Chance
    kinds: Collection[str] = frozenset()
    _late: list[tuple[int, Numbered]] = field(default_factory=list)  # with the ticks for which they are still kept

    def pass_in(self, number: int, frame: bytes) -> Numbered | None:
        """A frame of the telephone on its way in. None if it is lost, or kept for `release`."""
        if not self.kinds:
            return number, frame
        if "unheard" in self.kinds or self._is_lost():
            return None
        if "silence" in self.kinds:
            frame = SILENCE
        if "jitter" in self.kinds:
            self._late.append((int(self.chance() * MOST_LATE), (number, frame)))
            return None
        return number, frame

    def release(self) -> list[Numbered]:
        """The frames whose delay ends with this tick."""
        if not self._late:
            return []
        due = [numbered for ticks, numbered in self._late if ticks <= 0]
        self._late = [(ticks - 1, numbered) for ticks, numbered in self._late if ticks > 0]
        return due

    def lets_out(self) -> bool:
        """Whether the next frame reaches the telephone."""
        return not self.kinds or not ("one-way" in self.kinds or self._is_lost())

    def _is_lost(self) -> bool:
        return "loss" in self.kinds and self.chance() < LOST_SHARE
