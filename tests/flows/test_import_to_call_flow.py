"""From an import to the call that it changes: a customer's tier, place, script and language, the page, the segment
and the search; and all of it as before once the import is taken back.

The rule of this file: everything goes over the real wire, by the files, clicks and keys of the people themselves.
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.flows.cast import Cast, OpenCast
from tests.flows.house import ROOT, WholeHouse
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]

FILE = "Customer id;Language;Present value;City\nsam;zh-CN;1.480,5;Kiruna\n"
SCRIPT = """+++
id = "gold-call"
version = 1
title = "{title}"
language = "{language}"

[applies_to]
tiers = ["gold"]

[fields.preferred_channel]
label = "{label}"
type = "choice"
required = true
kept_in = "profile"
[fields.preferred_channel.options]
phone = "{phone}"
sms = "{sms}"
email = "{email}"
+++

## greet: {title}

> {words}

{{{{ field: preferred_channel }}}}

-> end
"""
IN_ENGLISH = {
    "title": "Gold service",
    "language": "en",
    "label": "How we may write to you",
    "words": "Good to hear from you.",
    "phone": "Phone",
    "sms": "Text message",
    "email": "Mail",
}
IN_CHINESE = {
    "title": "黄金客户服务",
    "language": "zh-CN",
    "label": "希望以何种方式通知",
    "words": "您好，很高兴为您服务。",
    "phone": "电话",
    "sms": "短信",
    "email": "邮件",
}
SEGMENTS = {
    "gold-north": ("Worth much up north", 'customer.value_now >= 1000 && customer.city == "Kiruna"'),
    "by-text": ("Wants texts", 'customer.preferred_channel == "sms"'),
}


def write_scripts(house: WholeHouse) -> None:
    folder = house.folder / "scripts"
    shutil.copytree(ROOT / "scripts_library" / "library", folder)
    for words in (IN_ENGLISH, IN_CHINESE):
        (folder / f"gold-call.{words['language']}.md").write_text(SCRIPT.format(**words), encoding="utf-8")


@pytest.fixture
async def pages(web_bundle: Path) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def begin_segments(cast: Cast, cookie: str) -> None:
    for segment_id, (name, definition) in SEGMENTS.items():
        body = {"id": segment_id, "names": {"en": name, "zh-CN": name}, "purpose": "", "definition": definition}
        await cast.post("/api/segments", cookie, body)
        await cast.post(f"/api/segments/{segment_id}/begin", cookie, {})


async def show_size(page: Page, cast: Cast, name: str, size: int) -> None:
    """The list of segments is no feed: it is opened anew until the count is there."""
    row = page.get_by_role("row", name=re.compile(f"^{name}"))

    async def look() -> None:
        while True:
            await page.goto(cast.house.url + "/segments")
            await expect(row).to_be_visible()
            if re.search(rf"(^|\s){size}\s", await row.inner_text()):
                return

    await asyncio.wait_for(look(), 60)


async def show_size_at_once(page: Page, cast: Cast, name: str, size: int) -> None:
    """The first look at the list has the count: it was stored with the tier that another page has shown already."""
    await page.goto(cast.house.url + "/segments")
    row = page.get_by_role("row", name=re.compile(f"^{name}"))
    await expect(row).to_be_visible()
    assert re.search(rf"(^|\s){size}\s", await row.inner_text()), await row.inner_text()


async def find(page: Page, tier: str) -> None:
    """Sam is found with his tier."""
    await page.get_by_role("searchbox", name="Find a customer").fill("")
    await page.get_by_role("searchbox", name="Find a customer").fill("sam okoye")
    await expect(page.get_by_role("link", name=re.compile(f"^Sam Okoye {tier}"))).to_be_visible()


async def show_on_card(card: Locator, *, tier: str, city: str) -> None:
    """What the agent in the call sees of the customer, without touching anything."""
    await expect(card).to_contain_text(city)
    for name in ("Standard", "Gold", "Platinum"):
        await expect(card.locator("header").get_by_text(name, exact=True)).to_have_count(int(name == tier))
    for name in {"Stockholm", "Kiruna"} - {city}:
        await expect(card).not_to_contain_text(name)


async def shoot(name: str, **pages: Page) -> None:
    if folder := os.environ.get("HUB_SCREENSHOTS"):
        for which, page in pages.items():
            await page.screenshot(path=f"{folder}/import-call-{name}-{which}.png", full_page=True)


async def test_an_import_moves_sam_to_gold_and_his_next_call_is_served_so_until_it_is_taken_back(
    open_cast: OpenCast, browser: Browser, pages: AsyncExitStack, tmp_path: Path
) -> None:
    cast = await open_cast(write_scripts, scripts={"folder": "scripts"})

    async def page_of(path: str, staff: str, tolerates: str = "(?!)") -> Page:
        return await pages.enter_async_context(open_page(browser, cast, path, staff, tolerates))

    await begin_segments(cast, await cast.cookie("ines"))
    segments = await page_of("/segments", "dot")
    await show_size(segments, cast, "Worth much up north", 0)
    customer = await page_of("/customers/sam", "dot", "403|404")
    await customer.get_by_role("textbox", name="Your reason").fill("He asks what we know of him")
    await customer.keyboard.press("Enter")
    await expect(customer.get_by_role("button", name=re.compile("^Lives in: Stockholm"))).to_be_visible()
    search = await page_of("/customers", "ada", "403|404")
    await find(search, "Standard")

    path = tmp_path / "values.csv"
    path.write_text(FILE, encoding="utf-8")
    imports = await page_of("/import", "tomasz")
    await imports.get_by_label("Choose a file").set_input_files(path)
    await expect(imports.get_by_text("Read, nothing changed yet")).to_be_visible()
    await imports.get_by_role("button", name="Import", exact=True).press("Enter")
    await expect(imports.get_by_text("Imported", exact=True)).to_be_visible()

    await expect(customer.get_by_role("heading", name="Sam Okoye Gold")).to_be_visible()
    await expect(customer.get_by_role("button", name=re.compile("^Lives in: Kiruna"))).to_be_visible()
    await find(search, "Gold")
    await show_size_at_once(segments, cast, "Worth much up north", 1)

    for name in ("maria", "sam"):  # she calls first
        await cast.customer(name).call()
    await cast.waiting("Sam Okoye", "María José Núñez")
    desk = DeskPage(await page_of("/desk", "ben"))
    await desk.page.get_by_role("button", name="Become available").click()
    await expect(desk.offer("Sam Okoye")).to_contain_text("Gold")
    await desk.accept("Sam Okoye")
    await expect(desk.script.locator("blockquote")).to_contain_text("您好，很高兴为您服务。")
    await shoot("gold", desk=desk.page, customer=customer, imports=imports, segments=segments)
    card = desk.page.locator("section[aria-labelledby=customer-name]")
    await show_on_card(card, tier="Gold", city="Kiruna")
    await desk.script.get_by_role("combobox", name=IN_CHINESE["label"]).select_option("短信")
    await expect(card).to_contain_text("Text message")
    await expect(customer.get_by_role("button", name=re.compile("^Wants news by: Text message"))).to_be_visible()
    await show_size(segments, cast, "Wants texts", 1)
    await check(desk.page, "a call with a script in the customer's language")

    await imports.get_by_role("button", name="Take back").press("Enter")
    await imports.get_by_role("dialog").get_by_role("button", name="Take back").press("Enter")
    await expect(imports.get_by_text("Taken back", exact=True)).to_be_visible()
    await expect(customer.get_by_role("heading", name="Sam Okoye Standard")).to_be_visible()
    await expect(customer.get_by_role("button", name=re.compile("^Lives in: Stockholm"))).to_be_visible()
    # what an agent has learned since is no part of the import
    await expect(customer.get_by_role("button", name=re.compile("^Wants news by: Text message"))).to_be_visible()
    await show_on_card(card, tier="Standard", city="Stockholm")
    await expect(card).to_contain_text("Text message")
    await find(search, "Standard")
    await show_size(segments, cast, "Worth much up north", 0)
    await show_size(segments, cast, "Wants texts", 1)
    await shoot("taken-back", desk=desk.page, customer=customer, imports=imports)

    await cast.customer("sam").hang_up()
    await desk.wrap_up("He is served")
    for name in ("zhao", "sam"):
        await cast.customer(name).text("Hej 你好")
    await cast.waiting("María José Núñez", "赵敏", "Sam Okoye")
