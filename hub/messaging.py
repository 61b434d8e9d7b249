"""`may_send`: the one gate before anything leaves, and the words that close and open it.

The rule of this file: pure; a refusal is a code that the screen can explain. Every request that carries words to a
customer is made after this gate said yes, in the same batch.
"""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import phonenumbers

from routing.model import ChannelName

# The words that US carriers and Twilio honour, and their plain Chinese twins
STOP_WORDS = frozenset(
    ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "退订", "停止"]
)
START_WORDS = frozenset(["start", "yes", "unstop", "订阅", "恢复"])


NOBODY = ("unknown:", "anonymous:")  # senders without a usable address


@dataclass(frozen=True, slots=True)
class SendRules:
    """`sms_regions`: ISO 3166 codes that SMS may go to; empty allows every region."""

    sms_regions: tuple[str, ...] = ()
    max_sms_characters: int = 1600  # Twilio's limit for one message


def may_send(
    rules: SendRules, channel: ChannelName, address: str, text: str, suppressed: Collection[tuple[str, str]]
) -> str:
    """Empty: it may. Else why not: nothing_to_say, no_address, customer_said_stop, region_not_allowed, too_long."""
    if not text.strip():
        return "nothing_to_say"
    if channel is not ChannelName.WEBCHAT and (not address or address.startswith(NOBODY)):
        return "no_address"
    if (str(channel), address) in suppressed:
        return "customer_said_stop"
    if channel is ChannelName.SMS:
        if len(text) > rules.max_sms_characters:
            return "too_long"
        if rules.sms_regions and _region(address) not in rules.sms_regions:
            return "region_not_allowed"
    return ""


def said_stop(text: str) -> bool:
    return _word(text) in STOP_WORDS


def said_start(text: str) -> bool:
    return _word(text) in START_WORDS


def reply_subject(subject: str) -> str:
    return subject if subject.casefold().startswith(("re:", "回复:", "回复：")) else f"Re: {subject}"


def _word(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip(".!。").casefold()


def _region(address: str) -> str:
    try:
        number = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or ""
