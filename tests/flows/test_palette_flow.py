"""The desk's command bar finds customers, by keyboard alone: in any script, by a part of a number, and one of two."""

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
FOUND = (
    ("嘉怡", "林嘉怡"),
    ("林嘉", "林嘉怡"),
    ("lín jiā", "林嘉怡"),
    ("linjiay", "林嘉怡"),
    ("740101", "Pia Lindqvist"),
    ("0174 0201", "Gus Moreau"),
    ("6217 0033", "林嘉怡"),
)


@pytest.fixture
async def desk(cast: Cast, browser: Browser, web_bundle: Path) -> AsyncIterator[Page]:
    async with AsyncExitStack() as stack:
        page = await stack.enter_async_context(open_page(browser, cast, "/desk", "ada"))
        await expect(page.get_by_role("button", name="Become available")).to_be_visible()
        yield page


async def open_found(page: Page, keys: int = 0) -> Page:
    """The page of the customer who is marked, or of one that many further down, in a window of its own."""
    for _ in range(keys):
        await page.keyboard.press("ArrowDown")
    async with page.expect_popup() as opened:
        await page.keyboard.press("Enter")
    return await opened.value


async def test_the_command_bar_finds_a_customer_by_a_part_of_a_name_or_a_number(cast: Cast, desk: Page) -> None:
    for typed, name in FOUND:
        await desk.keyboard.press("Control+k")
        await expect(desk.get_by_role("combobox")).to_be_focused()
        await desk.keyboard.insert_text(typed)  # as an input method does, in one piece
        found = desk.get_by_role("option", name=re.compile(f"^{name}"))
        await expect(found).to_be_visible()
        await expect(found).to_have_attribute("aria-selected", "true")
        if typed == "嘉怡":
            await check(desk, "the command bar with a customer")
        shown = await open_found(desk)
        await expect(shown.get_by_role("heading", level=2).first).to_contain_text(name)
        await shown.close()
        await expect(desk.get_by_role("combobox")).to_have_count(0)
    await desk.keyboard.press("Control+k")
    await desk.keyboard.insert_text("zzzz")
    await expect(desk.get_by_text("Nothing has that name.")).to_be_visible()
    await desk.keyboard.press("Escape")
    await expect(desk.get_by_role("combobox")).to_have_count(0)


async def test_people_of_one_name_are_told_apart_in_the_command_bar(cast: Cast, desk: Page) -> None:
    for one in ("sam", "hiro"):
        changes = [{"name": "name", "value": "Kim Alike"}]
        body = {"reason": "A test", "version": 10**9, "changes": changes}
        answer = await desk.request.post(f"{cast.house.url}/api/customers/{one}/changes", data=body)
        assert answer.status == 200, await answer.text()
    await desk.keyboard.press("Control+k")
    await desk.keyboard.insert_text("kim al")
    options = desk.get_by_role("option", name=re.compile("^Kim Alike"))
    await expect(options).to_have_count(2)
    told = await options.all_inner_texts()
    assert ("0301" in told[0]) != ("0301" in told[1]), told
    assert ("0204" in told[0]) != ("0204" in told[1]), told
    second = "sam" if "0301" in told[1] else "hiro"
    shown = await open_found(desk, keys=1)
    await expect(shown).to_have_url(f"{cast.house.url}/customers/{second}")
