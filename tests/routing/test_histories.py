"""What is true after every step of any random history. HUB_HISTORIES sets how many."""

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from routing.decisions import ChosenBy, Decision, Override, PassedOver
from routing.effects import CallbackDialled, Effect, InteractionMoved, OfferEnded, OfferMade, TransferReturned
from routing.inputs import PolicyChanged, TimePassed
from routing.model import InteractionId, InteractionRow, InteractionState, Snapshot
from routing.router import Router
from tests.routing.cast import POLICY
from tests.routing.histories import HISTORIES, is_rejected, run
from tests.routing.plain_inputs import PlainInputs
from tests.routing.plain_router import PlainRouter

COUNT = int(os.environ.get("HUB_HISTORIES", "1000"))
MANY = settings(max_examples=COUNT, deadline=None, suppress_health_check=list(HealthCheck), database=None)
ELIGIBLE = (PassedOver.RESERVED, PassedOver.LESS_PROFICIENT, PassedOver.MORE_LOAD, PassedOver.LESS_IDLE)
SOME = settings(MANY, max_examples=COUNT // 5)


@MANY
@given(HISTORIES)
def test_it_decides_as_the_plain_router_does(history: bytes) -> None:
    decide_alike(history)


@MANY
@given(HISTORIES)
def test_its_rows_become_what_the_plain_moves_make_of_them(history: bytes) -> None:
    move_alike(history)


def decide_alike(history: bytes) -> None:
    """Told the rows before each decision, the plain router names the same one, for the same reasons and with the same
    reservations; told those after each input, it names none."""
    policy, router = POLICY, Router(POLICY)
    looks: list[tuple[InteractionId, Snapshot]] = []
    router.watch_decisions(lambda interaction_id: looks.append((interaction_id, router.snapshot())))
    before = router.snapshot()
    for told, _, effects, after in run(router, history):
        if isinstance(told, PolicyChanged) and not is_rejected(effects):
            policy = told.policy
        givers = [(one.interaction_id, one.agent_id) for one in effects if isinstance(one, TransferReturned)]
        for (interaction_id, rows), decision in zip(looks, decisions_of(effects), strict=True):
            is_returned = (interaction_id, decision.agent_id) in givers  # to its giver, by no comparison of agents
            if not is_returned and decision.chosen_by not in (ChosenBy.PULLED, ChosenBy.ASSIGNED):  # by nobody's word
                plain = PlainRouter(policy, undecided(rows, before))
                x, expected = plain.decide() or (None, None)
                assert (x and x.id, expected) == (interaction_id, replace(decision, passed_over=()))
                assert sum(count for why, count in decision.passed_over if why in ELIGIBLE) == decision.eligible - 1
                assert plain.work == {row.id: row for row in rows.interactions}
            before = rows
        plain = PlainRouter(policy, undecided(after, before))
        assert plain.decide() is None
        assert plain.work == {row.id: row for row in after.interactions}
        before = after
        looks.clear()


def undecided(rows: Snapshot, before: Snapshot) -> Snapshot:
    """These rows before anything was decided from them: deciding alone reserves an agent or notes that something was
    passed, so that whatever there is of it that was not there before has been decided since."""
    earlier = {row.id: row for row in before.interactions}
    return replace(rows, interactions=tuple(forget_decided(row, earlier.get(row.id)) for row in rows.interactions))


def forget_decided(row: InteractionRow, before: InteractionRow | None) -> InteractionRow:
    if row.reserved_for is not None and (before is None or row.reserved_for != before.reserved_for):
        row = replace(row, reserved_for=None)
    if row.passed_at is not None and (before is None or row.passed_at != before.passed_at):
        row = replace(row, passed_at=None)
    return row


def move_alike(history: bytes) -> None:
    """Told the same inputs, the plain moves with the plain router's decisions lead to the same rows."""
    router = Router(POLICY)
    plain = PlainInputs(POLICY, router.snapshot())
    for told, now, effects, rows in run(router, history):
        decisions = plain.handle(TimePassed() if is_rejected(effects) else told, now)
        assert decisions == [replace(one, passed_over=()) for one in decisions_of(effects)]
        assert rows == plain.snapshot()


def decisions_of(effects: list[Effect]) -> list[Decision]:
    """With an offer, or with a call that begins with the customer."""
    made = [effect.decision for effect in effects if isinstance(effect, OfferMade | CallbackDialled)]
    return [decision for decision in made if decision is not None]


@SOME
@given(HISTORIES)
def test_a_router_restored_from_rows_goes_on_as_the_live_one(history: bytes) -> None:
    policy = POLICY
    twin = Router(policy)
    for told, now, effects, rows in run(live := Router(policy), history):
        assert twin.handle(told, now) == effects
        if isinstance(told, PolicyChanged) and not is_rejected(effects):
            policy = told.policy
        twin = Router.restore(policy, rows, now)
        assert twin.snapshot() == rows
        assert twin.next_deadline() == live.next_deadline()


@SOME
@given(HISTORIES)
def test_the_changes_taken_add_up_to_the_rows(history: bytes) -> None:
    router = Router(POLICY)
    interactions, agents = {}, {}
    closed = set()
    for *_, rows in run(router, history):
        changes = router.take_changes()
        for row in changes.interactions:
            assert row.id not in closed
            interactions[row.id] = row
            if row.state is InteractionState.CLOSED:
                closed.add(row.id)
                del interactions[row.id]
        agents |= {row.id: row for row in changes.agents}
        assert tuple(interactions[one] for one in sorted(interactions)) == rows.interactions
        assert tuple(agents[one] for one in sorted(agents)) == rows.agents
        assert replace(changes, interactions=(), agents=()) == replace(rows, interactions=(), agents=())
        again = router.take_changes()
        assert (again.interactions, again.agents) == ((), ())


@SOME
@given(HISTORIES)
def test_nobody_is_given_work_that_does_not_fit_unless_a_supervisor_overrides_it(history: bytes) -> None:
    policy = POLICY
    for told, _, effects, rows in run(Router(POLICY), history):
        if isinstance(told, PolicyChanged) and not is_rejected(effects):
            policy = told.policy
        plain = PlainRouter(policy, rows)
        given = [one for one in effects if isinstance(one, OfferMade | CallbackDialled) and one.decision]
        for one in reversed(given):  # from the last: with its own work out of them, these were the agent's hands
            work, decision = plain.work.pop(one.interaction_id, None), one.decision
            assert decision is not None
            if work is not None and work.agent_id == one.agent_id:
                assert plain.fits(plain.agents[one.agent_id], work.channel) or Override.ROOM in decision.overrides


@pytest.mark.promise("P3")
@pytest.mark.promise("P5")
@SOME
@given(HISTORIES)
def test_the_order_the_offers_and_the_end_are_kept(history: bytes) -> None:
    """Nobody is free while someone waits for whom they are eligible; each interaction is in exactly one place;
    no offer outlives its deadline; closed is final."""
    policy = POLICY
    closed = set()
    open_offers = {}
    for told, now, effects, rows in run(Router(POLICY), history):
        if isinstance(told, PolicyChanged) and not is_rejected(effects):
            policy = told.policy
        for effect in effects:
            match effect:
                case OfferMade(offer_id, interaction_id, agent_id, deadline_at):
                    assert offer_id not in open_offers
                    assert deadline_at > now
                    open_offers[offer_id] = (interaction_id, agent_id)
                case OfferEnded(offer_id, interaction_id, agent_id):
                    assert open_offers.pop(offer_id) == (interaction_id, agent_id)
                case InteractionMoved(interaction_id, _, state):
                    assert interaction_id not in closed
                    if state is InteractionState.CLOSED:
                        closed.add(interaction_id)
        plain = PlainRouter(policy, rows)
        assert not closed & plain.work.keys()
        assert len(plain.work) == len(rows.interactions)
        for row in plain.work.values():
            is_waiting = row.state in (InteractionState.WAITING, InteractionState.PAUSED)
            is_offered = row.state is InteractionState.OFFERED
            assert is_waiting == (row.agent_id is None)
            assert is_offered == (row.offer_id is not None)
            assert row.deadline_at is None or row.deadline_at > now
            assert not is_offered or open_offers[row.offer_id] == (row.id, row.agent_id)
            assert row.state is not InteractionState.WAITING or not plain.find_eligible(row)
        assert len(open_offers) == sum(row.offer_id is not None for row in rows.interactions)
