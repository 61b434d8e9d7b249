"""Customers are found in the browser over the real wire, and what is hostile in their data stays text."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.flows.cast import Cast
from tests.flows.pages import open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]
SCRIPT = '<img src=x onerror="window.hacked=1">\u202e'
FOUND = (
    ("嘉怡", "林嘉怡"),
    ("lin jiayi", "林嘉怡"),
    ("zoe angstrom", "Zoë Ångström"),
    ("70174 0101", "Pia Lindqvist"),
    ("gus.moreau@mail.example", "Gus Moreau"),
    ("5000 0583 2574", "Pia Lindqvist"),
)


@pytest.fixture
async def pages(cast: Cast, browser: Browser, web_bundle: Path) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def change(cast: Cast, page: Page, customer: str, path: str, **body: object) -> None:
    answer = await page.request.post(
        f"{cast.house.url}/api/customers/{customer}/{path}", data={"reason": "A test", **body}
    )
    assert answer.status == 200, await answer.text()


async def test_a_customer_is_found_by_name_number_mailbox_and_account_and_opened_by_keyboard(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    page = await pages.enter_async_context(open_page(browser, cast, "/customers", "ada", "403|404"))
    box = page.get_by_role("searchbox", name="Find a customer")
    await expect(box).to_be_focused()
    for typed, name in FOUND:
        await box.fill(typed)
        await expect(page.get_by_role("link", name=re.compile(f"^{name}"))).to_be_visible()
        await expect(page.locator("main li")).to_have_count(1)
    await box.fill("zzzz")
    await expect(page.get_by_text("Nobody fits.")).to_be_visible()
    for one in ("sam", "hiro"):
        named = [{"name": "name", "value": "Kim Alike"}, {"name": "owner", "value": "ben"}]
        await change(cast, page, one, "changes", version=10**9, changes=named)
    await box.fill("kim alike")
    await expect(page.get_by_role("link", name=re.compile("0301 .*Ben Carter looks after them"))).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("0204 .*Ben Carter looks after them"))).to_be_visible()
    await check(page, "two people of one name")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("/customers/(sam|hiro)$"))
    hostile = [{"name": name, "value": SCRIPT} for name in ("name", "note", "city", "title", "early_sign")]
    hostile += [{"name": "products", "value": [SCRIPT, "مريم عبد الله"]}]
    await change(cast, page, "pia", "changes", version=10**9, changes=hostile)
    for number in range(30):
        await change(cast, page, "pia", "holdings", product=SCRIPT, number=str(number))
    await page.goto(f"{cast.house.url}/customers/pia")
    await page.get_by_role("textbox", name="Your reason").fill("An attack")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=re.compile("^Show all 33"))).to_be_visible()
    assert await page.locator("main img").count() == 0
    assert await page.evaluate("window.hacked") is None
