"""A call that an agent transferred to a queue, and that the queue does not take, goes back to them."""

from typing import Any

from routing.effects import InteractionOverflowed, OfferMade, TransferReturned
from routing.inputs import InteractionTransferred
from routing.model import AgentProfile, AgentState, InteractionId, Occasion, OverflowRule, Policy
from routing.model import OverflowAction as Action
from routing.router import Router
from tests.routing.cast import (
    ADA,
    BEN,
    CLEO,
    HOUR,
    LENDING,
    MINUTE,
    OFFER,
    POLICY,
    SERVICE,
    WEBCHAT,
    Morning,
    agent,
    opened,
    with_queue,
)

CLERK, LENDER = agent(SERVICE), agent(LENDING, skills=[("loans", 4)])
PIA = InteractionId("Pia")
LATE = OverflowRule(Occasion.WAITED, Action.RELEASE, after=5 * MINUTE)


def given(policy: Policy = POLICY, channel: Any = None, giver: AgentProfile = CLERK) -> Morning:
    """Ada, of the service, has transferred Pia's call to lending, where Ben is busy with another call."""
    morning = Morning(policy)
    morning.staff(BEN, LENDER)
    morning.enqueue("Gus", queue=LENDING)
    morning.accept("Gus")
    morning.staff(ADA, giver)
    morning.enqueue("Pia", *([channel] if channel else []))
    morning.accept("Pia")
    morning.tell(InteractionTransferred(PIA, LENDING))
    assert morning.state("Pia") == "waiting"
    return morning


def went_back(effects: list[Any]) -> list[tuple[str, str, str]]:
    """(occasion, queue, agent)"""
    offers = [(one.interaction_id, one.agent_id) for one in effects if isinstance(one, OfferMade)]
    returned = [one for one in effects if isinstance(one, TransferReturned)]
    assert all((one.interaction_id, one.agent_id) in offers for one in returned)
    return [(one.occasion, one.queue, one.agent_id) for one in returned]


def test_nobody_is_left_who_could_take_it() -> None:
    morning = given()
    morning.wait(2 * MINUTE)
    assert morning.state("Pia") == "waiting"
    assert went_back(morning.choose(BEN, AgentState.UNAVAILABLE)) == [("unstaffed", SERVICE, ADA)]
    offer = morning.row("Pia")
    assert (offer.state, offer.queue, offer.agent_id, offer.given_by) == ("offered", SERVICE, ADA, None)


def test_a_giver_who_serves_that_queue_too_is_nobody_else_who_could_take_it() -> None:
    morning = given(giver=agent(SERVICE, LENDING, skills=[("loans", 4)]))
    assert went_back(morning.choose(BEN, AgentState.UNAVAILABLE)) == [("unstaffed", SERVICE, ADA)]


def test_the_queue_closes_whether_or_not_it_has_a_rule_for_that() -> None:
    for rules in ((), (OverflowRule(Occasion.CLOSING, Action.RELEASE),)):
        morning = given(with_queue(LENDING, hours=opened((8, 11)), overflow=rules))
        assert went_back(morning.wait(2 * HOUR - 1)) == []
        assert went_back(morning.wait(1)) == [("closing", SERVICE, ADA)]


def test_a_queue_that_serves_whoever_waits_when_it_closes_keeps_it() -> None:
    rules = (OverflowRule(Occasion.CLOSING, Action.WAIT),)
    morning = given(with_queue(LENDING, hours=opened((8, 11)), overflow=rules))
    morning.wait(3 * HOUR)
    assert (morning.state("Pia"), morning.row("Pia").queue) == ("waiting", LENDING)


def test_it_has_waited_longer_than_the_queue_lets_anyone_wait() -> None:
    morning = given(with_queue(LENDING, overflow=(LATE,)))
    assert went_back(morning.wait(5 * MINUTE)) == [("waited", SERVICE, ADA)]


def test_a_giver_who_is_not_free_gets_nothing_back_and_it_overflows_like_any_other() -> None:
    for make_busy in (lambda m: m.choose(ADA, AgentState.UNAVAILABLE), lambda m: m.enqueue("Sam")):
        morning = given(with_queue(LENDING, overflow=(LATE,)))
        make_busy(morning)
        told = morning.wait(5 * MINUTE)
        assert [one.action for one in told if isinstance(one, InteractionOverflowed)] == ["release"]
        assert morning.state("Pia") == "closed"


def test_a_giver_who_declines_it_or_does_not_answer_leaves_it_in_their_queue_for_others() -> None:
    for end in ("declined", "expired"):
        morning = given()
        morning.choose(BEN, AgentState.UNAVAILABLE)
        if end == "declined":
            morning.decline("Pia")
        else:
            morning.wait(OFFER)
        assert (morning.state("Pia"), morning.row("Pia").queue) == ("waiting", SERVICE)
        morning.staff(CLEO, agent(SERVICE))
        assert morning.holder("Pia") == CLEO


def test_it_goes_back_once() -> None:
    morning = given()
    morning.choose(BEN, AgentState.UNAVAILABLE)
    morning.decline("Pia")
    assert went_back(morning.choose(BEN, AgentState.AVAILABLE) + morning.choose(BEN, AgentState.UNAVAILABLE)) == []


def test_what_somebody_has_taken_does_not_go_back_to_its_first_giver() -> None:
    morning = given()
    morning.staff(CLEO, LENDER)
    morning.accept("Pia")
    assert morning.row("Pia").given_by is None
    assert went_back(morning.choose(CLEO, AgentState.UNAVAILABLE) + morning.choose(BEN, AgentState.UNAVAILABLE)) == []


def test_a_text_waits_as_it_did_since_nobody_is_on_a_line() -> None:
    morning = given(channel=WEBCHAT)
    assert went_back(morning.choose(BEN, AgentState.UNAVAILABLE)) == []
    assert morning.state("Pia") == "waiting"


def test_a_call_that_goes_back_into_its_own_queue_is_no_transfer_to_others() -> None:
    morning = Morning()
    morning.staff(BEN, LENDER)
    morning.enqueue("Pia", queue=LENDING)
    morning.accept("Pia")
    morning.tell(InteractionTransferred(PIA, LENDING))
    assert morning.row("Pia").given_by is None


def test_a_restored_router_gives_it_back_as_well() -> None:
    morning = given()
    morning.router = Router.restore(POLICY, morning.router.snapshot(), morning.now)
    assert went_back(morning.choose(BEN, AgentState.UNAVAILABLE)) == [("unstaffed", SERVICE, ADA)]
