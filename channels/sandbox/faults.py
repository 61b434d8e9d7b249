"""Faults on demand, which the next requests of a kind meet.

The rule of this file: requests use faults up, in the order in which they were added.
"""

from dataclasses import dataclass, replace
from typing import Final

from channels.sandbox.sound.disturbances import KINDS as DISTURBANCES

KINDS: Final = {
    "rest": frozenset({"500", "503", "429", "drop", "drop_after", "timeout_after", "slow", "nonsense"}),
    "leg": frozenset({"no-answer", "busy", "failed", "machine"}),
    "text": frozenset({"undelivered", "failed"}),
    "smtp": frozenset({"451", "550", "drop_after", "slow"}),
    "sound": DISTURBANCES,
}


@dataclass(frozen=True, slots=True)
class Fault:
    where: str
    kind: str
    count: int = 1
    seconds: float = 0.0
    to: str = ""  # of sound: an address or a call; empty: every telephone

    def __post_init__(self) -> None:
        if self.kind not in KINDS.get(self.where, ()):
            raise ValueError(f"there is no fault {self.where}/{self.kind}")
        if self.count < 1 or not 0 <= self.seconds <= 600:
            raise ValueError("count or seconds out of bounds")
        if self.where == "sound" and self.count != 1:
            raise ValueError("a fault of sound has no count: it holds for `seconds`, and 0 is until it is cleared")
        if self.where != "sound" and self.to:
            raise ValueError("only a fault of sound is for one telephone")


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def list(self) -> list[Fault]:
        return list(self._waiting)

    def take(self, where: str) -> Fault | None:
        """The fault that this request meets. None if there is none."""
        for index, fault in enumerate(self._waiting):
            if fault.where == where:
                if fault.count > 1:
                    self._waiting[index] = replace(fault, count=fault.count - 1)
                else:
                    del self._waiting[index]
                return fault
        return None
