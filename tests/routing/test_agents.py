"""Agents: their states, their wish to leave, a desk that disconnects, and the limit of wrap-up."""

from dataclasses import replace

import pytest

from routing.effects import AgentMoved, InputRejected, InteractionMoved, OfferEnded, RejectionCode
from routing.inputs import (
    AgentDisconnected,
    AgentProfileChanged,
    AgentReconnected,
    AgentRemoved,
    CustomerReturned,
    InteractionEnded,
    OfferAccepted,
    WrapUpCompleted,
)
from routing.model import AgentState, ClosedAs, InteractionId, InteractionState, OfferEnd, OfferId
from tests.routing.cast import (
    ADA,
    ANYTHING,
    BEN,
    EMAIL,
    MINUTE,
    OFFER,
    PHONE,
    POLICY,
    SECOND,
    SERVICE,
    SMS,
    WEBCHAT,
    Morning,
)

AVAILABLE, UNAVAILABLE = AgentState.AVAILABLE, AgentState.UNAVAILABLE
OFFLINE, NOT_RESPONDING = AgentState.OFFLINE, AgentState.NOT_RESPONDING


@pytest.fixture
def morning() -> Morning:
    return Morning()


def test_an_agent_seen_first_is_offline_and_gets_nothing(morning: Morning) -> None:
    morning.enqueue("Sam")
    assert morning.tell(AgentProfileChanged(ADA, ANYTHING)) == []
    assert morning.agent_state(ADA) is OFFLINE
    assert morning.choose(ADA, AVAILABLE)[0] == AgentMoved(ADA, AVAILABLE, "", None)
    assert morning.holder("Sam") == ADA


def test_the_same_state_chosen_again_says_nothing(morning: Morning) -> None:
    morning.staff(ADA)
    assert morning.choose(ADA, AVAILABLE) == []


def test_not_responding_is_the_router_s_word_alone(morning: Morning) -> None:
    morning.staff(ADA)
    assert morning.choose(ADA, NOT_RESPONDING) == [InputRejected(RejectionCode.BAD_VALUE, ADA)]


def test_who_goes_on_a_break_at_once_keeps_the_work_and_gives_back_the_offers(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("first", WEBCHAT)
    morning.accept("first")
    morning.enqueue("second", WEBCHAT)
    effects = morning.choose(ADA, UNAVAILABLE, reason="lunch")
    assert AgentMoved(ADA, UNAVAILABLE, "lunch", None) in effects
    assert OfferEnded(OfferId("second.1"), InteractionId("second"), ADA, OfferEnd.DECLINED) in effects
    assert (morning.state("first"), morning.state("second")) == ("active", "waiting")


def test_a_wish_to_leave_takes_effect_when_the_hands_are_empty(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam", WEBCHAT)
    morning.accept("Sam")
    assert morning.choose(ADA, UNAVAILABLE, reason="lunch", after_current=True) == [
        AgentMoved(ADA, AVAILABLE, "", UNAVAILABLE)
    ]
    morning.enqueue("Gus", WEBCHAT)
    assert morning.state("Gus") is InteractionState.WAITING
    morning.end("Sam")
    assert morning.agent_state(ADA) is AVAILABLE
    assert AgentMoved(ADA, UNAVAILABLE, "lunch", None) in morning.complete("Sam")
    assert morning.state("Gus") is InteractionState.WAITING


def test_a_wish_takes_back_itself(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam", WEBCHAT)
    morning.choose(ADA, UNAVAILABLE, after_current=True)
    assert morning.choose(ADA, AVAILABLE) == [AgentMoved(ADA, AVAILABLE, "", None)]
    morning.enqueue("Gus", WEBCHAT)
    assert morning.holder("Gus") == ADA


def test_a_wish_with_empty_hands_takes_effect_at_once(morning: Morning) -> None:
    morning.staff(ADA)
    morning.choose(ADA, UNAVAILABLE, after_current=True)
    assert morning.agent_state(ADA) is UNAVAILABLE


def test_the_agent_s_wish_wins_over_not_responding(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.choose(ADA, UNAVAILABLE, reason="lunch", after_current=True)
    morning.wait(OFFER)
    assert morning.agent_state(ADA) is UNAVAILABLE


def test_a_wish_outlives_not_responding_while_work_is_in_hand(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("first", WEBCHAT)
    morning.accept("first")
    morning.enqueue("second", WEBCHAT)
    morning.choose(ADA, UNAVAILABLE, after_current=True)
    morning.wait(OFFER)
    assert morning.agent_state(ADA) is NOT_RESPONDING
    morning.end("first")
    morning.complete("first")
    assert morning.agent_state(ADA) is UNAVAILABLE


def test_signing_out_returns_offers_at_once_and_waits_for_the_work(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("first", WEBCHAT)
    morning.accept("first")
    morning.enqueue("second", WEBCHAT)
    morning.choose(ADA, OFFLINE)
    row = morning.router.find_agent(ADA)
    assert row is not None
    assert (row.state, row.wish) == (AVAILABLE, OFFLINE)
    assert (morning.state("first"), morning.state("second")) == ("active", "waiting")
    morning.end("first")
    assert morning.agent_state(ADA) is AVAILABLE
    morning.complete("first")
    assert morning.agent_state(ADA) is OFFLINE


# -- a desk that is lost ------------------------------------------------------------------------------------


def test_a_lost_desk_gets_no_offers_and_keeps_what_it_holds_for_the_grace(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("first", WEBCHAT)
    morning.accept("first")
    morning.tell(AgentDisconnected(ADA))
    morning.enqueue("second", WEBCHAT)
    morning.wait(POLICY.agent_grace - 1)
    assert (morning.state("first"), morning.state("second")) == ("active", "waiting")
    morning.tell(AgentReconnected(ADA))
    assert morning.holder("second") == ADA
    morning.wait(POLICY.agent_grace)
    assert morning.state("first") == "active"


def test_after_the_grace_offers_end_as_agent_lost_at_their_old_place(morning: Morning) -> None:
    morning = Morning(replace(POLICY, agent_grace=5 * SECOND))
    morning.staff(ADA)
    morning.enqueue("Sam")
    rank = morning.row("Sam").rank
    morning.tell(AgentDisconnected(ADA))
    effects = morning.wait(5 * SECOND)
    assert OfferEnded(OfferId("Sam.1"), InteractionId("Sam"), ADA, OfferEnd.AGENT_LOST) in effects
    assert AgentMoved(ADA, OFFLINE, "agent_lost", None) in effects
    assert (morning.state("Sam"), morning.row("Sam").rank) == ("waiting", rank)
    assert morning.row("Sam").excluded == ()
    morning.staff(BEN)
    assert morning.holder("Sam") == BEN


def test_after_the_grace_nobody_is_forgotten(morning: Morning) -> None:
    """Text goes back to its place, wrap-up is closed, a call stays on its line."""
    morning.staff(ADA)
    for name, channel in (("mail", EMAIL), ("Sam", PHONE)):
        morning.enqueue(name, channel)
        morning.accept(name)
    morning.staff(BEN)
    for name, channel in (("chat", WEBCHAT), ("text", SMS)):
        morning.enqueue(name, channel)
        morning.accept(name)
    morning.end("text")
    morning.tell(AgentDisconnected(ADA), AgentDisconnected(BEN))
    morning.wait(POLICY.agent_grace)
    states = [morning.state(name) for name in ("mail", "Sam", "chat", "text")]
    assert states == ["waiting", "active", "waiting", "closed"]
    assert morning.router.load_of(ADA) == 100
    morning.leave("Sam")
    assert morning.state("Sam") == "closed"
    assert morning.router.load_of(ADA) == 0


def test_who_comes_back_finds_the_call_in_hand(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.accept("Sam")
    morning.tell(AgentDisconnected(ADA))
    morning.wait(MINUTE)
    assert morning.agent_state(ADA) is OFFLINE
    morning.choose(ADA, AVAILABLE)
    morning.enqueue("chat", WEBCHAT)
    assert morning.state("chat") == "waiting"
    morning.leave("Sam")
    assert morning.state("Sam") == "wrap_up"
    morning.complete("Sam")
    assert morning.holder("chat") == ADA


def test_the_loss_of_a_desk_that_is_offline_is_nothing(morning: Morning) -> None:
    morning.tell(AgentProfileChanged(ADA, ANYTHING))
    assert morning.tell(AgentDisconnected(ADA), AgentReconnected(ADA)) == []
    assert morning.router.next_deadline() is None


# -- who is no agent any more -------------------------------------------------------------------------------


def test_who_is_no_agent_any_more_gives_everything_back_at_once(morning: Morning) -> None:
    """As after the grace of a lost desk, without the grace: text goes back to its place, wrap-up is closed."""
    morning.staff(ADA)
    for name, channel in (("chat", WEBCHAT), ("text", SMS), ("offered", WEBCHAT)):
        morning.enqueue(name, channel)
        if name != "offered":
            morning.accept(name)
    morning.end("text")
    rank = morning.row("chat").rank
    morning.staff(BEN)
    effects = morning.tell(AgentRemoved(ADA))
    assert AgentMoved(ADA, OFFLINE, "", None) in effects
    assert [morning.holder(name) for name in ("chat", "offered")] == [BEN, BEN]
    assert (morning.state("text"), morning.row("chat").rank) == ("closed", rank)
    assert morning.router.load_of(ADA) == 0


def test_who_is_no_agent_any_more_keeps_the_call_until_the_customer_leaves_it(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.accept("Sam")
    morning.tell(AgentRemoved(ADA))
    assert (morning.state("Sam"), morning.agent_state(ADA)) == ("active", OFFLINE)
    morning.leave("Sam")
    assert morning.state("Sam") == "closed"
    morning.tell(AgentProfileChanged(ADA, ANYTHING))
    morning.enqueue("text", SMS)
    assert morning.state("text") == "waiting", "nobody is at work who has not said so"
    morning.choose(ADA, AVAILABLE)
    assert morning.holder("text") == ADA


# -- wrap-up ------------------------------------------------------------------------------------------------


def test_ended_work_is_wrapped_up_and_then_closed_as_handled(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.accept("Sam")
    until = morning.now + POLICY.wrap_up_limit
    assert morning.end("Sam") == [
        InteractionMoved(
            InteractionId("Sam"), InteractionState.ACTIVE, InteractionState.WRAP_UP, ADA, deadline_at=until
        )
    ]
    assert morning.complete("Sam") == [
        InteractionMoved(
            InteractionId("Sam"), InteractionState.WRAP_UP, InteractionState.CLOSED, ADA, ClosedAs.HANDLED
        )
    ]


def test_a_customer_who_leaves_active_work_sends_it_to_wrap_up(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.accept("Sam")
    (moved,) = morning.leave("Sam")
    assert isinstance(moved, InteractionMoved)
    assert (moved.state, moved.closed_as) == (InteractionState.WRAP_UP, None)


def test_wrap_up_ends_at_its_limit(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.accept("Sam")
    morning.end("Sam")
    morning.wait(POLICY.wrap_up_limit - 1)
    assert morning.state("Sam") == "wrap_up"
    morning.wait(1)
    assert morning.state("Sam") == "closed"


@pytest.mark.parametrize("limit", [0, 5 * SECOND])
def test_the_limit_of_wrap_up_may_differ_by_queue(limit: int) -> None:
    queue = replace(POLICY.queues[SERVICE], wrap_up_limit=limit)
    morning = Morning(replace(POLICY, queues={**POLICY.queues, SERVICE: queue}))
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.accept("Sam")
    morning.end("Sam")
    assert morning.state("Sam") == ("wrap_up" if limit else "closed")
    morning.wait(limit)
    assert morning.state("Sam") == "closed"


def test_a_message_during_wrap_up_makes_it_active_again(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam", SMS)
    assert morning.tell(CustomerReturned(InteractionId("Sam"))) == []
    morning.accept("Sam")
    morning.end("Sam")
    morning.wait(SECOND)
    (moved,) = morning.tell(CustomerReturned(InteractionId("Sam")))
    assert isinstance(moved, InteractionMoved)
    assert (moved.state, moved.agent_id) == (InteractionState.ACTIVE, ADA)
    morning.wait(10 * POLICY.wrap_up_limit)
    assert morning.state("Sam") == "active"
    assert morning.router.load_of(ADA) == 25


def test_closed_is_final(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.finish("Sam")
    sam = InteractionId("Sam")
    for late in (InteractionEnded(sam, ADA), WrapUpCompleted(sam, ADA), CustomerReturned(sam)):
        assert morning.tell(late) == [InputRejected(RejectionCode.UNKNOWN_INTERACTION, "Sam")]
    assert morning.tell(OfferAccepted(OfferId("Sam.1"), ADA)) == [InputRejected(RejectionCode.OFFER_GONE, "Sam.1")]
    assert morning.router.snapshot().interactions == ()


def test_only_the_holder_ends_and_wraps_up(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.accept("Sam")
    morning.staff(BEN)
    assert morning.tell(InteractionEnded(InteractionId("Sam"), BEN)) == [
        InputRejected(RejectionCode.NOT_YOURS, "Sam")
    ]


def test_time_never_runs_back(morning: Morning) -> None:
    morning.staff(ADA)
    morning.now -= MINUTE
    morning.enqueue("Sam")
    assert morning.row("Sam").entered_at == morning.now + MINUTE
    assert morning.router.snapshot().now == morning.now + MINUTE
