"""An agent calls a customer from the card, with the keyboard, over the whole product."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, open_page

pytestmark = pytest.mark.browser

FOLDER = os.environ.get("HUB_SCREENSHOTS", "")


@pytest.fixture
async def pages(cast: Cast, browser: Browser, web_bundle: Path) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def shoot(page: Page, name: str) -> None:
    if FOLDER:
        await page.screenshot(path=f"{FOLDER}/{name}.png")


async def test_a_customer_is_called_from_the_card_with_the_keyboard_and_hears_the_agent_at_once(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    pia = cast.customer("pia")
    desk = DeskPage(await pages.enter_async_context(open_page(browser, cast, "/desk", "ada")))
    page = desk.page
    await desk.go_available()
    await pia.text("Var är mitt paket?")
    await desk.accept("Pia Lindqvist")
    await expect(page.get_by_role("button", name=re.compile(r"^Call \+46")).first).to_be_visible()
    await shoot(page, "card-light")
    await page.keyboard.press("Alt+c")
    dialog = page.get_by_role("dialog", name="Call somebody")
    await expect(dialog.get_by_role("textbox", name="Number", exact=True)).to_have_value(re.compile(r"^\+46"))
    await expect(dialog.get_by_role("textbox", name="Reason")).to_be_focused()
    await expect(dialog.get_by_role("combobox", name="Number shown")).to_have_value("+46850005000")
    await expect(dialog).to_contain_text("Nobody waits in your queues.")
    await page.keyboard.type("The lost parcel")
    await shoot(page, "call-out-light")
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await pia.call_is(status="ringing", **{"with": []})
    await expect(page.get_by_text("Calling…", exact=True).first).to_be_visible()
    await shoot(page, "calling-light")
    await page.emulate_media(color_scheme="dark")
    await shoot(page, "calling-dark")
    await pia.answer()
    await expect(page.get_by_text("Talking", exact=True).first).to_be_visible()
    heard = await pia.call_is(**{"with": ["client:ada"]})
    assert [one for one in heard["transcript"] if one["kind"] in ("say", "music")] == []
    await expect(desk.log).to_contain_text("called the customer: The lost parcel")
    await pia.hang_up()
    await desk.wrap_up("Found it")
    wall = await pages.enter_async_context(open_page(browser, cast, "/wallboard", "dot"))
    tile = wall.get_by_role("listitem").filter(has_text="Called out")
    await expect(tile).to_contain_text(re.compile(r"1\s*1 reached · 100"))
    await shoot(wall, "wallboard-called-out")


async def test_a_typed_number_is_called_and_a_refusal_is_said_in_the_dialog(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    desk = DeskPage(await pages.enter_async_context(open_page(browser, cast, "/desk", "ada")))
    page = desk.page
    await desk.go_available()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("+49 30 123456")
    await expect(page.get_by_text("Call +49 30 123456")).to_be_visible()
    await shoot(page, "palette-light")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Call somebody")
    await expect(dialog.get_by_role("textbox", name="Reason")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_have_text("Messages and calls to this country are not allowed.")
    await shoot(page, "refused-light")
    await page.emulate_media(color_scheme="dark")
    await shoot(page, "refused-dark")


async def test_a_number_in_the_transcript_is_called_with_a_click(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    desk = DeskPage(await pages.enter_async_context(open_page(browser, cast, "/desk", "ada")))
    await desk.go_available()
    await cast.customer("sam").text("Ring mig på +46 70 174 09 09")
    await desk.accept("Sam Okoye")
    await desk.log.get_by_role("button", name="Call +46 70 174 09 09").click()
    dialog = desk.page.get_by_role("dialog", name="Call somebody")
    await expect(dialog.get_by_role("textbox", name="Number", exact=True)).to_have_value("+46 70 174 09 09")


async def test_a_call_is_agreed_moved_and_cancelled_on_the_card(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    desk = DeskPage(await pages.enter_async_context(open_page(browser, cast, "/desk", "ada")))
    page, agreed = desk.page, desk.page.get_by_role("region", name="Agreed calls")
    await desk.go_available()
    await cast.customer("sam").text("Ring mig på tisdag klockan tio")
    await desk.accept("Sam Okoye")
    day = datetime.now(UTC) + timedelta(days=3)
    ten, eleven = f"{day:%Y-%m-%d}T10:00", f"{day:%Y-%m-%d}T11:00"
    await agreed.get_by_label("Call at").fill(ten)
    await agreed.get_by_role("button", name="Agree").click()
    await expect(agreed).to_contain_text(f"{day:%Y-%m-%d} 10:00, you first")
    await expect(desk.log).to_contain_text(f"agreed on a call at {day:%Y-%m-%d} 10:00")
    await shoot(page, "agreed-light")
    await agreed.get_by_role("button", name="Move").first.click()
    await agreed.get_by_label("Call at").fill(eleven)
    await page.keyboard.press("Enter")
    await expect(agreed).to_contain_text(f"{day:%Y-%m-%d} 11:00")
    await page.emulate_media(color_scheme="dark")
    await shoot(page, "agreed-dark")
    await agreed.get_by_role("button", name=re.compile("^Cancel the call")).click()
    await expect(agreed).not_to_contain_text(f"{day:%Y-%m-%d}")
