"""The order: rank, head start, bands and boost, over all the queues that an agent serves."""

from dataclasses import replace

import pytest

from routing.effects import InputRejected, OfferMade, RejectionCode
from routing.inputs import InteractionBoosted, PolicyChanged, TierChanged
from routing.model import InteractionId, Requirement, Tier
from routing.rank import overtaking_bound
from tests.routing.cast import (
    ADA,
    BEN,
    EMAIL,
    GOLD,
    LENDING,
    MINUTE,
    PHONE,
    PLATINUM,
    POLICY,
    SECOND,
    SERVICE,
    SMS,
    STANDARD,
    WEBCHAT,
    Morning,
    agent,
    head_starts,
)


@pytest.fixture
def morning() -> Morning:
    return Morning()


def offered_in_turn(morning: Morning, count: int) -> list[str]:
    """Whom one agent is offered, one call after the other."""
    names = [effect.interaction_id for effect in morning.staff(ADA) if isinstance(effect, OfferMade)]
    while len(names) < count:
        effects = morning.finish(names[-1])
        names += [effect.interaction_id for effect in effects if isinstance(effect, OfferMade)]
    return list(names)


def test_the_same_tier_is_served_in_the_order_of_arrival(morning: Morning) -> None:
    for name in ("Sam", "Sára", "Søren"):
        morning.enqueue(name)
    assert offered_in_turn(morning, 3) == ["Sam", "Sára", "Søren"]


def test_platinum_arriving_later_is_offered_first(morning: Morning) -> None:
    morning.enqueue("Sam")
    morning.wait(2 * MINUTE)
    morning.enqueue("Gus", tier=GOLD)
    morning.wait(2 * MINUTE)
    morning.enqueue("Pia", tier=PLATINUM)
    assert offered_in_turn(morning, 3) == ["Pia", "Gus", "Sam"]


def test_standard_is_not_starved_by_a_stream_of_platinum(morning: Morning) -> None:
    """Sam is overtaken only by those who enter within the head start of platinum."""
    morning.staff(ADA)
    morning.enqueue("Pia 0", tier=PLATINUM)
    morning.enqueue("Sam")
    entered_at = morning.now
    for number in range(1, 30):
        morning.accept(f"Pia {number - 1}")
        morning.wait(MINUTE - 1)
        morning.enqueue(f"Pia {number}", tier=PLATINUM)
        morning.wait(1)
        morning.end(f"Pia {number - 1}")
        morning.complete(f"Pia {number - 1}")
        if morning.state("Sam") == "offered":
            break
    bound = overtaking_bound(POLICY, (POLICY.tiers[PLATINUM], PHONE), (POLICY.tiers[STANDARD], PHONE))
    assert bound == 10 * MINUTE + POLICY.boost_cap
    assert 10 * MINUTE <= morning.now - entered_at <= bound + MINUTE


def test_a_head_start_of_always_is_a_band_of_its_own(morning: Morning) -> None:
    always = {**POLICY.tiers, PLATINUM: Tier(PLATINUM, 3, head_starts(None, None))}
    morning.tell(PolicyChanged(replace(POLICY, version=2, tiers=always)))
    morning.enqueue("Sam")
    morning.enqueue("Gus", tier=GOLD)
    morning.wait(24 * 60 * MINUTE)
    morning.enqueue("Pia", tier=PLATINUM)
    assert morning.row("Pia").rank.band == -3
    assert offered_in_turn(morning, 3) == ["Pia", "Gus", "Sam"]


def test_who_waits_keeps_the_head_start_they_entered_with(morning: Morning) -> None:
    morning.enqueue("Pia", tier=PLATINUM)
    level = {one.id: replace(one, head_start=head_starts(0, 0)) for one in POLICY.tiers.values()}
    morning.tell(PolicyChanged(replace(POLICY, version=2, tiers=level)))
    assert morning.row("Pia").head_start == 10 * MINUTE
    morning.enqueue("Pia too", tier=PLATINUM)
    assert morning.row("Pia too").head_start == 0


def test_a_call_at_opening_time_is_not_behind_the_night_s_mails() -> None:
    """Channels are kept apart by head start."""
    tiers = {one.id: replace(one, head_start={PHONE: 24 * 60 * MINUTE, EMAIL: 0}) for one in POLICY.tiers.values()}
    morning = Morning(replace(POLICY, tiers=tiers))
    for number in range(5):
        morning.enqueue(f"mail {number}", EMAIL)
    morning.wait(10 * 60 * MINUTE)
    morning.enqueue("Sam")
    morning.staff(ADA)
    assert morning.holder("Sam") == ADA


def test_a_boost_moves_one_interaction_forward_up_to_the_cap(morning: Morning) -> None:
    morning.enqueue("Sam")
    morning.wait(4 * MINUTE)
    morning.enqueue("Sára")
    morning.tell(InteractionBoosted(InteractionId("Sára"), 3 * MINUTE))
    assert morning.router.find_place(InteractionId("Sára")).position == 2
    morning.tell(InteractionBoosted(InteractionId("Sára"), 60 * MINUTE))
    assert morning.row("Sára").boost == POLICY.boost_cap
    assert morning.router.find_place(InteractionId("Sára")).position == 1
    assert offered_in_turn(morning, 2) == ["Sára", "Sam"]


def test_a_negative_boost_is_rejected(morning: Morning) -> None:
    morning.enqueue("Sam")
    assert morning.tell(InteractionBoosted(InteractionId("Sam"), -1)) == [
        InputRejected(RejectionCode.BAD_VALUE, "Sam")
    ]


def test_a_new_tier_is_a_new_rank(morning: Morning) -> None:
    morning.enqueue("Sam")
    morning.enqueue("Gus")
    morning.tell(TierChanged(InteractionId("Gus"), PLATINUM))
    assert (morning.row("Gus").tier, morning.row("Gus").head_start) == (PLATINUM, 10 * MINUTE)
    assert offered_in_turn(morning, 2) == ["Gus", "Sam"]


def test_an_earlier_entry_is_inherited(morning: Morning) -> None:
    morning.enqueue("Sam")
    morning.enqueue("Sára", entered_at=morning.now - MINUTE)
    assert offered_in_turn(morning, 2) == ["Sára", "Sam"]


def test_who_drops_out_and_rings_again_gets_the_old_place_back(morning: Morning) -> None:
    for name in ("Sam", "Sára", "Søren"):
        morning.enqueue(name)
    dropped = morning.row("Sára")
    morning.leave("Sára")
    morning.wait(SECOND)
    morning.enqueue("Sára again", entered_at=dropped.entered_at, sequence=dropped.sequence)
    assert morning.row("Sára again").rank == dropped.rank
    assert offered_in_turn(morning, 3) == ["Sam", "Sára again", "Søren"]


def test_rank_is_one_order_over_all_the_queues_that_an_agent_serves(morning: Morning) -> None:
    morning.enqueue("Sam", queue=SERVICE)
    morning.wait(SECOND)
    morning.enqueue("Gus", tier=GOLD, queue=LENDING)
    morning.wait(2 * MINUTE)
    morning.enqueue("Sára", queue=LENDING)
    morning.wait(MINUTE)
    assert offered_in_turn(morning, 3) == ["Gus", "Sam", "Sára"]


def test_a_queue_does_not_block_another_s_work(morning: Morning) -> None:
    """Pia is first of all, but nobody here meets what she wants."""
    morning.enqueue("Pia", tier=PLATINUM, requirement=Requirement(languages=("zh",)))
    morning.enqueue("Sam", queue=LENDING)
    morning.enqueue("Gus", requirement=Requirement(skills=(("loans", 3),)))
    morning.wait(5 * MINUTE)
    morning.staff(ADA, agent(LENDING, SERVICE))
    assert morning.holder("Sam") == ADA
    morning.staff(BEN, agent(SERVICE, skills=[("loans", 3)]))
    assert morning.holder("Gus") == BEN
    assert morning.state("Pia") == "waiting"


def test_the_position_counts_the_queue_by_rank(morning: Morning) -> None:
    for name, tier, queue in (
        ("Sam", STANDARD, SERVICE),
        ("Gus", GOLD, SERVICE),
        ("Pia", PLATINUM, LENDING),
        ("Sára", STANDARD, SERVICE),
    ):
        morning.enqueue(name, WEBCHAT, tier, queue)
        morning.wait(SECOND)
    places = [morning.router.find_place(InteractionId(name)) for name in ("Gus", "Sam", "Sára", "Pia")]
    assert [(one.position, one.waiting) for one in places if one] == [(1, 3), (2, 3), (3, 3), (1, 1)]
    assert morning.router.find_place(InteractionId("nobody")) is None
    morning.staff(ADA, agent(SERVICE))
    assert morning.router.find_place(InteractionId("Gus")) is None


def test_positions_hold_with_thousands_waiting(morning: Morning) -> None:
    names = [f"{number:05}" for number in range(3000)]
    for name in names:
        morning.now += 1
        morning.enqueue(name, SMS)
    for name in names[::3]:
        morning.leave(name)
    kept = [name for name in names if morning.state(name) == "waiting"]
    for position, name in enumerate(kept, start=1):
        place = morning.router.find_place(InteractionId(name))
        assert place is not None
        assert (place.position, place.waiting) == (position, len(kept))


def test_of_lanes_whose_first_is_excluded_the_smallest_rank_counts(morning: Morning) -> None:
    """Sam and Sára wait in one lane, Gus in another, between them."""
    morning.staff(ADA)
    morning.enqueue("Sam", queue=SERVICE)
    morning.enqueue("Gus", queue=SERVICE, requirement=Requirement(languages=("en",)))
    morning.enqueue("Sára", queue=SERVICE)
    effects = morning.decline("Sam")
    assert [one.interaction_id for one in effects if isinstance(one, OfferMade)] == ["Gus"]


def test_an_id_may_be_given_again_with_its_old_place_when_the_first_has_closed(morning: Morning) -> None:
    """Entries of the closed one wait in the heaps to be passed over."""
    morning.enqueue("Pia")
    for _ in range(20):
        morning.enqueue("Sam", entered_at=morning.now, sequence=1)
        morning.enqueue("Gus")
        morning.leave("Sam")
        morning.leave("Gus")
    morning.enqueue("Sam", entered_at=morning.now, sequence=1)
    morning.staff(ADA)
    assert morning.holder("Pia") == ADA


def test_who_is_given_the_same_tier_again_and_again_stays_in_the_order(morning: Morning) -> None:
    """Each time the rank is made anew; the old ones, which are equal, wait in the heaps to be passed over."""
    morning.enqueue("Pia", tier=PLATINUM)
    others = [f"customer {number}" for number in range(10)]
    for name in others:
        morning.enqueue(name)
    for _ in range(20):
        morning.tell(TierChanged(InteractionId("Pia"), PLATINUM))
    for name in others:
        morning.leave(name)
    morning.staff(ADA)
    assert morning.holder("Pia") == ADA
