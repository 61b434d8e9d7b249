"""The pages of the tiers and of the life cycle in a browser, by keyboard and in both languages."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import Cast
from tests.flows.pages import open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]


async def test_tiers_are_read_tried_out_and_fixed_by_keyboard(cast: Cast, browser: Browser, web_bundle: Path) -> None:
    async with open_page(browser, cast, "/tiers", "dot") as page:
        await expect(
            page.get_by_text("Past value at least EUR 20,000 or Present value at least EUR 5,000")
        ).to_be_visible()
        await expect(page.get_by_text("Nobody’s tier is fixed.", exact=False)).to_be_visible()
        await check(page, "tiers of which none is fixed")
        start = page.get_by_role("spinbutton", name="Head start, minutes: Gold")
        await expect(page.get_by_role("row", name=re.compile("^Gold"))).to_contain_text("up to 12 min later")
        await start.fill("1443")
        await expect(page.get_by_role("row", name=re.compile("^Gold"))).to_contain_text("up to 13 min later")
        await expect(page.get_by_text("phone = 86580")).to_be_visible()
        await page.get_by_role("button", name="Fix a tier").press("Enter")
        await page.keyboard.type("Okoye")
        await page.get_by_role("radio", name=re.compile("Sam Okoye")).press("Space")
        await page.get_by_role("textbox", name="Why").fill("A friend of the house 老朋友")
        await check(page, "the form that fixes a tier")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("The tier of Sam Okoye is fixed.")).to_be_visible()
        await expect(page.get_by_role("row", name=re.compile("Sam Okoye"))).to_contain_text(
            "A friend of the house 老朋友"
        )
        await check(page, "a tier that is fixed")
        await page.get_by_role("button", name="Release the tier of Sam Okoye").press("Enter")
        await expect(page.get_by_text("Nobody’s tier is fixed.", exact=False)).to_be_visible()
        await expect(page.get_by_role("button", name="Fix a tier")).to_be_focused()
        await page.goto(cast.house.url + "/lifecycle")
        await expect(page.get_by_role("heading", name="Anti-attrition")).to_be_visible()
        await expect(page.get_by_text("no “Payment” in 12 months", exact=False).first).to_be_visible()
        await check(page, "the life cycle")
        await page.evaluate("localStorage.setItem('hub.language', 'zh-CN')")
        await page.reload()
        await expect(page.get_by_role("heading", name="防流失")).to_be_visible()
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(cast.house.url + "/tiers")
        bars = page.get_by_role("slider").locator("text")
        await expect(bars.first).to_be_visible()
        assert await bars.evaluate_all("all => Math.min(...all.map(one => one.getBoundingClientRect().height))") > 10


async def test_an_administrator_saves_a_head_start_and_hears_of_another_version(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with (
        open_page(browser, cast, "/tiers", "tomasz") as page,
        open_page(browser, cast, "/tiers", "tomasz", "409") as two,
    ):
        for one, minutes in ((page, "1444"), (two, "1450")):
            await one.get_by_role("spinbutton", name="Head start, minutes: Gold").fill(minutes)
        await expect(page.get_by_role("row", name=re.compile("^Gold"))).to_contain_text("up to 14 min later")
        await check(page, "a head start that was typed")
        await page.get_by_role("textbox", name="Why").fill("A trial week 试行一周")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text(re.compile("Saved: version \\d+ holds from here on"))).to_be_visible()
        await expect(page.get_by_role("spinbutton", name="Head start, minutes: Gold")).to_have_value("1444")
        await two.get_by_role("textbox", name="Why").fill("Another")
        await two.keyboard.press("Enter")
        await expect(two.get_by_text("Somebody has changed the policy meanwhile", exact=False)).to_be_visible()
        await expect(two.get_by_role("spinbutton", name="Head start, minutes: Gold")).to_have_value("1450")
        await check(two, "a version that came between")
        await two.get_by_role("button", name="Save as a new version").click()
        await expect(two.get_by_text(re.compile("Saved: version"))).to_be_visible()
