"""Whom an agent hears in the browser: in a talk, with the customer on hold, with a colleague, and in a conference."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.channels.telephone import pick_up
from tests.flows.cast import OpenCast
from tests.flows.customers import eventually
from tests.flows.house import free_port
from tests.flows.loudspeaker import LOOK
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_sound_flow import softphone

pytestmark = pytest.mark.browser

MICROPHONE, COLLEAGUE, CUSTOMER = 440.0, 700.0, 1000.0
ALL = (MICROPHONE, COLLEAGUE, CUSTOMER)
# Those of the tones that the page gives to its loudspeaker
TONES = """
(tones) => tones.filter((tone) => window.heard.some((look) => {
  const bins = new Float32Array(look.frequencyBinCount)
  look.getFloatFrequencyData(bins)
  const at = Math.round((tone * look.fftSize) / look.context.sampleRate)
  return Math.max(...bins.slice(at - 2, at + 3)) > -60
}))
"""


async def hears_these(page: Page, *hertz: float) -> None:
    async def look() -> bool:
        return list(await page.evaluate(TONES, ALL)) == list(hertz)

    await eventually(look)


async def test_each_of_three_hears_the_other_two_and_nobody_a_customer_on_hold(
    open_cast: OpenCast, browser: Browser, web_bundle: None
) -> None:
    cast = await open_cast(sandbox={"sound": True, "sound_port": free_port()})
    async with open_page(browser, cast, "/desk", "ada", script=LOOK) as page:
        desk = DeskPage(page)
        await desk.go_available()
        call = await cast.customer("pia").call()
        async with pick_up(call["sound"], CUSTOMER) as customer:
            await desk.accept("Pia Lindqvist")
            await hears_these(page, CUSTOMER)
            await customer.until_hears(MICROPHONE, among=ALL)
            await page.keyboard.press("Alt+h")
            await hears_these(page)
            await page.keyboard.press("Alt+h")
            await hears_these(page, CUSTOMER)

            ben = await cast.desk("ben")
            async with softphone(cast, "ben", COLLEAGUE) as colleague:
                await page.keyboard.press("Alt+t")
                dialog = page.get_by_role("dialog")
                await dialog.get_by_role("radio", name="Ben").check()
                await dialog.get_by_role("button", name="Ask first").click()
                await ben.until(lambda screen: screen["consults"])
                await ben.do("answer_consult", party_id=ben.screen["consults"][0]["party_id"], accepts=True)
                await colleague.accept()
                await hears_these(page, COLLEAGUE)
                await colleague.until_hears(MICROPHONE, among=ALL)

                others = page.get_by_role("region", name="Also in the call")
                await others.get_by_role("button", name="All together").click()
                await hears_these(page, COLLEAGUE, CUSTOMER)
                await customer.until_hears(MICROPHONE, COLLEAGUE, among=ALL)
                await colleague.until_hears(MICROPHONE, CUSTOMER, among=ALL)


async def test_of_two_desks_of_one_agent_one_is_the_telephone_and_the_other_says_so(
    open_cast: OpenCast, browser: Browser, web_bundle: None
) -> None:
    cast = await open_cast(sandbox={"sound": True, "sound_port": free_port()})
    async with (
        open_page(browser, cast, "/desk", "ada") as first,
        open_page(browser, cast, "/desk", "ada", script=LOOK) as second,
    ):
        await second.reload()  # opened last, whichever of the two was there first
        await expect(first.get_by_text("You are working in another tab")).to_be_visible()
        desk = DeskPage(second)
        await desk.go_available()
        call = await cast.customer("pia").call()
        async with pick_up(call["sound"], CUSTOMER) as customer:
            await desk.accept("Pia Lindqvist")
            await hears_these(second, CUSTOMER)
            await customer.until_hears(MICROPHONE, among=ALL)
            await first.get_by_role("button", name="Work here").click()
            await expect(second.get_by_text("You are working in another tab")).to_be_visible()
            await customer.until_hears(MICROPHONE, among=ALL)
            assert not customer.is_over
