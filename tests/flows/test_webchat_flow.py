"""The chat on a web page."""

import pytest

from tests.flows.cast import Cast


async def test_a_chat_waits_is_answered_and_left(cast: Cast) -> None:
    widget = await cast.widget(name="Zoë", language="en")
    await widget.say("Hej! 你好")
    position = await widget.until(lambda self: [data for event, data in self.told if event == "position"])
    assert position[0]["position"] == 1
    ada = await cast.desk("ada")
    offer = await ada.is_offered()
    assert (offer["channel"], offer["subject"]) == ("webchat", "Hej! 你好")
    held = await ada.accept()
    assert held["identity_level"] == "claimed"
    assert held["script"] is not None
    active = await widget.until(lambda self: [data for event, data in self.told if data.get("state") == "active"])
    assert active[-1]["agent_name"] == "Ada Holm"
    await ada.line.say("typing", {"interaction_id": held["id"]})
    await widget.until(lambda self: any(event == "typing" for event, _ in self.told))
    await widget.ask("typing")
    await ada.until(lambda screen: ada.typing == [held["id"]])
    reply = await ada.reply(held["id"], "Välkommen")
    seen = await widget.sees("Välkommen")
    assert (seen["author"], seen["author_name"], seen["message_id"]) == ("agent", "Ada Holm", reply["id"])
    assert seen["at"] == reply["at"]
    await widget.ask("received", after=seen["number"] - 1, number=seen["number"], is_read=True)
    await ada.sees(held["id"], "Välkommen", delivery="read")
    await widget.ask("leave")
    await ada.holds(held["id"], state="wrap_up", is_customer_gone=True)
    await ada.wrap_up(held["id"])
    await widget.until(lambda self: self.state == "closed")


@pytest.mark.promise("P2")
async def test_a_page_that_is_loaded_again_goes_on_where_it_was(cast: Cast) -> None:
    ada, widget = await cast.desk("ada"), await cast.widget()
    await widget.say("Ett", "message-1")
    held = await ada.accept()
    await ada.reply(held["id"], "Två")
    await widget.sees("Två")
    before = dict(widget.messages)
    await widget.close()
    await ada.reply(held["id"], "Tre, medan du var borta")
    await widget.open()
    assert widget.state == "active"
    assert [m["text"] for _, m in sorted(widget.messages.items())] == ["Ett", "Två", "Tre, medan du var borta"]
    assert {number: widget.messages[number] for number in before} == before
    await widget.say("Ett", "message-1")  # its acknowledgement was lost: the same id is the same message
    await widget.say("Fyra")
    await ada.sees(held["id"], "Fyra")
    words = [m["text"] for m in ada.screen["interactions"][0]["messages"] if m["kind"] == "customer"]
    assert words == ["Ett", "Fyra"]


async def test_a_second_page_of_the_same_chat_sees_the_same(cast: Cast) -> None:
    ada, widget = await cast.desk("ada"), await cast.widget()
    await widget.say("Hej")
    held = await ada.accept()
    second = await cast.widget()
    second.chat_id, second.token = widget.chat_id, widget.token
    await second.open()
    await widget.say("Från den första")
    await second.sees("Från den första")
    await ada.reply(held["id"], "Till båda")
    await second.sees("Till båda")
    await widget.sees("Till båda")


async def test_a_chat_of_somebody_else_cannot_be_opened(cast: Cast) -> None:
    widget = await cast.widget()
    await widget.say("Hej")
    stranger = await cast.widget()
    refused = await stranger.ask("open", chat_id=widget.chat_id, token="0" * 64)
    assert refused == {"code": "unknown_chat"}
