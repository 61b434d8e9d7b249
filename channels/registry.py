"""All channels, one line each.

The rule of this file: a line brings a channel into the hub, and config.toml switches it on. The screens and the
router's counts keep the order of the lines.
"""

from typing import Final

from channels.mail.traits import EMAIL
from channels.phone.traits import PHONE
from channels.sms import SMS
from channels.traits import Traits
from channels.webchat.traits import WEBCHAT

REGISTRY: Final[dict[str, Traits]] = {
    one.name: one
    for one in (
        PHONE,
        SMS,
        EMAIL,
        WEBCHAT,
    )
}


def traits_of(channel: str) -> Traits:
    """Raises KeyError for a channel that has no line."""
    return REGISTRY[channel]


def list_calls() -> tuple[str, ...]:
    """The channels on which the customer is on the line."""
    return tuple(one.name for one in REGISTRY.values() if one.is_call)


def list_live() -> tuple[str, ...]:
    """The channels on which a waiting customer is told their place."""
    return tuple(one.name for one in REGISTRY.values() if one.is_live)


def list_pages() -> tuple[str, ...]:
    """The channels whose customers read on a page what is stored."""
    return tuple(one.name for one in REGISTRY.values() if one.stored_is_sent)


def list_chats() -> tuple[str, ...]:
    """The live channels that are not calls."""
    return tuple(one.name for one in REGISTRY.values() if one.is_live and not one.is_call)
