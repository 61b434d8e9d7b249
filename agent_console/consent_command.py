"""The command of an agent about what their customer agrees to.

The rule of this file: as in `commands.py`.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_console.command_forms import InteractionCommand
from scripts_library.script_parts import Purpose


class KeepConsent(InteractionCommand):
    """The customer has agreed to something, or has taken it back. The ledger keeps the text and the language in which
    the policy asks for it."""

    kind: Literal["keep_consent"]
    address: Annotated[str, Field(min_length=1, max_length=320)]  # one of the customer's
    purpose: Purpose
    is_given: bool
    said: Annotated[str, Field(max_length=500)] = ""  # how the agent heard of it
