"""Where people are signed in, on the screens: their own in the menu, everybody's for administrators; by keyboard."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.flows.cast import Cast
from tests.flows.pages import open_page

pytestmark = pytest.mark.browser


@pytest.fixture
async def pages(browser: Browser, web_bundle: Path) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def press_until_focused(page: Page, key: str, name: str) -> None:
    button = page.get_by_role("button", name=name)
    await expect(button).to_be_visible()
    for _ in range(40):
        if await button.evaluate("it => it === document.activeElement"):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{name} is not reached by {key}")


async def test_an_administrator_signs_somebody_out_by_keyboard(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    ada = [await cast.cookie("ada") for _ in range(3)]
    page = await pages.enter_async_context(open_page(browser, cast, "/audit", "tomasz"))
    await page.get_by_role("button", name="Tomasz Żak").press("Enter")
    await page.get_by_role("menuitem", name="People").press("Enter")
    row = page.get_by_role("row", name=re.compile("Dot Mbeki"))
    await expect(row).to_contain_text("Supervisor, Agent")
    await press_until_focused(page, "Tab", "Where signed in: Ada Holm")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Where Ada Holm is signed in")
    sessions = dialog.get_by_role("listitem")
    await expect(sessions).to_have_count(3)
    await expect(sessions.first).to_contain_text("127.0.0.1")
    await expect(sessions.first).to_contain_text("Since ")
    await expect(sessions.first).to_contain_text("Last used ")
    await press_until_focused(page, "Tab", "Sign out everywhere")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(sessions).to_have_count(2)
    await expect(dialog.get_by_role("list")).to_be_focused()
    await press_until_focused(page, "Tab", "Sign out everywhere")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("Nobody is signed in.")).to_be_visible()
    for cookie in ada:
        await cast.get("/api/me", cookie, expected=401)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Where signed in: Ada Holm")).to_be_focused()


async def test_people_see_where_they_are_signed_in_and_sign_out_elsewhere(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    lost = await cast.cookie("ada")
    page = await pages.enter_async_context(open_page(browser, cast, "/desk", "ada"))
    await page.get_by_role("button", name=re.compile("^A?Ada Holm")).press("Enter")
    await page.get_by_role("menuitem", name="Where I am signed in").press("Enter")
    dialog = page.get_by_role("dialog", name="Where I am signed in")
    await expect(dialog.get_by_role("listitem")).to_have_count(2)
    this = dialog.get_by_role("listitem").filter(has_text="this one")
    await expect(this.get_by_role("button")).to_have_count(0)
    await press_until_focused(page, "Tab", "Sign out everywhere else")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("listitem")).to_have_count(1)
    await expect(dialog.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)
    await cast.get("/api/me", lost, expected=401)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Become available")).to_be_visible()


async def test_only_administrators_see_the_people(cast: Cast, browser: Browser, pages: AsyncExitStack) -> None:
    page = await pages.enter_async_context(open_page(browser, cast, "/people", "dot", tolerates="403"))
    await expect(page.get_by_text("This screen is for administrators.")).to_be_visible()
