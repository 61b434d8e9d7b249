"""The cast of the routing tests, a small policy, and a router with a clock that moves only when a test says so."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from routing.effects import Effect
from routing.inputs import (
    AgentProfileChanged,
    AgentStateChosen,
    CustomerLeft,
    Input,
    InteractionEnded,
    InteractionEnqueued,
    OfferAccepted,
    OfferDeclined,
    TimePassed,
    WrapUpCompleted,
)
from routing.model import (
    ANYONE,
    SECOND,
    AgentId,
    AgentProfile,
    AgentState,
    ChannelName,
    Hours,
    InteractionId,
    InteractionRow,
    InteractionState,
    Micros,
    Policy,
    Queue,
    QueueId,
    Requirement,
    Ring,
    Tier,
    TierId,
)
from routing.router import Router
from tests.channel_names import EMAIL, EVERY_CHANNEL, PHONE, SMS, WEBCHAT

SERVICE, LENDING, 电话银行 = QueueId("service"), QueueId("lending"), QueueId("电话银行")
PLATINUM, GOLD, STANDARD = TierId("platinum"), TierId("gold"), TierId("standard")
ADA, BEN, CLEO = AgentId("Ada"), AgentId("Ben"), AgentId("Cléo")
MINUTE = 60 * SECOND
OFFER = 20 * SECOND
NINE = 1_795_680_000 * SECOND  # a morning in November 2026


def head_starts(phone: Micros | None, text: Micros | None) -> dict[ChannelName, Micros | None]:
    return {channel: phone if channel == PHONE else text for channel in EVERY_CHANNEL}


POLICY = Policy(
    version=1,
    tiers={
        PLATINUM: Tier(PLATINUM, 3, head_starts(10 * MINUTE, 20 * MINUTE)),
        GOLD: Tier(GOLD, 2, head_starts(3 * MINUTE, 6 * MINUTE)),
        STANDARD: Tier(STANDARD, 1, head_starts(0, 0)),
    },
    queues={
        SERVICE: Queue(SERVICE, preferred_duration=40 * SECOND),
        LENDING: Queue(
            LENDING,
            rings=(
                Ring(Requirement(skills=(("loans", 4),)), 30 * SECOND),
                Ring(Requirement(skills=(("loans", 1),)), 30 * SECOND),
                Ring(),
            ),
        ),
        电话银行: Queue(电话银行, rings=(Ring(Requirement(languages=("zh",)), MINUTE), Ring())),
    },
    points={PHONE: 100, WEBCHAT: 33, SMS: 25, EMAIL: 50},
    calls=(PHONE,),
    interruptible_by={EMAIL: (PHONE,)},
    offer_duration=dict.fromkeys(EVERY_CHANNEL, OFFER),
    wrap_up_limit=MINUTE,
    boost_cap=5 * MINUTE,
    retry_after=MINUTE,
    lone_retry=15 * SECOND,
    reserve_after=MINUTE,
    agent_grace=30 * SECOND,
)

ANYTHING = AgentProfile(queues=(LENDING, SERVICE, 电话银行), languages=("en",))


HOUR = 60 * MINUTE


def opened(*periods: tuple[float, float]) -> Hours:
    """Return opening hours from one hour to another on every day, in a local time one hour ahead of UTC."""
    day = tuple((int(opens * HOUR), int(closes * HOUR)) for opens, closes in periods)
    return Hours(week=(day,) * 7, offsets=((0, HOUR),))


def with_queue(queue: QueueId, policy: Policy = POLICY, **changes: Any) -> Policy:
    return replace(policy, queues={**policy.queues, queue: replace(policy.queues[queue], **changes)})


def agent(
    *queues: QueueId,
    skills: Iterable[tuple[str, int]] = (),
    languages: Iterable[str] = ("en",),
    teams: Iterable[str] = (),
    points: Iterable[tuple[ChannelName, int]] = (),
) -> AgentProfile:
    return AgentProfile(
        tuple(sorted(queues)) or ANYTHING.queues,
        tuple(sorted(skills)),
        tuple(sorted(languages)),
        tuple(sorted(teams)),
        tuple(points),
    )


class Morning:
    """A router at nine o'clock. Each call is one input at the present instant; effects are kept in `effects`."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.router = Router(policy)
        self.now = NINE
        self.effects: list[Effect] = []

    def tell(self, *inputs: Input) -> list[Effect]:
        told: list[Effect] = []
        for each in inputs:
            told += self.router.handle(each, self.now)
        self.effects += told
        return told

    def wait(self, duration: Micros) -> list[Effect]:
        """Let time pass as the shell does: it wakes the router at every deadline on the way."""
        told: list[Effect] = []
        until = self.now + duration
        while (at := self.router.next_deadline()) is not None and at <= until:
            self.now = max(at, self.now)
            told += self.tell(TimePassed())
        self.now = until
        return told + self.tell(TimePassed())

    def staff(self, agent_id: AgentId, profile: AgentProfile = ANYTHING) -> list[Effect]:
        """Let an agent come to work: they sign in and are available."""
        self.tell(AgentProfileChanged(agent_id, profile))
        return self.choose(agent_id, AgentState.AVAILABLE)

    def choose(self, agent_id: AgentId, state: AgentState, **more: bool | str) -> list[Effect]:
        return self.tell(AgentStateChosen(agent_id, state, **more))

    def enqueue(
        self,
        name: str,
        channel: ChannelName = PHONE,
        tier: TierId = STANDARD,
        queue: QueueId = SERVICE,
        requirement: Requirement = ANYONE,
        **more: Any,
    ) -> list[Effect]:
        return self.tell(InteractionEnqueued(InteractionId(name), queue, channel, tier, requirement, **more))

    def accept(self, name: str) -> list[Effect]:
        row = self.row(name)
        assert row.offer_id is not None and row.agent_id is not None
        return self.tell(OfferAccepted(row.offer_id, row.agent_id))

    def decline(self, name: str) -> list[Effect]:
        row = self.row(name)
        assert row.offer_id is not None and row.agent_id is not None
        return self.tell(OfferDeclined(row.offer_id, row.agent_id))

    def end(self, name: str) -> list[Effect]:
        return self.tell(InteractionEnded(InteractionId(name), self.holder(name)))

    def complete(self, name: str) -> list[Effect]:
        return self.tell(WrapUpCompleted(InteractionId(name), self.holder(name)))

    def finish(self, name: str) -> list[Effect]:
        """Accept the offer, end the work and complete the wrap-up, all at once."""
        return self.accept(name) + self.end(name) + self.complete(name)

    def leave(self, name: str) -> list[Effect]:
        return self.tell(CustomerLeft(InteractionId(name)))

    def row(self, name: str) -> InteractionRow:
        row = self.router.find_interaction(InteractionId(name))
        assert row is not None, f"{name} is not open"
        return row

    def holder(self, name: str) -> AgentId:
        agent_id = self.row(name).agent_id
        assert agent_id is not None, f"nobody holds {name}"
        return agent_id

    def state(self, name: str) -> InteractionState:
        row = self.router.find_interaction(InteractionId(name))
        return InteractionState.CLOSED if row is None else row.state

    def agent_state(self, agent_id: AgentId) -> AgentState:
        row = self.router.find_agent(agent_id)
        assert row is not None
        return row.state
