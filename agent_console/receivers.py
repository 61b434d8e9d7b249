"""The wire types of the list of those to whom a call can go: colleagues and queues, as they are at this moment.

The rule of this file: as in `views.py`. It shows nothing of a customer.
"""

from typing import Literal

from agent_console.wire_model import Wire


class ReceivingAgent(Wire):
    """`busy`: available, but without room for it. `away`: at work, but not available; `reason` is the code why."""

    id: str
    name: str
    state: Literal["free", "busy", "away"]
    reason: str = ""


class ReceivingQueue(Wire):
    """`expected_minutes`: the longest estimated wait in it; None if it is not known."""

    id: str
    waiting: int
    expected_minutes: int | None = None
    is_open: bool = True


class ReceiversView(Wire):
    """GET /api/receivers?channel=: free colleagues first, then by name; the policy's queues that take the channel."""

    agents: list[ReceivingAgent]
    queues: list[ReceivingQueue]
