"""The bound of overtaking: how much later an interaction may enter and still be served first."""

import os
from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from routing.decisions import ChosenBy
from routing.effects import Effect, OfferMade
from routing.inputs import Input, PolicyChanged, TierChanged
from routing.model import InteractionState, Micros
from routing.rank import Bound, overtaking_bound, overtaking_bounds
from routing.router import Router
from tests.routing.cast import GOLD, MINUTE, PHONE, PLATINUM, POLICY, SMS, STANDARD, Morning, head_starts
from tests.routing.histories import HISTORIES, run
from tests.routing.plain_router import PlainRouter

COUNT = int(os.environ.get("HUB_HISTORIES", "1000")) // 5


@settings(max_examples=COUNT, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(HISTORIES)
def test_nobody_is_overtaken_beyond_the_bound_by_work_that_the_same_agent_could_take(history: bytes) -> None:
    """At each offer that the router makes by itself, for everyone who waits on and whom this agent could have taken
    just as well. Tiers and policy stay as they are, so that the bound of the policy is that of everyone."""
    tiers = POLICY.tiers
    for *_, effects, rows in run(Still(POLICY), history):
        plain = PlainRouter(POLICY, rows)
        offers = [effect for effect in effects if isinstance(effect, OfferMade)]
        offers = [effect for effect in offers if effect.decision.assigned_by is None]
        for made in offers[-1:]:  # the agent's hands as they are after it are those of the moment of the offer
            served, agent = plain.work[made.interaction_id], plain.agents[made.agent_id]
            only = agent.id if made.decision.chosen_by is ChosenBy.RESERVED else None  # and eligible for nothing else
            waiting = replace(served, state=InteractionState.WAITING, agent_id=None, offer_id=None, reserved_for=only)
            plain.work[served.id] = waiting
            for row in rows.interactions:
                is_left = row.id != served.id and row.state is InteractionState.WAITING
                if is_left and agent in plain.find_eligible(row):
                    bound = overtaking_bound(
                        POLICY, (tiers[served.tier], served.channel), (tiers[row.tier], row.channel)
                    )
                    assert bound is not None
                    assert served.entered_at <= row.entered_at + bound


class Still(Router):
    """Goes through a history without changes of the policy or of tiers."""

    def handle(self, input: Input, now: Micros) -> list[Effect]:
        return [] if isinstance(input, PolicyChanged | TierChanged) else super().handle(input, now)


def test_the_bound_is_reached_and_not_passed() -> None:
    """Pia, boosted by all that is allowed, enters as late as may be, and a microsecond later."""
    bound = overtaking_bound(POLICY, (POLICY.tiers[PLATINUM], PHONE), (POLICY.tiers[STANDARD], PHONE))
    assert bound == 10 * MINUTE + POLICY.boost_cap
    for late, first in ((bound - 1, "Pia"), (bound, "Sam"), (bound + 1, "Sam")):
        morning = Morning()
        morning.enqueue("Sam")
        morning.wait(late)
        morning.enqueue("Pia", tier=PLATINUM, boost=60 * MINUTE)
        assert morning.row("Pia").boost == POLICY.boost_cap
        (offer,) = [one for one in morning.staff("Ada") if isinstance(one, OfferMade)]
        assert offer.interaction_id == first
        assert offer.decision.boost == (POLICY.boost_cap if first == "Pia" else 0)


def test_the_policy_states_its_bound_for_every_pair_of_tiers() -> None:
    always = replace(POLICY.tiers[GOLD], head_start={**head_starts(3 * MINUTE, 6 * MINUTE), SMS: None})
    stated = overtaking_bounds(replace(POLICY, tiers={**POLICY.tiers, GOLD: always}))
    assert len(stated) == 4 * 3 * 2
    assert Bound(PHONE, PLATINUM, STANDARD, 15 * MINUTE) in stated
    assert Bound(PHONE, STANDARD, PLATINUM, -5 * MINUTE) in stated
    assert Bound(SMS, GOLD, PLATINUM, None) in stated
