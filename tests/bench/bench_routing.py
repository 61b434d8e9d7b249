"""Inputs per second of the router, in the real mix, beside a heap that is only pushed to and popped from.

Run it with `python tests/bench/bench_routing.py`. 3 tiers, 4 channels, 20 queues, 200 skill sets; 5 % of the offers
are declined and 2 % expire. Building inputs, decisions, and the rows that changed (taken every 16 inputs, as the
dispatcher takes a batch) are included.
"""

import random
import sys
import time
from collections import deque
from heapq import heappop, heappush
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from routing.effects import AgentMoved, OfferMade
from routing.inputs import (
    AgentProfileChanged,
    AgentStateChosen,
    Input,
    InteractionEnded,
    InteractionEnqueued,
    OfferAccepted,
    OfferDeclined,
    WrapUpCompleted,
)
from routing.model import (
    SECOND,
    AgentId,
    AgentProfile,
    AgentState,
    ChannelName,
    InteractionId,
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

INPUTS = 60_000
BATCH = 16
MINUTE = 60 * SECOND
CHANNELS = tuple(ChannelName)
QUEUES = tuple(QueueId(f"queue-{number}") for number in range(20))
SKILLS = tuple(f"skill-{number}" for number in range(12))
HEAD_STARTS = {TierId("platinum"): 10 * MINUTE, TierId("gold"): 3 * MINUTE, TierId("standard"): 0}
TIERS = tuple(HEAD_STARTS)
REQUIREMENTS = (*(Requirement(),) * 8, Requirement(languages=("zh",)), Requirement(skills=(("skill-1", 2),)))


def build_policy() -> Policy:
    return Policy(
        version=1,
        tiers={
            tier: Tier(tier, 3 - place, dict.fromkeys(CHANNELS, HEAD_STARTS[tier]))
            for place, tier in enumerate(TIERS)
        },
        queues={
            queue: Queue(queue, (Ring(Requirement(skills=((SKILLS[n % 12], 3),)), MINUTE), Ring()))
            for n, queue in enumerate(QUEUES)
        },
        points=dict(zip(CHANNELS, (100, 25, 50, 33), strict=True)),
        interruptible_by={ChannelName.EMAIL: (ChannelName.PHONE,)},
        offer_duration=dict.fromkeys(CHANNELS, 20 * SECOND),
        wrap_up_limit=10 * MINUTE,
        boost_cap=5 * MINUTE,
        retry_after=15 * SECOND,  # about 1 % of those who wait exclude somebody
        lone_retry=5 * SECOND,
        reserve_after=MINUTE,
        agent_grace=30 * SECOND,
    )


class Centre:
    """Agents who answer, talk and wrap up in turn; whoever is done with is replaced by an arrival."""

    def __init__(self, waiting: int, agents: int) -> None:
        self.random = random.Random(7)
        self.router = Router(build_policy())
        self.now = 1_795_680_000 * SECOND
        self.pace = 0
        self.inputs = self.arrived = self.offered = 0
        self.todo: deque[tuple[OfferMade, type[Input]]] = deque()
        skill_sets = [self.draw_skill_set() for _ in range(200)]
        for number in range(agents):
            agent_id = AgentId(f"agent-{number}")
            self.tell(AgentProfileChanged(agent_id, skill_sets[number % 200]))
            self.tell(AgentStateChosen(agent_id, AgentState.AVAILABLE))
        while self.arrived - len(self.todo) < waiting:
            self.arrive(earlier=self.random.randrange(30 * MINUTE))
        self.pace = 4 * SECOND // agents  # an offer comes up well before its deadline

    def draw_skill_set(self) -> AgentProfile:
        skills = ((skill, self.random.randint(1, 5)) for skill in self.random.sample(SKILLS, 4))
        return AgentProfile(
            queues=tuple(sorted(self.random.sample(QUEUES, 3))),
            skills=tuple(sorted(skills)),
            languages=tuple(sorted(self.random.sample(("de", "en", "fr", "zh"), 2))),
        )

    def tell(self, told: Input) -> None:
        self.inputs += 1
        self.now += self.pace
        for effect in self.router.handle(told, self.now):
            match effect:
                case OfferMade():
                    self.offered += 1
                    self.todo.append((effect, OfferAccepted))
                case AgentMoved(agent_id, AgentState.NOT_RESPONDING):
                    self.tell(AgentStateChosen(agent_id, AgentState.AVAILABLE))
        if self.inputs % BATCH == 0:
            self.router.take_changes()

    def arrive(self, earlier: Micros = 0) -> None:
        self.arrived += 1
        draw = self.random.randrange(1 << 30)
        self.tell(
            InteractionEnqueued(
                InteractionId(f"interaction-{self.arrived}"),
                QUEUES[draw % 20],
                CHANNELS[(draw >> 6) % 4],
                TIERS[min((draw >> 9) % 8, 2)],
                REQUIREMENTS[(draw >> 13) % 10],
                self.now - earlier,
            )
        )

    def step(self) -> None:
        offer, doing = self.todo.popleft()
        if doing is OfferAccepted:
            draw = self.random.random()
            if draw < 0.05:
                self.tell(OfferDeclined(offer.offer_id, offer.agent_id))
            elif draw > 0.07:
                self.tell(OfferAccepted(offer.offer_id, offer.agent_id))
                self.todo.append((offer, InteractionEnded))
        elif doing is InteractionEnded:
            self.tell(InteractionEnded(offer.interaction_id, offer.agent_id))
            self.todo.append((offer, WrapUpCompleted))
        else:
            self.tell(WrapUpCompleted(offer.interaction_id, offer.agent_id))
            self.arrive()


def measure_router(waiting: int, agents: int) -> tuple[float, float]:
    """(inputs per second, offers per input)"""
    centre = Centre(waiting, agents)
    centre.inputs = centre.offered = 0
    began = time.process_time()
    while centre.inputs < INPUTS:
        if centre.todo:
            centre.step()
        else:
            centre.arrive()
    seconds = time.process_time() - began
    return centre.inputs / seconds, centre.offered / centre.inputs


def measure_floor(waiting: int) -> float:
    """Pushes and pops per second of a heap of ranks."""
    draw = random.Random(7)
    heap: list[tuple[int, int, int]] = []
    for number in range(waiting):
        heappush(heap, (0, draw.randrange(1 << 40), number))
    began = time.process_time()
    for number in range(INPUTS):
        heappush(heap, (0, draw.randrange(1 << 40), number))
        heappop(heap)
    return 2 * INPUTS / (time.process_time() - began)


def main() -> None:
    print(f"{'waiting':>9} {'agents':>7} {'inputs/s':>10} {'offers/input':>13} {'heap push, pop/s':>17}")
    for waiting in (100, 10_000):
        floor = measure_floor(waiting)
        for agents in (10, 1_000):
            rate, offers = measure_router(waiting, agents)
            print(f"{waiting:>9,} {agents:>7,} {rate:>10,.0f} {offers:>13.2f} {floor:>17,.0f}")


if __name__ == "__main__":
    main()
