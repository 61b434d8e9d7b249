"""The page of one customer over the real wire: read by right or by reason, edited by keyboard, followed on desks."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]


@pytest.fixture
async def pages(cast: Cast, browser: Browser, web_bundle: Path) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def test_what_is_typed_on_the_page_is_on_the_desk_at_once_with_its_history(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    desk = DeskPage(await pages.enter_async_context(open_page(browser, cast, "/desk", "ada")))
    await desk.go_available()
    await cast.customer("pia").text("Hej 你好")
    await desk.accept("Pia Lindqvist")
    page = await pages.enter_async_context(open_page(browser, cast, "/customers/pia", "ada", "400|403|409"))
    await expect(page.get_by_text("You have it")).to_be_visible()
    await expect(page.get_by_text("Hej 你好").first).to_be_visible()
    await expect(page.get_by_text(re.compile("^Accepted by Ada Holm after"))).to_be_visible()
    await expect(page.get_by_role("region", name="Agrees to")).to_be_visible()
    await cast.customer("pia").text("Och en sak till 还有")
    await expect(page.get_by_text("Och en sak till 还有")).to_be_visible()
    city = page.get_by_role("button", name=re.compile("^Lives in: Göteborg"))
    await city.press("Enter")
    box = page.get_by_role("textbox", name=re.compile("^Lives in: type"))
    await box.fill("Umeå")
    await box.press("Escape")
    await expect(city).to_be_focused()
    await city.press("Enter")
    await box.fill("Malmö 马尔默")
    await box.press("Enter")
    changed = page.get_by_role("button", name=re.compile("^Lives in: Malmö 马尔默"))
    await expect(changed).to_be_focused()
    await expect(page.get_by_role("tooltip")).to_contain_text("Ada Holm, on the customer page")
    await check(page, "a customer with its history")
    card = desk.page.locator("section[aria-labelledby=customer-name]")
    await card.get_by_role("button", name=re.compile("^Lives in: Malmö 马尔默")).press("Enter")
    await card.get_by_role("textbox", name=re.compile("^Lives in: type")).fill("Lund")
    await desk.page.keyboard.press("Enter")
    await expect(card.get_by_role("button", name=re.compile("^Lives in: Lund"))).to_be_focused()
    await expect(card.get_by_role("tooltip")).to_contain_text("Ada Holm, on the desk card")
    await check(desk.page, "the card with the history of a value")
    marketing = card.get_by_role("button", name=re.compile("^Marketing nothing said, at "))
    await marketing.first.press("Enter")
    how = card.get_by_role("textbox", name="How did you hear it?")
    await expect(how).to_be_focused()
    await expect(desk.page.get_by_role("tooltip")).to_have_count(0)  # it would cover what is to be read out
    await how.press("Escape")
    await expect(marketing.first).to_be_focused()
    await marketing.first.press("Enter")
    await how.fill("Asked at the end")
    await card.get_by_role("button", name="The customer agrees").press("Enter")
    await expect(card.get_by_role("button", name=re.compile("^Marketing yes, at "))).to_be_focused()
    await expect(page.get_by_role("button", name=re.compile("^Lives in: Lund"))).to_be_visible()
    await page.get_by_role("button", name=re.compile("^Known: ")).press("Enter")
    note = page.get_by_role("textbox", name=re.compile("^Known: type"))
    await note.fill("From the page")
    await card.get_by_role("button", name=re.compile("^Known: ")).press("Enter")
    await card.get_by_role("textbox", name=re.compile("^Known: type")).fill("From the card")
    await desk.page.keyboard.press("Enter")
    await expect(page.get_by_text("Meanwhile this has become: From the card")).to_be_visible()
    await note.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Ada Holm has changed this to From the card meanwhile.")
    await note.press("Enter")
    await expect(page.get_by_role("button", name=re.compile("^Known: From the page"))).to_be_focused()
    await card.get_by_role("button", name="Show everything").press("Enter")
    await card.get_by_role("button", name=re.compile("^Title: Not known")).press("Enter")
    await desk.page.keyboard.type("Dr. 博士")
    await desk.page.keyboard.press("Enter")
    await expect(card.get_by_role("button", name=re.compile("^Title: Dr. 博士"))).to_be_focused()
    await check(desk.page, "the whole card")
    await page.get_by_role("button", name="Add an account or product").press("Enter")
    await page.get_by_role("textbox", name="Product").fill("Gold card 金卡")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Change Gold card 金卡")).to_be_visible()
    await page.get_by_role("button", name="Add a relation").press("Enter")
    await page.get_by_role("combobox", name="The other customer").fill("moreau")
    await expect(page.get_by_role("option", name=re.compile("^Gus Moreau"))).to_be_visible()
    await check(page, "a relation that is added")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Gus Moreau")).to_be_visible()
    await expect(page.get_by_role("button", name="Add a relation")).to_be_focused()
    hours = page.get_by_role("button", name=re.compile("^Wants calls at"))
    await hours.press("Enter")
    await page.keyboard.type("nine to five")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("Write hours as 09:00-17:00.")
    await check(page, "a value that is refused")


async def test_who_has_no_work_of_the_customer_sees_the_head_until_a_reason_is_given(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    page = await pages.enter_async_context(open_page(browser, cast, "/customers/pia", "dot", "403|404"))
    await expect(page.get_by_role("heading", name="Pia Lindqvist Platinum")).to_be_visible()
    await expect(page.get_by_text("Göteborg")).to_have_count(0)
    await check(page, "the head of a customer")
    await page.get_by_role("textbox", name="Your reason").fill("She stands at the counter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Göteborg")).to_be_visible()
    await check(page, "a customer without work")
