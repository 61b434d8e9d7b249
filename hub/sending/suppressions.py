"""Why nothing may leave to an address, and for how long: what a customer or the provider has said of it.

The rule of this file: pure. A wish holds until it is taken back; what is only known of a number holds for a while.
"""

from dataclasses import dataclass
from typing import Final

from routing.model import DAY, Micros

SAID_STOP: Final = "customer"
NO_TEXTS: Final = "no_texts"
NO_TEXTS_FOR: Final = DAY

# What the provider says of an address (twilio.com/docs/api/errors). The customer has written STOP to it: it lets
# nothing through until they write START.
_STOPPED: Final = frozenset({"21610"})
# It gets no texts: no number (21211), no mobile (21614), not in use (30005), a landline or a carrier that cannot be
# reached (30006). Numbers are ported and carriers come back, so this holds for a day, or until a text comes from
# there. A telephone that is off (30003) and a text that a carrier does not like (30004, 30007) say nothing of the
# next text.
_NO_TEXTS: Final = frozenset({"21211", "21614", "30005", "30006"})


@dataclass(frozen=True, slots=True)
class Suppression:
    cause: str  # SAID_STOP or NO_TEXTS
    at: Micros

    def find_code(self, now: Micros) -> str:
        """Of the refusal; empty where it holds no more."""
        if self.cause != NO_TEXTS:
            return "customer_said_stop"
        return "no_texts" if now - self.at < NO_TEXTS_FOR else ""


Suppressions = dict[tuple[str, str], Suppression]
"""By (channel, address)."""


def find_cause(error: str) -> str:
    """Why no more may leave after this error of a text; empty: it may."""
    if error in _STOPPED:
        return SAID_STOP
    return NO_TEXTS if error in _NO_TEXTS else ""
