"""Bad input: what is too late, unknown or out of range is rejected with a code and changes nothing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings

from routing.effects import InputRejected, RejectionCode
from routing.inputs import (
    AgentDisconnected,
    AgentProfileChanged,
    AgentReconnected,
    AgentRemoved,
    AgentStateChosen,
    CallbackAnswered,
    CallbackRequested,
    CallbackUnanswered,
    CallbackWithdrawn,
    CustomerLeft,
    CustomerReturned,
    Input,
    InteractionAssigned,
    InteractionBegun,
    InteractionBoosted,
    InteractionEnded,
    InteractionEnqueued,
    InteractionTransferred,
    OfferAccepted,
    OfferDeclined,
    PolicyChanged,
    TierChanged,
    WrapUpCompleted,
)
from routing.model import (
    AgentId,
    AgentState,
    InteractionId,
    InteractionState,
    OfferId,
    QueueId,
    Requirement,
    Snapshot,
    TierId,
)
from routing.router import Router
from tests.routing.cast import ADA, GOLD, PHONE, POLICY, SERVICE, Morning, agent
from tests.routing.histories import HISTORIES, run


@settings(max_examples=100, deadline=None)
@given(HISTORIES)
def test_bad_input_is_rejected_with_a_code_and_changes_nothing(history: bytes) -> None:
    router = Router(POLICY)
    *_, (_, now, _, rows) = run(router, history)
    deadline = router.next_deadline()
    router.take_changes()
    for code, nonsense in bad_inputs(rows):
        (effect,) = router.handle(nonsense, now)
        assert isinstance(effect, InputRejected)
        assert effect.code is code
    assert (router.snapshot(), router.next_deadline()) == (rows, deadline)
    assert router.take_changes() == replace(rows, interactions=(), agents=())


def bad_inputs(rows: Snapshot) -> Iterator[tuple[RejectionCode, Input]]:
    nobody, nothing = AgentId("nobody"), InteractionId("nothing")
    arrived = InteractionEnqueued(nothing, SERVICE, PHONE, GOLD)
    yield RejectionCode.UNKNOWN_QUEUE, replace(arrived, queue=QueueId("无"))
    yield RejectionCode.UNKNOWN_TIER, replace(arrived, tier=TierId("bronze"))
    yield RejectionCode.BAD_VALUE, replace(arrived, entered_at=-1)
    yield RejectionCode.BAD_VALUE, replace(arrived, entered_at=rows.now + 1)
    yield RejectionCode.BAD_VALUE, replace(arrived, boost=-1)
    yield RejectionCode.BAD_VALUE, replace(arrived, sequence=0)
    yield RejectionCode.BAD_VALUE, replace(arrived, requirement=Requirement(skills=(("loans", 6),)))
    yield RejectionCode.BAD_VALUE, replace(arrived, sequence=rows.next_sequence)
    yield RejectionCode.BAD_VALUE, PolicyChanged(replace(POLICY, retry_after=0))
    yield RejectionCode.BAD_VALUE, PolicyChanged(replace(POLICY, points={}))
    yield RejectionCode.BAD_VALUE, AgentProfileChanged(nobody, agent(points=[(PHONE, 0)]))
    yield RejectionCode.BAD_VALUE, AgentProfileChanged(nobody, agent(skills=[("loans", 6)]))
    yield RejectionCode.OFFER_GONE, OfferAccepted(OfferId("nothing.1"), nobody)
    yield RejectionCode.OFFER_GONE, OfferDeclined(OfferId(""), nobody)
    yield RejectionCode.UNKNOWN_AGENT, AgentStateChosen(nobody, AgentState.AVAILABLE)
    yield RejectionCode.UNKNOWN_AGENT, AgentDisconnected(nobody)
    yield RejectionCode.UNKNOWN_AGENT, AgentReconnected(nobody)
    yield RejectionCode.UNKNOWN_AGENT, AgentRemoved(nobody)
    for kind in (CustomerLeft, CustomerReturned, CallbackRequested, CallbackWithdrawn):
        yield RejectionCode.UNKNOWN_INTERACTION, kind(nothing)
    yield RejectionCode.UNKNOWN_INTERACTION, InteractionEnded(nothing, nobody)
    yield RejectionCode.UNKNOWN_INTERACTION, InteractionAssigned(nothing, nobody)
    yield RejectionCode.UNKNOWN_INTERACTION, CallbackAnswered(nothing, 1)
    yield RejectionCode.UNKNOWN_INTERACTION, CallbackUnanswered(nothing, 1)
    yield RejectionCode.UNKNOWN_INTERACTION, replace(arrived, linked_to=InteractionId("another"))
    yield RejectionCode.UNKNOWN_INTERACTION, WrapUpCompleted(nothing, nobody)
    yield RejectionCode.UNKNOWN_INTERACTION, InteractionTransferred(nothing, SERVICE)
    yield RejectionCode.UNKNOWN_INTERACTION, TierChanged(nothing, GOLD)
    yield RejectionCode.UNKNOWN_INTERACTION, InteractionBoosted(nothing, 0)
    for someone in rows.agents:
        begun = InteractionBegun(nothing, SERVICE, PHONE, GOLD, someone.id)
        yield RejectionCode.UNKNOWN_QUEUE, replace(begun, queue=QueueId("无"))
        yield RejectionCode.UNKNOWN_AGENT, replace(begun, agent_id=nobody)
        if someone.state is AgentState.OFFLINE or someone.lost_at is not None:
            yield RejectionCode.BAD_VALUE, begun
        yield RejectionCode.BAD_VALUE, AgentStateChosen(someone.id, AgentState.NOT_RESPONDING)
    for row in rows.interactions:
        yield RejectionCode.DUPLICATE_INTERACTION, replace(arrived, interaction_id=row.id)
        yield RejectionCode.BAD_VALUE, InteractionBoosted(row.id, -1)
        yield RejectionCode.UNKNOWN_TIER, TierChanged(row.id, TierId("bronze"))
        yield RejectionCode.NOT_YOURS, InteractionEnded(row.id, nobody)
        yield RejectionCode.UNKNOWN_AGENT, InteractionAssigned(row.id, nobody, by=AgentId("Dot"))
        if row.agent_id is not None and row.state is not InteractionState.ACTIVE:
            yield RejectionCode.WRONG_STATE, InteractionEnded(row.id, row.agent_id)
        if row.agent_id is not None and row.state is not InteractionState.WRAP_UP:
            yield RejectionCode.WRONG_STATE, WrapUpCompleted(row.id, row.agent_id)
        yield RejectionCode.WRONG_STATE, CallbackAnswered(row.id, 99)
        yield RejectionCode.WRONG_STATE, CallbackUnanswered(row.id, 99)
        if row.callback is None:
            yield RejectionCode.WRONG_STATE, CallbackWithdrawn(row.id)
        if row.state in (InteractionState.WAITING, InteractionState.PAUSED):
            yield RejectionCode.BAD_VALUE, CallbackRequested(row.id, ((rows.now, rows.now),))
        else:
            yield RejectionCode.WRONG_STATE, CallbackRequested(row.id)
        if row.state is not InteractionState.WAITING:
            yield RejectionCode.WRONG_STATE, replace(arrived, linked_to=row.id)
        if row.state is InteractionState.WRAP_UP:
            yield RejectionCode.WRONG_STATE, CustomerLeft(row.id)
            yield RejectionCode.WRONG_STATE, InteractionTransferred(row.id, SERVICE)
        elif row.state in (InteractionState.PAUSED, InteractionState.DIALLING):
            yield RejectionCode.WRONG_STATE, InteractionTransferred(row.id, SERVICE)
        else:
            yield RejectionCode.UNKNOWN_QUEUE, InteractionTransferred(row.id, QueueId("无"))
            yield RejectionCode.UNKNOWN_AGENT, InteractionTransferred(row.id, SERVICE, nobody)


@pytest.mark.parametrize(
    ("code", "nonsense"),
    [
        (RejectionCode.UNKNOWN_QUEUE, InteractionEnqueued(InteractionId("Gus"), QueueId("无"), PHONE, GOLD)),
        (RejectionCode.BAD_VALUE, InteractionEnqueued(InteractionId("Gus"), SERVICE, PHONE, GOLD, entered_at=-1)),
        (RejectionCode.OFFER_GONE, OfferAccepted(OfferId("Sam.1"), ADA)),
        (RejectionCode.BAD_VALUE, PolicyChanged(replace(POLICY, points={**POLICY.points, PHONE: 101}))),
    ],
    ids=["an unknown queue", "a negative time", "an offer that has gone", "a policy that no agent can satisfy"],
)
def test_what_makes_no_sense_is_rejected_and_everybody_stands_where_they_stood(
    code: RejectionCode, nonsense: Input
) -> None:
    morning = Morning()
    morning.staff(ADA)
    morning.enqueue("Pia")
    morning.accept("Pia")
    morning.enqueue("Sam")
    rows, deadline = morning.router.snapshot(), morning.router.next_deadline()
    (effect,) = morning.tell(nonsense)
    assert isinstance(effect, InputRejected)
    assert effect.code is code
    assert (morning.router.snapshot(), morning.router.next_deadline()) == (rows, deadline)


def test_an_instant_before_the_beginning_of_time_counts_as_the_latest_one() -> None:
    morning = Morning()
    morning.enqueue("Pia")
    assert morning.router.handle(InteractionEnqueued(InteractionId("Sam"), SERVICE, PHONE, GOLD), -1)
    assert morning.row("Sam").entered_at == morning.now
    assert morning.router.snapshot().now == morning.now
