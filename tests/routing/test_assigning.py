"""Interactions that a person pulls, picks, moves or takes over; and transfers that enter as new ones."""

from typing import Any

import pytest

from routing.decisions import ChosenBy, Decision, Override
from routing.effects import CallbackDialled, Effect, InputRejected, OfferEnded, OfferMade, RejectionCode
from routing.inputs import AgentDisconnected, CallbackRequested, InteractionAssigned, InteractionTransferred
from routing.model import AgentId, AgentState, InteractionId, Requirement
from tests.routing.cast import (
    ADA,
    BEN,
    GOLD,
    LENDING,
    MINUTE,
    OFFER,
    PHONE,
    PLATINUM,
    POLICY,
    SERVICE,
    WEBCHAT,
    Morning,
    agent,
    with_queue,
)

DOT = AgentId("Dot")


@pytest.fixture
def morning() -> Morning:
    """Ada is at her desk, at lunch; Gus and Pia wait."""
    morning = Morning()
    morning.staff(ADA)
    morning.choose(ADA, AgentState.UNAVAILABLE, reason="lunch")
    morning.enqueue("Gus", WEBCHAT, tier=GOLD)
    morning.enqueue("Pia", WEBCHAT, tier=PLATINUM)
    return morning


def assign(morning: Morning, name: str, agent_id: AgentId = ADA, **more: Any) -> list[Effect]:
    return morning.tell(InteractionAssigned(InteractionId(name), agent_id, **more))


def decision_of(effects: list[Effect]) -> Decision:
    (made,) = [one for one in effects if isinstance(one, OfferMade)]
    return made.decision


def refused(code: RejectionCode, subject: str) -> list[InputRejected]:
    return [InputRejected(code, subject)]


# -- pull ---------------------------------------------------------------------------------------------------


def test_an_agent_pulls_the_head_of_the_order_and_has_it_at_once(morning: Morning) -> None:
    decision = decision_of(assign(morning, "Pia"))
    assert (decision.chosen_by, decision.assigned_by, decision.overrides) == (ChosenBy.PULLED, None, ())
    assert (morning.state("Pia"), morning.holder("Pia")) == ("active", ADA)
    assert morning.agent_state(ADA) == "unavailable"


def test_an_agent_may_not_pull_past_the_head(morning: Morning) -> None:
    assert assign(morning, "Gus") == refused(RejectionCode.NOT_FIRST, "Gus")
    assign(morning, "Pia")
    assign(morning, "Gus")
    assert morning.holder("Gus") == ADA


def test_the_head_is_the_first_that_this_agent_could_take(morning: Morning) -> None:
    morning.enqueue("林", WEBCHAT, tier=PLATINUM, entered_at=0, requirement=Requirement(languages=("zh",)))
    assert assign(morning, "林") == refused(RejectionCode.NOT_FIRST, "林")
    assign(morning, "Pia")
    assert morning.state("Pia") == "active"


def test_a_pull_obeys_fit(morning: Morning) -> None:
    assign(morning, "Pia")
    morning.enqueue("a call", PHONE, tier=PLATINUM, entered_at=0)
    assert assign(morning, "a call") == refused(RejectionCode.NOT_FIRST, "a call")


def test_who_is_not_at_the_desk_pulls_nothing(morning: Morning) -> None:
    morning.choose(ADA, AgentState.OFFLINE)
    assert assign(morning, "Pia") == refused(RejectionCode.BAD_VALUE, ADA)


def test_what_is_offered_or_held_is_not_pulled(morning: Morning) -> None:
    morning.staff(BEN)
    assert morning.holder("Pia") == BEN
    assert assign(morning, "Pia") == refused(RejectionCode.WRONG_STATE, "Pia")


# -- by a supervisor ----------------------------------------------------------------------------------------


def test_a_supervisor_picks_for_an_agent_who_is_offered_it(morning: Morning) -> None:
    decision = decision_of(assign(morning, "Gus", by=DOT))
    assert (decision.chosen_by, decision.assigned_by) == (ChosenBy.ASSIGNED, DOT)
    assert (morning.state("Gus"), morning.holder("Gus")) == ("offered", ADA)
    morning.wait(OFFER)
    assert morning.state("Gus") == "waiting"


def test_a_supervisor_moves_an_offer_to_somebody_else(morning: Morning) -> None:
    morning.staff(BEN)
    ended, *_ = effects = assign(morning, "Pia", by=DOT)
    assert isinstance(ended, OfferEnded)
    assert (ended.agent_id, ended.end) == (BEN, "withdrawn")
    assert decision_of(effects).agent_id == ADA
    assert morning.router.load_of(BEN) == 33, "Gus, who waits no longer"


def test_a_supervisor_takes_over_what_somebody_holds_at_once(morning: Morning) -> None:
    morning.staff(BEN)
    morning.accept("Pia")
    morning.staff(DOT)
    morning.choose(DOT, AgentState.UNAVAILABLE)
    assign(morning, "Pia", DOT, by=DOT)
    assert (morning.state("Pia"), morning.holder("Pia")) == ("active", DOT)
    assert not any(row.id == "Pia" for row in morning.router.snapshot().interactions if row.agent_id == BEN)


@pytest.mark.parametrize("why", ["no room", "another queue", "both"])
def test_fit_is_obeyed_unless_the_supervisor_overrides_it_and_that_is_recorded(morning: Morning, why: str) -> None:
    expected: tuple[Override, ...] = (Override.ROOM,)
    if why != "another queue":
        assign(morning, "Pia", by=DOT)
        morning.accept("Pia")
    morning.enqueue("a call", PHONE)
    if why != "no room":
        morning.tell(InteractionTransferred(InteractionId("a call"), LENDING))
        expected = (Override.REQUIREMENT, *([Override.ROOM] if why == "both" else []))
    assert assign(morning, "a call", by=DOT) == refused(RejectionCode.DOES_NOT_FIT, "a call")
    assert assign(morning, "a call", overrides_fit=True)[0].code in ("not_first", "does_not_fit")
    decision = decision_of(assign(morning, "a call", by=DOT, overrides_fit=True))
    assert decision.overrides == expected
    assert morning.holder("a call") == ADA


def test_what_a_preferred_agent_has_taken_may_go_to_whoever_meets_the_rings() -> None:
    morning = Morning()
    morning.staff(ADA)
    morning.staff(BEN)
    morning.enqueue("Sam", preferred=(ADA,))
    morning.accept("Sam")
    morning.wait(10 * MINUTE)
    assert decision_of(assign(morning, "Sam", BEN, by=DOT)).overrides == ()


def test_an_override_that_is_not_needed_is_not_recorded(morning: Morning) -> None:
    assert decision_of(assign(morning, "Pia", by=DOT, overrides_fit=True)).overrides == ()


def test_an_agent_beyond_their_points_is_offered_nothing_more(morning: Morning) -> None:
    morning.choose(ADA, AgentState.AVAILABLE)
    morning.enqueue("a call", PHONE)
    assign(morning, "a call", by=DOT, overrides_fit=True)
    assert morning.router.load_of(ADA) == 166
    morning.enqueue("Sam", WEBCHAT)
    assert morning.state("Sam") == "waiting"


def test_what_wraps_up_or_is_held_by_that_agent_already_is_not_assigned(morning: Morning) -> None:
    assign(morning, "Pia")
    assert assign(morning, "Pia", by=DOT) == refused(RejectionCode.BAD_VALUE, ADA)
    morning.end("Pia")
    assert assign(morning, "Pia", by=DOT) == refused(RejectionCode.WRONG_STATE, "Pia")


def test_a_callback_that_may_not_be_dialled_yet_is_given_with_nobody_on_the_line(morning: Morning) -> None:
    """Handed on it waits for its time again, and then its customer is called."""
    later = ((morning.now + MINUTE, morning.now + 2 * MINUTE),)
    morning.tell(CallbackRequested(InteractionId("Pia"), later))
    assert assign(morning, "Pia") == refused(RejectionCode.WRONG_STATE, "Pia"), "nobody takes it of their own accord"
    assign(morning, "Pia", by=DOT)
    assert (morning.state("Pia"), morning.holder("Pia")) == ("offered", ADA)
    assert not [one for one in morning.accept("Pia") if isinstance(one, CallbackDialled)]
    assert morning.state("Pia") == "active"
    morning.tell(InteractionTransferred(InteractionId("Pia"), SERVICE))
    assert morning.state("Pia") == "waiting"
    morning.staff(BEN)
    morning.accept("Gus")
    assert morning.state("Pia") == "waiting"
    morning.wait(MINUTE)
    assert (morning.state("Pia"), morning.holder("Pia")) == ("dialling", BEN)


def test_a_callback_that_may_be_dialled_is_dialled_for_whom_it_is_given_to(morning: Morning) -> None:
    morning.choose(ADA, AgentState.UNAVAILABLE)
    morning.tell(CallbackRequested(InteractionId("Pia")))
    assign(morning, "Pia", by=DOT)
    assert (morning.state("Pia"), morning.holder("Pia")) == ("dialling", ADA)


def test_what_was_given_with_nobody_on_the_line_goes_back_when_its_agent_is_lost(morning: Morning) -> None:
    later = ((morning.now + 60 * MINUTE, morning.now + 61 * MINUTE),)
    morning.tell(CallbackRequested(InteractionId("Pia"), later))
    assign(morning, "Pia", by=DOT)
    morning.accept("Pia")
    morning.tell(AgentDisconnected(ADA))
    morning.wait(MINUTE)
    assert (morning.state("Pia"), morning.row("Pia").agent_id) == ("waiting", None)
    morning.staff(BEN)
    assert morning.state("Pia") == "waiting"


# -- transfers that enter anew ------------------------------------------------------------------------------


def test_a_queue_may_let_a_transfer_enter_anew_and_the_decision_says_so() -> None:
    morning = Morning(with_queue(LENDING, transfer_restarts=True))
    morning.enqueue("Pia", tier=PLATINUM)
    morning.wait(5 * MINUTE)
    morning.tell(InteractionTransferred(InteractionId("Pia"), LENDING))
    row = morning.row("Pia")
    assert (row.entered_at, row.rank.at) == (morning.now, morning.now - 10 * MINUTE)
    morning.wait(MINUTE)
    decision = decision_of(morning.staff(ADA, agent(LENDING)))
    assert (decision.has_restarted, decision.waited) == (True, MINUTE)


def test_a_transfer_keeps_the_place_where_the_queue_says_nothing() -> None:
    morning = Morning(POLICY)
    morning.enqueue("Pia", tier=PLATINUM)
    morning.wait(5 * MINUTE)
    morning.tell(InteractionTransferred(InteractionId("Pia"), SERVICE))
    assert decision_of(morning.staff(ADA)).has_restarted is False
