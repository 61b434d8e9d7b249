"""An agent presses the keys of their telephone at the desk, and whoever is called hears the tones."""

import pytest
from playwright.async_api import Browser, expect

from tests.channels.telephone import pick_up
from tests.flows.cast import OpenCast
from tests.flows.house import free_port
from tests.flows.pages import DeskPage, open_page

pytestmark = pytest.mark.browser

MICROPHONE = 440.0
KEYS = (697, 770, 852, 941, 1209, 1336, 1477)
ROOM = (MICROPHONE, *KEYS)


async def test_keys_by_hand_and_by_keyboard_are_heard_also_while_muted(
    open_cast: OpenCast, browser: Browser, web_bundle: None
) -> None:
    cast = await open_cast(sandbox={"sound": True, "sound_port": free_port()})
    async with open_page(browser, cast, "/desk", "ada") as page:
        desk = DeskPage(page)
        await desk.go_available()
        call = await cast.customer("pia").call()
        async with pick_up(call["sound"]) as customer:
            await desk.accept("Pia Lindqvist")
            await customer.until_hears(MICROPHONE, among=ROOM)
            await page.get_by_role("button", name="Mute my microphone").click()
            await customer.until_hears(among=ROOM)

            await page.keyboard.press("Alt+k")
            keypad = page.get_by_role("dialog", name="Keypad")
            await expect(keypad).to_contain_text("The tones are heard by Pia Lindqvist.")
            for _ in range(12):  # two and a half seconds of tones
                await page.keyboard.press("1")
            await customer.until_hears(697, 1209, among=ROOM)
            await expect(keypad.get_by_label("Keys pressed")).to_have_text("1" * 12)
            await customer.until_hears(among=ROOM)
            for _ in range(8):
                await keypad.get_by_role("button", name="Key #").click()
            await customer.until_hears(941, 1477, among=ROOM)
            await page.keyboard.press("*")
            await expect(keypad.get_by_label("Keys pressed")).to_have_text("1111111########*"[-16:])

            await page.keyboard.press("Escape")
            await expect(keypad).to_have_count(0)
            await page.keyboard.press("Alt+h")
            await expect(page.get_by_role("button", name="Take back from hold")).to_be_visible()
            await page.keyboard.press("Alt+k")
            await expect(keypad).to_contain_text("Nobody hears the tones: the customer is on hold.")
            await expect(keypad.get_by_label("Keys pressed")).to_have_text("")

            await customer.tell("hang_up")
            await expect(keypad).to_contain_text("The call is over, so no key is sent any more.")
            await page.keyboard.press("5")
            await expect(keypad.get_by_role("alert")).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("button", name="Keypad")).to_have_count(0)
    transcript = (await cast.customer("pia").devices())["call"]["transcript"]
    assert [one for one in transcript if one["kind"] == "digits"] == [], "what an agent presses is kept nowhere"
