"""What leaves costs money: to which numbers and countries it may go, and how much of it within an hour.

The rule of this file: pure, but for `LastHour`, which is part of the floor: it counts what was decided to leave, and
is made anew from the outbox whenever the floor is. What is refused is refused with a code that the screen explains.
An agent's softphone (`client:`) costs nothing and is not asked about here.
"""

from array import array
from dataclasses import dataclass
from hashlib import blake2b

from channels.channel import CallAgent, CallCustomer, Request, TextOut
from hub.sending.telephone_numbers import find_ban, find_country, normal_number
from routing.model import SECOND, ChannelName, Micros

HOUR = 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one channel; None: none. `countries` are codes of ISO 3166, the counts those of an hour. `ours`: our own
    numbers, which would only answer themselves."""

    countries: frozenset[str] | None = None
    ours: frozenset[str] = frozenset()
    most: int | None = None
    most_per_customer: int | None = None


KEY = 8  # bytes of a customer's key: two share one as good as never


class LastHour:
    """What has left by one channel within the last hour, in 16 bytes each: a busy one is a quarter of a million."""

    def __init__(self) -> None:
        self._at = array("q")  # oldest first
        self._keys = bytearray()  # the customers', in the same order
        self._first = 0  # what is before it is forgotten

    def add(self, at: Micros, customer_id: str) -> None:
        self._forget(at)
        self._at.append(at)
        self._keys += _key(customer_id)

    def count(self, now: Micros) -> int:
        self._forget(now)
        return len(self._at) - self._first

    def count_to(self, customer_id: str, now: Micros) -> int:
        self._forget(now)
        return self._keys.count(_key(customer_id), self._first * KEY)

    def _forget(self, now: Micros) -> None:
        while self._first < len(self._at) and self._at[self._first] <= now - HOUR:
            self._first += 1
        if 2 * self._first > len(self._at):
            del self._at[: self._first], self._keys[: self._first * KEY]
            self._first = 0


def _key(customer_id: str) -> bytes:
    return blake2b(customer_id.encode(), digest_size=KEY).digest()


def costs(channel: ChannelName, request: Request) -> bool:
    match request:
        case TextOut():
            return channel is ChannelName.SMS
        case CallAgent() | CallCustomer():
            return True
        case _:
            return False


def may_spend(limits: Limits, left: LastHour, address: str, customer_id: str, now: Micros) -> str:
    """Empty: it may. Else why not: what `may_reach` says, customer_cap_reached, cap_reached."""
    if obstacle := may_reach(limits, address):
        return obstacle
    if limits.most_per_customer is not None and left.count_to(customer_id, now) >= limits.most_per_customer:
        return "customer_cap_reached"
    if limits.most is not None and left.count(now) >= limits.most:
        return "cap_reached"
    return ""


def may_reach(limits: Limits, address: str) -> str:
    """Empty: this number may be reached at all. Else why not: no_number, emergency_number, costly_number, own_number,
    region_not_allowed."""
    if ban := find_ban(address):
        return ban
    if normal_number(address) in limits.ours:
        return "own_number"
    if limits.countries is not None and find_country(address) not in limits.countries:
        return "region_not_allowed"
    return ""
