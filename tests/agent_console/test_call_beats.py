"""A page in which a call is heard, and that stands still, is missed within three seconds; one that moves never is."""

from random import Random

import pytest

from agent_console.call_beats import (
    AGAIN_AFTER,
    BACK_WITHIN,
    LOOK_SECONDS,
    MOST_TOLD,
    STILL_AFTER,
    CallBeats,
    Stillness,
)

SOCKET = "socket"
STILL, MOVES = Stillness("ada", "i1", is_still=True), Stillness("ada", "i1", is_still=False)


class Hand:
    """Time, a page that beats, and a process that looks. `chance`: how late both are."""

    def __init__(self, chance: Random) -> None:
        self.beats, self.chance, self.now = CallBeats(), chance, chance.random() * 1000
        self.beat_at = self.look_at = self.now
        self.is_still = self.is_lost = False
        self.told: list[tuple[float, Stillness]] = []

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now = min(self.beat_at, self.look_at, end)
            if self.now == self.beat_at:
                self.beat_at += 1.0 + self.chance.random() * 0.4  # timers of pages are late
                if not self.is_still:
                    self.beats.note(SOCKET, "ada", "i1", is_lost=self.is_lost, now=self.now)
            if self.now == self.look_at:
                self.look_at += LOOK_SECONDS + self.chance.random() * 0.1
                self.told += [(self.now, one) for one in self.beats.take_news(self.now)]


@pytest.mark.parametrize("seed", range(100))
def test_each_of_a_hundred_pages_that_stand_still_is_told_of_in_three_seconds_and_when_it_moves(seed: int) -> None:
    hand = Hand(Random(seed))
    hand.run(5 + hand.chance.random() * 20)
    assert hand.told == []
    hand.is_still, since = True, hand.now
    hand.run(3.0)
    assert [what for _, what in hand.told] == [STILL] and hand.told[0][0] - since <= 3.0
    hand.run(20)
    assert 3 <= len(hand.told) <= 6, "a lost report is made up for"
    hand.told.clear()
    hand.is_still, hand.is_lost = False, True
    hand.run(2.5)
    assert hand.told[-1][1] == MOVES
    hand.is_lost = False
    hand.run(1.5)
    hand.told.clear()
    hand.run(30)
    assert hand.told == []


@pytest.mark.parametrize("seed", range(100))
def test_none_of_a_hundred_healthy_calls_is_told_of(seed: int) -> None:
    hand = Hand(Random(seed))
    hand.run(120)
    assert hand.told == []


def test_a_process_that_stood_still_itself_blames_no_page() -> None:
    beats = CallBeats()
    beats.note(SOCKET, "ada", "i1", is_lost=False, now=0)
    assert beats.take_news(0.4) == []
    assert beats.take_news(9.0) == [], "nobody looked for nine seconds"
    assert beats.take_news(9.4) == []
    beats.note(SOCKET, "ada", "i1", is_lost=False, now=9.5)
    for tenth in range(98, 117, 4):
        assert beats.take_news(tenth / 10) == []
    assert beats.take_news(12.1) == [STILL]


def test_a_call_that_is_over_and_a_page_that_has_gone_are_missed_by_nobody() -> None:
    for end in (
        lambda beats: beats.forget(SOCKET),
        lambda beats: beats.note(SOCKET, "ada", "", is_lost=False, now=0.2),
    ):
        beats = CallBeats()
        beats.note(SOCKET, "ada", "i1", is_lost=True, now=0)
        end(beats)
        news = [one for n in range(1, 30) for one in beats.take_news(n * LOOK_SECONDS)]
        assert STILL not in news


def missing_at(beats: CallBeats, *instants: float) -> list[float]:
    """Those of the instants at which a call is told of whose page has not beaten."""
    return [at for at in instants if beats.take_missing(at) == [STILL]]


def after_restart() -> CallBeats:
    """Ada's call was heard before this process began."""
    beats = CallBeats()
    beats.expect({"i1": "ada"}, [], 0)
    return beats


def test_a_page_that_never_comes_back_to_a_hub_that_begins_is_told_of() -> None:
    beats, due = after_restart(), BACK_WITHIN + STILL_AFTER
    again = [due + 0.1 + n * (AGAIN_AFTER + 0.1) for n in range(10)]
    beats.expect({"i1": "ada"}, ["ada"], 1.0)  # she has another desk, which hears no call
    assert missing_at(beats, 0.4, due - 0.1, *again) == again[:MOST_TOLD], (
        "the report may have come at a wrong moment"
    )


def test_a_page_that_comes_back_is_not_missed_and_stands_still_as_any_other_later() -> None:
    first, comes, ended, left = CallBeats(), after_restart(), after_restart(), after_restart()
    first.note(SOCKET, "ada", "i1", is_lost=False, now=0)
    first.expect({"i1": "ada"}, ["ada"], 0.1)
    for beats in (comes, left):
        beats.note(SOCKET, "ada", "i1", is_lost=False, now=BACK_WITHIN)
        beats.expect({"i1": "ada"}, ["ada"], BACK_WITHIN + 0.1)
    ended.expect({}, [], BACK_WITHIN)
    left.forget(SOCKET)
    assert [missing_at(one, 3 * BACK_WITHIN) for one in (first, comes, ended, left)] == [[], [], [], []]
    comes.take_news(BACK_WITHIN)
    assert [one for n in range(1, 9) for one in comes.take_news(BACK_WITHIN + n * LOOK_SECONDS)] == [STILL]


def begin_call(beats: CallBeats, chance: Random, *, first_beat: float | None) -> list[float]:
    """Ada's call begins at 10, and is asked for every second or a little later; `first_beat` seconds later her page
    beats, or never. When she is told of."""
    ask_at, look_at, told = 5 + chance.random(), 5 + chance.random(), []
    beat_at = float("inf") if first_beat is None else 10 + first_beat
    while (now := min(ask_at, look_at, beat_at)) < 20:
        if now == beat_at:
            beats.note(SOCKET, "ada", "i1", is_lost=False, now=now)
            beat_at += 1.0 + chance.random() * 0.4
        elif now == ask_at:
            beats.expect({"i1": "ada"} if now >= 10 else {}, ["ada"], now)
            ask_at += 1.0 + chance.random() * 0.1
        else:
            look_at += LOOK_SECONDS + chance.random() * 0.05
            told += [now for _ in (*beats.take_news(now), *beats.take_missing(now))]
    return told


@pytest.mark.parametrize("seed", range(100))
def test_each_of_a_hundred_pages_that_stand_still_as_their_call_begins_is_told_of_in_three_seconds(seed: int) -> None:
    told = begin_call(CallBeats(), Random(seed), first_beat=None)
    assert told and 1.0 < told[0] - 10 <= 3.0


@pytest.mark.parametrize("seed", range(100))
def test_none_of_a_hundred_calls_that_begin_well_is_told_of(seed: int) -> None:
    """A beat leaves at once; the network and a busy page may take a second and more."""
    chance = Random(seed)
    assert begin_call(CallBeats(), chance, first_beat=chance.random() * 1.2) == []


def test_only_the_process_that_has_the_desk_tells_of_a_call_that_begins() -> None:
    beats = CallBeats()
    beats.expect({}, ["ben"], 0)
    beats.expect({"i1": "ada"}, ["ben"], 1.0)
    assert missing_at(beats, 1.0 + STILL_AFTER, 60.0) == []


def test_a_process_that_stood_still_as_a_call_began_blames_no_page() -> None:
    beats = CallBeats()
    beats.take_news(0)
    beats.expect({}, ["ada"], 0)
    beats.expect({"i1": "ada"}, ["ada"], 1.0)
    beats.take_news(9.0)
    assert missing_at(beats, 9.0, 9.0 + STILL_AFTER + 0.1) == [9.0 + STILL_AFTER + 0.1]
