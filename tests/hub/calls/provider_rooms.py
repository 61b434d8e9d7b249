"""A phone provider as the hub knows it: the legs of calls, the rooms that they are in, and what each leg hears.

The rule of this file: it says what really happened, and nothing of when or whether the hub hears of it. What there is
to tell stands in `told`, under the keys that the adapter gives to webhooks and to lists alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.channel import (
    After,
    AgentReady,
    BringAgent,
    CallAgent,
    CallAnswered,
    CallArrived,
    CallCustomer,
    ChannelError,
    ConnectAgent,
    ConnectParty,
    FetchVoicemail,
    HangUp,
    HoldCall,
    LegJoined,
    LegLeft,
    LegRole,
    Notice,
    OpenCall,
    ReachAgent,
    Receipt,
    Speak,
    UpdateParty,
)
from hub.screens.channel_host import ChannelHost
from tests.hub.notices import OUR_NUMBER

FINAL = ("busy", "canceled", "completed", "failed", "no-answer")


@dataclass
class ProviderLeg:
    id: str
    call_id: str  # the call whose room it is in, or is called for
    request: Any = None  # that called it; None: they called us
    state: str = "ringing"  # ringing, outside (answered, in no room), present, over
    reason: str = "completed"  # once it is over
    since: int = 0
    is_held: bool = False
    is_muted: bool = False
    coaches: str = ""
    ends_room: bool = False
    then: After | None = None  # they hear words outside the room, and this follows

    @property
    def is_customer(self) -> bool:
        return self.id == self.call_id

    @property
    def label(self) -> str:
        return str(self.request.outbox_id) if self.request is not None else ""

    @property
    def is_over(self) -> bool:
        return self.state == "over"

    @property
    def asks_key(self) -> bool:
        return isinstance(self.request, CallAgent) or (
            isinstance(self.request, ConnectParty) and self.request.asks_key
        )


@dataclass
class ProviderRooms:
    host: ChannelHost
    legs: dict[str, ProviderLeg] = field(default_factory=dict)
    told: list[Notice] = field(default_factory=list)
    started: set[str] = field(default_factory=set)  # rooms in which a talk has begun
    now: int = 0
    count: int = 0

    # ---- what people do

    def call_in(self, address: str, our_number: str = OUR_NUMBER) -> str:
        call_id = self._name("CA")
        leg = self.legs[call_id] = ProviderLeg(call_id, call_id)
        self._enter(leg)
        key = f"phone:AC1:{call_id}"
        over_keys = tuple(f"{key}:{status}" for status in FINAL)
        self.told.append(CallArrived(f"{key}:inbound", call_id, address, our_number, over_keys=over_keys))
        return call_id

    async def answer(self, leg_id: str) -> None:
        """Whoever is rung picks up, and presses the key where one is asked for."""
        leg = self.legs[leg_id]
        if leg.state != "ringing":
            return
        if isinstance(leg.request, ReachAgent):
            leg.state = "outside"
            self.told.append(AgentReady(f"phone:AC1:{leg.id}:ready", leg.id, leg.label))
        elif leg.is_customer:
            self._enter(leg)
            self.told.append(CallAnswered(f"phone:AC1:{leg.id}:answered", leg.id, leg.label))
        elif leg.asks_key and await self.host.find_agent_call(leg.call_id, leg.label) is None:
            self.end(leg_id)  # they hear that the call is gone
        else:
            self._join(leg)

    def end(self, leg_id: str, reason: str = "completed") -> None:
        """A leg ends. With the customer's, or one to which the room was left, the room ends for everybody in it."""
        leg = self.legs[leg_id]
        if leg.is_over:
            return
        was_present, leg.state, leg.reason = leg.state == "present", "over", reason
        if was_present:
            self.told.append(self._tell_leave(leg, "participant_hung_up"))
        self.told.append(self._tell_end(leg))
        if was_present and (leg.is_customer or leg.ends_room):
            self.started.discard(leg.call_id)
            for other in list(self.find_present(leg.call_id)):
                other.state, other.reason = "over", "completed"
                self.told += (self._tell_leave(other, "conference_ended"), self._tell_end(other))

    def finish_words(self, leg_id: str) -> None:
        """A customer has heard the words to the end."""
        leg = self.legs[leg_id]
        then, leg.then = leg.then, None
        if then is After.RETURN and not leg.is_over:
            self._enter(leg)
        elif then is not None:
            self.end(leg_id)

    # ---- what the hub asks for

    async def carry_out(self, request: Any) -> Receipt:
        """Raises ChannelError as the adapter does."""
        match request:
            case ConnectAgent() | ConnectParty() | CallAgent():
                rung = any(leg.label == request.outbox_id and not leg.is_over for leg in self.legs.values())
                has_label = isinstance(request, ConnectAgent | ConnectParty) and not getattr(
                    request, "asks_key", False
                )
                return Receipt("" if rung and has_label else self._ring(request, request.call_id))
            case ReachAgent():
                return Receipt(self._ring(request, ""))
            case CallCustomer():
                return Receipt(self._ring(request, None))
            case BringAgent():
                leg = self._get(request.leg_id)
                leg.call_id, leg.state = request.call_id, "outside"
                self._join(leg, request.label)
                return Receipt(leg.id)
            case HoldCall():
                self._get_in_room(request.call_id, request.leg_id).is_held = request.on
                return Receipt(request.leg_id)
            case UpdateParty():
                self._update(request)
                return Receipt(request.leg_id)
            case HangUp():
                if request.leg_id not in self.legs:
                    raise ChannelError("the provider refused", code="20404", whose="customer")
                leg = self.legs[request.leg_id]
                self.end(leg.id, "completed" if leg.state != "ringing" else "canceled")
                return Receipt(request.leg_id)
            case Speak():
                return self._speak(request)
            case FetchVoicemail():
                return Receipt("")
            case _:
                raise AssertionError(request)

    def _ring(self, request: Any, call_id: str | None) -> str:
        """`call_id` is None for a customer, whose leg names the room."""
        leg_id = self._name("CA" if call_id is None else "CL")
        leg = self.legs[leg_id] = ProviderLeg(leg_id, leg_id if call_id is None else call_id, request)
        leg.since = self.now
        if isinstance(request, ConnectParty):
            leg.is_muted, leg.coaches = request.is_muted, request.coaches
        return leg_id

    def _update(self, request: UpdateParty) -> None:
        leg = self._get_in_room(request.call_id, request.leg_id)
        for name, value in (
            ("is_muted", request.is_muted),
            ("is_held", request.is_held),
            ("coaches", request.coaches),
            ("ends_room", request.ends_room),
        ):
            if value is not None:
                setattr(leg, name, value)

    def _speak(self, request: Speak) -> Receipt:
        leg = self.legs.get(request.call_id)
        if leg is None or leg.is_over:
            return Receipt("")
        leg.state, leg.then, leg.is_held = "outside", request.then, False
        self.started.discard(leg.call_id)
        for other in list(self.find_present(leg.call_id)):  # the room ends as its customer leaves it
            self.end(other.id)
        return Receipt(leg.id)

    # ---- what is to be seen

    def find_present(self, call_id: str) -> Iterator[ProviderLeg]:
        return (leg for leg in self.legs.values() if leg.call_id == call_id and leg.state == "present")

    def list_living(self) -> list[ProviderLeg]:
        return [leg for leg in self.legs.values() if not leg.is_over]

    def hear(self, leg: ProviderLeg) -> str:
        """What a leg in a room hears: hold, wait (the room's, before a talk has begun), talk, silence."""
        if leg.is_held:
            return "hold"
        if leg.call_id not in self.started:
            return "wait"
        others = [one for one in self.find_present(leg.call_id) if one is not leg]
        heard = [one for one in others if not (one.is_held or one.is_muted) and one.coaches in ("", leg.id)]
        return "talk" if heard else "silence"

    def list_missed(self, calls: Sequence[OpenCall]) -> list[Notice]:
        """What the adapter finds in the provider's lists: `PhoneChannel.catch_up`."""
        found: list[Notice] = []
        for call in calls:
            for label, leg_id in (("", call.call_id), ("", call.leg_id), *call.parties):
                leg = self.legs.get(leg_id)
                if leg is not None and leg.is_over:
                    role = LegRole.CUSTOMER if leg.id == call.call_id else LegRole.AGENT
                    key = f"phone:AC1:{leg.id}:{leg.reason}"
                    found.append(LegLeft(key, call.call_id, leg.id, role, leg.reason, label))
            if call.is_connecting and call.call_id in self.started:
                found += [self._tell_join(leg) for leg in self.find_present(call.call_id)]
        return found

    # ---- moves

    def _join(self, leg: ProviderLeg, label: str = "") -> None:
        self._enter(leg)
        if not isinstance(leg.request, ConnectParty) and any(
            other.is_customer for other in self.find_present(leg.call_id)
        ):
            self.started.add(leg.call_id)
        self.told.append(self._tell_join(leg, label))

    def _enter(self, leg: ProviderLeg) -> None:
        leg.state, leg.since, leg.is_held = "present", self.now, False
        if leg.is_customer and any(
            not isinstance(other.request, ConnectParty)
            for other in self.find_present(leg.call_id)
            if other is not leg
        ):
            self.started.add(leg.call_id)

    def _get(self, leg_id: str) -> ProviderLeg:
        leg = self.legs.get(leg_id)
        if leg is None or leg.is_over:
            raise ChannelError("the call has ended", code="no_call", whose="ours")
        return leg

    def _get_in_room(self, call_id: str, leg_id: str) -> ProviderLeg:
        if call_id not in self.started:
            raise ChannelError("the call has ended", code="no_call", whose="customer")
        leg = self.legs.get(leg_id)
        if leg is None or leg.state != "present" or leg.call_id != call_id:
            raise ChannelError("the provider refused", code="20404", whose="customer")
        return leg

    def _tell_join(self, leg: ProviderLeg, label: str = "") -> LegJoined:
        role = LegRole.CUSTOMER if leg.is_customer else LegRole.AGENT
        label = "" if leg.is_customer else label or leg.label
        return LegJoined(f"phone:AC1:{leg.id}:participant-join:{leg.call_id}", leg.call_id, leg.id, role, label)

    def _tell_leave(self, leg: ProviderLeg, reason: str) -> LegLeft:
        role = LegRole.CUSTOMER if leg.is_customer else LegRole.AGENT
        label = "" if leg.is_customer else leg.label
        return LegLeft(f"phone:AC1:{leg.id}:participant-leave", leg.call_id, leg.id, role, reason, label)

    def _tell_end(self, leg: ProviderLeg) -> LegLeft:
        role = LegRole.CUSTOMER if leg.is_customer else LegRole.AGENT
        call_id = leg.id if isinstance(leg.request, ReachAgent) else leg.call_id
        return LegLeft(f"phone:AC1:{leg.id}:{leg.reason}", call_id, leg.id, role, leg.reason, leg.label)

    def _name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"


def may_be_lost(notice: Notice) -> bool:
    """Whether the provider tells it only once. It asks for TwiML until it gets some."""
    return not isinstance(notice, CallArrived | CallAnswered | AgentReady)
