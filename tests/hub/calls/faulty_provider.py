"""A phone provider with faults: its webhooks are lost, doubled, reordered and late, and its API fails. Its lists are
right.

The rule of this file: it carries out what the hub asks, in virtual time, as the adapter would have it carried out.
The chance is an argument, so a run can be repeated.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import select

from channels.channel import (
    CallArrived,
    ConnectAgent,
    ConnectParty,
    HangUp,
    LegJoined,
    LegLeft,
    LegRole,
    Notice,
    OpenCall,
    UpdateParty,
)
from hub.storage import tables
from hub.storage.documents import REQUESTS, SendResult
from tests.hub.house import House
from tests.hub.notices import OUR_NUMBER

LOST, DOUBLED, MOST_LATE = 0.3, 0.1, 10  # seconds


@dataclass
class ProviderLeg:
    id: str
    call_id: str
    label: str
    state: str = "ringing"  # ringing, present, over
    reason: str = "completed"
    since: int = 0
    ends_room: bool = False  # the room ends as it leaves: the hub has left the call to it


@dataclass
class FaultyProvider:
    house: House
    chance: Random
    now: int = 0
    legs: dict[str, ProviderLeg] = field(default_factory=dict)
    due: list[tuple[int, int, Notice | SendResult]] = field(default_factory=list)
    moves: list[tuple[int, str, str]] = field(default_factory=list)  # (when, leg, state)
    seen: int = 0  # requests that were carried out
    count: int = 0

    # ---- what customers do

    def call(self, address: str) -> str:
        self.count += 1
        call_id = f"CA{self.count}"
        self.legs[call_id] = ProviderLeg(call_id, call_id, "", "present")
        key = f"phone:AC1:{call_id}"
        arrived = CallArrived(f"{key}:inbound", call_id, address, OUR_NUMBER, over_keys=(f"{key}:over",))
        self.due.append((self.now, self.count, arrived))  # the provider asks for TwiML until it gets an answer
        return call_id

    def hang_up(self, leg_id: str, reason: str = "completed") -> None:
        """A leg ends. With the customer's, or one to which the call was left, the room ends for everybody."""
        leg = self.legs[leg_id]
        if leg.state == "over":
            return
        leg.state, leg.reason = "over", reason
        self._report(self._left(leg))
        if leg.ends_room:
            self.hang_up(leg.call_id)
        if leg_id == leg.call_id:
            for other in self.legs.values():
                if other.call_id == leg_id:
                    self.hang_up(other.id)

    # ---- what the hub asks for

    async def carry_out(self) -> None:
        query = select(tables.outbox.c.interaction_id, tables.outbox.c.body).order_by(tables.outbox.c.seq)
        async with self.house.db.read() as conn:
            rows = list(await conn.execute(query.offset(self.seen)))
        self.seen += len(rows)
        for interaction_id, body in rows:
            self._carry_out(interaction_id, REQUESTS.decode(body))

    def _carry_out(self, interaction_id: str, request: Any) -> None:
        if isinstance(request, HangUp):  # tried again until the provider says that it is over
            if request.leg_id in self.legs:
                self.moves.append((self.now + self.chance.choice((0, 0, 1, 5)), request.leg_id, "over"))
        elif isinstance(request, UpdateParty):
            self._update(interaction_id, request)
        elif isinstance(request, ConnectAgent | ConnectParty):
            fault = self.chance.choices(("", "refused", "hanging", "garbage"), (80, 8, 6, 6))[0]
            self.count += 1
            leg = ProviderLeg(f"CL{self.count}", request.call_id, request.outbox_id)
            if fault in ("", "garbage"):  # garbage: it was carried out, and nobody understood the answer
                self.legs[leg.id] = leg
                self.moves.append((self.now + self.chance.choice((0, 1, 3)), leg.id, "present"))
                if self.chance.random() < 0.1:
                    self.moves[-1] = (self.now + 4, leg.id, self.chance.choice(("busy", "no-answer")))
            state = {"": "sent", "refused": "failed"}.get(fault, "unknown")
            error = "" if state == "sent" else "20429"
            kind = type(request).__name__
            result = SendResult(
                request.outbox_id, "phone", kind, interaction_id, state, leg.id if state == "sent" else "", error
            )
            self.due.append((self.now + self.chance.choice((0, 1)), self.count, result))

    def _update(self, interaction_id: str, request: UpdateParty) -> None:
        leg = self.legs.get(request.leg_id)
        is_there = leg is not None and leg.state != "over"
        if leg is not None and is_there and request.ends_room is not None:
            leg.ends_room = request.ends_room
        state, error = ("sent", "") if is_there else ("failed", "20404")
        result = SendResult(request.outbox_id, "phone", "UpdateParty", interaction_id, state, request.leg_id, error)
        self.due.append((self.now + self.chance.choice((0, 1)), self.count, result))

    def is_left_to_others(self) -> bool:
        """Customers go on talking with somebody outside, and no agent is there."""
        return any(leg.ends_room and leg.state != "over" for leg in self.legs.values())

    # ---- time

    async def pass_time(self, seconds: int) -> None:
        """What is due happens, and is told in one delivery."""
        self.now += seconds
        moves, self.moves = (
            [one for one in self.moves if one[0] <= self.now],
            [one for one in self.moves if one[0] > self.now],
        )
        for _, leg_id, state in sorted(moves):
            leg = self.legs[leg_id]
            customer = self.legs[leg.call_id]
            if leg.state == "over":
                continue
            if state != "present":
                self.hang_up(leg_id, "completed" if state == "over" else state)
            elif customer.state == "over":
                self.hang_up(leg_id)
            else:
                leg.state, leg.since = "present", self.now
                self._report(self._joined(leg))
        await self._deliver()

    async def _deliver(self) -> None:
        due = [one for one in self.due if one[0] <= self.now]
        self.due = [one for one in self.due if one[0] > self.now]
        results = [one for _, _, one in due if isinstance(one, SendResult)]
        notices = [one for _, _, one in due if not isinstance(one, SendResult)]
        self.chance.shuffle(notices)
        if results:
            await self.house.take(*results)
        if notices:
            await self.house.take(*notices)

    async def list_missed(self) -> None:
        """What the adapter finds in the provider's lists: `PhoneChannel.catch_up`."""
        missed: list[Notice] = []
        for call in await self.house.host.read_open_calls():
            missed += self._look_at(call)
        heard = await self.house.host.find_heard([one.key for one in missed])
        missed = [one for one in missed if one.key not in heard]
        if missed:
            await self.house.take(*missed)

    def _look_at(self, call: OpenCall) -> list[Notice]:
        found: list[Notice] = []
        for label, leg_id in (("", call.call_id), ("", call.leg_id), *call.parties):
            leg = self.legs.get(leg_id)
            if leg is not None and leg.state == "over":
                found.append(self._left(leg, label))
        if call.is_connecting and self.legs[call.call_id].state != "over":
            present = (one for one in self.legs.values() if one.call_id == call.call_id and one.state == "present")
            found += [self._joined(one) for one in present if one.id != call.call_id]
        return found

    def _joined(self, leg: ProviderLeg) -> LegJoined:
        return LegJoined(f"phone:AC1:{leg.id}:participant-join", leg.call_id, leg.id, LegRole.AGENT, leg.label)

    def _left(self, leg: ProviderLeg, label: str = "") -> LegLeft:
        role = LegRole.CUSTOMER if leg.id == leg.call_id else LegRole.AGENT
        return LegLeft(
            f"phone:AC1:{leg.id}:over", leg.call_id, leg.id, role, leg.reason, "" if label == "-" else leg.label
        )

    def _report(self, notice: Notice) -> None:
        self.count += 1
        if self.chance.random() >= LOST:
            late = self.chance.choice((0, 0, 0, 1, 2, MOST_LATE))
            self.due.append((self.now + late, self.count, notice))
            if self.chance.random() < DOUBLED:
                self.due.append((self.now + late + self.chance.choice((0, 3)), self.count, notice))
