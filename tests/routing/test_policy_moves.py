"""A policy that removes queues or tiers is rejected, or moves what is open in the same step."""

from dataclasses import replace

import pytest

from routing.effects import InputRejected, OfferEnded, OfferMade, RejectionCode
from routing.inputs import (
    AgentProfileChanged,
    CallbackRequested,
    InteractionTransferred,
    PolicyChanged,
    PolicyMove,
    TierChanged,
)
from routing.misplaced import Misplacement, find_misplaced
from routing.model import (
    SECOND,
    AgentProfile,
    Dialling,
    InteractionId,
    InteractionState,
    OfferEnd,
    Policy,
    QueueId,
    Requirement,
    Snapshot,
    TierId,
)
from routing.router import Router
from tests.routing.cast import (
    ADA,
    BEN,
    GOLD,
    LENDING,
    MINUTE,
    PHONE,
    POLICY,
    SERVICE,
    SMS,
    STANDARD,
    Morning,
    agent,
    opened,
    with_queue,
)

WITHOUT_LENDING = replace(
    POLICY, version=2, queues={one: POLICY.queues[one] for one in POLICY.queues if one != LENDING}
)
WITHOUT_GOLD = replace(POLICY, version=2, tiers={one: POLICY.tiers[one] for one in POLICY.tiers if one != GOLD})


@pytest.fixture
def morning() -> Morning:
    return Morning()


def move(name: str, queue: QueueId = SERVICE, tier: TierId = STANDARD) -> PolicyMove:
    return PolicyMove(InteractionId(name), queue, tier)


def faults(morning: Morning, policy: Policy) -> dict[str, Misplacement]:
    rows = morning.router.snapshot()
    return {str(one): fault for one, fault in find_misplaced(policy, rows.interactions, [ADA, BEN]).items()}


def test_a_queue_with_work_in_it_is_not_taken_away_without_a_word(morning: Morning) -> None:
    morning.enqueue("Gus", queue=LENDING)
    before = morning.router.snapshot()
    (effect,) = morning.tell(PolicyChanged(WITHOUT_LENDING))
    assert effect == InputRejected(RejectionCode.UNKNOWN_QUEUE, "Gus")
    assert morning.router.snapshot() == before


def test_nor_is_a_tier_that_somebody_has(morning: Morning) -> None:
    morning.enqueue("Gus", tier=GOLD)
    assert morning.tell(PolicyChanged(WITHOUT_GOLD)) == [InputRejected(RejectionCode.UNKNOWN_TIER, "Gus")]


def test_a_move_to_nowhere_or_of_nobody_is_rejected(morning: Morning) -> None:
    morning.enqueue("Gus", queue=LENDING)
    for code, one in (
        (RejectionCode.UNKNOWN_QUEUE, move("Gus", QueueId("无"))),
        (RejectionCode.UNKNOWN_TIER, move("Gus", SERVICE, TierId("bronze"))),
        (RejectionCode.UNKNOWN_INTERACTION, move("Pia")),
    ):
        (effect,) = morning.tell(PolicyChanged(WITHOUT_LENDING, (one,)))
        assert isinstance(effect, InputRejected) and effect.code is code
    assert morning.row("Gus").queue == LENDING


def test_what_waits_is_served_in_its_new_queue_at_its_rank(morning: Morning) -> None:
    morning.enqueue("Gus", SMS, queue=LENDING)
    morning.wait(MINUTE)
    morning.enqueue("Pia", SMS)
    rank = morning.row("Gus").rank
    morning.tell(PolicyChanged(WITHOUT_LENDING, (move("Gus"),)))
    assert (morning.row("Gus").queue, morning.row("Gus").rank) == (SERVICE, rank)
    morning.staff(ADA, agent(SERVICE, points=[(SMS, 100)]))
    assert morning.holder("Gus") == ADA
    assert morning.state("Pia") == "waiting"


def test_an_offer_is_withdrawn_and_what_is_in_hand_stays_there(morning: Morning) -> None:
    for name, who in (("Gus", ADA), ("Pia", BEN)):
        morning.staff(who, agent(LENDING, SERVICE, skills=[("loans", 5)]))
        morning.enqueue(name, queue=LENDING)
    morning.accept("Pia")
    effects = morning.tell(PolicyChanged(WITHOUT_LENDING, (move("Gus"), move("Pia"))))
    assert [one.end for one in effects if isinstance(one, OfferEnded)] == [OfferEnd.WITHDRAWN]
    (offer,) = [one for one in effects if isinstance(one, OfferMade)]
    assert (offer.interaction_id, offer.decision.policy_version) == ("Gus", 2)
    assert (morning.state("Pia"), morning.holder("Pia"), morning.row("Pia").queue) == ("active", BEN, SERVICE)
    assert morning.router.find_misplaced() == {}


def test_a_new_tier_gives_its_head_start(morning: Morning) -> None:
    morning.enqueue("Gus", tier=GOLD)
    morning.tell(PolicyChanged(WITHOUT_GOLD, (move("Gus"),)))
    assert (morning.row("Gus").tier, morning.row("Gus").head_start) == (STANDARD, 0)
    morning.tell(TierChanged(InteractionId("Gus"), STANDARD))
    assert morning.router.find_misplaced() == {}


def test_an_agent_who_was_named_and_does_not_serve_the_new_queue_is_named_no_more(morning: Morning) -> None:
    morning.staff(ADA, agent(LENDING))
    morning.enqueue("Gus", queue=LENDING, requirement=Requirement(agents=(ADA,)))
    morning.tell(PolicyChanged(WITHOUT_LENDING, (move("Gus"),)))
    morning.staff(BEN, agent(SERVICE))
    assert morning.holder("Gus") == BEN


def test_an_agent_who_was_named_and_serves_the_new_queue_too_stays_named(morning: Morning) -> None:
    morning.tell(AgentProfileChanged(ADA, agent(LENDING, SERVICE)))
    morning.enqueue("Gus", queue=LENDING, requirement=Requirement(agents=(ADA,)))
    morning.tell(PolicyChanged(WITHOUT_LENDING, (move("Gus"),)))
    morning.staff(BEN, agent(SERVICE))
    assert morning.state("Gus") == "waiting"


def test_who_is_preferred_and_serves_only_a_queue_that_is_gone_is_not_waited_for(morning: Morning) -> None:
    morning.staff(ADA, AgentProfile(queues=(LENDING,)))
    morning.enqueue("Gus", queue=LENDING, preferred=(ADA,))
    morning.tell(PolicyChanged(WITHOUT_LENDING, (move("Gus"),)))
    morning.staff(BEN, agent(SERVICE))
    assert morning.holder("Gus") == BEN


def test_whom_a_policy_moves_to_a_queue_that_does_not_call_yet_is_on_hold_until_it_does() -> None:
    calling = Dialling(hours=opened((11, 12)))
    before = with_queue(SERVICE, with_queue(LENDING, dialling=Dialling()), dialling=calling)
    morning = Morning(before)
    morning.enqueue("Gus", queue=LENDING)
    morning.tell(CallbackRequested(InteractionId("Gus")))
    after = replace(before, version=2, queues={SERVICE: before.queues[SERVICE]})
    morning.tell(PolicyChanged(after, (move("Gus"),)))
    morning.staff(ADA, agent(SERVICE))
    assert morning.state("Gus") == "waiting"
    morning.wait(120 * MINUTE + SECOND)
    assert morning.state("Gus") == "dialling"


def test_a_queue_that_calls_nobody_takes_no_callbacks() -> None:
    morning = Morning(with_queue(LENDING, calls_back=False))
    morning.enqueue("Gus", queue=LENDING)
    gus = InteractionId("Gus")
    assert morning.tell(CallbackRequested(gus)) == [InputRejected(RejectionCode.CALLS_NOBODY, LENDING)]
    morning.tell(InteractionTransferred(gus, SERVICE), CallbackRequested(gus))
    assert morning.tell(InteractionTransferred(gus, LENDING)) == [InputRejected(RejectionCode.CALLS_NOBODY, LENDING)]


def test_a_callback_that_no_queue_takes_any_more_is_withdrawn() -> None:
    morning = Morning()
    morning.enqueue("Gus")
    morning.tell(CallbackRequested(InteractionId("Gus")))
    after = with_queue(SERVICE, version_of(2), calls_back=False)
    assert faults(morning, after) == {"Gus": Misplacement.CALLS_NOBODY}
    morning.tell(PolicyChanged(after, (replace(move("Gus"), withdraws_callback=True),)))
    assert morning.row("Gus").callback is None
    assert morning.router.find_misplaced() == {}


def version_of(version: int) -> Policy:
    return replace(POLICY, version=version)


def test_each_fault_is_found() -> None:
    morning = Morning()
    morning.staff(ADA, agent(skills=[("loans", 5)]))
    morning.enqueue("Gus", queue=LENDING, tier=GOLD)
    assert faults(morning, POLICY) == {}
    assert faults(morning, WITHOUT_LENDING) == {"Gus": Misplacement.NO_QUEUE}
    assert faults(morning, with_queue(LENDING, channels=(SMS,))) == {"Gus": Misplacement.CHANNEL_NOT_TAKEN}
    assert faults(morning, with_queue(LENDING, channels=(PHONE,))) == {}
    assert faults(morning, WITHOUT_GOLD) == {"Gus": Misplacement.NO_TIER}
    row = morning.row("Gus")
    for broken in (
        replace(row, agent_id=None),
        replace(row, offer_id=None),
        replace(row, state=InteractionState.WAITING),
        replace(row, state=InteractionState.PAUSED, agent_id=None, offer_id=None),
    ):
        assert find_misplaced(POLICY, [broken], [ADA]) == {"Gus": Misplacement.NOT_IN_ONE_PLACE}
    assert find_misplaced(POLICY, [row], []) == {"Gus": Misplacement.NOT_IN_ONE_PLACE}, "nobody knows its agent"


def test_rows_of_a_hub_that_stranded_work_are_found_and_mended() -> None:
    """A router restored under a policy that lacks the queue of what it holds."""
    morning = Morning()
    morning.enqueue("Gus", queue=LENDING)
    rows: Snapshot = morning.router.snapshot()
    router = Router.restore(WITHOUT_LENDING, rows, morning.now)
    assert router.find_misplaced() == {"Gus": Misplacement.NO_QUEUE}
    router.handle(PolicyChanged(WITHOUT_LENDING, (move("Gus"),)), morning.now)
    assert router.find_misplaced() == {}
