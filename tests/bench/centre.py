"""A contact centre for the router's bench: agents who answer, talk and wrap up in turn, in the real mix of inputs.

3 tiers, 4 channels, 20 queues; 200 distinct sets of skills are asked for and 200 are held. Of the offers 5 % are
declined and 2 % expire; 1 % of those who wait are on hold, as callbacks of tomorrow. Who is done with is replaced by
an arrival of the same kind, so that as many of each kind wait at the end as at the beginning.
"""

import random
from collections import deque

from routing.decisions import Decision
from routing.effects import AgentMoved, OfferMade
from routing.inputs import (
    AgentProfileChanged,
    AgentStateChosen,
    CallbackRequested,
    Input,
    InteractionEnded,
    InteractionEnqueued,
    OfferAccepted,
    OfferDeclined,
    TimePassed,
    WrapUpCompleted,
)
from routing.model import (
    DAY,
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
from tests.channel_names import EMAIL, EVERY_CHANNEL, PHONE

BATCH = 16  # inputs, after which the rows that changed are taken, as the dispatcher does
MINUTE = 60 * SECOND
CHANNELS = EVERY_CHANNEL
QUEUES = tuple(QueueId(f"queue-{number}") for number in range(20))
SKILLS = tuple(f"skill-{number}" for number in range(12))
LANGUAGES = ("de", "en", "fr", "zh")
HEAD_STARTS = {TierId("platinum"): 10 * MINUTE, TierId("gold"): 3 * MINUTE, TierId("standard"): 0}
TIERS = tuple(HEAD_STARTS)
SETS = 200

Kind = tuple[QueueId, ChannelName, TierId, Requirement]


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
        calls=(PHONE,),
        interruptible_by={EMAIL: (PHONE,)},
        offer_duration=dict.fromkeys(CHANNELS, 20 * SECOND),
        wrap_up_limit=10 * MINUTE,
        boost_cap=5 * MINUTE,
        retry_after=15 * SECOND,
        lone_retry=5 * SECOND,
        reserve_after=MINUTE,
        agent_grace=30 * SECOND,
    )


def draw_requirements(chance: random.Random) -> list[Requirement]:
    """One or two skills each, no two alike."""
    found: dict[Requirement, None] = {}
    while len(found) < SETS:
        asked = chance.sample(SKILLS, 1 + bool(chance.randrange(4)))
        skills = tuple(sorted((skill, chance.randint(1, 3)) for skill in asked))
        found[Requirement(skills, () if chance.randrange(5) else ("en", "zh"))] = None
    return list(found)


def draw_profiles(chance: random.Random) -> list[AgentProfile]:
    return [
        AgentProfile(
            tuple(sorted(chance.sample(QUEUES, 3))),
            tuple(sorted((skill, chance.randint(1, 5)) for skill in chance.sample(SKILLS, 8))),
            tuple(sorted(chance.sample(LANGUAGES, 2))),
        )
        for _ in range(SETS)
    ]


def list_kinds(requirements: list[Requirement]) -> list[Kind]:
    """Each queue asks for ten of the sets; one in eight is platinum, one gold."""
    return [
        (QUEUES[number % len(QUEUES)], channel, TIERS[min(eighth, 2)], requirement)
        for number, requirement in enumerate(requirements)
        for channel in CHANNELS
        for eighth in range(8)
    ]


class Centre:
    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.router = Router(build_policy())
        self.now = 1_795_680_000 * SECOND
        self.pace: Micros = 0  # between two inputs
        self.inputs = self.arrived = self.open = self.offered = 0
        self.latest = InteractionId("")
        self.todo: deque[tuple[OfferMade, type[Input]]] = deque()  # each offer, conversation and wrap-up there is
        self.decisions: list[Decision] = []
        self.kinds = list_kinds(draw_requirements(self.chance))

    def let_wait(self, count: int) -> None:
        """So many arrive within half an hour, while nobody works; tomorrow is time enough for 1 % of them."""
        self.pace = 30 * MINUTE // count
        for number in range(count):
            self.arrive(self.draw_kind())
            if number % 100 == 0:
                tomorrow = (self.now + DAY, self.now + 2 * DAY)
                self.tell(CallbackRequested(self.latest, (tomorrow,)))

    def staff(self, agents: int, waiting: int) -> None:
        """The agents come and have their hands full, with so many still waiting; each is somewhere else in it."""
        self.pace = 0
        profiles = draw_profiles(self.chance)
        for number in range(agents):
            self.tell(AgentProfileChanged(AgentId(f"agent-{number}"), profiles[number % SETS]))
            self.tell(AgentStateChosen(AgentId(f"agent-{number}"), AgentState.AVAILABLE))
        while self.open - len(self.todo) < waiting:
            self.arrive(self.draw_kind())
        self.pace = 4 * SECOND // agents  # an offer comes up well before its deadline
        for _ in range(2 * len(self.todo)):
            self.step()

    def draw_kind(self) -> int:
        return self.chance.randrange(len(self.kinds))

    def arrive(self, kind: int) -> None:
        self.arrived += 1
        self.open += 1
        self.latest = InteractionId(f"{self.arrived}-{kind}")
        self.tell(InteractionEnqueued(self.latest, *self.kinds[kind]))

    def tell(self, told: Input) -> None:
        self.inputs += 1
        self.now += self.pace
        for effect in self.router.handle(told, self.now):
            match effect:
                case OfferMade():
                    self.offered += 1
                    self.decisions.append(effect.decision)
                    self.todo.append((effect, OfferAccepted))
                case AgentMoved(agent_id, AgentState.NOT_RESPONDING):
                    self.tell(AgentStateChosen(agent_id, AgentState.AVAILABLE))
        if self.inputs % BATCH == 0:
            self.router.take_changes()
            self.decisions.clear()

    def step(self) -> None:
        """The next one who has something to do does it."""
        if not self.todo:
            self.tell(TimePassed())
            return
        offer, doing = self.todo.popleft()
        if doing is OfferAccepted:
            draw = self.chance.random()
            if draw < 0.05:
                self.tell(OfferDeclined(offer.offer_id, offer.agent_id))
            elif draw > 0.07:  # what is between expires
                self.tell(OfferAccepted(offer.offer_id, offer.agent_id))
                self.todo.append((offer, InteractionEnded))
        elif doing is InteractionEnded:
            self.tell(InteractionEnded(offer.interaction_id, offer.agent_id))
            self.todo.append((offer, WrapUpCompleted))
        else:
            self.open -= 1
            self.tell(WrapUpCompleted(offer.interaction_id, offer.agent_id))
            self.arrive(int(offer.interaction_id.partition("-")[2]))
