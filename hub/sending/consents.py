"""Whether an address may be used for a purpose: what its customer wishes, measured by the policy.

The rule of this file: pure. It is asked twice for everything that leaves: when it is decided, and again when it is
sent, since a customer may take a consent back in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from channels.registry import traits_of
from hub.policies.consents import STANDARD_CONSENTS, ConsentPolicy
from hub.sending.address_keys import consent_key
from hub.sending.refusals import Refusal
from hub.storage.consents import Standing, Standings
from routing.model import DAY, ChannelName, Micros

SERVICE: Final = "service"
MARKETING: Final = "marketing"
RECORDING: Final = "recording"
PAGE_TRAIL: Final = "page_trail"


@dataclass(frozen=True, slots=True)
class Consents:
    """The policy's rules, and what is known of the addresses of a batch."""

    policy: Mapping[str, ConsentPolicy] = field(default_factory=lambda: STANDARD_CONSENTS)
    standings: Standings = field(default_factory=dict)

    def find_refusal(
        self, purpose: str, channel: ChannelName, address: str, now: Micros, asked_at: Micros | None = None
    ) -> Refusal | None:
        """Why this address may not be used on this channel for this purpose. `asked_at`: when its customer asked for
        just this, which is newer than what they took back before."""
        standing = find_standing(self.standings.get(consent_key(channel, address), ()), purpose, channel)
        return find_consent_refusal(self.policy[purpose], standing, now, asked_at)

    def find_about_recording(self, channel: ChannelName, address: str) -> Standing | None:
        """What is kept with a call; None for texts, of which there is no recording."""
        if not traits_of(channel).is_call:
            return None
        return find_standing(self.standings.get(consent_key(channel, address), ()), RECORDING, channel)


def find_standing(standings: tuple[Standing, ...], purpose: str, channel: str) -> Standing | None:
    """The newest wish for this purpose that is about this channel, or about all."""
    found = [one for one in standings if one.purpose == purpose and one.channel in ("", channel)]
    return found[-1] if found else None


def is_to_be_asked(policy: ConsentPolicy, standing: Standing | None, now: Micros) -> bool:
    """Whether a customer is asked: they have said nothing yet, or their yes has run out. A no is an answer."""
    return standing is None or find_consent_refusal(policy, standing, now) is Refusal.CONSENT_RAN_OUT


def find_consent_refusal(
    policy: ConsentPolicy, standing: Standing | None, now: Micros, asked_at: Micros | None = None
) -> Refusal | None:
    if standing is None:
        return Refusal.NO_CONSENT if policy.silence == "needs_yes" else None
    if standing.act == "withdrawn":
        is_older = asked_at is not None and standing.recorded_at < asked_at
        return None if is_older else Refusal.CONSENT_WITHDRAWN
    if policy.runs_out_days and now >= standing.at + policy.runs_out_days * DAY:
        return Refusal.CONSENT_RAN_OUT
    return None
