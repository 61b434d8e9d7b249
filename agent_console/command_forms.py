"""What all commands have in common.

The rule of this file: as in `commands.py`.
"""

from typing import Annotated

from pydantic import Field

from agent_console.views import Id, Wire

# By the clock of the organisation: 2026-11-24T10:00
LocalTime = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d$")]


class CommandBase(Wire):
    id: Id  # unique, chosen by the screen


class InteractionCommand(CommandBase):
    interaction_id: Id
    version: int  # the interaction's version that the screen saw
