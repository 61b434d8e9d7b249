"""A hub's life as a process: it starts by one command, drains, dies, and comes back."""

import asyncio
import signal
import subprocess
import sys
import time

import pytest

from tests.flows.cast import Cast, OpenCast
from tests.flows.house import answers, free_port
from tests.flows.process_starter import ROOT


def test_one_command_starts_a_demo_and_says_where(tmp_path) -> None:
    """The real command, in a process of its own from its first import."""
    port = free_port()
    environ = {"HUB_PORT": str(port), "HUB_MAIL_PORT": str(free_port()), "HUB_DATA": str(tmp_path), "PATH": ""}
    output = tmp_path / "output"
    with output.open("wb") as file:
        command = [sys.executable, "-m", "hub", "demo"]
        hub = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/healthz"):
            assert hub.poll() is None and time.monotonic() < deadline, output.read_text()
            time.sleep(0.05)
        hub.send_signal(signal.SIGTERM)
        assert hub.wait(25) == 0
    finally:
        hub.kill()
        hub.wait()
    said = output.read_text(encoding="utf-8")
    for place in ("/sandbox", "/desk", "/wallboard"):
        assert f"http://127.0.0.1:{port}{place}" in said
    assert "ada" in said and "Traceback" not in said


@pytest.mark.promise("P10")
async def test_a_hub_that_is_told_to_stop_answers_what_it_took_and_says_goodbye(cast: Cast) -> None:
    ada, provider = await cast.desk("ada", is_available=False), cast.provider
    hub = cast.house.hub
    assert hub is not None
    texts = [asyncio.create_task(provider.send_sms(f"+4670174900{n}", f"Text {n}")) for n in range(10)]
    while not any(text.done() for text in texts):
        await asyncio.sleep(0)
    hub.signal(signal.SIGTERM)
    assert await asyncio.gather(*texts) == [200] * 10
    await ada.until(lambda screen: ada.is_moving)
    assert await hub.ended(20) == 0
    assert "Traceback" not in hub.output
    await cast.house.start()
    await ada.reconnect()
    await ada.go_available()
    found = set()
    for _ in range(10):
        held = await ada.accept()
        found |= {message["text"] for message in held["messages"] if message["kind"] == "customer"}
        await ada.wrap_up(held["id"])
    assert found == {f"Text {n}" for n in range(10)}


@pytest.mark.promise("P4")
async def test_an_offer_whose_deadline_passes_while_no_hub_lives_comes_back(open_live_cast: OpenCast) -> None:
    cast = await open_live_cast(policy={"timing": {"offer_seconds": {"sms": 1}}})
    ada = await cast.desk("ada")
    assert await cast.provider.send_sms("+46701740301", "Hej") == 200
    offer = (await ada.told("offer_made"))["offer"]
    assert cast.house.hub is not None
    cast.house.hub.kill()
    await asyncio.sleep(max(0.0, offer["deadline_at"] / 1000 - time.time()))
    await cast.house.start()
    ben = await cast.desk("ben")
    again = (await ben.told("offer_made"))["offer"]  # for a second, too
    assert (again["interaction_id"], again["entered_at"]) == (offer["interaction_id"], offer["entered_at"])
    await ada.reconnect()
    await ada.told("offer_ended", offer_id=offer["id"])
    assert (await ada.ask("accept_offer", offer_id=offer["id"]))["code"] != ""


@pytest.mark.promise("P1")
async def test_a_conversation_survives_the_death_of_the_hub(open_live_cast: OpenCast) -> None:
    cast = await open_live_cast()
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Innan")
    held = await ada.accept()
    await ada.reply(held["id"], "Svar ett")
    await ada.sees(held["id"], "Svar ett", delivery="delivered")
    assert cast.house.hub is not None
    cast.house.hub.kill()
    await cast.house.start()
    await ada.reconnect()
    await sam.text("Efter")
    await ada.sees(held["id"], "Efter")
    await ada.reply(held["id"], "Svar två")
    await sam.gets_text("Svar två")
    await sam.gets_text("Svar ett")
    assert await ada.is_what_a_fresh_one_shows()
    await ada.wrap_up(held["id"])
