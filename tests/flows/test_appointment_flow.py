"""Calls that are agreed for a time, in a browser: by a customer in the chat, and by an agent in wrap-up."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, WebSocketRoute, expect
from sqlalchemy import select

from hub.storage import tables
from hub.storage.database import Database
from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, devices, open_page, sandbox_of

pytestmark = pytest.mark.browser


async def open_call_sheet(page: Page) -> Locator:
    """By keyboard, in the chat of a page. The window of the chat."""
    await page.get_by_role("button", name=re.compile("Chat with us")).click()
    chat = page.locator("hub-chat").get_by_role("dialog")
    await chat.get_by_role("button", name="Ask us to call you").press("Enter")
    return chat


async def test_a_customer_asks_for_a_call_on_the_page_and_takes_it_back_by_keyboard(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with open_page(browser, cast, sandbox_of("sam")) as page:
        chat = await open_call_sheet(page)
        day, time = chat.locator("select").nth(0), chat.locator("select").nth(1)
        await expect(day).to_be_focused()
        await expect(time.locator("option").first).to_be_attached()
        await day.select_option(index=1)
        number = chat.get_by_label("Telephone number, with the country")
        await number.fill("0701")
        await number.press("Enter")
        await expect(chat.get_by_role("status")).to_contain_text(["We cannot call this number."])
        await number.fill("+46 70 174 01 01")
        await chat.get_by_label("What it is about, if you like").fill("定期存款")
        await number.press("Enter")
        await expect(chat.get_by_role("status")).to_contain_text(["It is agreed. We call you on"])
        row = chat.get_by_role("listitem").filter(has_text="+46701740101 · 定期存款")
        await expect(row).to_be_visible()
        await page.reload()
        await chat.get_by_role("button", name="Ask us to call you").press("Enter")
        await row.get_by_role("button", name=re.compile("^Cancel the call on")).press("Enter")
        await expect(row).to_have_count(0)
        await expect(day).to_be_focused()


async def test_a_chat_that_comes_back_leaves_the_focus_at_the_button_where_one_is(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    """The hub's answer changes what stands below: a key pressed at that moment went to the field of a new chat."""
    async with open_page(browser, cast, sandbox_of("sam")) as page:
        chat = await open_call_sheet(page)
        await expect(chat.locator("select").first).to_be_focused()
        may_connect = asyncio.Event()

        async def connect_later(line: WebSocketRoute) -> None:
            await may_connect.wait()
            line.connect_to_server()

        await page.route_web_socket(re.compile("socket.io"), connect_later)
        await page.reload()
        button = chat.get_by_role("button", name="Ask us to call you")
        await button.focus()
        may_connect.set()
        await expect(chat.get_by_role("button", name="Start")).to_be_visible()
        await expect(button).to_be_focused()


async def test_a_disposition_that_promises_a_call_makes_one_first_for_the_agent_who_promised(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    async with open_page(browser, cast, sandbox_of("sam")) as sam, open_page(browser, cast, "/desk", "ada") as page:
        desk = DeskPage(page)
        await desk.go_available()
        texts = devices(sam, "Text messages")
        await texts.get_by_role("textbox").fill("Ring mig i morgon")
        await texts.get_by_role("textbox").press("Enter")
        await desk.accept("Sam Okoye")
        await page.get_by_role("button", name="End", exact=True).first.click()
        form = page.locator("form", has=page.get_by_role("heading", name="Wrap-up"))
        await form.get_by_text("We call again").click()
        await form.get_by_role("button", name="Complete").click()
        await expect(form.get_by_role("alert")).to_have_text("Choose when the customer is called.")
        await form.locator("input[type=datetime-local]").fill(f"{tomorrow:%Y-%m-%d}T10:00")
        await form.get_by_role("button", name="Complete").click()
        await expect(page.get_by_role("heading", name="Wrap-up")).to_have_count(0)
        await move_and_cancel(page, f"{tomorrow:%Y-%m-%d}T11:30")
    db = await Database.open(f"sqlite:///{cast.house.data / 'hub.db'}", read_connections=1)
    try:
        async with db.read() as conn:
            rows = (await conn.execute(select(tables.appointment))).mappings().all()
    finally:
        await db.close()
    (row,) = rows
    assert (row["agent_id"], row["made_by"], row["asked_in"]) == ("ada", "ada", "")
    assert row["ended_at"] is not None, "and then it was cancelled"


async def move_and_cancel(page: Page, local_at: str) -> None:
    """In the list of agreed calls, by keyboard."""
    await page.keyboard.press("Control+k")
    await page.keyboard.type("agreed calls")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Agreed calls")
    row = dialog.get_by_role("listitem").filter(has_text="Sam Okoye")
    await expect(row).to_contain_text("Your clock")
    await expect(row).to_contain_text("Europe/Stockholm")
    at = row.get_by_label("New time of the call to Sam Okoye")
    await at.fill(local_at)
    await at.press("Enter")
    await expect(dialog.get_by_role("status")).to_have_text("It is done.")
    await expect(at).to_have_value(local_at)
    await row.get_by_role("button", name="Cancel the call to Sam Okoye").press("Enter")
    await expect(dialog).to_contain_text("No call is agreed.")
    await page.keyboard.press("Escape")
