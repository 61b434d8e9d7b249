"""`may_send`: the one gate before a text leaves, and the words that close and open it.

The rule of this file: pure; what it refuses, the screen can explain. A request that carries words to a
customer is made only after this gate has allowed it, in the same batch. `may_call` is the gate of calls.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from channels.registry import list_calls
from hub.open_work.floor import OpenInteraction
from hub.open_work.recent_counts import LastHour
from hub.sending.auto_reply_limits import AutoReplyRules
from hub.sending.consents import SERVICE, Consents
from hub.sending.customer_wishes import read_wishes
from hub.sending.quiet_hours import QuietHours
from hub.sending.refusals import Refusal
from hub.sending.spending import Limits, may_spend
from hub.sending.suppressions import Suppressions
from routing.model import Micros

# The words that US carriers and Twilio honour, and their plain Chinese twins
STOP_WORDS = frozenset(
    ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "退订", "停止"]
)
START_WORDS = frozenset(["start", "yes", "unstop", "订阅", "恢复"])


NOBODY = ("unknown:", "anonymous:")  # senders without a usable address
NO_LIMITS = Limits()
NOTHING_KNOWN = Consents()
SOFTPHONE = "client:"  # followed by an agent's id: a telephone in their browser


@dataclass(frozen=True, slots=True)
class SendRules:
    """`has_softphones`: whether the provider can call `client:` and an agent's id, which is their browser.
    `calls_per_agent`: on one day of the organisation; None means no limit."""

    limits: Mapping[str, Limits] = field(default_factory=dict)  # by channel
    auto_replies: AutoReplyRules = field(default_factory=AutoReplyRules)
    has_softphones: bool = True
    calls_per_agent: int | None = None
    quiet_hours: QuietHours | None = None
    call_numbers: tuple[str, ...] = ()  # ours that a called person may be shown, the usual one first

    def limits_of(self, channel: str) -> Limits:
        return self.limits.get(channel, NO_LIMITS)

    @property
    def calls(self) -> Limits:
        """The limits of the channel that calls agents on their telephones."""
        return next((self.limits_of(channel) for channel in list_calls()), NO_LIMITS)


def may_send(
    rules: SendRules,
    interaction: OpenInteraction,
    text: str,
    suppressed: Suppressions,
    last_hour: LastHour,
    now: Micros,
    consents: Consents = NOTHING_KNOWN,
    purpose: str = SERVICE,
) -> Refusal | None:
    """Whether the words may leave. `last_hour`: of this channel. `purpose`: an answer to a customer is service."""
    channel, traits, address = interaction.channel, interaction.traits, interaction.address
    if not text.strip():
        return Refusal.NOTHING_TO_SAY
    if not traits.stored_is_sent and (not address or address.startswith(NOBODY)):
        return Refusal.NO_ADDRESS
    if interaction.is_outbound and read_wishes(interaction.customer.profile).is_left_alone:
        return Refusal.LEFT_ALONE  # an answer to what they wrote is allowed
    for to in (address, reply_address(interaction)):
        suppression = suppressed.get((channel, to))
        if suppression is not None and (refusal := suppression.find_refusal(now)):
            return refusal
        if refusal := consents.find_refusal(purpose, channel, to, now):
            return refusal
    if traits.longest_text is not None and len(text) > traits.longest_text:
        return Refusal.TOO_LONG
    if traits.texts_cost_money:
        return may_spend(rules.limits_of(channel), last_hour, address, interaction.customer.id, now)
    return None


def said_stop(text: str) -> bool:
    return _word(text) in STOP_WORDS


def said_start(text: str) -> bool:
    return _word(text) in START_WORDS


def reply_address(interaction: OpenInteraction) -> str:
    """Where an agent's answer goes."""
    return interaction.reply_to or interaction.address


def reply_subject(subject: str) -> str:
    return subject if subject.casefold().startswith(("re:", "回复:", "回复：")) else f"Re: {subject}"


def _word(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip(".!。").casefold()
