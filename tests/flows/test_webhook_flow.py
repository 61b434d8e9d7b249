"""A script asks another system in a browser, by keyboard alone; and a hub that is killed while it asks."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from tests.channels.webhook_receiver import Receiver, receive, says
from tests.flows.cast import Cast, OpenCast
from tests.flows.customers import eventually
from tests.flows.desk import Desk
from tests.flows.house import WholeHouse
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_accessibility_flow import check
from tests.flows.test_people_flow import press_until_focused

SECRET = "a secret of twenty-four bytes and more"
POLICY = {
    "sends": ["answer.card_ending", "customer.tier"],
    "fills": {"card_state": "state", "blocked_on": "since"},
    "example": {"state": "blocked", "since": "2026-11-02"},
}
GOOD = {"state": "blocked", "since": "2026-11-02"}
SCRIPT = """+++
id = "card-check"
version = 1
title = "{title}"
language = "{language}"
priority = 900

[fields.card_ending]
label = "{card_ending}"
type = "text"

[fields.card_state]
label = "{card_state}"
type = "choice"
options = {{ active = "{active}", blocked = "{blocked}" }}

[fields.blocked_on]
label = "{blocked_on}"
type = "date"

[actions.look]
label = "{look}"
do = "webhook"
webhook = "card-status"
+++

## card: {title}

> {say}

{{{{ field: card_ending }}}}
{{{{ action: look }}}}
{{{{ field: card_state }}}}
{{{{ field: blocked_on }}}}

- [1] {is_blocked} -> told if answer.card_state == "blocked"
- [2] {go_on} -> told

## told: {told}

> {goodbye}

-> end

# Example: It is blocked
- card: card_ending = 4417; card_state = blocked; [1]
- told
- end
"""
IN_ENGLISH = {
    "language": "en",
    "title": "Is the card blocked?",
    "card_ending": "Last four digits",
    "card_state": "State of the card",
    "active": "Active",
    "blocked": "Blocked",
    "blocked_on": "Blocked on",
    "look": "Look the card up",
    "say": "Which card is it? Please tell me its last four digits.",
    "is_blocked": "It is blocked already",
    "go_on": "Block it now",
    "told": "What we know",
    "goodbye": "Your card cannot be used any more.",
}
IN_CHINESE = {
    "language": "zh-CN",
    "title": "卡片是否已挂失",
    "card_ending": "卡号后四位",
    "card_state": "卡片状态",
    "active": "正常",
    "blocked": "已挂失",
    "blocked_on": "挂失日期",
    "look": "查询卡片状态",
    "say": "请告诉我是哪张卡，卡号后四位是多少？",
    "is_blocked": "已经挂失",
    "go_on": "立即挂失",
    "told": "查询结果",
    "goodbye": "您的卡片已无法使用。",
}


def write_scripts(house: WholeHouse) -> None:
    (folder := house.folder / "scripts").mkdir()
    (house.folder / "cards.secret").write_text(SECRET, encoding="utf-8")
    for words in (IN_ENGLISH, IN_CHINESE):
        (folder / f"card-check.{words['language']}.md").write_text(SCRIPT.format(**words), encoding="utf-8")


def settings_for(receiver: Receiver) -> dict[str, Any]:
    here = {"url": receiver.url, "secret": {"file": "cards.secret"}, "allowed_networks": ["127.0.0.0/8"]}
    return {
        "policy": {"webhooks": {"card-status": POLICY}},
        "webhooks": {"card-status": here},
        "scripts": {"folder": "scripts"},
    }


async def open_with(open_cast: OpenCast, receiver: Receiver) -> Cast:
    """Once the script is in force: the hub reads the folder beside its start."""
    cast = await open_cast(write_scripts, **settings_for(receiver))
    cookie = await cast.cookie("ada")

    async def is_in_force() -> bool:
        found = await cast.get("/api/practice", cookie)
        return {one["language"] for one in found["scripts"] if one["id"] == "card-check"} == {"en", "zh-CN"}

    await eventually(is_in_force)
    return cast


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receive(says(GOOD)) as receiver:
        yield receiver


async def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("HUB_SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/webhook-{name}.png")


@pytest.mark.browser
@pytest.mark.web_tools
async def test_an_agent_asks_by_keyboard_and_the_answer_stands_in_the_step(
    open_cast: OpenCast, browser: Browser, web_bundle: Path, receiver: Receiver
) -> None:
    cast = await open_with(open_cast, receiver)
    go_on = asyncio.Event()

    async def refuse(_: web.Request) -> web.StreamResponse:
        await go_on.wait()
        return web.json_response({}, status=503)

    receiver.answer = refuse
    async with open_page(browser, cast, "/desk", "ada") as page:
        desk, keyboard = DeskPage(page), page.keyboard
        await desk.go_available()
        sam = cast.customer("sam")
        await sam.text("Mitt kort är borta 我的卡不见了")
        await desk.accept("Sam Okoye")
        await expect(desk.script).to_contain_text("Which card is it?")
        await keyboard.press("Alt+s")
        await press_until_focused(page, "Tab", "Ask")
        await keyboard.press("Shift+Tab")
        await keyboard.type("4417")
        await keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Ask")).to_be_focused()
        await keyboard.press("Enter")
        said = desk.script.locator(".action").get_by_role("status")
        await expect(said).to_have_text("Waiting for the answer…")
        await expect(desk.script.get_by_role("group").first).to_be_focused()
        await check(page, "a script that waits for an answer")
        await shoot(page, "waiting")
        go_on.set()
        await expect(said).to_have_text("The other system refused to answer.")
        await check(page, "a webhook's cross")
        await shoot(page, "cross")
        receiver.answer = says(GOOD)
        await press_until_focused(page, "Tab", "Try once more")
        await keyboard.press("Enter")
        await expect(said).to_have_text("The answer has filled in: State of the card, Blocked on.")
        await expect(desk.script.get_by_role("combobox", name="State of the card")).to_have_value("blocked")
        await expect(desk.script.get_by_label("Blocked on")).to_have_value("2026-11-02")
        await expect(desk.script.get_by_role("group").first).to_be_focused()
        await expect(desk.log).to_contain_text("Ada Holm, by the script: Look the card up.")
        await check(page, "a webhook's tick")
        await shoot(page, "tick")
        await keyboard.press("1")
        await keyboard.press("Enter")
        await expect(desk.script).to_contain_text("Your card cannot be used any more.")
        assert len(receiver.got) == 2
        await keyboard.press("Alt+s")
        await desk.script.get_by_role("button", name="Back").press("Enter")
        await page.evaluate("localStorage.setItem('hub.language', 'zh-CN')")
        await page.evaluate("localStorage.setItem('hub.theme', 'light')")
        await page.reload()
        await page.get_by_role("combobox", name="脚本语言").select_option("zh-CN")
        said = page.locator(".action").get_by_role("status")
        await expect(said).to_have_text("已按答复填写：卡片状态、挂失日期。")
        await shoot(page, "tick-zh")
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.get_by_text("脚本", exact=True).click()
        await said.scroll_into_view_if_needed()
        await shoot(page, "tick-zh-narrow")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    async with open_page(browser, cast, "/audit", "dot") as page:
        await expect(page.get_by_role("cell", name="Had a script ask another system").first).to_be_visible()
        await expect(page.get_by_text(re.compile("sent: answer.card_ending, customer.tier")).first).to_be_visible()
        await shoot(page, "trail")


def action_of(screen: dict[str, Any], interaction_id: str) -> tuple[str, str, str]:
    held = next(one for one in screen["interactions"] if one["id"] == interaction_id)
    by_name = {part["name"]: part for part in held["script"]["parts"] if "name" in part}
    return by_name["look"]["state"], by_name["look"]["code"], by_name["card_state"]["value"]


async def settled(desk: Desk, held: str) -> tuple[str, str, str]:
    await desk.until(lambda screen: action_of(screen, held)[0] not in ("open", "asked"))
    return action_of(desk.screen, held)


@pytest.mark.promise("P7")
async def test_a_hub_that_is_killed_while_it_asks_asks_again_under_the_same_id(
    open_cast: OpenCast, receiver: Receiver
) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    receiver.answer = hang
    cast = await open_with(open_cast, receiver)
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    held = (await ada.accept())["id"]
    step = {"script_id": "card-check", "step_id": "card"}
    await ada.about(held, "advance_script", **step, action="act", name="look", values={"card_ending": "4417"})
    async with asyncio.timeout(60):
        await receiver.has_got.wait()
    assert cast.house.hub is not None
    cast.house.hub.kill()
    receiver.answer = says(GOOD)
    await cast.house.start()
    await ada.reconnect()
    assert await settled(ada, held) == ("done", "", "blocked")
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 2
