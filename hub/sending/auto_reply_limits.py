"""Which mails the hub answers by itself, and how many a day.

The rule of this file: pure, but for `LastDay`, which is part of the floor: it counts the automatic mails of the last
24 hours, and is made anew from their rows whenever the floor is. So a restart or another process begins where the
last one stood. Two programs that answer each other stop at the cap, whatever they leave out of their mails.

Source: RFC 3834 2 (whom not to answer) and 4.
"""

from collections import Counter, deque
from dataclasses import dataclass, field

from channels.mail.automatic import is_machine
from routing.model import DAY, Micros


@dataclass(frozen=True, slots=True)
class AutoReplyRules:
    """Counts are those of 24 hours. `own_mailboxes`: in lower case, without a tag."""

    per_address: int = 3
    per_domain: int = 200
    in_all: int = 5_000
    subject: str = "Automatic reply"
    own_mailboxes: frozenset[str] = frozenset()


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
        """To this mailbox, and to its domain."""
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


def may_answer(rules: AutoReplyRules, left: LastDay, address: str, now: Micros) -> bool:
    mailbox = plain_mailbox(address)
    if "@" not in mailbox or mailbox in rules.own_mailboxes or is_machine(mailbox):
        return False
    to_address, to_domain = left.count_to(mailbox, now)
    return to_address < rules.per_address and to_domain < rules.per_domain and left.count(now) < rules.in_all


def plain_mailbox(address: str) -> str:
    """In lower case and without a tag: `Pia+1@X` and `pia@x` are read by the same person."""
    local, at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def _domain_of(mailbox: str) -> str:
    return mailbox.rpartition("@")[2]
