"""How much was sent recently: automatic mails of the last 24 hours, texts and calls of the last hour.

The rule of this file: a count is part of the open work in memory and is restored from rows together with it. So a
restart, or another process, begins where the last one stood.
"""

from array import array
from collections import Counter, deque
from dataclasses import dataclass, field
from hashlib import blake2b

from routing.model import DAY, SECOND, Micros

HOUR = 3600 * SECOND
KEY = 8  # bytes of a customer's key: two customers hardly ever share one


@dataclass(slots=True)
class LastDay:
    """The automatic mails of the last 24 hours."""

    _left: deque[tuple[Micros, str]] = field(default_factory=deque)  # (at, mailbox), oldest first
    _per_address: Counter[str] = field(default_factory=Counter)
    _per_domain: Counter[str] = field(default_factory=Counter)

    def add(self, at: Micros, address: str) -> None:
        mailbox = plain_mailbox(address)
        self._forget(at)
        self._left.append((at, mailbox))
        self._per_address[mailbox] += 1
        self._per_domain[_domain_of(mailbox)] += 1

    def count(self, now: Micros) -> int:
        self._forget(now)
        return len(self._left)

    def count_to(self, address: str, now: Micros) -> tuple[int, int]:
        """How many went to this mailbox, and how many to its domain."""
        self._forget(now)
        mailbox = plain_mailbox(address)
        return self._per_address.get(mailbox, 0), self._per_domain.get(_domain_of(mailbox), 0)

    def _forget(self, now: Micros) -> None:
        while self._left and self._left[0][0] <= now - DAY:
            _, mailbox = self._left.popleft()
            for counts, name in ((self._per_address, mailbox), (self._per_domain, _domain_of(mailbox))):
                counts[name] -= 1
                if not counts[name]:
                    del counts[name]


class LastHour:
    """What one channel sent within the last hour, in 16 bytes each: a busy hour has a quarter of a million."""

    def __init__(self) -> None:
        self._at = array("q")  # oldest first
        self._keys = bytearray()  # keys of the customers, in the same order
        self._first = 0  # index of the oldest that still counts

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


def plain_mailbox(address: str) -> str:
    """The mailbox in lower case and without a tag: `Pia+1@X` and `pia@x` reach the same person."""
    local, at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def _domain_of(mailbox: str) -> str:
    return mailbox.rpartition("@")[2]
