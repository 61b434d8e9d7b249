"""The editor of scripts in a browser: written from nothing, broken, mended, published; the very next call gets it."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.flows.cast import Cast
from tests.flows.desk import find_held
from tests.flows.pages import open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]

WRITTEN = """+++
id = "spring"
version = 1
title = "Spring offer"
language = "en"
priority = 500

[outcomes.sold]
label = "Sold"
after = ["terms"]

[outcomes.later]
label = "Later"
+++

## hello: Spring greeting

> Good day. May I tell you of our spring offer?

- [1] Yes -> terms
- [2] {second}

## terms: The terms

!> It costs nothing in the first year.

-> end: sold

# Example: Takes it
- hello: [1]
- terms
- end: sold
"""
BROKEN = WRITTEN.format(second="Already knows it -> end: sold")
MENDED = WRITTEN.format(second="Another time -> end: later")


async def write(page: Page, text: str) -> None:
    """As an author who replaces all of the text."""
    await page.get_by_role("textbox", name="Text of the script").focus()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(text)


async def test_a_script_is_written_broken_mended_and_published_for_the_very_next_call(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    ada = await cast.desk("ada")
    await cast.customer("sam").text("Hej")
    running = await ada.accept()
    assert running["script"]["script_id"] == "greeting"
    async with open_page(browser, cast, "/scripts", "ines", tolerates="status of 422") as page:
        await expect(page.get_by_role("row", name="Greeting")).to_contain_text("Every interaction")
        await check(page, "the list of scripts")
        await page.get_by_role("button", name="New script").press("Enter")
        await page.keyboard.type("spring")
        await page.get_by_role("textbox", name="Title").fill("Spring offer")
        await check(page, "the form of a script that begins")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Spring offer")).to_be_visible()
        flow = page.get_by_role("region", name="Flow")
        await expect(flow.get_by_role("button", name="Hello hello")).to_be_visible()

        await write(page, BROKEN)
        problem = page.get_by_role("button", name="can be reached without what must be said")
        line = BROKEN.splitlines().index("- [2] Already knows it -> end: sold") + 1
        await expect(problem).to_contain_text(f"Line {line}")
        await expect(flow.locator(".step.failing")).to_contain_text("Spring greeting")
        await expect(flow.locator(".step.failing")).to_have_count(1)
        await expect(flow.locator(".edge.failing")).to_have_count(1)
        await check(page, "a script with an error")
        await problem.press("Enter")
        await expect(page.locator(".cm-activeLine")).to_have_text("- [2] Already knows it -> end: sold")
        await expect(flow.locator(".step.current")).to_contain_text("Spring greeting")

        await page.keyboard.press("Control+s")
        await page.get_by_role("button", name="Publish").press("Enter")
        await page.get_by_role("textbox", name="Why, in a sentence").fill("For spring 春季")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(f"spring.en.md:{line}:")
        await check(page, "what cannot be published")
        await page.keyboard.press("Escape")

        await write(page, MENDED)
        await expect(page.get_by_text("Nothing is wrong.")).to_be_visible()
        await expect(flow.locator(".failing")).to_have_count(0)
        await page.get_by_role("button", name="Publish").press("Enter")
        await page.get_by_role("textbox", name="Why, in a sentence").fill("For spring 春季")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("As published · Saved")).to_be_visible()
        await expect(page.locator(".cm-content")).to_be_focused()  # the button is gone

        await cast.customer("pia").text("Hej 你好")
        fresh = await ada.accept()
        assert (fresh["script"]["script_id"], fresh["script"]["version"]) == ("spring", 1)
        assert find_held(ada.screen, running["id"])["script"]["script_id"] == "greeting"

        await write(page, MENDED.replace("our spring offer", "our summer offer"))
        await expect(page.locator(".cm-content")).to_contain_text("version = 2")  # raised by itself
        await page.get_by_role("button", name="Versions").press("Enter")
        await expect(page.get_by_role("dialog")).to_contain_text("For spring 春季")
        await expect(page.get_by_role("dialog")).to_contain_text("written by Inês Duarte")
        await page.get_by_role("button", name="Compare with the text").first.press("Enter")
        await expect(page.get_by_text("Step hello says something else.")).to_be_visible()
        await expect(page.get_by_role("dialog").locator(".cm-deletedChunk").first).to_be_visible()
        await check(page, "two versions side by side")


async def test_chinese_is_composed_and_who_comes_second_is_told(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    cookie, path = await cast.cookie("ines"), "/api/scripts/greeting"
    async with open_page(browser, cast, "/scripts/greeting", "ines", tolerates="status of 409") as page:
        await page.evaluate("localStorage.setItem('hub.language', 'zh-CN')")
        await page.reload()
        field = page.get_by_role("textbox", name="脚本文本")
        await field.focus()
        await page.keyboard.press("Control+End")
        keys = await page.context.new_cdp_session(page)  # as an input method types
        for typed in ("n", "ni", "ni h", "ni hao"):
            await keys.send(
                "Input.imeSetComposition", {"text": typed, "selectionStart": 0, "selectionEnd": len(typed)}
            )
        await expect(field).to_contain_text("ni hao")
        await keys.send("Input.insertText", {"text": "你好"})
        await expect(field).to_contain_text("你好")
        await expect(field).not_to_contain_text("ni hao")
        await page.keyboard.press("Control+s")
        await expect(page.get_by_text("草稿 · 已保存")).to_be_visible()
        await check(page, "the editor in Chinese")

        (file,) = [one for one in (await cast.get(path, cookie))["files"] if one["draft"]]
        assert "你好" in file["source"]
        theirs = {"language": file["language"], "source": file["source"] + "theirs\n", "revision": file["revision"]}
        await cast.post(f"{path}/draft", cookie, theirs)
        await page.keyboard.insert_text("mine")
        await page.keyboard.press("Control+s")
        await expect(page.get_by_role("dialog", name="Inês Duarte 已更改这份草稿")).to_contain_text("theirs")
        await check(page, "two texts of one draft")
        await page.get_by_role("button", name="继续用我的").press("Enter")
        await expect(field).to_contain_text("mine")
        await page.keyboard.press("Control+s")
        await expect(page.get_by_text("草稿 · 已保存")).to_be_visible()
        (file,) = [one for one in (await cast.get(path, cookie))["files"] if one["draft"]]
        assert "mine" in file["source"] and "theirs" not in file["source"]
        kept = await cast.get(f"{path}/{file['language']}/saves/2", cookie)
        assert kept["source"].endswith("theirs\n")  # nobody's words are lost
