"""A supervisor hears one call after the other on their own desk, as loud as they like, and goes on by a key."""

import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.channels.telephone import pick_up
from tests.flows.cast import OpenCast
from tests.flows.customers import eventually
from tests.flows.house import free_port
from tests.flows.loudspeaker import LOOK, hears
from tests.flows.pages import open_page
from tests.flows.test_sound_flow import softphone

pytestmark = pytest.mark.browser
PIA, SAM, ADA, BEN = 440.0, 700.0, 1000.0, 1300.0


async def test_from_one_call_to_the_next_by_a_key_with_a_volume_of_ones_own(
    open_cast: OpenCast, browser: Browser, web_bundle: Path
) -> None:
    cast = await open_cast(sandbox={"sound": True, "sound_port": free_port()})
    async with AsyncExitStack() as stack:
        for agent, said, name, tone in (("ada", ADA, "pia", PIA), ("ben", BEN, "sam", SAM)):
            desk = await cast.desk(agent)
            telephone = await stack.enter_async_context(softphone(cast, agent, said))
            call = await cast.customer(name).call()
            await stack.enter_async_context(pick_up(call["sound"], tone))
            held = (await desk.accept())["id"]
            await telephone.accept()
            await desk.talks(held)
        page = await stack.enter_async_context(open_page(browser, cast, "/desk", "dot", script=LOOK))
        await page.get_by_role("button", name="Become available").click()
        wall = await stack.enter_async_context(open_page(browser, cast, "/wallboard", "dot"))
        await wall.get_by_role("button", name="In hand", exact=True).click()
        dialog = wall.get_by_role("dialog")
        await dialog.get_by_role("listitem").first.get_by_role("button").click()
        await dialog.get_by_role("button", name="Listen", exact=True).click()
        card = page.get_by_role("article").filter(has_text="You listen in.")
        sound = card.get_by_role("group", name="Sound of the call you listen in on")
        await expect(sound.get_by_role("meter", name="The call")).to_have_attribute(
            "aria-valuenow", re.compile("[1-9]")
        )
        await eventually(lambda: hears_one_of(page, PIA, ADA))
        volume = sound.get_by_role("slider", name="Volume")
        await volume.press("Home")
        await hears(page, 0)
        await volume.press("End")
        await eventually(lambda: hears_one_of(page, PIA, ADA))
        await wall.keyboard.press("n")
        await eventually(lambda: hears_one_of(page, SAM, BEN))
        await expect(card).to_contain_text("Sam Okoye")
        await expect(sound.get_by_role("meter", name="The call")).to_be_visible()
        await expect(volume).to_have_value("200")


async def hears_one_of(page: Page, *tones: float) -> bool:
    loudest = await page.evaluate("loudest()")
    return any(abs(loudest - one) < 15 for one in tones)
