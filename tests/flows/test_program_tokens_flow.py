"""Tokens of programs on the page of people: made, copied and revoked by keyboard, as axe sees it, and narrow too."""

import os
import re
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from tests.flows.cast import Cast
from tests.flows.pages import open_page
from tests.flows.test_accessibility_flow import check
from tests.flows.test_narrow_flow import PHONE, is_in_place

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]
WIDE = {"width": 1440, "height": 900}


async def upsert(cast: Cast, token: str, key: str) -> int:
    """What a program with this token is answered."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    body = {"customers": [{"customer_id": "sam", "city": "Visby"}]}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{cast.house.url}/api/customer-upserts", json=body, headers=headers) as answer,
    ):
        return answer.status


async def show(page: Page, name: str) -> None:
    """Pictures of what is shown, for people who want to look at it."""
    folder = os.environ.get("HUB_SCREENSHOTS")
    if not folder:
        return
    for theme in ("light", "dark"):
        for size in (WIDE, PHONE):
            await page.emulate_media(color_scheme=theme)
            await page.set_viewport_size(size)
            await page.screenshot(path=f"{folder}/{name}-{theme}-{size['width']}.png", full_page=True)
    await page.set_viewport_size(WIDE)


async def test_an_administrator_makes_a_token_and_revokes_it_by_key(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with open_page(browser, cast, "/people", "tomasz") as page:
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        programs = page.get_by_role("region", name="Programs")
        await expect(programs.get_by_text("No program has a token")).to_be_visible()
        await programs.get_by_role("button", name="Make a token").press("Enter")
        dialog = page.get_by_role("dialog", name="Make a token")
        await expect(dialog.get_by_label("Name of the program")).to_be_focused()
        await check(page, "the form of a token")
        await page.keyboard.type("Web shop")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Control+a")
        await page.keyboard.type("731")
        await expect(dialog.get_by_text("From 1 to 730 days.")).to_be_visible()
        await page.keyboard.press("Control+a")
        await page.keyboard.type("30")
        await expect(dialog.get_by_text(re.compile(r"^Until .*\. At most 730 days\."))).to_be_visible()
        await page.keyboard.press("Enter")
        made = page.get_by_role("dialog", name="The token of Web shop")
        await expect(made.get_by_text("it is not shown again")).to_be_visible()
        token = await made.get_by_label("Token").input_value()
        await check(page, "a token that was made")
        await show(page, "token-made")
        await made.get_by_role("button", name="Copy").press("Enter")
        await expect(made.get_by_text("Copied.")).to_be_visible()
        assert await page.evaluate("navigator.clipboard.readText()") == token
        assert await upsert(cast, token, "one") == 200
        await made.get_by_role("button", name="I have it").press("Enter")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert token not in await page.content()

        await page.reload()
        row = programs.get_by_role("row", name=re.compile("Web shop"))
        await expect(row).to_contain_text("valid")
        await expect(row).to_contain_text("by Tomasz Żak")
        await expect(row).not_to_contain_text("never")
        await check(page, "the list of tokens")
        await page.set_viewport_size(PHONE)
        await is_in_place(page)
        await show(page, "tokens")
        await row.get_by_role("button", name="Revoke the token of Web shop").press("Enter")
        asked = page.get_by_role("dialog", name="Revoke the token of Web shop")
        await expect(asked.get_by_text("refused from its next request on")).to_be_visible()
        await check(page, "the question before a token is revoked")
        await page.keyboard.press("Escape")
        await expect(row.get_by_role("button")).to_be_focused()
        assert await upsert(cast, token, "two") == 200
        await page.keyboard.press("Enter")
        await asked.get_by_role("button", name="Revoke", exact=True).press("Enter")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(programs.get_by_role("button", name="Make a token")).to_be_focused()
        await expect(row).to_contain_text("revoked")
        await expect(row.get_by_role("button")).to_have_count(0)
        assert await upsert(cast, token, "three") == 401


async def test_tokens_are_read_in_chinese_too(cast: Cast, browser: Browser, web_bundle: Path) -> None:
    said = await cast.house.command_beside("api-token", "make", "网店同步", "--days", "7")
    async with open_page(browser, cast, "/people", "tomasz") as page:
        await page.evaluate("localStorage.setItem('hub.language', 'zh-CN')")
        await page.reload()
        row = page.get_by_role("region", name="程序").get_by_role("row", name=re.compile("网店同步"))
        await expect(row).to_contain_text("命令行")
        await expect(row).to_contain_text("从未")
        await show(page, "tokens-zh")
        token = said.split("\n")[0]
        assert await upsert(cast, token, "one") == 200
        listed = await cast.house.command_beside("api-token", "list")
        assert token not in listed
        await cast.house.command_beside("api-token", "revoke", listed.split()[0])
        assert await upsert(cast, token, "two") == 401
