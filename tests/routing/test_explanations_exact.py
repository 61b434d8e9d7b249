"""The reasons of explanations are exact: the plain router judges them on random histories. HUB_HISTORIES sets how
many."""

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from hypothesis import HealthCheck, Phase, given, settings

from routing.decisions import ChosenBy, NotEligible, PassedOver
from routing.effects import CallbackDialled, OfferMade
from routing.eligibility import Judgement, Reason, find_steps
from routing.explanations import Explanation, Next, explain
from routing.inputs import PolicyChanged, TimePassed
from routing.model import (
    AgentId,
    AgentRow,
    AgentState,
    Callback,
    InteractionId,
    InteractionRow,
    InteractionState,
    Micros,
    Policy,
    Snapshot,
)
from routing.router import Router
from tests.routing.cast import POLICY, with_queue
from tests.routing.histories import HISTORIES, is_rejected, run
from tests.routing.plain_router import PlainRouter

FEW = settings(
    max_examples=int(os.environ.get("HUB_HISTORIES", "1000")) // 10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=[Phase.generate],  # to shrink a history that fails takes minutes
)


def moments(history: bytes) -> Iterator[tuple[Policy, Snapshot, Micros]]:
    """Policy, rows and instant after every step."""
    policy = POLICY
    for told, now, effects, rows in run(Router(POLICY), history):
        policy = told.policy if isinstance(told, PolicyChanged) and not is_rejected(effects) else policy
        yield policy, rows, now


def waiting(policy: Policy, rows: Snapshot, now: Micros) -> Iterator[Explanation]:
    for row in rows.interactions:
        if row.state is InteractionState.WAITING:
            explanation = explain(policy, rows, row.id, now)
            assert explanation is not None
            yield explanation


@FEW
@given(HISTORIES)
def test_nobody_is_eligible_for_what_the_router_lets_wait(history: bytes) -> None:
    for policy, rows, now in moments(history):
        for explanation in waiting(policy, rows, now):
            assert explanation.eligible == ()


@FEW
@given(HISTORIES)
def test_what_the_router_decides_is_explained_by_the_rows_it_decides_from(history: bytes) -> None:
    router, policy, told = Router(POLICY), POLICY, list[Explanation]()

    def look(interaction_id: InteractionId) -> None:
        rows = router.snapshot()
        explanation = explain(policy, rows, interaction_id, rows.now)
        assert explanation is not None
        told.append(explanation)

    router.watch_decisions(look)
    for told_input, _, effects, _ in run(router, history):
        policy = told_input.policy if isinstance(told_input, PolicyChanged) else policy
        if isinstance(told_input, PolicyChanged):
            told.clear()  # made under either of the two
            continue
        decisions = [one.decision for one in effects if isinstance(one, OfferMade | CallbackDialled) and one.decision]
        for decision, explanation in zip(decisions, told, strict=True):
            if decision.chosen_by not in (ChosenBy.PULLED, ChosenBy.ASSIGNED):
                assert decision.agent_id in explanation.eligible
                assert decision.eligible == len(explanation.eligible)
                assert sum(count for why, count in decision.passed_over if why in _ELIGIBLE) == decision.eligible - 1
        told.clear()


_ELIGIBLE = {PassedOver.RESERVED, PassedOver.LESS_PROFICIENT, PassedOver.MORE_LOAD, PassedOver.LESS_IDLE}


@FEW
@given(HISTORIES)
def test_an_agent_becomes_eligible_without_all_reasons_given_and_not_without_some(history: bytes) -> None:
    for policy, rows, now in list(moments(history))[::3]:
        for explanation in waiting(policy, rows, now):
            for judgement in explanation.agents:
                assert is_eligible(*remove(policy, rows, explanation, judgement, judgement.reasons), judgement)
                for some in subsets(judgement.reasons):
                    assert not is_eligible(*remove(policy, rows, explanation, judgement, some), judgement), some


@FEW
@given(HISTORIES)
def test_a_ring_opens_at_the_very_instant_told(history: bytes) -> None:
    for policy, rows, now in list(moments(history))[::5]:
        for explanation in waiting(policy, rows, now):
            openings = [each for each in explanation.next if each.what is Next.RING_OPENS]
            for opening in openings[:1]:
                assert opening.at > now
                before = explain_at(policy, rows, explanation.interaction_id, opening.at - 1)
                after = explain_at(policy, rows, explanation.interaction_id, opening.at)
                if before is not None and before.queue == explanation.queue and before.ring == explanation.ring:
                    assert after is None or after.queue != explanation.queue or after.ring >= opening.ring


@FEW
@given(HISTORIES)
def test_a_callback_may_be_called_at_the_very_instant_told(history: bytes) -> None:
    for policy, rows, now in list(moments(history))[::2]:
        for explanation in waiting(policy, rows, now):
            for one in explanation.next:
                if one.what in (Next.MAY_BE_CALLED, Next.CALLED_NO_MORE):
                    before = explain_at(policy, rows, explanation.interaction_id, one.at - 1)
                    assert before is not None and is_kept_back(before)
                    after = explain_at(policy, rows, explanation.interaction_id, one.at)
                    assert after is None or (
                        one.what is Next.MAY_BE_CALLED and (not after.agents or not is_kept_back(after))
                    )


def is_kept_back(explanation: Explanation) -> bool:
    """From everyone, if there is anyone."""
    held = {NotEligible.NOT_TO_BE_CALLED, NotEligible.CALLS_NOBODY}
    return all(held & {reason.code for reason in one.reasons} for one in explanation.agents)


def explain_at(policy: Policy, rows: Snapshot, interaction_id: InteractionId, at: Micros) -> Explanation | None:
    """What is said when time has passed, if it waits still."""
    router = Router.restore(policy, rows, rows.now)
    while (due_at := router.next_deadline()) is not None and due_at <= at:
        router.handle(TimePassed(), due_at)
    router.handle(TimePassed(), at)
    explanation = explain(policy, router.snapshot(), interaction_id, at)
    return explanation if explanation and explanation.state is InteractionState.WAITING else None


def subsets(reasons: tuple[Reason, ...]) -> Iterator[tuple[Reason, ...]]:
    for size in range(len(reasons)):
        yield from combinations(reasons, size)


def is_eligible(policy: Policy, rows: Snapshot, judgement: Judgement) -> bool:
    """By the plain router's word; the interaction asked about is the last of the rows."""
    plain = PlainRouter(policy, rows)
    return plain.agents[judgement.agent_id] in plain.find_eligible(rows.interactions[-1])


def remove(
    policy: Policy, rows: Snapshot, explanation: Explanation, judgement: Judgement, reasons: tuple[Reason, ...]
) -> tuple[Policy, Snapshot]:
    """The same without these reasons: the skill added, the room made, the break ended, the hours opened."""
    x = next(row for row in rows.interactions if row.id == explanation.interaction_id)
    others = [row for row in rows.interactions if row is not x]
    agent = next(row for row in rows.agents if row.id == judgement.agent_id)
    for reason in reasons:
        if reason.code is NotEligible.RESERVED:
            others = [replace(one, reserved_for=None) if one.id in reason.names else one for one in others]
        elif reason.code is NotEligible.NO_ROOM:
            others = [one for one in others if agent.id not in (one.agent_id, *one.consulted)]
        elif reason.code is NotEligible.CALLS_NOBODY:
            dialling = replace(policy.queues[x.queue].dialling, hours=None)
            policy = with_queue(x.queue, policy, dialling=dialling)
            x = _open_rings(policy, x, explanation.at)
        elif reason.code in _OF_INTERACTION:
            x = _change_interaction(policy, x, agent.id, reason, explanation.at)
        else:
            agent = _change_agent(agent, x, reason)
    agents = tuple(agent if one.id == agent.id else one for one in rows.agents)
    return policy, replace(rows, now=explanation.at, interactions=(*others, x), agents=agents)


_OF_INTERACTION = {
    NotEligible.EXCLUDED,
    NotEligible.NOT_NAMED,
    NotEligible.RING_NOT_OPEN,
    NotEligible.NOT_TO_BE_CALLED,
}


def _change_interaction(
    policy: Policy, x: InteractionRow, agent_id: AgentId, reason: Reason, now: Micros
) -> InteractionRow:
    if reason.code is NotEligible.EXCLUDED:
        return replace(x, excluded=tuple(one for one in x.excluded if one[0] != agent_id))
    if reason.code is NotEligible.NOT_TO_BE_CALLED:
        return _open_rings(policy, replace(x, callback=Callback()), now)
    if reason.code is NotEligible.NOT_NAMED:
        return replace(x, requirement=replace(x.requirement, agents=(*x.requirement.agents, agent_id)))
    assert reason.ends_at is not None
    return replace(x, rings_at=_first_ring_at(policy, x) - (reason.ends_at - now))


def _open_rings(policy: Policy, x: InteractionRow, now: Micros) -> InteractionRow:
    """While a callback was kept back, nobody has looked whether the preferred are asked."""
    opens_at = _first_ring_at(policy, x)
    return replace(x, rings_at=opens_at) if opens_at <= now else x


def _first_ring_at(policy: Policy, x: InteractionRow) -> Micros:
    return next(each.opens_at for each in find_steps(policy.queues[x.queue], x) if each.ring == 1)


def _change_agent(agent: AgentRow, x: InteractionRow, reason: Reason) -> AgentRow:
    profile = agent.profile
    match reason.code:
        case NotEligible.OFFLINE | NotEligible.UNAVAILABLE | NotEligible.NOT_RESPONDING:
            return replace(agent, state=AgentState.AVAILABLE)
        case NotEligible.LEAVING:
            return replace(agent, wish=None)
        case NotEligible.DISCONNECTED:
            return replace(agent, lost_at=None)
        case NotEligible.NOT_IN_QUEUE:
            profile = replace(profile, queues=tuple(sorted((*profile.queues, x.queue))))
        case NotEligible.CHANNEL_NOT_TAKEN:
            profile = replace(profile, points=tuple({**dict(profile.points), x.channel: 100}.items()))
        case NotEligible.SKILL:
            levels = {**dict(profile.skills), reason.names[0]: reason.asked}
            profile = replace(profile, skills=tuple(sorted(levels.items())))
        case NotEligible.LANGUAGE:
            profile = replace(profile, languages=tuple(sorted((*profile.languages, reason.names[0]))))
        case NotEligible.TEAM:
            profile = replace(profile, teams=tuple(sorted((*profile.teams, reason.names[0]))))
        case _:
            raise AssertionError(reason)
    return replace(agent, profile=profile)
