"""Explanations of a wait: each reason has a case of its own."""

import pytest

from routing.decisions import NotEligible
from routing.eligibility import Reason
from routing.explanations import Explanation, Next, explain
from routing.inputs import AgentDisconnected, CallbackRequested
from routing.model import (
    SECOND,
    AgentId,
    AgentState,
    Dialling,
    InteractionId,
    InteractionState,
    Occasion,
    OverflowAction,
    OverflowRule,
    Policy,
    Requirement,
)
from tests.routing.cast import (
    ADA,
    BEN,
    CLEO,
    EMAIL,
    GOLD,
    HOUR,
    LENDING,
    MINUTE,
    NINE,
    OFFER,
    PHONE,
    PLATINUM,
    POLICY,
    SERVICE,
    WEBCHAT,
    Morning,
    agent,
    opened,
    with_queue,
    电话银行,
)


@pytest.fixture
def morning() -> Morning:
    return Morning()


def told(morning: Morning, name: str, policy: Policy = POLICY) -> Explanation:
    explanation = explain(policy, morning.router.snapshot(), InteractionId(name), morning.now)
    assert explanation is not None
    return explanation


def reasons_of(morning: Morning, name: str, agent_id: AgentId, policy: Policy = POLICY) -> tuple[Reason, ...]:
    found = [one.reasons for one in told(morning, name, policy).agents if one.agent_id == agent_id]
    assert len(found) == 1
    return found[0]


def codes_of(morning: Morning, name: str, agent_id: AgentId) -> list[NotEligible]:
    return [reason.code for reason in reasons_of(morning, name, agent_id)]


def test_two_hold_the_skill_one_is_full_and_one_on_break_and_ring_two_opens_in_twenty_seconds(
    morning: Morning,
) -> None:
    morning.staff(ADA, agent(skills=[("loans", 5)]))
    morning.staff(BEN, agent(skills=[("loans", 4)]))
    morning.staff(CLEO, agent(skills=[("loans", 2)]))
    morning.enqueue("Pia", tier=PLATINUM, queue=LENDING)
    morning.accept("Pia")
    morning.enqueue("Ben's other call", requirement=Requirement(agents=(BEN,)))
    morning.finish("Ben's other call")
    morning.choose(BEN, AgentState.UNAVAILABLE, reason="lunch")
    morning.enqueue("林嘉怡", queue=LENDING)
    morning.wait(10 * SECOND)
    assert reasons_of(morning, "林嘉怡", ADA) == (Reason(NotEligible.NO_ROOM, asked=100, has=100),)
    assert reasons_of(morning, "林嘉怡", BEN) == (Reason(NotEligible.UNAVAILABLE, since=NINE, names=("lunch",)),)
    assert reasons_of(morning, "林嘉怡", CLEO) == (Reason(NotEligible.RING_NOT_OPEN, NINE + 30 * SECOND, asked=2),)
    explanation = told(morning, "林嘉怡")
    assert (explanation.ring, explanation.rings) == (1, 3)
    opening = explanation.next[0]
    assert (opening.what, opening.ring, opening.at - morning.now) == (Next.RING_OPENS, 2, 20 * SECOND)
    morning.wait(20 * SECOND)
    assert morning.holder("林嘉怡") == CLEO


def test_a_skill_below_its_level_is_told_with_both_levels(morning: Morning) -> None:
    morning.staff(CLEO, agent(skills=[("loans", 2)]))
    morning.enqueue("Sam", requirement=Requirement(skills=(("loans", 3), ("mortgages", 1))))
    assert reasons_of(morning, "Sam", CLEO) == (
        Reason(NotEligible.SKILL, names=("loans",), asked=3, has=2),
        Reason(NotEligible.SKILL, names=("mortgages",), asked=1, has=0),
    )


def test_one_language_that_serves_interaction_and_ring_is_one_thing_missing(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("林嘉怡", queue=电话银行, requirement=Requirement(languages=("fr", "zh")))
    reasons = {reason.code: reason for reason in reasons_of(morning, "林嘉怡", ADA)}
    assert set(reasons) == {NotEligible.LANGUAGE}
    assert reasons[NotEligible.LANGUAGE].names == ("zh",)


def test_it_speaks_of_the_ring_for_which_the_least_is_missing(morning: Morning) -> None:
    morning.staff(ADA, agent(languages=["fr"]))
    morning.enqueue("Sam", queue=LENDING, requirement=Requirement(languages=("zh",)))
    morning.wait(MINUTE)
    assert codes_of(morning, "Sam", ADA) == [NotEligible.LANGUAGE]


def test_whom_the_preferred_agents_are_asked_before_waits_for_the_first_ring(morning: Morning) -> None:
    morning.staff(ADA)
    morning.staff(BEN)
    morning.enqueue("Gus", requirement=Requirement(agents=(ADA,)))
    morning.accept("Gus")
    morning.enqueue("Pia", preferred=(ADA,))
    assert reasons_of(morning, "Pia", BEN) == (Reason(NotEligible.RING_NOT_OPEN, NINE + 40 * SECOND, asked=1),)
    assert told(morning, "Pia").ring == 0
    morning.wait(40 * SECOND)
    assert morning.holder("Pia") == BEN


def test_who_declined_is_excluded_until_then(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.decline("Sam")
    assert reasons_of(morning, "Sam", ADA) == (Reason(NotEligible.EXCLUDED, NINE + 15 * SECOND),)
    assert [(each.what, each.at, each.agent_id) for each in told(morning, "Sam").next] == [
        (Next.EXCLUSION_ENDS, NINE + 15 * SECOND, ADA)
    ]


def test_all_that_keeps_an_agent_away_is_said_at_once(morning: Morning) -> None:
    morning.staff(ADA, agent(SERVICE, languages=["fr"]))
    morning.enqueue("Pia")
    morning.accept("Pia")
    morning.choose(ADA, AgentState.UNAVAILABLE, reason="lunch", after_current=True)
    morning.enqueue("Sam", queue=LENDING, requirement=Requirement(languages=("zh",)))
    morning.wait(MINUTE)
    assert codes_of(morning, "Sam", ADA) == [
        NotEligible.LEAVING,
        NotEligible.NOT_IN_QUEUE,
        NotEligible.LANGUAGE,
        NotEligible.NO_ROOM,
    ]


def test_room_comes_when_wrap_ups_end(morning: Morning) -> None:
    morning.staff(ADA)
    for name in ("first chat", "second chat"):
        morning.enqueue(name, WEBCHAT)
        morning.accept(name)
    morning.end("first chat")
    morning.wait(10 * SECOND)
    morning.end("second chat")
    morning.enqueue("Sam")
    (room,) = reasons_of(morning, "Sam", ADA)
    assert (room.code, room.asked, room.has) == (NotEligible.NO_ROOM, 100, 66)
    assert room.ends_at == NINE + MINUTE + 10 * SECOND  # the first one is not enough
    assert [each.what for each in told(morning, "Sam").next] == [Next.ROOM_COMES]
    morning.wait(MINUTE)
    assert morning.holder("Sam") == ADA


def test_no_room_is_promised_by_an_offer_that_may_be_accepted(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Pia")
    morning.enqueue("Sam")
    (room,) = reasons_of(morning, "Sam", ADA)
    assert (room.code, room.ends_at) == (NotEligible.NO_ROOM, None)
    assert told(morning, "Sam").next == ()


def test_what_may_be_interrupted_is_not_held_against_it(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("mail", EMAIL)
    morning.accept("mail")
    morning.enqueue("chat", WEBCHAT)
    morning.accept("chat")
    morning.enqueue("Sam")
    (room,) = reasons_of(morning, "Sam", ADA)
    assert room.has == 33


def test_a_reserved_agent_is_told_with_what_they_are_kept_for(morning: Morning) -> None:
    morning.staff(ADA)
    for name in ("one", "two", "three"):
        morning.enqueue(name, WEBCHAT)
        morning.accept(name)
    morning.enqueue("Pia", tier=PLATINUM)
    morning.end("one")
    morning.complete("one")
    morning.enqueue("four", WEBCHAT)
    assert [each.what for each in told(morning, "Pia").next if each.what is Next.OVERDUE] == [Next.OVERDUE]
    morning.accept("four")
    morning.wait(MINUTE)
    morning.end("two")
    morning.enqueue("five", WEBCHAT)
    morning.complete("two")
    assert told(morning, "Pia").reserved_for == ADA
    assert Reason(NotEligible.RESERVED, names=("Pia",)) in reasons_of(morning, "five", ADA)
    assert NotEligible.RESERVED not in codes_of(morning, "Pia", ADA)


def test_an_agent_whose_desk_is_lost_and_one_who_takes_no_calls(morning: Morning) -> None:
    morning.staff(ADA, agent(points=[(PHONE, 101)]))
    morning.staff(BEN)
    morning.tell(AgentDisconnected(BEN))
    morning.enqueue("Sam")
    assert reasons_of(morning, "Sam", BEN) == (Reason(NotEligible.DISCONNECTED, since=NINE),)
    assert reasons_of(morning, "Sam", ADA) == (Reason(NotEligible.CHANNEL_NOT_TAKEN, asked=101),)


def test_who_is_ahead_and_why_they_cannot_be_served(morning: Morning) -> None:
    morning.staff(ADA)
    morning.staff(BEN, agent(languages=["fr"]))
    morning.enqueue("Sam", requirement=Requirement(agents=(ADA,)))
    morning.accept("Sam")
    morning.enqueue("Gus", tier=GOLD, requirement=Requirement(languages=("zh",)))
    morning.enqueue("Béatrice", requirement=Requirement(languages=("en",)))
    explanation = told(morning, "Béatrice")
    assert explanation.ahead_count == 1
    (gus,) = explanation.ahead
    assert (gus.interaction_id, gus.tier) == ("Gus", GOLD)
    assert gus.why_not == ((NotEligible.LANGUAGE, 2),)


def test_overflow_is_told_with_what_it_does() -> None:
    policy = with_queue(
        SERVICE,
        overflow=(
            OverflowRule(Occasion.WAITED, OverflowAction.CALLBACK, after=2 * MINUTE),
            OverflowRule(Occasion.CLOSING, OverflowAction.RELEASE),
        ),
        hours=opened((8, 20)),
    )
    morning = Morning(policy)
    morning.enqueue("Sam")
    (due,) = told(morning, "Sam", policy).next
    assert (due.what, due.at, due.action) == (Next.WAITED_TOO_LONG, NINE + 2 * MINUTE, OverflowAction.CALLBACK)


def test_a_callback_is_told_with_what_keeps_it_back_and_when_it_may_be_called() -> None:
    policy = with_queue(SERVICE, dialling=Dialling(hours=opened((8, 8.5), (10, 12))))
    morning = Morning(policy)
    morning.enqueue("Sam")
    windows = ((NINE + 90 * MINUTE, NINE + 3 * HOUR),)
    morning.tell(CallbackRequested(InteractionId("Sam"), windows))
    morning.staff(ADA)
    assert reasons_of(morning, "Sam", ADA, policy) == (
        Reason(NotEligible.NOT_TO_BE_CALLED, NINE + 90 * MINUTE),
        Reason(NotEligible.CALLS_NOBODY, NINE + 60 * MINUTE),
    )
    (due,) = told(morning, "Sam", policy).next
    assert (due.what, due.at) == (Next.MAY_BE_CALLED, NINE + 90 * MINUTE)


def test_a_callback_whose_last_hour_passes_before_it_may_be_called_is_told_to_end() -> None:
    policy = with_queue(SERVICE, dialling=Dialling(hours=opened((10, 12))))
    morning = Morning(policy)
    morning.enqueue("Sam")
    morning.tell(CallbackRequested(InteractionId("Sam"), ((NINE, NINE + MINUTE),)))
    (due,) = told(morning, "Sam", policy).next
    assert (due.what, due.at) == (Next.CALLED_NO_MORE, NINE + MINUTE), "also where nobody is at work"
    morning.wait(MINUTE)
    assert morning.state("Sam") == "closed"


def test_what_is_offered_is_told_with_its_deadline(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    explanation = told(morning, "Sam")
    assert (explanation.state, explanation.agent_id) == (InteractionState.OFFERED, ADA)
    assert [(each.what, each.at) for each in explanation.next] == [(Next.OFFER_EXPIRES, NINE + OFFER)]
    assert explanation.agents == ()


def test_what_is_not_open_has_no_explanation(morning: Morning) -> None:
    assert explain(POLICY, morning.router.snapshot(), InteractionId("nobody"), morning.now) is None
