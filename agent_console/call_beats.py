"""The beats of the pages in which calls are heard: each says every second that it moves.

The rule of this file: it decides nothing and asks no clock. A page that stands still says nothing, so its silence is
found by whoever looks. If nobody has looked for a while, this process itself stood still, and no page is blamed.

A page may stand still before its first beat: as its call begins, or while the hub does not run. So a beat is expected
of each call that begins while its agent's desk is here, since a page that moves beats as soon as it hears of it, and
at first of every call that was heard before. After a restart a page that moves is back by itself within
`BACK_WITHIN`: the pages of hundreds of agents must not fall upon a hub that has just begun, so they spread their
attempts over six seconds. To miss one sooner would call healthy pages lost. A desk that was here and has lost the hub
is not expected: its call goes on, and the provider tells if it does not.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

STILL_AFTER: Final = 2.4  # seconds without a beat: with the pause between two looks, told within three
LOOK_SECONDS: Final = 0.4
AGAIN_AFTER: Final = 5.0  # seconds until the same is told again: a report may have come at a wrong moment
BACK_WITHIN: Final = 7.0  # seconds: `shared/socket.ts` waits up to 6 s between two attempts to connect
BEGAN_BEFORE: Final = 1.0  # seconds at most: a call that was not heard at the question before may have begun then
MOST_TOLD: Final = 3  # times that a call is told of whose page never came
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
    told: int = 0

    def is_missed(self, now: float) -> bool:
        return now - self.at > STILL_AFTER and now - self.told_at > AGAIN_AFTER

    def tell(self, now: float) -> Stillness:
        self.told_at, self.told = now, self.told + 1
        return Stillness(self.agent_id, self.interaction_id, is_still=True)


class CallBeats:
    def __init__(self) -> None:
        self._beats: dict[str, _Beat] = {}  # by socket
        self._expected: dict[str, _Beat] = {}  # of pages that have not come yet; by interaction
        self._moving: dict[str, Stillness] = {}  # pages that hear a call whose line counts as lost; by socket
        self._heard: frozenset[str] | None = None  # interactions; None: nobody has asked yet
        self._looked_at: float | None = None
        self._asked_at = 0.0  # when the calls that are heard were told last

    def note(self, socket: str, agent_id: str, interaction_id: str, *, is_lost: bool, now: float) -> None:
        """A page hears this call; empty: none any more. `is_lost`: the page is told that its line is lost."""
        self._beats.pop(socket, None)
        self._expected.pop(interaction_id, None)
        if interaction_id:
            self._beats[socket] = _Beat(agent_id, interaction_id, now)
            if is_lost:
                self._moving[socket] = Stillness(agent_id, interaction_id, is_still=False)

    def expect(self, heard: Mapping[str, str], here: Collection[str], now: float) -> None:
        """`heard`: by interaction, the agents in whose pages calls are heard, or should be. `here`: those who have a
        desk open in this process."""
        before, self._heard = self._heard, frozenset(heard)
        asked_at, self._asked_at = self._asked_at, now
        self._expected = {one: beat for one, beat in self._expected.items() if one in heard}
        begun = heard.keys() - {beat.interaction_id for beat in self._beats.values()} - (before or frozenset())
        for interaction_id in begun:
            agent_id = heard[interaction_id]
            if before is None or agent_id in here:
                at = now + BACK_WITHIN if before is None else max(asked_at, now - BEGAN_BEFORE)
                self._expected[interaction_id] = _Beat(agent_id, interaction_id, at)

    def forget(self, socket: str) -> None:
        """The page has gone. Its call's line ends, or is called again."""
        self._beats.pop(socket, None)
        self._moving.pop(socket, None)

    def take_news(self, now: float) -> list[Stillness]:
        """What is to be told since the last look."""
        stood_still = self._looked_at is not None and now - self._looked_at > _LATE
        self._looked_at = now
        news, self._moving = [*self._moving.values()], {}
        for beat in self._expected.values() if stood_still else ():
            beat.at = max(beat.at, now)
        for beat in self._beats.values():
            if stood_still:
                beat.at = now
            elif beat.is_missed(now):
                news.append(beat.tell(now))
        return news

    def take_missing(self, now: float) -> list[Stillness]:
        """The expected calls that no page here has told of. Their agents may have gone to another process."""
        news = [beat.tell(now) for beat in self._expected.values() if beat.is_missed(now)]
        self._expected = {one: beat for one, beat in self._expected.items() if beat.told < MOST_TOLD}
        return news
