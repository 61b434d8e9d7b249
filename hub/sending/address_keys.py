"""The one way to write an address, whatever channel it came from.

The rule of this file: pure. Two writings of one number or mailbox give one key.
"""

from channels.channel import IdentityLevel
from channels.registry import traits_of
from channels.traits import MAILBOX, NUMBER
from hub.sending.telephone_numbers import normal_number
from routing.model import ChannelName


def address_key(channel: ChannelName, address: str, level: str = IdentityLevel.PROVEN) -> tuple[str, str]:
    """(kind, address) as the table `address` stores it. An address of the channel's own kind counts as a mailbox or a
    number only if the host site signed it."""
    kind = traits_of(channel).address_kind
    if kind not in (NUMBER, MAILBOX) and level == IdentityLevel.VERIFIED:
        kind = MAILBOX if "@" in address else NUMBER if address.startswith("+") else kind
    if kind == MAILBOX:
        return kind, address.lower()
    return kind, normal_number(address) if kind == NUMBER else address


def consent_key(channel: ChannelName, address: str) -> tuple[str, str]:
    """The same for the address of an interaction, whose level was looked at when it began: an unsigned chat has its
    own id there."""
    return address_key(channel, address, IdentityLevel.VERIFIED)
