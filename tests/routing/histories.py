"""Random histories: each turns a list of small numbers into inputs, most of which make sense at their moment.

The rule of this file: a step depends only on its numbers and the present rows. So a failing history can be shrunk,
and the same numbers give the same history everywhere.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st

from routing import inputs
from routing.effects import Effect, InputRejected
from routing.model import (
    SECOND,
    AgentChoice,
    AgentId,
    AgentState,
    Dialling,
    InteractionId,
    InteractionState,
    Micros,
    Occasion,
    OverflowRule,
    Period,
    Requirement,
    Snapshot,
)
from routing.model import OverflowAction as Action
from routing.router import Router
from tests.channel_names import EVERY_CHANNEL
from tests.routing.cast import (
    ADA,
    BEN,
    CLEO,
    EMAIL,
    GOLD,
    LENDING,
    MINUTE,
    NINE,
    PHONE,
    POLICY,
    SERVICE,
    SMS,
    STANDARD,
    WEBCHAT,
    agent,
    head_starts,
    opened,
    with_queue,
    电话银行,
)

HistoryStep = tuple[int, int, int, int]  # what, who, how, how long
HISTORIES = st.binary(min_size=120, max_size=240)  # four numbers are a step
T = TypeVar("T")

_AGENTS = (ADA, BEN, CLEO, AgentId("Dörte"), AgentId("Eîlidh"), AgentId("范"))
_PROFILES = (
    agent(),
    agent(skills=[("loans", 5)]),
    agent(skills=[("loans", 2)], languages=["en", "zh"]),
    agent(SERVICE, 电话银行, teams=["evening"], languages=["zh"]),
    agent(SERVICE, points=[(PHONE, 101)]),
    agent(LENDING, SERVICE, points=[(WEBCHAT, 20), (EMAIL, 60)]),
)
_REQUIREMENTS = (
    *(Requirement(),) * 6,
    Requirement(languages=("zh",)),
    Requirement(teams=("evening",)),
    Requirement(skills=(("loans", 2),)),
    Requirement(agents=(ADA,)),
    Requirement(agents=(BEN, CLEO), languages=("en",)),
)
_WINDOWS: tuple[Callable[[Micros], tuple[Period, ...]], ...] = (
    lambda now: (),
    lambda now: ((now, now + 30 * SECOND), (now + MINUTE, now + 2 * MINUTE)),
    lambda now: ((now + 10 * SECOND, now + 20 * SECOND),),
)
_PREFERRED = ((), (), (ADA,), (BEN, CLEO))
_OVERFLOWING = replace(
    with_queue(
        SERVICE,
        with_queue(
            LENDING,
            overflow=(
                OverflowRule(Occasion.FULL, Action.QUEUE, queue=SERVICE, limit=3),
                OverflowRule(Occasion.CLOSED, Action.AUTO_REPLY),
                OverflowRule(Occasion.WAITED, Action.QUEUE, queue=SERVICE, after=30 * SECOND),
                OverflowRule(Occasion.CLOSING, Action.WAIT, (EMAIL,)),
                OverflowRule(Occasion.CLOSING, Action.RELEASE),
            ),
            hours=opened((8, 9.02), (9.04, 9.1)),
            dialling=Dialling(True, opened((8, 9.01), (9.02, 9.05)), tries=2, retry_after=15 * SECOND),
        ),
        overflow=(
            OverflowRule(Occasion.CLOSED, Action.QUEUE, (PHONE, EMAIL), queue=LENDING),
            OverflowRule(Occasion.CLOSED, Action.RELEASE),
            OverflowRule(Occasion.FULL, Action.RELEASE, (WEBCHAT,), limit=1),
            OverflowRule(Occasion.UNSTAFFED, Action.RELEASE, (SMS,)),
            OverflowRule(Occasion.WAITED, Action.AUTO_REPLY, (EMAIL,), after=5 * SECOND),
            OverflowRule(Occasion.WAITED, Action.CALLBACK, (PHONE,), after=10 * SECOND),
            OverflowRule(Occasion.CLOSING, Action.QUEUE, queue=LENDING),
        ),
        hours=opened((8, 9.01), (9.02, 9.03), (9.05, 20)),
        preferred_duration=5 * SECOND,
        dialling=Dialling(pause=5 * SECOND, duration=10 * SECOND, tries=2, retry_after=5 * SECOND),
    ),
    version=4,
)
_KEEPING = (
    POLICY,
    _OVERFLOWING,
    replace(
        POLICY,
        version=2,
        reserve_after=5 * SECOND,
        boost_cap=MINUTE,
        points={**POLICY.points, EMAIL: 30},
        queues={
            one.id: replace(
                one,
                choice=AgentChoice.MOST_PROFICIENT,
                preferred_duration=15 * SECOND,
                transfer_restarts=one.id != LENDING,
            )
            for one in POLICY.queues.values()
        },
    ),
    replace(
        POLICY,
        version=3,
        tiers={
            one.id: replace(one, head_start=head_starts(None, MINUTE)) if one.id != STANDARD else one
            for one in POLICY.tiers.values()
        },
        interruptible_by={EMAIL: (PHONE, WEBCHAT), SMS: (PHONE,)},
        wrap_up_limit=0,
    ),
)
_SMALLER = replace(
    POLICY,
    version=5,
    queues={one: POLICY.queues[one] for one in POLICY.queues if one != LENDING},
    tiers={one: POLICY.tiers[one] for one in POLICY.tiers if one != GOLD},
)
_POLICIES = (*_KEEPING, _SMALLER)
_MOMENTS = (*(0,) * 6, *(SECOND,) * 6, 5 * SECOND, 15 * SECOND, 20 * SECOND, MINUTE)


def of(several: Sequence[T], number: int) -> T:
    return several[number % len(several)]


def steps_of(history: bytes) -> list[HistoryStep]:
    return [(a, b, c, d) for a, b, c, d in zip(*[iter(history)] * 4, strict=False)]


def run(router: Router, history: bytes) -> Iterator[tuple[inputs.Input, Micros, list[Effect], Snapshot]]:
    """Give (input, now, effects, the rows after them) of each step."""
    now = NINE
    rows = router.snapshot()
    for step in steps_of(history):
        now += elapse(step)
        told = find_input(step, replace(rows, now=now))
        effects = router.handle(told, now)
        rows = router.snapshot()
        assert router.find_misplaced() == {}
        yield told, now, effects, rows


def is_rejected(effects: Sequence[Effect]) -> bool:
    """Whether the input was rejected. Even a policy may be: what was due before it may have moved work to where the
    policy has no place."""
    return any(isinstance(effect, InputRejected) for effect in effects)


def elapse(step: HistoryStep) -> Micros:
    return of(_MOMENTS, step[3])


def find_input(step: HistoryStep, rows: Snapshot) -> inputs.Input:
    """Return what happens next, given the rows. Deadlines may be due first, so some of it comes too late."""
    what, who, how, _ = step
    held = [row for row in rows.interactions if row.agent_id is not None]
    waiting = [row for row in rows.interactions if row.agent_id is None]
    doings = [_enqueue] * (6 if len(waiting) < 4 else 1)
    doings += [_hire] * (6 if len(rows.agents) < 4 else 1) + [_change_policy, _pass_time]
    doings += [_choose_state] * 3 + [_lose_or_find] if rows.agents else []
    doings += [_answer] * 12 if held else []
    doings += [_interfere] * 3 if rows.interactions and rows.agents else []
    return of(doings, what)(rows, who, how)


def _enqueue(rows: Snapshot, who: int, how: int) -> inputs.Input:
    is_back = how % 11 == 0 and rows.next_sequence > 1
    name = InteractionId(f"{rows.next_sequence:03}{f' {who}' if is_back else ''}")
    if any(row.id == name for row in rows.interactions):
        return inputs.TimePassed()
    queue, tier = of(tuple(POLICY.queues), who), of(tuple(POLICY.tiers), who // 3)
    channel, requirement = of(EVERY_CHANNEL, how), of(_REQUIREMENTS, how // 4)
    earlier = rows.now - of((0, 0, 0, MINUTE, 10 * MINUTE), who // 9)
    preferred = of(_PREFERRED, who // 45)
    old = 1 + who % (rows.next_sequence - 1) if is_back else None
    waiting = [row.id for row in rows.interactions if row.state is InteractionState.WAITING]
    linked = of(waiting, who) if waiting and how % 7 == 0 else None
    boost = of((0, 0, 0, 2 * MINUTE, 10 * MINUTE), how // 40)
    windows = of(_WINDOWS, how // 9)(rows.now) if how % 13 == 5 else None
    more = (requirement, earlier, preferred, boost, old, linked, windows)
    return inputs.InteractionEnqueued(name, queue, channel, tier, *more)


def _hire(rows: Snapshot, who: int, how: int) -> inputs.Input:
    return inputs.AgentProfileChanged(of(_AGENTS, who), of(_PROFILES, how))


def _change_policy(rows: Snapshot, who: int, how: int) -> inputs.Input:
    """Return a change of policy that moves everything without a place under it, as the shell does."""
    policy = of(_POLICIES, how)
    moves = []
    for row in rows.interactions:
        queue = row.queue if row.queue in policy.queues else of(tuple(policy.queues), who + row.sequence)
        tier = row.tier if row.tier in policy.tiers else of(tuple(policy.tiers), who // 2)
        if (queue, tier) != (row.queue, row.tier):
            moves.append(inputs.PolicyMove(row.id, queue, tier))
    return inputs.PolicyChanged(policy, tuple(moves))


def _pass_time(rows: Snapshot, who: int, how: int) -> inputs.Input:
    return inputs.TimePassed()


def _choose_state(rows: Snapshot, who: int, how: int) -> inputs.Input:
    state = of((*(AgentState.AVAILABLE,) * 8, AgentState.UNAVAILABLE, AgentState.OFFLINE), how)
    return inputs.AgentStateChosen(of(rows.agents, who).id, state, of(("", "lunch"), who // 8), how % 3 == 0)


def _lose_or_find(rows: Snapshot, who: int, how: int) -> inputs.Input:
    ways = (inputs.AgentDisconnected, inputs.AgentReconnected, inputs.AgentRemoved)
    return of(ways, how)(of(rows.agents, who).id)


def _answer(rows: Snapshot, who: int, how: int) -> inputs.Input:
    row = of([row for row in rows.interactions if row.agent_id is not None], who)
    assert row.agent_id is not None
    if row.offer_id is not None:
        answers = (*(inputs.OfferAccepted,) * 4, inputs.OfferDeclined)
        return of(answers, how)(row.offer_id, row.agent_id)
    if row.state is InteractionState.DIALLING and row.callback is not None:
        answers = (inputs.CallbackAnswered, inputs.CallbackUnanswered)
        if how % 16 == 6:
            return inputs.CallbackAnswered(row.id, row.callback.tries, by_nobody=True)
        return of(answers, how)(row.id, row.callback.tries - (how % 16 == 5))
    if row.answered is not None and how % 16 in (7, 8):
        return inputs.CallbackUnanswered(row.id, row.answered.tries - (how % 16 == 8))
    if row.state is InteractionState.ACTIVE and how % 4:
        if not row.consulted or how % 4 == 1:
            return inputs.ConsultBegan(row.id, of(rows.agents, how // 4).id, overrides_fit=how % 5 == 1)
        ways = (inputs.ConsultEnded, inputs.InteractionHandedOver)
        return of(ways, how // 4)(row.id, of(row.consulted, how // 8))
    if row.state is InteractionState.ACTIVE:
        return inputs.InteractionEnded(row.id, row.agent_id)
    return inputs.WrapUpCompleted(row.id, row.agent_id)


def _interfere(rows: Snapshot, who: int, how: int) -> inputs.Input:
    row = of(rows.interactions, who)
    queue = of(tuple(POLICY.queues), how // 8)
    able = [one.id for one in rows.agents if queue in one.profile.queues and one.id != row.agent_id]
    choices: list[inputs.Input] = [
        inputs.CustomerLeft(row.id),
        inputs.CallbackRequested(row.id, of(_WINDOWS, how // 8)(rows.now)),
        inputs.CallbackWithdrawn(row.id),
        inputs.CustomerReturned(row.id),
        inputs.TierChanged(row.id, of(tuple(POLICY.tiers), how // 8)),
        inputs.InteractionBoosted(row.id, of((0, MINUTE, 10 * MINUTE), how // 8)),
        inputs.InteractionTransferred(row.id, queue, None),
        inputs.InteractionAssigned(row.id, of(rows.agents, how // 8).id),
        inputs.InteractionAssigned(row.id, of(rows.agents, how // 8).id, of((BEN, *able), how // 4), how % 3 == 0),
        inputs.InteractionTransferred(row.id, queue, of([None, *able], how // 24)),
        _begin(rows, who, how // 8),
    ]
    return of(choices, how)


def _begin(rows: Snapshot, who: int, how: int) -> inputs.Input:
    name = InteractionId(f"{rows.next_sequence:03}")
    if any(row.id == name for row in rows.interactions):
        return inputs.TimePassed()
    queue, tier = of(tuple(POLICY.queues), who), of(tuple(POLICY.tiers), who // 3)
    return inputs.InteractionBegun(name, queue, of(EVERY_CHANNEL, how), tier, of(rows.agents, how // 4).id)
