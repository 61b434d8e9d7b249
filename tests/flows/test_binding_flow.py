"""The desk in a browser: what must be said before the wrap-up is done, and two tabs of one agent."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, open_page

pytestmark = pytest.mark.browser


async def test_the_wrap_up_leads_to_what_is_still_to_be_said_by_keyboard_alone(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with open_page(browser, cast, "/desk", "ada") as page:
        desk, keyboard = DeskPage(page), page.keyboard
        await desk.go_available()
        await cast.customer("sam").text("Hej 你好")
        await desk.accept("Sam Okoye")
        await desk.script.get_by_role("combobox", name="What it is about").select_option("Card")
        await expect(desk.script.get_by_role("button", name="Next")).to_be_enabled()  # the answer is kept
        await keyboard.press("Alt+s")
        await keyboard.press("2")
        await keyboard.press("Enter")
        await expect(desk.script).to_contain_text("I am passing you on to a colleague")
        await keyboard.press("Alt+e")
        owed = page.get_by_role("region", name="Still to be said")
        said = owed.get_by_role("button", name="I have said it")
        await expect(said).to_be_focused()
        await keyboard.press("Control+Enter")
        alert = page.get_by_role("alert").filter(has_text="First mark each open statement")
        await expect(alert).to_be_visible()
        await expect(said).to_be_focused()
        await keyboard.press("1")
        await expect(owed).to_have_count(0)
        await expect(desk.log).to_contain_text("Ada Holm marked as not said")
        await expect(desk.log).to_contain_text("the customer hung up")
        await expect(page.locator("input[name=disposition]").first).to_be_focused()
        await keyboard.press("1")
        await keyboard.press("Control+Enter")
        await expect(page.get_by_role("heading", name="Wrap-up")).to_have_count(0)


async def test_a_supervisor_opens_by_keyboard_the_list_of_what_was_closed_unfinished(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.call()
    held = await ada.accept()
    script = held["script"]
    step = {"script_id": script["script_id"], "step_id": script["step_id"]}
    await ada.about(held["id"], "advance_script", **step, action="choose", choice="2", values={"topic": "card"})
    await ada.about(held["id"], "transfer_interaction", queue="cards")
    await sam.hang_up()
    async with open_page(browser, cast, "/wallboard", "dot") as page:
        shown = page.get_by_role("button", name="Show which")
        await shown.focus()
        await page.keyboard.press("Enter")
        found = page.get_by_role("dialog", name="Closed unfinished today")
        await expect(found.get_by_role("listitem")).to_contain_text("Sam Okoye")
        await expect(found).to_contain_text("I am passing you on to a colleague")
        await expect(found).to_contain_text("Ada Holm had it last.")
        await expect(found).to_contain_text("Cards")
        await page.keyboard.press("Escape")
        await expect(found).to_have_count(0)
        await expect(shown).to_be_focused()


async def test_of_two_tabs_one_acts_and_the_other_says_so_and_both_say_who_is_out(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with open_page(browser, cast, "/desk", "ada", "401") as first:  # asked for as the desk closes
        desk = DeskPage(first)
        await desk.go_available()
        second = await first.context.new_page()
        await second.goto(cast.house.url + "/desk")
        elsewhere = "You are working in another tab"
        await expect(first.get_by_text(elsewhere)).to_be_visible()
        await expect(DeskPage(second).log.or_(second.get_by_text("You are available."))).to_be_visible()
        await expect(second.get_by_text(elsewhere)).to_have_count(0)
        await cast.customer("sam").text("Hej")
        accept = desk.offer("Sam Okoye").get_by_text("Accept")
        await expect(accept).to_be_visible()
        assert await accept.evaluate("one => one.closest('[inert]') !== null")

        await first.get_by_role("button", name="Work here").click()
        await expect(second.get_by_text(elsewhere)).to_be_visible()
        await desk.accept("Sam Okoye")
        await second.reload()  # opened last
        await expect(first.get_by_text(elsewhere)).to_be_visible()
        await DeskPage(second).write("Hej!")
        await expect(desk.log).to_contain_text("Hej!")
        administrator = {"Cookie": await cast.cookie("tomasz")}
        async with cast.session.post(f"{cast.house.url}/api/staff/ada/disable", headers=administrator) as answer:
            assert answer.status == 200
        for page in (first, second):
            await expect(page.get_by_text("You are signed out. Sign in to go on where you were.")).to_be_visible()
