"""A script in a browser: walked by keyboard alone proven to the supervisor, and gone on with by one key."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import Cast, OpenCast
from tests.flows.customers import Customer
from tests.flows.desk import Desk
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_accessibility_flow import check
from tests.flows.test_recording_flow import recorded_queues

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]

SAID = "I am passing you on to a colleague who knows this best."


async def test_a_script_is_walked_by_keyboard_alone_and_the_supervisor_reads_the_proof(
    open_cast: OpenCast, browser: Browser, web_bundle: Path
) -> None:
    cast = await open_cast(policy={"queues": recorded_queues()})
    async with open_page(browser, cast, "/desk", "ada") as page:
        desk, keyboard = DeskPage(page), page.keyboard
        await desk.go_available()
        sam = cast.customer("sam")
        await sam.call()
        await expect(desk.offer("Sam Okoye")).to_be_visible()
        await keyboard.press("Alt+o")
        await keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Sam Okoye").first).to_be_visible()
        await expect(page.get_by_text("Recording", exact=True).first).to_be_visible()
        await keyboard.press("Alt+s")
        await keyboard.press("Tab")
        topic = desk.script.get_by_role("combobox", name="What it is about")
        for _ in range(6):  # past what stands before it
            if await topic.evaluate("one => one === document.activeElement"):
                break
            await keyboard.press("Tab")
        await keyboard.type("Card")
        await expect(topic).to_have_value("card")
        await keyboard.press("Alt+s")
        await keyboard.press("2")
        await keyboard.press("Enter")
        await expect(desk.script).to_contain_text(SAID)
        await keyboard.press("Enter")  # leads to what is unsaid, and does not go on
        said = desk.script.get_by_role("button", name="I have said it")
        await expect(said).to_be_focused()
        await keyboard.press("Enter")
        await keyboard.press("Enter")  # at once: it goes behind what was said, and finishes the script
        await expect(desk.script).to_contain_text("The script is done")
        await keyboard.press("Alt+e")
        await expect(page.get_by_role("heading", name="Wrap-up")).to_be_visible()
        await keyboard.press("1")
        await keyboard.press("Control+Enter")
        await expect(page.get_by_role("heading", name="Wrap-up")).to_have_count(0)
    async with open_page(browser, cast, "/recordings", "dot") as page:
        await page.get_by_text("Call", exact=True).first.focus()
        await page.get_by_text("Call", exact=True).first.click()
        proof = page.get_by_role("region", name="What had to be said")
        await expect(proof).to_contain_text(SAID)
        await expect(proof).to_contain_text(re.compile(r"\d\d:\d\d:\d\d shown to Ada Holm"))
        await expect(proof).to_contain_text(re.compile(r"\d\d:\d\d:\d\d said by Ada Holm"))
        await expect(proof.get_by_role("button", name=re.compile(r"Go to \d+:\d\d in the recording"))).to_have_count(
            2
        )
        await check(page, "the proof of what was said")


async def begin_data_refresh(ada: Desk, sam: Customer) -> str:
    """Sam writes, and Ada takes the first step of the script with him. The interaction."""
    await sam.text("Hej")
    held = str((await ada.accept())["id"])
    await ada.about(held, "pick_script", script_id="data-refresh")
    await ada.about(held, "advance_script", script_id="data-refresh", step_id="open", action="choose", choice="1")
    return held


async def test_what_was_begun_goes_on_in_another_channel_by_one_key(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    held = await begin_data_refresh(ada, sam)
    step = {"script_id": "data-refresh", "step_id": "why"}
    await ada.about(held, "advance_script", **step, action="acknowledge", must_say="why.1")
    await ada.about(held, "advance_script", **step, action="next")
    step["step_id"] = "reach"
    values = {"phone_now": "070 123 45 67", "preferred_channel": "sms", "paper_statements": "no"}
    await ada.about(held, "advance_script", **step, action="next", values=values)
    await ada.about(held, "end_interaction")
    await ada.about(held, "complete_wrap_up", disposition="solved")
    async with open_page(browser, cast, "/desk", "ada") as page:
        desk, keyboard = DeskPage(page), page.keyboard
        await sam.mail("Hej igen", "Jag har mer att säga 还有一件事")
        await desk.accept("Sam Okoye")
        earlier = desk.script.get_by_role("list", name="Begun with this customer before")
        await expect(earlier).to_contain_text("Check and refresh the customer's data")
        await expect(earlier).to_contain_text("Left at “Work and taxes”: Today")
        await expect(earlier).to_contain_text("Statements on paper")
        await expect(earlier).to_contain_text("No")
        await check(page, "what was begun before")
        await keyboard.press("Alt+s")
        await keyboard.press("c")
        await expect(desk.script).to_contain_text("What do you do for a living at present?")
        await expect(earlier).to_have_count(0)
        await expect(desk.log).to_contain_text("went on with the script “Check and refresh the customer's data”")
        await expect(desk.script.get_by_role("group").first).to_be_focused()
        await page.evaluate("localStorage.setItem('hub.language', 'zh-CN')")


async def test_the_proof_of_what_was_said_in_a_text_is_read_by_keyboard_on_the_page_of_its_customer(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    held = await begin_data_refresh(ada, sam)
    async with open_page(browser, cast, "/customers/sam", "dot") as page:
        keyboard, shown = page.keyboard, page.get_by_role("region", name="What had to be said", exact=True)
        await shown.get_by_role("button", name="Show the proofs").focus()
        await keyboard.press("Enter")
        work = shown.get_by_role("region", name=re.compile("Today"))
        await expect(work).to_contain_text("Still owed: neither said nor left out with a reason.")
        await expect(shown.get_by_role("listitem").first).to_be_focused()
        await expect(work.get_by_role("button")).to_have_count(0)
        await check(page, "what is still owed to a customer")
        await ada.about(held, "settle_statement", script_id="data-refresh", statement="why.1", is_said=True)
        await page.reload()
        await shown.get_by_role("button", name="Show the proofs").press("Enter")
        await expect(work).to_contain_text(re.compile(r"\d\d:\d\d:\d\d said by Ada Holm"))
        await expect(work).not_to_contain_text("Still owed")
        await page.evaluate(
            "localStorage.setItem('hub.language', 'zh-CN'); localStorage.setItem('hub.theme', 'dark')"
        )
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.reload()
        shown = page.get_by_role("region", name="必须告知的内容", exact=True)
        await shown.get_by_role("button", name="查看凭证").press("Enter")
        await expect(shown).to_contain_text("由 Ada Holm 告知")
        await check(page, "what had to be said to a customer, in Chinese")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
