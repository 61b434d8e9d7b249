"""A customer waits in a chat and telephones: the call has the chat's place, and the chat what becomes of it."""

from typing import Any

from tests.flows.cast import Cast
from tests.flows.customers import Widget


async def wait_in_chat(cast: Cast, name: str = "pia") -> Widget:
    """On the sample web site, which signs who its visitor is."""
    identity = (await cast.customer(name).devices())["customer"]["identity"]
    widget = await cast.widget(identity=identity)
    await widget.say("Mitt lån? 贷款")
    await widget.until(lambda self: any(event == "position" for event, _ in self.told))
    return widget


def facts(held: dict[str, Any]) -> list[str]:
    return [message["fact"] for message in held["messages"] if message["kind"] == "fact"]


async def test_the_call_is_served_in_the_place_of_the_chat_which_closes_with_it(cast: Cast) -> None:
    sam, pia = cast.customer("sam"), cast.customer("pia")
    widget = await wait_in_chat(cast)
    (line,) = await cast.waiting("Pia Lindqvist")
    began = line["entered_at"]
    await sam.call()
    await pia.call()
    await widget.until(lambda self: self.state == "paused")
    await widget.say("Är det ni som ringer? 是你们吗")
    ada = await cast.desk("ada")
    held = await ada.accept()
    assert (held["channel"], held["customer"]["name"], held["entered_at"]) == ("phone", "Pia Lindqvist", began)
    await ada.talks(held["id"])
    await ada.until(lambda screen: {"linked", "wrote_elsewhere"} <= set(facts(screen["interactions"][0])))
    await widget.say("Ja, jag hör er")
    await ada.until(lambda screen: facts(screen["interactions"][0]).count("wrote_elsewhere") == 2)
    assert widget.state == "paused"
    await ada.wrap_up(held["id"])
    await widget.until(lambda self: self.state == "closed")
    assert await ada.is_what_a_fresh_one_shows()


async def test_a_caller_who_hangs_up_unserved_waits_on_in_the_chat(cast: Cast) -> None:
    pia, widget = cast.customer("pia"), await wait_in_chat(cast)
    await pia.call()
    await widget.until(lambda self: self.state == "paused")
    told = len(widget.told)
    await pia.hang_up()
    await widget.until(lambda self: self.state == "waiting")
    await widget.until(lambda self: any(event == "position" for event, _ in self.told[told:]))
    emre = await cast.desk("emre")
    held = await emre.accept()
    assert (held["channel"], held["customer"]["name"]) == ("webchat", "Pia Lindqvist")
    assert facts(held)[:3] == ["entered", "paused", "waits_again"]
    await widget.until(lambda self: self.state == "active")


async def test_a_page_that_is_loaded_again_meanwhile_says_the_same(cast: Cast) -> None:
    pia, widget = cast.customer("pia"), await wait_in_chat(cast)
    await pia.call()
    await widget.until(lambda self: self.state == "paused")
    await widget.close()
    opened = await widget.open()
    assert (opened["state"], opened["position"]) == ("paused", None)
