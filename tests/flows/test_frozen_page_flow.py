"""An agent's page that the browser itself freezes: the customer hears so, also if the hub begins anew meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from agent_console.call_beats import BACK_WITHIN
from tests.channels.telephone import pick_up
from tests.flows.cast import Cast
from tests.flows.customers import eventually
from tests.flows.desk import BUSY_SECONDS, SECONDS
from tests.flows.house import build_house, free_port, settings_with_sandbox_outside
from tests.flows.loudspeaker import LOOK, hears
from tests.flows.pages import DeskPage
from tests.flows.process_starter import ProcessStarter
from tests.flows.test_softphone_flow import CUSTOMER, TOLD_SECONDS, give_token

pytestmark = pytest.mark.browser


async def test_the_customer_of_a_frozen_page_hears_so_and_also_after_a_restart_of_the_hub(
    process_starter: ProcessStarter, seeded: Path, tmp_path: Path, plain_context: BrowserContext, web_bundle: None
) -> None:
    house = build_house(tmp_path, process_starter, seeded, settings_with_sandbox_outside(), command="run")
    phone, sound_port = house.settings["channels"]["phone"], free_port()
    secret = (house.data / "secrets" / "sandbox_api_key").read_text()
    key = {"api_key_sid": phone["api_key_sid"], "api_key_secret": secret}
    try:
        await house.start_sandbox(has_sound=True, sound_port=sound_port, **key)
        hub = await house.start()
        async with Cast(house) as cast, desk_of_ada(plain_context, cast) as page:
            await give_token(page, house, sound_port)
            await page.goto(f"{house.url}/desk")
            await DeskPage(page).go_available()
            call = await cast.customer("pia").call()
            async with pick_up(call["sound"], CUSTOMER) as customer:
                await DeskPage(page).accept("Pia Lindqvist")
                await hears(page, CUSTOMER)
                async with frozen(page):
                    await tells(cast, 1, TOLD_SECONDS)
                await hears(page, CUSTOMER)
                await expect(DeskPage(page).log).to_contain_text("stands still")
                async with frozen(page):
                    hub.kill()
                    await house.start()
                    await tells(cast, 2, BACK_WITHIN + TOLD_SECONDS)
                await hears(page, CUSTOMER)
                assert not customer.is_over
    finally:
        house.close()


@asynccontextmanager
async def desk_of_ada(context: BrowserContext, cast: Cast) -> AsyncIterator[Page]:
    """A page of the browser's own, which has no desk open yet."""
    for cookie in (await cast.cookie("ada")).split("; "):
        name, _, value = cookie.partition("=")
        await context.add_cookies([{"name": name, "value": value, "url": cast.house.url}])
    context.set_default_timeout(SECONDS * 1000)
    page = await context.new_page()
    await page.set_viewport_size({"width": 1440, "height": 900})
    session = await context.new_cdp_session(page)
    await session.send("Page.setBypassCSP", {"enabled": True})  # the sandbox's sound is not where the hub says
    await page.add_init_script(LOOK)
    try:
        yield page
    finally:
        await page.close()


@asynccontextmanager
async def frozen(page: Page) -> AsyncIterator[None]:
    """Nothing of the page runs, as in a tab that the browser puts to sleep."""
    session = await page.context.new_cdp_session(page)
    moves = {"expression": "new Promise((done) => setTimeout(done, 0))", "awaitPromise": True}
    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS):  # a page that is shown meanwhile moves again
            while True:
                await session.send("Page.setWebLifecycleState", {"state": "frozen"})
                async with asyncio.timeout(1.0):
                    await session.send("Runtime.evaluate", moves)
    yield
    await session.send("Page.setWebLifecycleState", {"state": "active"})


async def tells(cast: Cast, times: int, seconds: float) -> None:
    """The customer hears for so many times in this call that the line to the agent is lost."""

    async def look() -> bool:
        heard = (await cast.customer("pia").devices())["call"]["transcript"]
        return sum("The line to your agent" in one["text"] for one in heard) >= times

    began = time.monotonic()
    await eventually(look)
    assert time.monotonic() - began < seconds + BUSY_SECONDS
