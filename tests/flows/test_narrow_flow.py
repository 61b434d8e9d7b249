"""Screens that are narrow, and names that are long: everything that can be pressed stays on the page."""

import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.flows.cast import Cast, OpenCast
from tests.flows.house import WholeHouse, repository_settings
from tests.flows.pages import DeskPage, open_page

pytestmark = pytest.mark.browser

LATIN, CHINESE = "Llanfairpwllgwyngyll" * 10, "欧阳司马上官诸葛" * 25
PHONE = {"width": 390, "height": 844}
TITLES = {"en": "Wallboard", "zh-CN": "监控大屏"}

# What can be pressed and is not wholly on the page, or lies under something else; and what makes the page wider
MISPLACED = """() => {
    const wrong = []
    const width = document.documentElement.clientWidth
    const whole = document.documentElement.scrollWidth
    if (whole > width) wrong.push(`the page is ${whole}`)
    const roots = [document, ...[...document.querySelectorAll('*')].map((one) => one.shadowRoot).filter(Boolean)]
    for (const root of roots)
        for (const one of root.querySelectorAll('button, a, select, input:not([type=radio]), textarea')) {
            const box = one.getBoundingClientRect()
            if (one.closest('.strip')) continue // the sample customers, a row that is scrolled
            if (box.width === 0 || !one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
            const name = (one.ariaLabel || one.textContent || one.tagName).trim().slice(0, 40)
            if (box.left < -1 || box.right > width + 1) wrong.push(`${name}: ${box.left} to ${box.right}`)
            for (let up = one.parentElement; up; up = up.parentElement) {
                const frame = up.getBoundingClientRect()
                const isCut = getComputedStyle(up).overflowX !== 'visible' && one.offsetParent !== document.body
                if (isCut && (box.left < frame.left - 1 || box.right > frame.right + 1))
                    wrong.push(`${name}: cut by ${up.tagName}.${up.className}`)
            }
        }
    return wrong
}"""
# Words of the board that end in an ellipsis, or run out of their box
CUT = """() => [...document.querySelectorAll('main *, header *')]
    .filter((one) => one.checkVisibility() && !one.closest('.unseen, thead'))
    .filter((one) => one.textContent.trim() && one.clientWidth > 0)
    .filter((one) => getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1)
    .map((one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 60)}`)"""


async def is_in_place(page: Page) -> None:
    assert await page.evaluate(MISPLACED) == []


def rename(cast: Cast, names: dict[str, str]) -> None:
    """Customers of the demo, as a registration elsewhere may have named them."""
    with sqlite3.connect(cast.house.data / "hub.db") as db:
        db.executemany("UPDATE customer SET name = ? WHERE id = ?", [(name, key) for key, name in names.items()])
    db.close()


def rename_agent(house: WholeHouse, agent: str, name: str) -> None:
    with sqlite3.connect(house.data / "hub.db") as db:
        db.execute("UPDATE staff SET name = ? WHERE id = ?", (name, agent))
    db.close()


@pytest_asyncio.fixture
async def long_names(open_cast: OpenCast) -> AsyncIterator[Cast]:
    cast = await open_cast()
    rename(cast, {"pia": LATIN, "sam": CHINESE})
    yield cast


@pytest.mark.parametrize(("tongue", "theme"), [("en", "light"), ("zh-CN", "dark")])
async def test_the_wallboard_is_whole_on_a_telephone(
    cast: Cast, browser: Browser, web_bundle: Path, tongue: str, theme: str
) -> None:
    for name in ("pia", "sam"):
        await cast.customer(name).text("Hej")
    await cast.desk("ada")
    async with open_page(browser, cast, "/wallboard", "dot") as page:
        await page.set_viewport_size(PHONE)
        chosen = {"hub.language": tongue, "hub.theme": theme}
        await page.evaluate("chosen => Object.assign(localStorage, chosen)", chosen)
        await page.reload()
        await expect(page.get_by_role("heading", name=TITLES[tongue])).to_be_visible()
        await expect(page.locator("main").get_by_text("Ada Holm")).to_be_visible()
        assert await page.evaluate(CUT) == []
        await is_in_place(page)


@pytest.mark.parametrize("width", [1440, 390])
async def test_a_long_name_without_blanks_pushes_no_button_away(
    long_names: Cast, browser: Browser, web_bundle: Path, width: int
) -> None:
    cast, size = long_names, {"width": width, "height": 844}
    async with open_page(browser, cast, "/desk", "ada") as page:
        desk, keyboard = DeskPage(page), page.keyboard
        await desk.go_available()
        await page.set_viewport_size(size)
        for customer, name in (("pia", LATIN), ("sam", CHINESE)):
            await cast.customer(customer).text("Hej")
            accept = desk.offers.get_by_role("button", name="Accept")
            await expect(accept).to_be_visible()
            await is_in_place(page)
            await accept.click()
            await expect(page.get_by_role("heading", name=name).first).to_be_visible()
            await is_in_place(page)
            await keyboard.press("Alt+s")
            await expect(desk.script.get_by_role("button", name="Next")).to_be_visible()
            await is_in_place(page)
            await keyboard.press("Alt+t")
            await expect(page.get_by_role("dialog").get_by_role("heading", name=name)).to_be_visible()
            await is_in_place(page)
            await keyboard.press("Escape")
            await keyboard.press("Alt+e")
            await expect(page.get_by_role("heading", name="Wrap-up")).to_be_visible()
            await is_in_place(page)
            if width < 760:  # where the next offer comes
                await page.get_by_role("navigation").get_by_role("button").first.click()
    async with open_page(browser, cast, "/wallboard", "dot") as page:
        await page.set_viewport_size(size)
        await page.get_by_title("Show what Ada Holm has").click()
        await expect(page.get_by_role("dialog").get_by_text(LATIN)).to_be_visible()
        await is_in_place(page)
        await page.get_by_role("dialog").get_by_text(CHINESE).click()
        await expect(page.get_by_role("dialog").get_by_role("heading", name=CHINESE)).to_be_visible()
        await is_in_place(page)


async def test_nor_on_the_page_of_the_sample_customers_and_in_its_chat(
    open_cast: OpenCast, browser: Browser, web_bundle: Path
) -> None:
    demo = repository_settings()["demo"]
    for customer, name in zip(demo["customers"], (LATIN, CHINESE), strict=False):
        customer["name"] = name[:120]
    demo["staff"][0]["name"] = agent = LATIN[:120]
    cast = await open_cast(lambda house: rename_agent(house, "ada", agent), demo=demo)
    ada = await cast.desk("ada")
    for one in demo["customers"][:2]:
        async with open_page(browser, cast, f"/sandbox?customer={quote(one['phone'])}") as page:
            await page.set_viewport_size(PHONE)
            await expect(page.get_by_text(one["name"]).first).to_be_visible()
            await is_in_place(page)
            await page.get_by_role("button", name=re.compile("Chat with us|在线咨询")).click()
            chat = page.locator("hub-chat").get_by_role("dialog")
            await expect(chat).to_be_visible()
            await is_in_place(page)
            await chat.get_by_role("textbox").last.fill(one["name"])
            await chat.get_by_role("button", name=re.compile("Start|开始")).click()
            await ada.accept()
            status = chat.get_by_role("status").filter(has_text=agent)
            await expect(status).to_be_visible()
            assert await status.evaluate("one => one.scrollWidth <= one.clientWidth"), "it runs over the buttons"
            await expect(chat.get_by_role("log")).to_contain_text(one["name"])
            await is_in_place(page)
