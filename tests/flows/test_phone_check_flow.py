"""Before a shift, an agent checks their telephone by keyboard alone: device, level, echo, network."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import OpenCast
from tests.flows.house import free_port
from tests.flows.loudspeaker import LOOK, hears
from tests.flows.pages import open_page

pytestmark = pytest.mark.browser

MICROPHONE = 440.0  # the fake one of the tests' browser


async def test_an_agent_checks_their_telephone_by_keyboard_and_hears_themselves(
    open_cast: OpenCast, browser: Browser, web_bundle: None
) -> None:
    cast = await open_cast(sandbox={"sound": True, "sound_port": free_port()})
    async with open_page(browser, cast, "/desk", "ada", script=LOOK) as page:
        menu = page.get_by_role("button", name=re.compile("^My state"))
        await menu.focus()
        await page.keyboard.press("Enter")
        item = page.get_by_role("menuitem", name="Check my phone")
        await expect(item).to_be_visible()
        for _ in range(20):
            if await item.evaluate("item => item.matches(':focus, [data-highlighted]')"):
                break
            await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        check = page.get_by_role("dialog", name="Check my phone")
        await expect(check.get_by_label("Microphone")).to_be_visible()
        await expect(check).to_contain_text("Your microphone works.")
        for _ in range(20):
            if await check.get_by_role("button", name="Hear my voice").evaluate("it => it.matches(':focus')"):
                break
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(check).to_contain_text("Say something for five seconds after the tone.")
        await expect(check).to_contain_text("of the sound lost.")
        await hears(page, MICROPHONE)
        await expect(check).to_contain_text("Did you hear yourself? Then your phone is ready.")
        await page.keyboard.press("Escape")
        await expect(check).to_have_count(0)
        await expect(menu).to_be_focused()
