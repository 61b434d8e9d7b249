"""A step does not fit: the agent says so by one key, the author finds it at the step and answers with a word."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]


async def test_an_agent_says_that_a_step_does_not_fit_and_its_author_has_seen_to_it(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with open_page(browser, cast, "/desk", "ada") as page:
        desk, keyboard = DeskPage(page), page.keyboard
        await desk.go_available()
        await cast.customer("sam").text("Hej 你好")
        await desk.accept("Sam Okoye")
        await keyboard.press("Alt+s")
        await keyboard.press("x")
        why = desk.script.get_by_role("textbox", name="What does not fit here?")
        await expect(why).to_be_focused()
        await keyboard.type("Nobody says in a text what it is about")
        await check(page, "the line about a step that does not fit")
        await keyboard.press("Enter")
        await expect(desk.script.get_by_text("Thank you. The authors see it at this step.")).to_be_visible()
        step = desk.script.get_by_role("group").first
        await expect(step).to_be_focused()
        await keyboard.press("x")
        await keyboard.press("Escape")
        await expect(why).to_have_count(0)
        await expect(desk.script.get_by_role("button", name="Does not fit")).to_be_visible()
    async with open_page(browser, cast, "/scripts/greeting", "ines") as page:
        await expect(page.locator(".cm-note")).to_have_text("1")
        flow = page.get_by_role("region", name="Flow")
        await expect(flow.locator(".noted")).to_have_text("1")
        await expect(flow.locator("#about-greet")).to_contain_text("1 note from the floor")
        await page.get_by_role("button", name="From the floor").press("Enter")
        found = page.get_by_role("dialog", name="From the floor")
        await expect(found).to_contain_text("Nobody says in a text what it is about")
        await expect(found).to_contain_text("Ada Holm, version 1")
        await check(page, "what agents say of a script")
        await found.get_by_role("textbox", name="A word in reply").fill("The next version asks later. 下一版会改。")
        await page.keyboard.press("Enter")
        await expect(found).to_contain_text("Seen by Inês Duarte: ")
        await expect(found).to_contain_text("下一版会改。")
        await check(page, "what an author has seen to")
        await page.keyboard.press("Escape")
        await expect(page.locator(".cm-note")).to_have_count(0)
        await expect(flow.locator(".noted")).to_have_count(0)


async def test_the_notes_in_chinese_dark_and_on_a_telephone(cast: Cast, browser: Browser, web_bundle: Path) -> None:
    ada = await cast.desk("ada")
    await cast.customer("sam").text("Hej")
    held = await ada.accept()
    script = held["script"]
    words = "客户在短信里不会说明来意，这一步总是跳过。<b>x</b>"
    note = {"script_id": script["script_id"], "step_id": script["step_id"], "words": words}
    await cast.post(f"/api/interactions/{held['id']}/step-note", await cast.cookie("ada"), note)
    async with open_page(browser, cast, "/scripts/greeting", "ines") as page:
        await page.evaluate(
            "localStorage.setItem('hub.language', 'zh-CN'); localStorage.setItem('hub.theme', 'dark')"
        )
        await page.reload()
        await page.get_by_role("button", name="一线反馈").press("Enter")
        found = page.get_by_role("dialog", name="一线反馈")
        await expect(found).to_contain_text(words)
        await check(page, "what agents say of a script, in Chinese")
        await page.set_viewport_size({"width": 390, "height": 844})
        await expect(found.get_by_role("button", name="已处理")).to_be_in_viewport()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
