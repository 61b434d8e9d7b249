"""The figures of a script in a browser: the flow with its numbers, and tables that say the same."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import Cast
from tests.flows.pages import open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]


async def test_an_author_sees_how_runs_went_step_by_step(cast: Cast, browser: Browser, web_bundle: Path) -> None:
    ada = await cast.desk("ada")
    for name, goes_on in (("sam", True), ("gus", False)):
        await cast.customer(name).text("Hej 你好")
        held = await ada.accept()
        script = held["script"]
        if script["script_id"] != "greeting":
            await ada.about(held["id"], "pick_script", script_id="greeting")
        step = {"script_id": "greeting", "step_id": "greet"}
        if goes_on:
            values = {"topic": "card"}
            await ada.about(held["id"], "advance_script", **step, action="choose", choice="1", values=values)
        await ada.about(held["id"], "end_interaction")
        await ada.about(held["id"], "complete_wrap_up", disposition="solved")
    async with open_page(browser, cast, "/scripts/greeting", "ines") as page:
        await page.get_by_role("button", name="Figures").press("Enter")
        await expect(page.get_by_role("heading", name="Figures of Greeting")).to_be_visible()
        await expect(page.get_by_role("status")).to_contain_text(
            "2 conversations used it; 0 of them (0 %) reached an end"
        )
        flow = page.get_by_role("group", name="Flow with figures")
        await expect(flow.get_by_text("2 · ", exact=False).first).to_be_visible()
        await expect(flow).to_contain_text("−50 %")
        line = page.get_by_role("row", name="Greet and ask")
        cells = line.get_by_role("cell")
        await expect(cells.nth(0)).to_have_text("2")
        await expect(cells.nth(1)).to_have_text("1 (50 %)")
        await expect(cells.nth(2)).to_contain_text(" s")
        await check(page, "the figures of a script")
        since = page.get_by_label("From", exact=True)
        await since.fill("2031-01-01")
        await page.get_by_label("To", exact=True).fill("2031-01-02")
        await expect(page.get_by_text("No conversation with this script began on these days.")).to_be_visible()
        await check(page, "no figures of a script")
    async with open_page(browser, cast, "/scripts/greeting?view=figures", "ines") as page:
        await page.evaluate(
            "localStorage.setItem('hub.language', 'zh-CN'); localStorage.setItem('hub.theme', 'dark')"
        )
        await page.reload()
        await expect(page.get_by_role("status")).to_contain_text("共使用 2 次，其中 0 次（0%）走到结尾。")
        await expect(page.get_by_role("group", name="带数据的流程图")).to_contain_text("−50 %")
        await check(page, "the figures of a script, in Chinese")
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await check(page, "the figures of a script on a telephone")
