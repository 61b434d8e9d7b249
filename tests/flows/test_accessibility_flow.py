"""Every screen as axe sees it: names, roles, landmarks, contrast; in light and dark, at work and with menus open."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from hub.storage.database import Database
from hub.storage.inbox import Arrival, Inbox
from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, open_page, sandbox_of

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]
AXE = Path(__file__).parents[2] / "agent_console" / "web" / "node_modules" / "axe-core" / "axe.min.js"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
EVERY_RULE = "rules: {region: {enabled: !document.querySelector('.menu')}}"
COLOURS = "runOnly: ['color-contrast']"


@pytest.fixture
async def pages(cast: Cast, browser: Browser, web_bundle: Path) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def check(page: Page, what: str) -> None:
    """No complaint of axe, in either appearance: the second one differs in its colours alone. A menu is drawn at the
    end of the page, outside its landmarks."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))  # as a script's source: the page's policy allows no inline one
    for theme, rules in zip(THEMES, (EVERY_RULE, COLOURS), strict=True):
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found = await page.evaluate(f"axe.run({{resultTypes: ['violations'], {rules}}})")
        complaints = [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]]
        assert complaints == [], f"{what}, {theme}"


async def test_the_desk_can_be_used_by_everyone(cast: Cast, browser: Browser, pages: AsyncExitStack) -> None:
    page = await pages.enter_async_context(open_page(browser, cast, "/desk", "ada"))
    desk = DeskPage(page)
    await desk.go_available()
    await check(page, "the empty desk")
    await cast.customer("pia").text("Hej 你好")
    await expect(desk.offer("Pia Lindqvist")).to_be_visible()
    await check(page, "an offer")
    await desk.accept("Pia Lindqvist")
    await check(page, "an interaction")
    for key, what in (("Alt+p", "the scripts"), ("Control+k", "the palette"), ("Alt+t", "the transfer")):
        await page.keyboard.press(key)
        await expect(page.get_by_role("dialog").or_(page.get_by_role("listbox")).first).to_be_visible()
        await check(page, what)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog").or_(page.get_by_role("listbox"))).to_have_count(0)
    await page.keyboard.press("Alt+e")
    await expect(page.get_by_role("heading", name="Wrap-up")).to_be_visible()
    await check(page, "the wrap-up")


async def test_a_supervisor_can_steer_with_it(cast: Cast, browser: Browser, pages: AsyncExitStack) -> None:
    fay = await cast.desk("fay", is_available=False)
    await fay.do("set_state", state="unavailable", reason="lunch")
    await cast.customer("pia").text("Hej 你好")
    page = await pages.enter_async_context(open_page(browser, cast, "/wallboard", "dot"))
    await page.get_by_role("button", name=re.compile("show what waits in Customer service")).first.click()
    await page.get_by_role("dialog").get_by_role("button", name=re.compile("Pia Lindqvist")).click()
    for way in ("Give to an agent", "Move to another queue", "Let it go ahead"):
        await page.get_by_role("button", name=way).first.click()
        await expect(page.get_by_label(way).last).to_be_visible()
        await check(page, way)


async def test_the_other_screens_can_be_used_by_everyone(cast: Cast, browser: Browser, pages: AsyncExitStack) -> None:
    database = await Database.open(f"sqlite:///{cast.house.data / 'hub.db'}", read_connections=1)
    await Inbox(database).put([Arrival("sms:AC1:SM1", "MessageReceived", "{}", 1)])
    await database.close()
    await cast.customer("pia").text("Hej 你好")
    shown = {
        "/sign-in": ("", "Ada Holm"),
        "/wallboard": ("dot", "Cards and payments"),
        "/set-aside": ("tomasz", "cannot be read"),
        "/audit": ("tomasz", "On which ground, and details"),
        "/people": ("tomasz", "Signs in as"),
        sandbox_of("pia"): ("", "Hej 你好"),
    }
    for path, (staff, words) in shown.items():
        page = await pages.enter_async_context(open_page(browser, cast, path, staff))
        await expect(page.get_by_text(words).first).to_be_visible()
        await check(page, path)
        if path == "/people":
            await page.get_by_role("button", name="Where signed in: Tomasz Żak").click()
            await expect(page.get_by_role("dialog").get_by_text("this one")).to_be_visible()
            await check(page, "where somebody is signed in")
    await page.get_by_role("button", name="Faults").click()
    await expect(page.get_by_role("dialog", name="Faults")).to_be_visible()
    await check(page, "the faults")
