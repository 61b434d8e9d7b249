"""The command of an agent about who their customer is.

The rule of this file: as in `commands.py`.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_console.command_forms import InteractionCommand
from agent_console.views import Id


class NameCustomer(InteractionCommand):
    """Whoever writes or calls is this customer, although the address belongs to another: a family shares it. The
    interaction is theirs from here on, the answer still goes to the address that wrote, and the next agent is asked
    which of them it is. `reason`: how the agent knows, for a customer who is not known to use this address
    (refused as needs_reason without it): the agent reads what is known of them from here on."""

    kind: Literal["name_customer"]
    customer_id: Id
    reason: Annotated[str, Field(max_length=300)] = ""
