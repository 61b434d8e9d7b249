"""What a channel says of itself, so that nobody asks for its name.

The rule of this file: plain data, and how the channel is made. A trait stands here because channels differ in it and
somebody outside the channels has to know. What it says of points, offers and head start is what a policy gets that
says nothing of the channel.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NewType

from channels.channel import Channel, Hub

NUMBER: Final = "phone"
"""A telephone number in E.164: one customer's number serves every channel with such addresses."""
MAILBOX: Final = "email"
"""A mailbox, in lower case."""


SecretText = NewType("SecretText", str)
"""A field of a channel's settings that config.toml never holds itself: it says where the secret is found."""


class Icon(StrEnum):
    """What the screens have a picture for; a screen that does not know one shows `OTHER`."""

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
    names: Mapping[str, str]  # on the screens, by language; English is there
    address_kind: str  # NUMBER, MAILBOX, or a word of its own, at most 16 characters
    counted: Mapping[str, str] = field(default_factory=dict)  # "{count, plural, one {# call} other {# calls}}"
    icon: Icon = Icon.OTHER
    is_call: bool = False  # the customer is on the line: a call's life, legs, agents with telephones
    is_live: bool = False  # the customer waits there, and is told their place
    is_mail: bool = False  # with subjects, answered by Message-ID, and by programs as well
    stored_is_sent: bool = False  # the customer's page reads what is stored; then the channel has no `send`
    honours_stop: bool = False  # a customer who writes STOP gets nothing more
    texts_cost_money: bool = False  # they count against the caps of what may be spent
    longest_text: int | None = None  # characters of one text; None: as much as the desk takes
    reply_seconds: tuple[int, int] = (300, 1_800)  # after which an open answer is soon due, and late, on the desk
    points: int = 25  # that one interaction takes of an agent's 100
    offer_seconds: int = 30  # how long an agent is asked
    head_start_seconds: int = 0  # of each tier before the next lower one
    settings: type[Any] | None = None  # a frozen dataclass: its table in config.toml
    build: Callable[[Any, Hub, str], Channel] | None = None  # from these settings, the hub and its public address
