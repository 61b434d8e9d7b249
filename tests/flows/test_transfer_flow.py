"""A call that goes from one agent to another, at two desks in a browser, by keyboard alone."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, open_page

pytestmark = pytest.mark.browser

NOTE = "Vill höja gränsen 想提高额度"


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def test_a_call_is_handed_over_after_a_talk_and_the_one_who_declines_changes_nothing(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with AsyncExitStack() as stack:
        ada = DeskPage(await stack.enter_async_context(open_page(browser, cast, "/desk", "ada")))
        await ada.go_available()
        pia = cast.customer("pia")
        await pia.call()
        await ada.accept("Pia Lindqvist")
        await expect(ada.page.get_by_text("Talking", exact=True).first).to_be_visible()
        ben = DeskPage(await stack.enter_async_context(open_page(browser, cast, "/desk", "ben")))
        await ben.go_available()

        async def ask(button: str) -> None:
            await press(ada.page, "Alt+t")
            dialog = ada.page.get_by_role("dialog")
            await expect(dialog.get_by_role("radio", name="Ben")).to_be_focused()
            await press(ada.page, "Space")
            await dialog.get_by_role("textbox", name="Note for the next agent").focus()
            await ada.page.keyboard.type(NOTE)
            await dialog.get_by_role("button", name=button).focus()
            await press(ada.page, "Enter")

        await ask("Transfer")
        card = ben.page.get_by_role("article", name="Ada Holm wants to hand you a call")
        await expect(card).to_contain_text(NOTE)
        await card.get_by_role("button", name="Decline").click()
        await expect(ada.log).to_contain_text("did not come into the call: they declined.")
        await pia.call_is(is_on_hold=False, is_over=False)

        await ask("Ask first")
        card = ben.page.get_by_role("article", name="Ada Holm asks you about a call")
        await expect(card.get_by_role("button", name="Answer")).to_be_visible()
        await expect(ben.log).to_contain_text("Accepted by Ada Holm")  # all of it, not the last words alone
        await expect(ben.page.get_by_role("region", name="What your colleague hands over")).to_have_count(2)
        await press(ben.page, "Alt+o", "Enter")
        others = ada.page.get_by_role("region", name="Also in the call")
        await expect(others).to_contain_text("in the call")
        await pia.call_is(is_on_hold=True)
        await others.get_by_role("button", name="Talk to Pia Lindqvist").click()
        await pia.call_is(is_on_hold=False)
        await others.get_by_role("button", name="All together").click()
        await expect(card).to_contain_text("You are in the call.")
        await others.get_by_role("button", name="Hand over").click()
        await expect(ben.page.get_by_role("heading", name="Pia Lindqvist").first).to_be_visible()
        await expect(ben.page.get_by_text("Talking", exact=True).first).to_be_visible()
        await expect(ada.page.get_by_text("Talking", exact=True)).to_have_count(0)
        await pia.call_is(is_on_hold=False, **{"with": ["client:ben"]})
