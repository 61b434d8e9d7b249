"""Channels come from the policy: the router counts, offers and explains a channel that its code does not name."""

from dataclasses import replace

import pytest

from routing.effects import InputRejected, RejectionCode
from routing.explanations import explain
from routing.inputs import AgentDisconnected, InteractionEnqueued, PolicyChanged
from routing.model import ChannelName, InteractionId, InteractionState, Policy
from routing.router import Router
from tests.channel_names import PHONE, SMS, WEBCHAT
from tests.routing.cast import ADA, GOLD, MINUTE, OFFER, POLICY, SERVICE, STANDARD, Morning

PIGEON, VIDEO = ChannelName("pigeon"), ChannelName("video")
WITH_PIGEONS: Policy = replace(
    POLICY,
    version=2,
    points={**POLICY.points, PIGEON: 40, VIDEO: 100},
    calls=(PHONE, VIDEO),
    interruptible_by={**POLICY.interruptible_by, PIGEON: (PHONE,)},
    offer_duration={**POLICY.offer_duration, PIGEON: OFFER, VIDEO: OFFER},
    tiers={**POLICY.tiers, GOLD: replace(POLICY.tiers[GOLD], head_start={PIGEON: 5 * MINUTE})},
)


@pytest.fixture
def morning() -> Morning:
    return Morning(WITH_PIGEONS)


def test_it_takes_the_points_that_the_policy_says_and_may_be_interrupted(morning: Morning) -> None:
    morning.staff(ADA)
    for name in ("Pia", "Gus", "Sam"):
        morning.enqueue(name, PIGEON)
    assert [morning.state(name) for name in ("Pia", "Gus", "Sam")] == [
        InteractionState.OFFERED,
        InteractionState.OFFERED,
        InteractionState.WAITING,  # 120 points
    ]
    morning.accept("Pia")
    morning.accept("Gus")
    morning.enqueue("Dot", PHONE)
    assert morning.state("Dot") is InteractionState.OFFERED


def test_it_has_the_head_start_that_its_tier_says(morning: Morning) -> None:
    morning.enqueue("Sam", PIGEON, STANDARD)
    morning.wait(4 * MINUTE)
    morning.enqueue("Gus", PIGEON, GOLD)
    morning.staff(ADA)
    assert morning.row("Gus").offers_made == 1
    assert morning.row("Gus").sequence > morning.row("Sam").sequence


@pytest.mark.parametrize(("channel", "state"), [(VIDEO, InteractionState.ACTIVE), (PIGEON, InteractionState.WAITING)])
def test_a_lost_desk_leaves_a_call_on_its_line_and_gives_back_a_text(
    morning: Morning, channel: ChannelName, state: InteractionState
) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam", channel)
    morning.accept("Sam")
    morning.tell(AgentDisconnected(ADA))
    morning.wait(WITH_PIGEONS.agent_grace)
    assert morning.state("Sam") is state


def test_it_is_restored_and_explained(morning: Morning) -> None:
    morning.enqueue("Sam", PIGEON)
    rows = morning.router.snapshot()
    assert Router.restore(WITH_PIGEONS, rows, morning.now).snapshot() == rows
    assert explain(WITH_PIGEONS, rows, InteractionId("Sam"), morning.now) is not None


def test_each_interaction_has_the_policys_own_name_of_its_channel(morning: Morning) -> None:
    """However many wait, a name is one object, and comparing two of them looks at no letter."""
    morning.enqueue("Sam", ChannelName("".join(["pig", "eon"])))
    (sam,) = morning.router._live.interactions.values()
    assert any(sam.channel is channel for channel in WITH_PIGEONS.channels)


def test_what_the_policy_does_not_know_is_rejected(morning: Morning) -> None:
    fax = InteractionEnqueued(InteractionId("Sam"), SERVICE, ChannelName("fax"), GOLD)
    assert morning.tell(fax) == [InputRejected(RejectionCode.UNKNOWN_CHANNEL, "fax")]
    morning.enqueue("Pia", PIGEON)
    assert morning.tell(PolicyChanged(replace(POLICY, version=3))) == [
        InputRejected(RejectionCode.UNKNOWN_CHANNEL, "Pia")
    ]


def test_the_order_of_the_channels_decides_nothing() -> None:
    def play(policy: Policy) -> list[str]:
        morning = Morning(policy)
        for number, channel in enumerate((SMS, PIGEON, PHONE, WEBCHAT) * 3):
            morning.enqueue(f"{number:02}", channel)
        morning.staff(ADA)
        return [str(effect) for effect in morning.effects]

    backwards = replace(WITH_PIGEONS, points=dict(reversed(WITH_PIGEONS.points.items())))
    assert play(WITH_PIGEONS) == play(backwards)
