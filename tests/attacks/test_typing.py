"""Whose writing is seen by whom: a hint is no message, and still goes between the customer and the holder alone."""

import pytest

from hub.app import HubProcess
from tests.flows.customers import Widget
from tests.flows.desk import Desk
from tests.hub.connected_screens import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")


def count_typing(widget: Widget) -> int:
    return sum(event == "typing" for event, _ in widget.told)


async def types(desk: Desk, interaction_id: str) -> None:
    """Said, and dealt with: a socket's events are handled one after the other."""
    await desk.line.say("typing", {"interaction_id": interaction_id})
    await desk.fresh()


async def test_only_who_holds_a_chat_seems_to_write_to_its_customer_and_sees_them_write(hub: HubProcess) -> None:
    ada, ben = [await Desk.open(hub.url, name, PASSWORD) for name in ("ada", "ben")]
    widget = await Widget.visit(hub.url)
    await widget.say("Hej")
    await ada.go_available()
    offer = await ada.is_offered()
    await widget.ask("typing")
    await types(ada, offer["interaction_id"])  # offered is not held
    assert (count_typing(widget), ada.typing) == (0, [])

    held = await ada.accept()
    await types(ben, held["id"])
    await widget.ask("typing")
    await ada.until(lambda screen: ada.typing == [held["id"]])
    await ben.fresh()
    assert (count_typing(widget), ben.typing) == (0, [])
    await types(ada, held["id"])
    await widget.until(lambda one: count_typing(one) == 1)

    await ada.do("end_interaction", interaction_id=held["id"], version=held["version"])
    await types(ada, held["id"])  # what is written in wrap-up is for colleagues
    await widget.ask("typing")
    assert count_typing(widget) == 1
    for one in (ada, ben, widget):
        await one.close()
