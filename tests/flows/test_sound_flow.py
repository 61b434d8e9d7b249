"""A customer's page and an agent's softphone hear each other, in a browser with a microphone that hears 440 Hz."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.channels.telephone import Telephone, mint, pick_up
from tests.flows.cast import Cast, OpenCast
from tests.flows.customers import eventually
from tests.flows.house import free_port
from tests.flows.pages import devices, open_page, sandbox_of

pytestmark = pytest.mark.browser

MICROPHONE, AGENT = 440.0, 1000.0
# What goes to the loudspeaker is also looked at: the loudest frequency of it, or 0 for silence
LOOK = """
const connect = AudioNode.prototype.connect
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode) {
    window.heard = new AnalyserNode(this.context, { fftSize: 8192, smoothingTimeConstant: 0 })
    connect.call(this, window.heard)
  }
  return connect.call(this, to, ...more)
}
window.loudest = () => {
  if (!window.heard) return 0
  const bins = new Float32Array(window.heard.frequencyBinCount)
  window.heard.getFloatFrequencyData(bins)
  const most = Math.max(...bins)
  return most < -60 ? 0 : (bins.indexOf(most) * window.heard.context.sampleRate) / window.heard.fftSize
}
"""


async def page_hears(page: Page, hertz: float) -> None:
    """The loudest tone from the page's loudspeaker."""

    async def look() -> bool:
        return abs(await page.evaluate("loudest()") - hertz) < 15

    await eventually(look)


@asynccontextmanager
async def softphone(cast: Cast, identity: str, hertz: float) -> AsyncIterator[Telephone]:
    secret = (cast.house.data / "secrets" / "sandbox_api_key").read_text()
    phone = cast.house.settings["channels"]["phone"]
    token = mint(identity, secret=secret, account=phone["account_sid"], key_sid=phone["api_key_sid"])
    port = cast.house.settings["sandbox"]["sound_port"]
    async with pick_up(f"ws://127.0.0.1:{port}/client?token={token}", hertz) as telephone:
        await telephone.until_told("registered")
        yield telephone


async def test_the_customers_page_speaks_and_hears(open_cast: OpenCast, browser: Browser, web_bundle: None) -> None:
    cast = await open_cast(sandbox={"sound": True, "sound_port": free_port()})
    ada = await cast.desk("ada")
    async with (
        open_page(browser, cast, sandbox_of("pia"), script=LOOK) as page,
        softphone(cast, "ada", AGENT) as telephone,
    ):
        phone = devices(page, "Phone")
        await phone.get_by_role("button", name="Call").click()
        held = await ada.accept()
        leg = await telephone.accept()
        await ada.talks(held["id"])
        await page_hears(page, AGENT)
        await telephone.until_hears(among=(MICROPHONE, AGENT))

        await phone.get_by_role("button", name="Microphone on").click()
        await telephone.until_hears(MICROPHONE, among=(MICROPHONE, AGENT))
        meter = phone.get_by_role("meter", name="Loudness of what you say")
        await eventually(lambda: meter.evaluate("meter => meter.value > 0.2"))
        await ada.about(held["id"], "hold_call", on=True)
        await telephone.until_hears(among=(MICROPHONE, AGENT))
        await ada.about(held["id"], "hold_call", on=False)
        await telephone.until_hears(MICROPHONE, among=(MICROPHONE, AGENT))

        await phone.get_by_role("textbox").fill("My parcel is lost.")
        await phone.get_by_role("textbox").press("Enter")
        assert (await telephone.until_told("words"))["text"] == "My parcel is lost."

        await cast.add_fault("sound", "one-way")
        await expect(phone.get_by_role("alert")).to_have_text("Nothing is heard from the line.")
        async with cast.session.delete(f"{cast.house.url}/sandbox/api/faults") as answer:
            assert answer.status == 200
        await expect(phone.get_by_role("alert")).to_have_count(0)
        await page_hears(page, AGENT)

        await phone.get_by_role("button", name="Microphone off").click()
        await telephone.until_hears(among=(MICROPHONE, AGENT))
        await telephone.tell("hang_up", call=leg)
        await ada.until(lambda screen: screen["interactions"][0]["call"]["state"] == "agent_lost")
        await ada.about(held["id"], "end_interaction")
        await expect(phone.get_by_text(re.compile("Call ended"))).to_be_visible()
        await eventually(lambda: page.evaluate("heard.context.state === 'closed'"))
