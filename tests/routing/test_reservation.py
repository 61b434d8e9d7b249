"""Big work among small work is served within a bound that the policy gives."""

import os
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.effects import OfferMade
from routing.inputs import InteractionEnded, OfferAccepted, WrapUpCompleted
from routing.model import SECOND, AgentId, InteractionId, Micros
from tests.routing.cast import PHONE, POLICY, WEBCHAT, Morning

COUNT = int(os.environ.get("HUB_HISTORIES", "1000")) // 10
LONGEST = 240  # seconds of a chat, wrap-up included
CHATS = st.lists(st.tuples(st.integers(1, 30), st.integers(1, LONGEST)), min_size=40, max_size=40)


class Rush:
    """Everybody has as many chats as they can hold, each is accepted at once, and there is always another one."""

    def __init__(self, agents: int, chats: list[tuple[int, int]]) -> None:
        self.morning = Morning()
        self.pauses = [pause for pause, _ in chats]
        self.handlings = [handling * SECOND for _, handling in chats]
        self.ends: list[tuple[Micros, InteractionId, AgentId]] = []
        self.heard = self.arrived = 0
        self.served_at: Micros | None = None
        for number in range(agents):
            self.morning.staff(AgentId(f"agent {number}"))
        for _ in range(3 * agents + 3):
            self.arrive()

    def arrive(self) -> int:
        """The seconds until the next one."""
        self.arrived += 1
        self.morning.enqueue(f"chat {self.arrived}", WEBCHAT)
        self.answer()
        return self.pauses[self.arrived % len(self.pauses)]

    def answer(self) -> None:
        effects = self.morning.effects
        while self.heard < len(effects):
            effect = effects[self.heard]
            self.heard += 1
            if isinstance(effect, OfferMade):
                self.morning.tell(OfferAccepted(effect.offer_id, effect.agent_id))
                if effect.interaction_id == "Sam":
                    self.served_at = self.morning.now
                else:
                    handling = self.handlings[len(effects) % len(self.handlings)]
                    self.ends.append((self.morning.now + handling, effect.interaction_id, effect.agent_id))

    def run(self, until: Micros) -> None:
        """Chats end, and others take their place."""
        while self.ends and min(self.ends)[0] <= until:
            ended = min(self.ends)
            self.ends.remove(ended)
            at, chat, holder = ended
            self.pass_time(at)
            self.morning.tell(InteractionEnded(chat, holder), WrapUpCompleted(chat, holder))
            self.answer()
        self.pass_time(until)

    def pass_time(self, until: Micros) -> None:
        self.morning.wait(max(until - self.morning.now, 0))
        self.answer()

    def until_sam_is_served(self) -> Iterator[Micros | None]:
        """When Sam was passed first, as it stands before each arrival."""
        while self.served_at is None:
            yield self.morning.row("Sam").passed_at
            self.run(self.morning.now + self.arrive() * SECOND)


@settings(max_examples=COUNT, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.integers(1, 3), st.integers(0, 60), CHATS)
def test_a_call_among_chats_is_served_within_the_reservation_time_and_the_longest_chat_after_it_was_first_passed(
    agents: int, before: int, chats: list[tuple[int, int]]
) -> None:
    rush = Rush(agents, chats)
    rush.run(rush.morning.now + before * SECOND)
    rush.morning.enqueue("Sam", PHONE)
    rush.answer()
    came_at, passed_at = rush.morning.now, None
    for passed_at in rush.until_sam_is_served():
        bound = POLICY.reserve_after + LONGEST * SECOND
        assert rush.morning.now <= (passed_at or rush.morning.now) + bound
        assert rush.morning.now <= came_at + 3 * bound, "nobody passes Sam, and nobody serves Sam"
    assert rush.served_at is not None
    assert passed_at is None or rush.served_at <= passed_at + POLICY.reserve_after + LONGEST * SECOND
