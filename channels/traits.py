"""What a channel says of itself, so that nobody else asks for its name.

The rule of this file: plain data, and how the channel is made. A trait stands here if channels differ in it and
somebody outside the channels has to know. A policy that says nothing of a channel takes the points, the offer's
duration and the head start from here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NewType

from channels.channel import Channel, Hub

NUMBER: Final = "phone"
"""A telephone number in E.164. Channels with such addresses share it: one number is one customer."""
MAILBOX: Final = "email"
"""A mailbox, in lower case."""


SecretText = NewType("SecretText", str)
"""A secret in a channel's settings. config.toml does not hold it: it says where the secret is found."""


class Icon(StrEnum):
    """The pictures that the screens have. A screen that does not know one shows `OTHER`."""

    PHONE = "phone"
    SMARTPHONE = "smartphone"
    MAIL = "mail"
    CHAT = "chat"
    SEND = "send"
    CAMERA = "camera"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    name: str  # in config.toml, in what is stored, on the wire: [a-z]+, at most 16 characters
    names: Mapping[str, str]  # on the screens, by language; there is always English
    address_kind: str  # NUMBER, MAILBOX, or a word of its own, at most 16 characters
    counted: Mapping[str, str] = field(default_factory=dict)  # "{count, plural, one {# call} other {# calls}}"
    icon: Icon = Icon.OTHER
    is_call: bool = False  # the customer is on the line: it has legs, and agents need telephones
    is_live: bool = False  # the customer waits there and is told their place
    is_mail: bool = False  # it has subjects and Message-IDs, and programs write it too
    stored_is_sent: bool = False  # the customer's page reads what is stored, so it has no `send`
    honours_stop: bool = False  # a customer who writes STOP gets nothing more
    texts_cost_money: bool = False  # texts count against the caps on money
    longest_text: int | None = None  # characters of one text; None: the desk's own limit
    reply_seconds: tuple[int, int] = (300, 1_800)  # when the desk marks a missing answer as soon due, and as late
    points: int = 25  # one interaction takes so many of an agent's 100
    offer_seconds: int = 30  # an offer lasts so long
    head_start_seconds: int = 0  # each tier has so much over the next lower one
    settings: type[Any] | None = None  # a frozen dataclass, which is its table in config.toml
    build: Callable[[Any, Hub, str], Channel] | None = None  # (settings, hub, the hub's public address) -> adapter
