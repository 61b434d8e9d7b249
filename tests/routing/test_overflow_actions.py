"""Overflow: each occasion may lead to each action, as the rule says."""

import pytest

from routing.effects import InteractionMoved, InteractionOverflowed
from routing.model import ClosedAs, InteractionId, Occasion, OverflowRule
from routing.model import OverflowAction as Action
from tests.routing.cast import HOUR, LENDING, SECOND, SERVICE, Morning, opened, with_queue

CLOSED_AS = {Action.RELEASE: ClosedAs.FAILED}


def let_it_happen(occasion: Occasion, action: Action) -> Morning:
    """Pia calls the service queue, open from eight to six, and there is no agent."""
    queue = LENDING if action is Action.QUEUE else None
    rule = OverflowRule(occasion, action, queue=queue, message="words", after=10 * SECOND, limit=1)
    morning = Morning(with_queue(SERVICE, hours=opened((8, 18)), overflow=(rule,)))
    if occasion is Occasion.CLOSED:
        morning.wait(12 * HOUR)
    if occasion is Occasion.FULL:
        morning.enqueue("Sam")
    morning.enqueue("Pia")
    if occasion is Occasion.WAITED:
        morning.wait(10 * SECOND)
    if occasion is Occasion.CLOSING:
        morning.wait(12 * HOUR)
    return morning


@pytest.mark.parametrize("occasion", Occasion)
@pytest.mark.parametrize("action", Action)
def test_each_occasion_may_lead_to_each_action(occasion: Occasion, action: Action) -> None:
    morning = let_it_happen(occasion, action)
    told = [one for one in morning.effects if isinstance(one, InteractionOverflowed)]
    queue = LENDING if action is Action.QUEUE else SERVICE
    said = InteractionOverflowed(InteractionId("Pia"), occasion, action, queue, "words")
    assert told == ([] if action is Action.WAIT else [said])
    if action in CLOSED_AS:
        moved = [one for one in morning.effects if isinstance(one, InteractionMoved)]
        assert (moved[-1].interaction_id, moved[-1].closed_as) == ("Pia", CLOSED_AS[action])
    else:
        row = morning.row("Pia")
        assert (row.state, row.queue) == ("waiting", queue)
        assert (row.callback is not None) == (action is Action.CALLBACK)


def test_the_place_is_kept_whatever_follows() -> None:
    for action in (Action.WAIT, Action.QUEUE, Action.CALLBACK, Action.AUTO_REPLY):
        morning = let_it_happen(Occasion.WAITED, action)
        row = morning.row("Pia")
        assert (row.entered_at, row.sequence) == (morning.now - 10 * SECOND, 1)
