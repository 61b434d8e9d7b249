"""An agent talks in the browser: the desk hears its customer, also after it was loaded again in mid-call, after the
hub was, and after the page stood still."""

import json
import re
import time
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.channels.telephone import mint, pick_up
from tests.flows.cast import Cast, OpenCast
from tests.flows.customers import eventually
from tests.flows.desk import BUSY_SECONDS
from tests.flows.house import WholeHouse, build_house, free_port, settings_with_sandbox_outside
from tests.flows.loudspeaker import LOOK, hears
from tests.flows.pages import DeskPage, open_page
from tests.flows.process_starter import ProcessStarter

pytestmark = pytest.mark.browser

CUSTOMER = 440.0
BACK_SECONDS, TOLD_SECONDS = 5.0, 3.0


async def test_the_desk_hears_the_customer_also_after_it_was_loaded_again(
    open_cast: OpenCast, browser: Browser, web_bundle: None
) -> None:
    cast = await open_cast(sandbox={"sound": True, "sound_port": free_port()})
    async with open_page(browser, cast, "/desk", "ada", script=LOOK) as page:
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
            took = await page.evaluate("performance.now()") / 1000
            assert took < BACK_SECONDS + BUSY_SECONDS, "the tone is back within five seconds"
            await expect(sound).to_be_visible()
            await expect(page.get_by_role("button", name="Unmute my microphone")).to_be_visible()
            await customer.until_hears(among=(440.0, 880.0))
            assert not customer.is_over
            await page.get_by_role("button", name="Hang up").click()
            await expect(sound).to_have_count(0)


async def give_token(page: Page, house: WholeHouse, sound_port: int) -> None:
    """The hub knows the sound of its own sandbox alone; here the sandbox is a process of its own."""
    phone = house.settings["channels"]["phone"]
    secret = (house.data / "secrets" / "sandbox_api_key").read_text()

    async def answer(route: Route) -> None:
        token = mint("ada", secret=secret, account=phone["account_sid"], key_sid=phone["api_key_sid"])
        sound = {"driver": "sandbox", "url": f"ws://127.0.0.1:{sound_port}", "edge": ""}
        body = {"token": token, "identity": "ada", "seconds": 600, "is_called": True, **sound}
        await route.fulfill(body=json.dumps(body), content_type="application/json")

    await page.route("**/api/softphone/token", answer)


async def test_a_call_outlives_the_death_of_the_hub_and_a_page_that_stands_still(
    process_starter: ProcessStarter, seeded: Path, tmp_path: Path, browser: Browser, web_bundle: None
) -> None:
    """The provider has the sound, so it goes on without the hub."""
    house = build_house(tmp_path, process_starter, seeded, settings_with_sandbox_outside(), command="run")
    phone, sound_port = house.settings["channels"]["phone"], free_port()
    secret = (house.data / "secrets" / "sandbox_api_key").read_text()
    key = {"api_key_sid": phone["api_key_sid"], "api_key_secret": secret}
    try:
        await house.start_sandbox(has_sound=True, sound_port=sound_port, **key)
        hub = await house.start()
        async with Cast(house) as cast, open_page(browser, cast, "/desk", "ada", "ERR_|503", bypass_csp=True) as page:
            await page.add_init_script(LOOK)
            await give_token(page, house, sound_port)
            sent: list[str] = []
            page.on("websocket", lambda line: line.on("framesent", lambda frame: sent.append(str(frame)[:40])))
            await page.reload()
            desk = DeskPage(page)
            await desk.go_available()
            pia = cast.customer("pia")
            call = await pia.call()
            async with pick_up(call["sound"], CUSTOMER) as customer:
                await desk.accept("Pia Lindqvist")
                await hears(page, CUSTOMER)
                hub.kill()
                sent.clear()
                await house.start()
                began = time.monotonic()
                await hears(page, CUSTOMER)
                assert time.monotonic() - began < BACK_SECONDS + BUSY_SECONDS
                await eventually(lambda: beats_again(sent))
                await stand_still(cast, page)
                await hears(page, CUSTOMER)
                assert not customer.is_over
                await page.get_by_role("button", name="Hang up").click()
                await customer.until_over()
    finally:
        house.close()


async def beats_again(sent: list[str]) -> bool:
    """The desk has its line to the hub again, and says that its page moves. `sent`: since it lost the line."""
    return any("resume" in frame for frame in sent) and '"beat"' in sent[-1]


async def stand_still(cast: Cast, page: Page) -> None:
    """Nothing of the page runs while it asks something, as on a computer that sleeps."""
    async with page.expect_event("dialog") as asked:
        await page.evaluate("setTimeout(() => alert('?'), 0)")
    began = time.monotonic()
    await cast.customer("pia").hears("say", "The line to your agent")
    assert time.monotonic() - began < TOLD_SECONDS + BUSY_SECONDS
    await (await asked.value).dismiss()
    await expect(page.get_by_role("log", name="Conversation")).to_contain_text("stands still")
