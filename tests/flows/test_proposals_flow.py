"""A script proposes what suits the customer: the agent notes the reply by keyboard, in both languages."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.flows.cast import Cast
from tests.flows.desk import Desk
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]


async def go_to_proposals(desk: Desk, held: dict[str, Any]) -> None:
    await desk.about(held["id"], "pick_script", script_id="cross-sell")
    for step, fields in (
        ("bridge", {"action": "choose", "choice": "1"}),
        ("goal", {"action": "next", "values": {"goal": "home"}}),
    ):
        await desk.about(held["id"], "advance_script", script_id="cross-sell", step_id=step, **fields)


async def turn_chinese_and_dark(page: Page) -> None:
    await page.evaluate("localStorage.setItem('hub.language', 'zh-CN'); localStorage.setItem('hub.theme', 'dark')")
    await page.reload()


async def test_the_agent_sees_what_suits_the_customer_and_notes_the_reply(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    ada = await cast.desk("ada")
    await cast.customer("sam").text("Hej 你好")
    held = await ada.accept()
    await go_to_proposals(ada, held)
    async with open_page(browser, cast, "/desk", "ada") as page:
        shown = page.get_by_role("region", name="What suits this customer")
        plan = shown.get_by_role("article", name="Savings plan")
        await expect(plan).to_contain_text("Why: Has no savings plan with us")
        await expect(plan).to_contain_text("a fixed sum leaves your account on pay day")
        later = plan.get_by_role("button", name="Later")
        await later.focus()
        await page.keyboard.press("Enter")
        await expect(later).to_have_attribute("aria-pressed", "true")
        day = plan.get_by_label("Not before (if the customer named a day)")
        await day.fill("2020-01-01")
        await expect(page.get_by_text("Choose a day after today.")).to_be_visible()
        await day.fill("2027-05-17")
        await expect(page.get_by_text("the customer wants to hear of it again on 17 May 2027")).to_be_visible()
        await check(page, "proposals at the desk")
        await turn_chinese_and_dark(page)
        shown = page.get_by_role("region", name="适合该客户的推荐")
        await expect(shown.get_by_role("button", name="以后再说").first).to_have_attribute("aria-pressed", "true")
        await check(page, "proposals at the desk, in Chinese")
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_what_was_proposed_is_on_the_card_the_next_time_on_the_page_and_in_figures(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    held = await ada.accept()
    await go_to_proposals(ada, held)
    said = {"script_id": "cross-sell", "step_id": "proposal", "action": "reply"}
    await ada.about(held["id"], "advance_script", **said, name="savings-plan", choice="declined")
    await ada.about(held["id"], "end_interaction")
    await ada.about(held["id"], "complete_wrap_up", disposition="solved")
    async with open_page(browser, cast, "/desk", "ada") as page:
        desk = DeskPage(page)
        await sam.mail("Hej igen", "Jag har mer att säga")
        await desk.accept("Sam Okoye")
        card = page.locator("section[aria-labelledby=customer-name]")
        await expect(card).to_contain_text("Proposals")
        await expect(card).to_contain_text("Savings plan Declined")
        await check(page, "the card with what was proposed before")
    async with open_page(browser, cast, "/customers/sam", "dot") as page:
        given = page.get_by_role("region", name="Proposals")
        await expect(given).to_contain_text("Savings plan")
        await expect(given).to_contain_text("Declined")
        await check(page, "a customer with what was proposed to them")
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    async with open_page(browser, cast, "/scripts/products", "ines") as page:
        figures = page.get_by_role("region", name="Proposals in figures")
        await expect(figures.get_by_role("row", name="Savings plan")).to_contain_text("0%")
        await check(page, "a catalogue with its figures")
        suggested = page.get_by_role("region", name="What suits this customer")
        await expect(suggested.get_by_role("article").first).to_be_visible()
        await check(page, "a catalogue in its preview")
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
