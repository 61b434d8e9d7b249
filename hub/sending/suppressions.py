"""Why nothing may leave to an address, and for how long: a customer's wish, or the provider's word on the number.

The rule of this file: pure. A wish holds until the customer takes it back; the provider's word holds for a while.
"""

from dataclasses import dataclass
from typing import Final

from hub.sending.refusals import Refusal
from routing.model import DAY, Micros

SAID_STOP: Final = "customer"
NO_TEXTS: Final = "no_texts"
NO_TEXTS_FOR: Final = DAY

# Error codes of the provider (twilio.com/docs/api/errors). This one: the customer wrote STOP to the provider, and it
# lets nothing through until they write START.
_STOPPED: Final = frozenset({"21610"})
# The address gets no texts: no number (21211), no mobile (21614), not in use (30005), a landline or a carrier that
# cannot be reached (30006). Numbers are ported and carriers come back, so this holds for a day, or until the customer
# sends a text. A telephone that is off (30003) and a text that a carrier rejects (30004, 30007) say nothing about the
# next text.
_NO_TEXTS: Final = frozenset({"21211", "21614", "30005", "30006"})


@dataclass(frozen=True, slots=True)
class Suppression:
    cause: str  # SAID_STOP or NO_TEXTS
    at: Micros

    def find_refusal(self, now: Micros) -> Refusal | None:
        """None once the suppression has ended."""
        if self.cause != NO_TEXTS:
            return Refusal.CUSTOMER_SAID_STOP
        return Refusal.NO_TEXTS if now - self.at < NO_TEXTS_FOR else None


Suppressions = dict[tuple[str, str], Suppression]
"""By (channel, address)."""


def find_cause(error: str) -> str | None:
    """Why no more texts may leave after this error of a text. None if they may."""
    if error in _STOPPED:
        return SAID_STOP
    return NO_TEXTS if error in _NO_TEXTS else None
