"""An answer of the hub takes the keys of nobody who writes elsewhere by then."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Request, Route, expect

from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, devices, open_page, sandbox_of

pytestmark = pytest.mark.browser


async def test_a_value_that_is_stored_or_refused_leaves_an_agent_at_the_reply(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with open_page(browser, cast, "/desk", "ada", "400") as page:
        desk = DeskPage(page)
        await desk.go_available()
        await cast.customer("pia").text("Hej")
        await desk.accept("Pia Lindqvist")
        card = page.locator("section[aria-labelledby=customer-name]")
        reply = page.get_by_role("textbox", name=re.compile("^Write to "))
        may_answer = asyncio.Event()

        async def answer_later(route: Route, request: Request) -> None:
            if request.method != "GET":
                await may_answer.wait()
            await route.continue_()

        await page.route(re.compile("/api/customers/pia"), answer_later)
        await card.get_by_role("button", name=re.compile("^Lives in: ")).press("Enter")
        await card.get_by_role("textbox", name=re.compile("^Lives in: ")).fill("Malmö")
        await page.keyboard.press("Enter")
        await reply.focus()
        may_answer.set()
        await expect(card.get_by_role("button", name=re.compile("^Lives in: Malmö"))).to_be_visible()
        await expect(reply).to_be_focused()
        may_answer.clear()
        await card.get_by_role("button", name="Show everything").press("Enter")
        await card.get_by_role("button", name=re.compile("^Wants calls at")).press("Enter")
        await page.keyboard.type("nine to five")
        await reply.focus()  # which keeps the value
        may_answer.set()
        await expect(card.get_by_role("alert")).to_have_text("Write hours as 09:00-17:00.")
        await expect(reply).to_be_focused()


async def test_a_chat_that_the_agent_ends_is_begun_anew_by_no_key_of_what_is_being_written(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with (
        open_page(browser, cast, sandbox_of("sam")) as page,
        open_page(browser, cast, "/desk", "ada") as desk_page,
    ):
        desk, site = DeskPage(desk_page), devices(page, "Web page")
        await desk.go_available()
        await site.get_by_role("button", name="Chat with us").click()
        await site.get_by_role("textbox", name="Your question").fill("Hej! 你好")
        await site.get_by_role("button", name="Start the chat").click()
        await desk.offers.get_by_role("button", name="Accept").click()
        message = site.get_by_role("textbox", name="Message")
        await message.press_sequentially("And one")
        await desk_page.get_by_role("button", name="End", exact=True).click()
        await expect(site.get_by_role("dialog")).to_contain_text("This chat has ended")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await expect(site.get_by_role("button", name="Start a new chat")).to_be_visible()
        await expect(site.get_by_role("log")).to_contain_text("Hej! 你好")
