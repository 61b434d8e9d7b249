"""The script of the desk on a screen of 320 pixels: walked by keyboard alone, each step is told to screen readers,
and the focus is never lost."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_accessibility_flow import check
from tests.flows.test_narrow_flow import is_in_place

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]

HAS_FOCUS = "document.querySelector('[data-place=script]').contains(document.activeElement)"


async def walk(page: Page) -> list[str]:
    """Go through the script with keys alone. Return what a screen reader heard of its steps."""
    panel, heard = page.locator("[data-place=script]"), list[str]()
    told = page.locator("section[aria-label='Script'] > div > [role=status]").first
    for _ in range(12):
        heard.append(await told.inner_text())
        assert await page.evaluate(HAS_FOCUS), heard
        await is_in_place(page)
        if heard[-1] == "No further step":
            return heard
        for field in await panel.locator(".field :is(input[type=text], input[type=date], select)").all():
            kind = await field.evaluate("one => one.type")
            if kind == "select-one":
                await field.select_option(index=1)
            else:
                await field.fill("2026-12-24" if kind == "date" else "4417")
            await field.press("Tab")
        while await panel.locator("[data-unsaid]").count():
            before = await panel.locator("[data-unsaid]").count()
            await panel.locator("[data-unsaid]").first.press("Enter")
            await expect(panel.locator("[data-unsaid]")).to_have_count(before - 1)
            assert await page.evaluate(HAS_FOCUS), "after what had to be said"
        await expect(
            panel.get_by_role("button", name="Next").or_(panel.get_by_role("button", name="Finish"))
        ).to_be_enabled()
        await panel.focus()
        if await panel.get_by_role("radio").count():
            await page.keyboard.press("1")
        await page.keyboard.press("Enter")
        await expect(told).not_to_have_text(heard[-1])
    raise AssertionError(heard)


async def test_at_320_pixels_it_is_walked_by_keyboard_alone(cast: Cast, browser: Browser, web_bundle: Path) -> None:
    async with open_page(browser, cast, "/desk", "ada") as page:
        desk = DeskPage(page)
        await desk.go_available()
        await cast.customer("pia").text("Hej, mitt kort är borta 卡丢了")
        await desk.accept("Pia Lindqvist")
        await page.keyboard.press("Alt+p")
        await expect(page.get_by_role("option", name="Card lost or stolen").first).to_be_visible()
        await page.keyboard.type("Card lost or")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Card lost or stolen")).to_be_visible()
        await page.set_viewport_size({"width": 320, "height": 640})
        await page.keyboard.press("Alt+s")
        await expect(page.locator("[data-place=script]")).to_be_focused()
        await check(page, "a script at 320")
        heard = await walk(page)
        assert len(heard) > 3
        assert len(set(heard)) == len(heard)
