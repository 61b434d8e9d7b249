"""What happens outside while the hub is down: nobody tells it afterwards, so it asks."""

import pytest

from tests.flows.desk import Desk, find_held
from tests.flows.scene import OpenScene, Scene


@pytest.fixture
async def scene(open_outdoor_scene: OpenScene) -> Scene:
    return await open_outdoor_scene()


def die(scene: Scene) -> None:
    assert scene.house.hub is not None
    scene.house.hub.kill()


async def rise(scene: Scene, desk: Desk) -> None:
    await scene.house.start()
    await desk.reconnect()


@pytest.mark.promise("P12")
async def test_a_caller_who_hung_up_meanwhile_waits_no_more_and_a_text_is_not_lost(scene: Scene) -> None:
    sam, pia = scene.customer("sam"), scene.customer("pia")
    await sam.call()
    await sam.hears("say", "You are next")
    ada = await scene.desk("ada", is_available=False)
    die(scene)
    await sam.hang_up()
    await pia.text("Är ni borta? 你们在吗？")
    await pia.text("Hallå?")
    await rise(scene, ada)
    await scene.waiting("Pia Lindqvist")
    await ada.go_available()
    held = await ada.accept()
    assert (held["channel"], held["customer"]["name"]) == ("sms", "Pia Lindqvist")
    await ada.sees(held["id"], "Hallå?")
    messages = find_held(ada.screen, held["id"])["messages"]
    assert [m["text"] for m in messages if m["kind"] == "customer"] == ["Är ni borta? 你们在吗？", "Hallå?"]
    await ada.wrap_up(held["id"])
    await ada.until(lambda screen: screen["agent"]["load"] == 0 and not screen["offers"])


@pytest.mark.promise("P12")
async def test_an_agent_whose_customer_hung_up_meanwhile_wraps_up(scene: Scene) -> None:
    ada, sam = await scene.desk("ada"), scene.customer("sam")
    await sam.call()
    held = await ada.accept()
    await ada.talks(held["id"])
    die(scene)
    await sam.hang_up()
    await rise(scene, ada)
    over = await ada.holds(held["id"], state="wrap_up", is_customer_gone=True)
    assert over["call"]["state"] == "over"
    await ada.wrap_up(held["id"])
    await ada.until(lambda screen: screen["agent"]["load"] == 0)
