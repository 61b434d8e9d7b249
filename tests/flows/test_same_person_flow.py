"""Who the customer is, over the real wire and by keyboard alone.

A stranger is named, a maybe is confirmed, a merge is undone, and a family that shares a telephone is asked about.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]

STRANGER = "+46701749911"


@pytest.fixture
async def pages(cast: Cast, browser: Browser, web_bundle: Path) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def name(card: Locator, typed: str, button: re.Pattern[str]) -> None:
    """By "This is ...": what is typed, and which of the answers is taken."""
    await card.get_by_role("button", name=re.compile("^This is")).press("Enter")
    await card.get_by_role("searchbox").fill(typed)
    await card.get_by_role("button", name=button).press("Enter")


async def say_how(card: Locator, key: str) -> None:
    """How the agent knows that somebody is the customer who was found, by one key."""
    ask = card.get_by_role("group", name=re.compile("^How do you know"))
    await expect(ask.get_by_role("button", name=re.compile("security questions"))).to_be_focused()
    await ask.get_by_role("button").first.press(key)


async def test_a_stranger_is_named_confirmed_and_parted_and_a_family_is_asked_about(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    desk = DeskPage(await pages.enter_async_context(open_page(browser, cast, "/desk", "ada")))
    await desk.go_available()
    assert await cast.provider.send_sms(STRANGER, "Hej, jag har en ny telefon") == 200
    await desk.offers.get_by_role("button", name="Accept").click()
    card = desk.page.locator("section[aria-labelledby=customer-name]")
    heading = card.get_by_role("heading", level=2)
    await name(card, "moreau", re.compile("^Gus Moreau"))
    await check(desk.page, "how the agent knows who it is")
    await say_how(card, "1")
    await expect(heading).to_have_text("Gus Moreau")
    await expect(card.get_by_text("Gold", exact=True)).to_be_visible()
    await desk.write("Hej Gus, och tack.")
    await expect(desk.log.get_by_text("Hej Gus, och tack.")).to_be_visible()
    await check(desk.page, "a stranger who is named")
    await card.get_by_role("button", name="Undo the merge of Nameless").press("Enter")
    await check(desk.page, "a merge before it is undone")
    await card.get_by_role("button", name="Undo the merge", exact=True).press("Enter")
    await expect(heading).not_to_have_text("Gus Moreau")
    await name(card, "Zhao Ming 赵明", re.compile("^Keep"))
    await expect(heading).to_have_text("Zhao Ming 赵明")
    pia = cast.customer("pia")
    await pia.text("This is Lin, with Pia's telephone")
    await desk.accept("Pia Lindqvist")
    await expect(heading).to_have_text("Pia Lindqvist")
    await name(card, "+46701740102", re.compile("^(Lin|林)"))
    await say_how(card, "2")
    ask = card.get_by_role("group", name=re.compile("^Several use"))
    await expect(ask).to_be_visible()
    await check(desk.page, "an address of a family")
    await ask.get_by_role("button").last.press("1")
    await expect(heading).to_have_text("Pia Lindqvist")


async def test_an_answer_that_comes_late_closes_the_form_of_nobody_else(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    desk = DeskPage(await pages.enter_async_context(open_page(browser, cast, "/desk", "ada")))
    await desk.go_available()
    assert await cast.provider.send_sms(STRANGER, "Hej") == 200
    await desk.offers.get_by_role("button", name="Accept").click()
    card = desk.page.locator("section[aria-labelledby=customer-name]")
    heading = card.get_by_role("heading", level=2)
    may_answer = asyncio.Event()

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()  # it is done at the hub, which tells the desk so
        await may_answer.wait()
        await route.fulfill(response=answer)

    await desk.page.route(re.compile("/api/customers/[^/]+/changes$"), answer_late)
    await name(card, "Zhao Ming 赵明", re.compile("^Keep"))
    await expect(heading).to_have_text("Zhao Ming 赵明")
    await cast.customer("pia").text("This is Lin, with Pia's telephone")
    await desk.accept("Pia Lindqvist")
    await card.get_by_role("button", name=re.compile("^This is")).press("Enter")
    await card.get_by_role("searchbox").fill("+46701740102")
    async with desk.page.expect_response(re.compile("/changes$")) as answered:
        may_answer.set()
    await (await answered.value).finished()
    await expect(card.get_by_role("button", name=re.compile("^(Lin|林)"))).to_be_visible()
    await expect(card.get_by_role("searchbox")).to_have_value("+46701740102")


async def test_a_maybe_is_confirmed_with_a_choice_or_refused_by_one_key(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    desk = DeskPage(await pages.enter_async_context(open_page(browser, cast, "/desk", "ada")))
    await desk.go_available()
    await cast.customer("gus").text("Hej")
    await desk.accept("Gus Moreau")
    assert await cast.provider.send_sms(STRANGER, "Hej") == 200
    await desk.offers.get_by_role("button", name="Accept").click()
    card = desk.page.locator("section[aria-labelledby=customer-name]")
    heading = card.get_by_role("heading", level=2)
    await expect(heading).to_have_text(STRANGER)
    await name(card, "Moreau, Gus", re.compile("^Keep"))
    maybe = card.get_by_role("region", name="Perhaps the same person")
    await expect(maybe.get_by_text("same name")).to_be_visible()
    await check(desk.page, "a maybe")
    page = await pages.enter_async_context(open_page(browser, cast, "/customers/gus", "ada"))
    await page.get_by_role("button", name=re.compile("^Same person")).first.press("y")
    preview = page.get_by_role("dialog")
    await expect(preview.get_by_role("button", name="Merge", exact=True)).to_be_focused()
    await cast.customer("gus").text("Hej igen")
    await expect(page.get_by_text("Hej igen")).to_be_attached()
    await expect(preview).to_be_visible()  # though the page was read again
    await maybe.get_by_role("link", name="Gus Moreau").press("y")
    dialog = desk.page.get_by_role("dialog")
    await expect(dialog.get_by_text("Each address keeps its own")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Merge", exact=True)).to_be_focused()
    await check(desk.page, "a merge before it is made")
    await dialog.get_by_role("button", name="Keep the other one").press("Enter")
    await expect(dialog.get_by_role("heading", name="Merge Moreau, Gus into Gus Moreau")).to_be_visible()
    await dialog.get_by_role("radio", name="Name: take Moreau, Gus").check()
    await dialog.get_by_role("button", name="Merge", exact=True).press("Enter")
    await expect(heading).to_have_text("Moreau, Gus")
    await expect(card.get_by_text("Gold", exact=True).first).to_be_visible()
    await page.reload()
    await page.get_by_role("button", name="Undo the merge of Moreau, Gus").press("Enter")
    await page.get_by_role("button", name="Undo the merge", exact=True).press("Enter")
    await expect(page.get_by_role("heading", name="Gus Moreau Gold")).to_be_visible()
    await check(page, "a customer who was parted")
    await expect(maybe).to_have_count(0)  # whoever undoes a merge has said that they are two
