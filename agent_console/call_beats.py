"""The beats of the pages in which calls are heard: each says every second that it moves.

The rule of this file: it decides nothing and asks no clock. A page that stands still says nothing, so its silence is
found by whoever looks. If nobody has looked for a while, this process itself stood still, and no page is blamed.
"""

from dataclasses import dataclass
from typing import Final

STILL_AFTER: Final = 2.4  # seconds without a beat: with the pause between two looks, told within three
LOOK_SECONDS: Final = 0.4
AGAIN_AFTER: Final = 5.0  # seconds until the same is told again: a report may have come at a wrong moment
_LATE: Final = 3 * LOOK_SECONDS


@dataclass(frozen=True, slots=True)
class Stillness:
    """The page in which this agent hears this call stands still, or moves again."""

    agent_id: str
    interaction_id: str
    is_still: bool


@dataclass(slots=True)
class _Beat:
    agent_id: str
    interaction_id: str
    at: float
    told_at: float = float("-inf")


class CallBeats:
    def __init__(self) -> None:
        self._beats: dict[str, _Beat] = {}  # by socket
        self._moving: dict[str, Stillness] = {}  # pages that hear a call whose line counts as lost; by socket
        self._looked_at: float | None = None

    def note(self, socket: str, agent_id: str, interaction_id: str, *, is_lost: bool, now: float) -> None:
        """A page hears this call; empty: none any more. `is_lost`: the page is told that its line is lost."""
        self._beats.pop(socket, None)
        if interaction_id:
            self._beats[socket] = _Beat(agent_id, interaction_id, now)
            if is_lost:
                self._moving[socket] = Stillness(agent_id, interaction_id, is_still=False)

    def forget(self, socket: str) -> None:
        """The page has gone. Its call's line ends, or is called again."""
        self._beats.pop(socket, None)
        self._moving.pop(socket, None)

    def take_news(self, now: float) -> list[Stillness]:
        """What is to be told since the last look."""
        stood_still = self._looked_at is not None and now - self._looked_at > _LATE
        self._looked_at = now
        news, self._moving = [*self._moving.values()], {}
        for beat in self._beats.values():
            if stood_still:
                beat.at = now
            elif now - beat.at > STILL_AFTER and now - beat.told_at > AGAIN_AFTER:
                beat.told_at = now
                news.append(Stillness(beat.agent_id, beat.interaction_id, is_still=True))
        return news
