"""A phone provider with faults: its webhooks are lost, doubled, reordered and late, and each request to it fails in
every way in which the adapter sees requests fail. Its lists are right.

The rule of this file: the hub's own sender asks it, one round after the other, in virtual time. The chance is an
argument, so a run can be repeated.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from channels.channel import CallArrived, ChannelError, Notice, ReachAgent, Receipt
from hub.routing_process.sender import Sender
from hub.storage.outbox import OutboxRow
from tests.hub.calls.provider_rooms import ProviderLeg, ProviderRooms
from tests.hub.house import House

LOST, DOUBLED, MOST_LATE = 0.3, 0.1, 10  # seconds
RING_SECONDS = 30
FAULTY = 0.25  # of the requests

# How a request fails: what the adapter raises, and whether the provider may have carried it out
FAULTS: Final = {
    "429": (ChannelError("the provider is busy", code="20429", retry=True), False),
    "unreachable": (ChannelError("the provider cannot be reached", code="unreachable", retry=True), False),
    "refused": (ChannelError("the provider refused", code="21216", whose="ours"), False),
    "500": (ChannelError("the provider failed", code="500", outcome_known=False), True),
    "hanging": (ChannelError("no clear answer", code="no_answer", outcome_known=False), True),
    "garbage": (ChannelError("no clear answer", code="no_answer", outcome_known=False), True),
    "reset": (ChannelError("no clear answer", code="no_answer", outcome_known=False), True),
}


def build_sender(house: House, channel: Any) -> Sender:
    """The hub's own, for its phone, without a loop: a test asks for its rounds."""
    return Sender(
        house.db,
        house.inbox,
        channel,
        house.clock,
        house.epoch,
        house.dispatcher.wake,
        house.dispatcher.hand_over,
        lambda channel, state: None,
        lambda: house.state.book.consents,
    )


@dataclass
class FaultyProvider:
    house: House
    chance: Random
    now: int = 0
    is_faulty: bool = True
    due: list[tuple[int, int, Notice]] = field(default_factory=list)
    rows: list[OutboxRow] = field(default_factory=list)  # claimed, and not yet carried out
    moves: list[tuple[int, str, str]] = field(default_factory=list)  # (when, leg, "answer" or why it ends)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)  # by kind of request and fault
    count: int = 0
    name: str = "phone"

    def __post_init__(self) -> None:
        self.rooms = ProviderRooms(self.house.host)
        self.sender = build_sender(self.house, self)

    @property
    def legs(self) -> dict[str, ProviderLeg]:
        return self.rooms.legs

    # ---- what people do

    def call(self, address: str) -> str:
        with self._telling():
            return self.rooms.call_in(address)

    def hang_up(self, leg_id: str, reason: str = "completed") -> None:
        with self._telling():
            self.rooms.end(leg_id, reason)

    # ---- what the hub asks for

    async def carry_out(self) -> None:
        """One round of the sender. Some of the requests are slow."""
        self.rows += await self.sender._claim(32, is_due=False)
        for row in list(self.rows):
            if not self.is_faulty or self.chance.random() < 0.8:
                self.rows.remove(row)
                await self.sender._carry_out(row)
        await self.house.until_handled()

    async def send(self, request: Any) -> Receipt:
        fault, is_done = self._find_fault(type(request).__name__)
        receipt = Receipt("")
        if is_done:
            with self._telling():
                receipt = await self.rooms.carry_out(request)
        if fault is not None:
            raise fault
        leg = self.legs.get(receipt.provider_id)
        if leg is not None and leg.state == "ringing":
            self._let_ring(leg)
        return receipt

    def _find_fault(self, kind: str) -> tuple[ChannelError | None, bool]:
        """What to raise, if anything, and whether the request is carried out."""
        has_failed = any(one == kind for one, _ in self.failed)  # the first of each kind fails, whatever the chance
        if not self.is_faulty or (self.chance.random() >= FAULTY and has_failed):
            return None, True
        name = self.chance.choice(list(FAULTS))
        self.failed[kind, name] += 1
        fault, may_be_done = FAULTS[name]
        return fault, may_be_done and self.chance.random() < 0.5

    def _let_ring(self, leg: ProviderLeg) -> None:
        if self.chance.random() < 0.1:
            self.moves.append((self.now + 4, leg.id, self.chance.choice(("busy", "no-answer", "failed"))))
        else:
            self.moves.append((self.now + self.chance.choice((0, 1, 3)), leg.id, "answer"))

    # ---- time

    async def pass_time(self, seconds: int) -> None:
        """What is due happens, and is told in one delivery."""
        self.now += seconds
        self.rooms.now = self.now
        moves = sorted(one for one in self.moves if one[0] <= self.now)
        self.moves = [one for one in self.moves if one[0] > self.now]
        with self._telling():
            for _, leg_id, what in moves:
                if what == "answer":
                    await self.rooms.answer(leg_id)
                else:
                    self.rooms.end(leg_id, what)
            for leg in self.rooms.list_living():
                await self._go_on(leg)
        due = [notice for at, _, notice in self.due if at <= self.now]
        self.due = [one for one in self.due if one[0] > self.now]
        self.chance.shuffle(due)
        if due:
            await self.house.take(*due)

    async def _go_on(self, leg: ProviderLeg) -> None:
        """Nobody rings for ever, listens to words for ever, or waits for long in a room without the other side."""
        age = self.now - leg.since
        if leg.then is not None:
            self.rooms.finish_words(leg.id)
        elif leg.state == "ringing" and age >= RING_SECONDS:
            self.rooms.end(leg.id, "no-answer")
        elif leg.state == "ringing" and not any(one[1] == leg.id for one in self.moves):
            self._let_ring(leg)
        elif leg.state == "outside" and isinstance(leg.request, ReachAgent) and age >= 120:
            self.rooms.end(leg.id)
        elif leg.state == "present" and not leg.is_customer and age >= 120:
            customer = self.legs.get(leg.call_id)
            if customer is None or customer.is_over:
                self.rooms.end(leg.id)

    async def list_missed(self) -> None:
        missed = self.rooms.list_missed(await self.house.host.read_open_calls())
        heard = await self.house.host.find_heard([one.key for one in missed])
        missed = list({one.key: one for one in missed if one.key not in heard}.values())
        if missed:
            await self.house.take(*missed)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Report what has happened meanwhile, as badly as it gets."""
        yield
        told, self.rooms.told = self.rooms.told, []
        for notice in told:
            self.count += 1
            if isinstance(notice, CallArrived):  # the provider asks for TwiML until it gets an answer
                self.due.append((self.now, self.count, notice))
            elif self.chance.random() >= LOST:
                late = self.chance.choice((0, 0, 0, 1, 2, MOST_LATE))
                self.due.append((self.now + late, self.count, notice))
                if self.chance.random() < DOUBLED:
                    self.due.append((self.now + late + self.chance.choice((0, 3)), self.count, notice))
