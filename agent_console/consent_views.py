"""The wire types of consents: what stands for each address and purpose, and how it came to that.

The rule of this file: as in `views.py`.
"""

from typing import Literal

from agent_console.private_data import Address, Words
from agent_console.views import IdentityLevel
from agent_console.wire_model import Wire
from routing.model import ChannelName
from scripts_library.script_parts import Purpose


class ConsentEntryView(Wire):
    """One entry of the ledger. `channel` is empty if it is about every channel of the address."""

    act: Literal["given", "withdrawn", "asked", "void"]  # void: an import that told of it was taken back
    at: int
    source: Literal["agent", "widget", "stop_word", "start_word", "provider", "script", "import", "api"]
    by: str = ""  # the agent's name, the step of a script, the import
    channel: ChannelName | Literal[""] = ""
    text_version: int = 0
    language: str = ""
    said: Words = ""


class ConsentView(Wire):
    """How an address stands for a purpose. `is_allowed`: whether it may be used at this moment; silence may mean that
    too. `until`: when the customer's yes runs out."""

    purpose: Purpose
    state: Literal["given", "withdrawn", "asked", "ran_out", "silent"]
    is_allowed: bool
    until: int | None = None
    history: list[ConsentEntryView] = []  # the newest first


class AddressConsentsView(Wire):
    channel: ChannelName
    address: Address
    identity_level: IdentityLevel
    consents: list[ConsentView]


class ConsentsView(Wire):
    """GET /api/customers/<id>/consents. `texts`: what a customer is asked, by purpose, in the requested language."""

    addresses: list[AddressConsentsView]
    texts: dict[str, str] = {}
