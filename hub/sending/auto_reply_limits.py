"""Which mails the hub answers by itself, and how many a day.

The rule of this file: pure. `hub.open_work.recent_counts` counts the mails that were sent. If the hub and a program
answer each other, they stop at the cap, even if the program's mails lack the marks of automatic ones.

Source: RFC 3834 2 (whom not to answer) and 4.
"""

from dataclasses import dataclass

from channels.mail.automatic import is_machine
from hub.open_work.recent_counts import LastDay, plain_mailbox
from routing.model import Micros


@dataclass(frozen=True, slots=True)
class AutoReplyRules:
    """Caps per 24 hours. `own_mailboxes`: in lower case, without a tag."""

    per_address: int = 3
    per_domain: int = 200
    in_all: int = 5_000
    subject: str = "Automatic reply"
    own_mailboxes: frozenset[str] = frozenset()


def may_answer(rules: AutoReplyRules, left: LastDay, address: str, now: Micros) -> bool:
    mailbox = plain_mailbox(address)
    if "@" not in mailbox or mailbox in rules.own_mailboxes or is_machine(mailbox):
        return False
    to_address, to_domain = left.count_to(mailbox, now)
    return to_address < rules.per_address and to_domain < rules.per_domain and left.count(now) < rules.in_all
