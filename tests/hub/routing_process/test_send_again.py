"""Which requests are tried again, how soon, and when they have failed."""

from typing import Any

import pytest

from channels.channel import (
    After,
    BringAgent,
    CallAgent,
    CallCustomer,
    ChannelError,
    ConnectAgent,
    ConnectParty,
    HangUp,
    HoldCall,
    ReachAgent,
    Speak,
    TextOut,
    UpdateParty,
)
from hub.routing_process.send_again import LAST_WAIT, MOST_TRIES, REPEATABLE, RETRY_SECONDS, find_wait

BUSY = ChannelError("busy", code="429", retry=True)
UNKNOWN = ChannelError("no clear answer", code="no_answer", outcome_known=False)
REFUSED = ChannelError("refused", code="20404", whose="customer")
NOT_OURS_TO_ASK = ChannelError("refused", code="20003", whose="ours")  # our credentials are wrong
HANG_UP = HangUp("x", "c", "l")
DIALS: list[Any] = [
    ConnectAgent("x", "c", "client:ada", "f"),
    CallAgent("x", "c", "+46701740601", "f"),
    ConnectParty("x", "c", "+46701740601", "f", 30),
    ReachAgent("x", "client:ada", "f"),
    CallCustomer("x", "+46701740601", "f", "", "en", 20),
]
AT_A_DESK: list[Any] = [
    *DIALS,
    BringAgent("x", "c", "l", "label"),
    HoldCall("x", "c", "l", on=True),
    UpdateParty("x", "c", "l"),
]
OTHERS: list[Any] = [TextOut("x", "to", "from", "Hej"), Speak("x", "c", "Hej", "sv", After.END)]


def waits(request: Any, error: ChannelError) -> list[float]:
    found = (find_wait(request, tries, error) for tries in range(1, MOST_TRIES + 2))
    return [wait for wait in found if wait is not None]


@pytest.mark.parametrize("request_", AT_A_DESK, ids=lambda one: type(one).__name__)
def test_somebody_at_a_desk_hears_within_seconds_that_the_provider_is_busy(request_: Any) -> None:
    assert waits(request_, BUSY) == [1, 4]


@pytest.mark.parametrize("request_", OTHERS, ids=lambda one: type(one).__name__)
def test_what_nobody_waits_for_is_tried_for_minutes(request_: Any) -> None:
    assert waits(request_, BUSY) == list(RETRY_SECONDS)


@pytest.mark.parametrize("request_", [HANG_UP, HoldCall("x", "c", "l", on=True, is_waiting=True)])
def test_a_leg_is_hung_up_and_a_customer_hears_their_place_however_long_it_takes(request_: Any) -> None:
    assert waits(request_, UNKNOWN) == waits(request_, BUSY)
    assert sum(waits(request_, BUSY)) >= 4 * 3600 - 60, "a call lasts four hours at most"
    assert max(waits(request_, BUSY)) == LAST_WAIT


def test_a_leg_that_the_provider_refuses_to_end_is_hung_up_as_soon_as_it_lets_us() -> None:
    assert waits(HANG_UP, NOT_OURS_TO_ASK) == waits(HANG_UP, BUSY)
    assert waits(HANG_UP, REFUSED) == [], "the provider knows no such leg"
    for request in (*AT_A_DESK, *OTHERS):
        assert waits(request, NOT_OURS_TO_ASK) == []


@pytest.mark.promise("P7")
@pytest.mark.parametrize("request_", [HANG_UP, *AT_A_DESK, *OTHERS], ids=lambda one: type(one).__name__)
def test_only_what_does_no_harm_if_done_twice_is_tried_after_an_unknown_outcome(request_: Any) -> None:
    assert bool(waits(request_, UNKNOWN)) == (type(request_).__name__ in REPEATABLE)
    assert waits(request_, REFUSED) == []


def test_the_provider_says_how_long_it_wants_to_be_left_alone() -> None:
    asked = ChannelError("busy", code="429", retry=True, after_seconds=9)
    assert waits(HANG_UP, asked)[:3] == [9, 9, 15]
    assert waits(OTHERS[0], asked) == [9, 9, 15, 60, 240]
    long = ChannelError("busy", code="429", retry=True, after_seconds=60)
    for request in DIALS:
        assert waits(request, long) == [], "nobody waits a minute for a telephone to ring"
