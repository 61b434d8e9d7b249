"""Customers are found in the browser over the real wire, and what is hostile in their data stays text."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from hub.exchange.table_files import open_table
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


async def test_a_supervisor_exports_the_list_that_is_shown_and_nobody_is_offered_what_they_may_not(
    cast: Cast, browser: Browser, pages: AsyncExitStack, tmp_path: Path
) -> None:
    page = await pages.enter_async_context(open_page(browser, cast, "/customers", "dot"))
    await page.get_by_role("searchbox", name="Find a customer").fill("7017403")
    found = page.locator("main li strong")
    await expect(found.first).to_be_visible()
    names = sorted(await found.all_inner_texts())
    assert 1 < len(names) < 12
    for form in ("xlsx", "csv"):
        await page.get_by_role("button", name="Export customers").press("Enter")
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_text(f"The customers listed here ({len(names)})", exact=False)).to_be_visible()
        await dialog.get_by_label("Why?").fill("For the letters")
        await dialog.get_by_label("File").select_option(form)
        await check(page, "the form that exports a list")
        async with page.expect_download() as begun:
            await dialog.get_by_role("button", name="Export", exact=True).press("Enter")
        download = await begun.value
        assert download.suggested_filename == f"customers-listed.{form}"
        path = tmp_path / download.suggested_filename
        await download.save_as(path)
        table = open_table(path, path.name)
        at = table.columns.index("name")
        assert sorted(str(line.cells[at]) for line in table.lines) == names
        await expect(dialog).to_be_hidden()
    agent = await pages.enter_async_context(open_page(browser, cast, "/customers", "ada"))
    await agent.get_by_role("searchbox", name="Find a customer").fill("7017403")
    await expect(agent.locator("main li strong").first).to_be_visible()
    await expect(agent.get_by_role("button", name="Export customers")).to_have_count(0)
    body = {"id": "all", "names": {"en": "All of them"}, "purpose": "", "definition": "customer.value_now >= 0"}
    author = await cast.cookie("ines")
    await cast.post("/api/segments", author, body)
    await cast.post("/api/segments/all/begin", author, {})
    for name, number in (("dot", 1), ("ines", 0)):
        one = await pages.enter_async_context(open_page(browser, cast, "/segments/all", name, "403"))
        await expect(one.get_by_role("heading", name="All of them")).to_be_visible()
        if number:
            await expect(one.get_by_role("button", name="Export customers")).to_be_visible()
        await expect(one.get_by_role("button", name="Export customers")).to_have_count(number)
    one = await pages.enter_async_context(open_page(browser, cast, "/segments/all", "dot"))
    await one.evaluate("localStorage.setItem('hub.language', 'zh-CN')")
    await one.reload()
    await one.get_by_role("button", name="显示成员").press("Enter")
    await expect(one.locator(".members li").filter(has_text="Pia Lindqvist")).to_contain_text("白金")
    await one.set_viewport_size({"width": 390, "height": 844})
    scale = one.get_by_role("slider", name="人数走势").locator("text").first
    await expect(scale).to_be_visible()
    heights = "all => Math.min(...all.map(one => one.getBoundingClientRect().height))"
    assert await one.locator("svg[role=slider] text").evaluate_all(heights) > 10, "too small to be read"
