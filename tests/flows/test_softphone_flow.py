"""An agent talks in the browser: the desk hears its customer, also after it was loaded again in mid-call."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.channels.telephone import pick_up
from tests.flows.cast import OpenCast
from tests.flows.customers import eventually
from tests.flows.house import free_port
from tests.flows.pages import DeskPage, open_page

pytestmark = pytest.mark.browser

CUSTOMER = 440.0
# What goes to the loudspeaker is also looked at: the loudest frequency of it, or 0 for silence
LOOK = """
const connect = AudioNode.prototype.connect
window.heard = []
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode) {
    const look = new AnalyserNode(this.context, { fftSize: 8192, smoothingTimeConstant: 0 })
    window.heard.push(look)
    connect.call(this, look)
  }
  return connect.call(this, to, ...more)
}
window.loudest = () => {
  let [loudest, most] = [0, -60]
  for (const look of window.heard) {
    const bins = new Float32Array(look.frequencyBinCount)
    look.getFloatFrequencyData(bins)
    const peak = Math.max(...bins)
    if (peak > most) [loudest, most] = [(bins.indexOf(peak) * look.context.sampleRate) / look.fftSize, peak]
  }
  return loudest
}
"""


async def hears(page: Page, hertz: float) -> None:
    """The loudest tone from the page's loudspeaker."""

    async def look() -> bool:
        return abs(await page.evaluate("loudest()") - hertz) < 15

    await eventually(look)


async def test_the_desk_hears_the_customer_also_after_it_was_loaded_again(
    open_cast: OpenCast, browser: Browser, web_bundle: None
) -> None:
    cast = await open_cast(sandbox={"sound": True, "sound_port": free_port()})
    async with open_page(browser, cast, "/desk", "ada") as page:
        await page.add_init_script(LOOK)
        await page.reload()
        desk = DeskPage(page)
        await desk.go_available()
        call = await cast.customer("pia").call()
        async with pick_up(call["sound"], CUSTOMER) as customer:
            await desk.accept("Pia Lindqvist")
            await hears(page, CUSTOMER)
            sound = page.get_by_role("group", name="Sound of the call")
            await expect(sound.get_by_role("meter", name="Customer")).to_have_attribute(
                "aria-valuenow", re.compile("[1-9]")
            )
            await page.get_by_role("button", name="Mute my microphone").click()
            await expect(page.get_by_role("button", name="Unmute my microphone")).to_be_visible()
            await page.reload()
            await hears(page, CUSTOMER)
            assert await page.evaluate("performance.now()") < 5000, "the tone is back within five seconds"
            await expect(sound).to_be_visible()
            await expect(page.get_by_role("button", name="Unmute my microphone")).to_be_visible()
            await customer.until_hears(among=(440.0, 880.0))
            assert not customer.is_over
            await page.get_by_role("button", name="Hang up").click()
            await expect(sound).to_have_count(0)
