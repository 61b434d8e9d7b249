"""Offers: leases that end as accepted, declined, expired, withdrawn or agent_lost."""

from dataclasses import replace

import pytest

from routing.decisions import ChosenBy, PassedOver
from routing.effects import InputRejected, InteractionMoved, OfferEnded, OfferMade, RejectionCode
from routing.inputs import OfferAccepted, OfferDeclined
from routing.model import AgentId, AgentState, InteractionId, InteractionState, OfferEnd, OfferId
from tests.routing.cast import (
    ADA,
    BEN,
    CLEO,
    EMAIL,
    GOLD,
    MINUTE,
    OFFER,
    PHONE,
    PLATINUM,
    POLICY,
    SECOND,
    SERVICE,
    WEBCHAT,
    Morning,
)


@pytest.fixture
def morning() -> Morning:
    return Morning()


def test_an_arrival_is_offered_at_once_to_a_free_agent(morning: Morning) -> None:
    morning.staff(ADA)
    entered, offer, offered = morning.enqueue("Pia", tier=PLATINUM)
    assert entered == InteractionMoved(InteractionId("Pia"), None, InteractionState.WAITING, None)
    assert isinstance(offer, OfferMade)
    assert (offer.offer_id, offer.agent_id, offer.deadline_at) == ("Pia.1", ADA, morning.now + OFFER)
    assert isinstance(offered, InteractionMoved)
    assert (offered.state, offered.agent_id) == (InteractionState.OFFERED, ADA)


def test_a_decision_says_why(morning: Morning) -> None:
    morning.enqueue("Pia", tier=PLATINUM)
    morning.wait(90 * SECOND)
    offers = [effect for effect in morning.staff(ADA) if isinstance(effect, OfferMade)]
    decision = offers[0].decision
    assert decision.policy_version == POLICY.version
    assert (decision.head_start, decision.boost, decision.waited) == (10 * MINUTE, 0, 90 * SECOND)
    assert (decision.agent_id, decision.chosen_by, decision.eligible) == (ADA, ChosenBy.ONLY_ONE, 1)
    assert (decision.rank.band, decision.rank.at) == (0, morning.now - 90 * SECOND - 10 * MINUTE)


def test_a_decision_counts_everybody_else_by_what_they_stand_behind(morning: Morning) -> None:
    """Pia's chat, declined by Dörte: Eîlidh has a call, Ben a chat, Cléo began after Ada."""
    for name, work, channel in (("Eîlidh", "Gus", PHONE), ("Ben", "Sam", WEBCHAT), ("Dörte", "Pia", WEBCHAT)):
        morning.staff(AgentId(name))
        morning.enqueue(work, channel)
        assert morning.holder(work) == name
    for agent_id in (ADA, CLEO):
        morning.wait(SECOND)
        morning.staff(agent_id)
    (offer,) = [effect for effect in morning.decline("Pia") if isinstance(effect, OfferMade)]
    assert (offer.agent_id, offer.decision.eligible) == (ADA, 3)
    assert dict(offer.decision.passed_over) == {
        PassedOver.MORE_LOAD: 1,
        PassedOver.LESS_IDLE: 1,
        PassedOver.EXCLUDED: 1,
        PassedOver.NOT_FREE: 1,
    }


def test_an_accepted_offer_makes_the_interaction_active(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    ended, moved = morning.accept("Sam")
    assert ended == OfferEnded(OfferId("Sam.1"), InteractionId("Sam"), ADA, OfferEnd.ACCEPTED)
    assert isinstance(moved, InteractionMoved)
    assert (moved.before, moved.state) == (InteractionState.OFFERED, InteractionState.ACTIVE)
    assert morning.router.load_of(ADA) == 100


def test_a_declined_offer_goes_to_the_next_agent_at_the_old_place(morning: Morning) -> None:
    morning.staff(ADA)
    morning.wait(SECOND)
    morning.staff(BEN)
    morning.enqueue("Sam")
    rank = morning.row("Sam").rank
    assert morning.holder("Sam") == ADA
    morning.decline("Sam")
    assert morning.holder("Sam") == BEN
    assert morning.row("Sam").rank == rank


def test_an_expired_offer_returns_and_its_agent_is_not_responding(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    effects = morning.wait(OFFER)
    assert OfferEnded(OfferId("Sam.1"), InteractionId("Sam"), ADA, OfferEnd.EXPIRED) in effects
    assert morning.agent_state(ADA) is AgentState.NOT_RESPONDING
    assert morning.state("Sam") is InteractionState.WAITING
    morning.wait(5 * MINUTE)
    assert morning.state("Sam") is InteractionState.WAITING
    morning.choose(ADA, AgentState.AVAILABLE)
    assert morning.holder("Sam") == ADA


@pytest.mark.promise("P4")
def test_an_offer_does_not_outlive_its_deadline_when_the_router_slept(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.now += 5 * MINUTE
    assert InputRejected(RejectionCode.OFFER_GONE, "Sam.1") in morning.tell(OfferAccepted(OfferId("Sam.1"), ADA))
    assert morning.state("Sam") is InteractionState.WAITING


def test_who_declined_is_not_asked_again_for_a_while(morning: Morning) -> None:
    morning.staff(ADA)
    morning.staff(BEN)
    morning.enqueue("Gus", EMAIL, GOLD)
    morning.enqueue("Sam")
    assert (morning.holder("Gus"), morning.holder("Sam")) == (ADA, BEN)
    morning.accept("Sam")
    morning.decline("Gus")
    morning.wait(POLICY.retry_after - 1)
    assert morning.state("Gus") is InteractionState.WAITING
    morning.wait(1)
    assert morning.holder("Gus") == ADA


def test_a_lone_agent_who_declined_is_asked_again_sooner(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Gus", EMAIL, GOLD)
    morning.decline("Gus")
    morning.wait(POLICY.lone_retry - 1)
    assert morning.state("Gus") is InteractionState.WAITING
    morning.wait(1)
    assert morning.holder("Gus") == ADA
    assert morning.row("Gus").offer_id == "Gus.2"


def test_an_offer_is_withdrawn_when_the_customer_leaves(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    ended, closed = morning.leave("Sam")
    assert ended == OfferEnded(OfferId("Sam.1"), InteractionId("Sam"), ADA, OfferEnd.WITHDRAWN)
    assert isinstance(closed, InteractionMoved)
    assert (closed.state, closed.agent_id) == (InteractionState.CLOSED, None)
    assert morning.router.load_of(ADA) == 0


@pytest.mark.parametrize("answer", [OfferAccepted, OfferDeclined])
def test_an_answer_to_an_offer_that_has_gone_is_rejected(
    morning: Morning, answer: type[OfferAccepted] | type[OfferDeclined]
) -> None:
    morning.staff(ADA)
    morning.staff(BEN)
    morning.enqueue("Sam")
    morning.decline("Sam")
    before = morning.router.snapshot()
    for offer_id in ("Sam.1", "Nobody.1", "rubbish", ""):
        assert morning.tell(answer(OfferId(offer_id), ADA)) == [InputRejected(RejectionCode.OFFER_GONE, offer_id)]
    assert morning.tell(answer(OfferId("Sam.2"), ADA)) == [InputRejected(RejectionCode.NOT_YOURS, "Sam.2")]
    assert morning.router.snapshot() == before


def test_the_wait_for_the_answer_may_differ_by_queue_and_channel() -> None:
    queue = replace(POLICY.queues[SERVICE], offer_duration={PHONE: 5 * SECOND})
    morning = Morning(replace(POLICY, queues={**POLICY.queues, SERVICE: queue}))
    morning.staff(ADA)
    morning.enqueue("Sam")
    assert morning.row("Sam").deadline_at == morning.now + 5 * SECOND
