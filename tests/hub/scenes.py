"""Beginnings that several tests share.

The rule of this file: each ends with somebody holding something, by the way that it really comes there.
"""

from typing import Any

from tests.hub.notices import agent_joined, call, text
from tests.hub.stage import Screen, Stage


async def hold_text(stage: Stage, agent: str = "ada") -> dict[str, Any]:
    """The agent with Sam's text in hand."""
    await stage.seat(agent)
    await stage.take(text("Hej"))
    return await stage.accept(agent)


async def talk(stage: Stage) -> Screen:
    """Ada with Sam on the line."""
    ada = await stage.seat("ada")
    await stage.take(call("CA1"))
    await stage.accept("ada")
    await stage.take(agent_joined("CA1", "CA-ada"))
    return ada


async def wrap_up(stage: Stage, agent: str, interaction_id: str) -> None:
    """From active to closed."""
    assert not (await stage.about(agent, interaction_id, "end_interaction")).code
    done = await stage.about(agent, interaction_id, "complete_wrap_up", disposition="solved")
    assert not done.code
