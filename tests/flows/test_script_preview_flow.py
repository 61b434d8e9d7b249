"""The preview of a script in a browser: beside text and flow, walked as by an agent, it follows the text."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from hub.administration.staff_changes import set_roles
from hub.storage.database import Database
from tests.flows.cast import Cast
from tests.flows.pages import open_page
from tests.flows.test_accessibility_flow import check
from tests.flows.test_narrow_flow import is_in_place
from tests.flows.test_script_editor_flow import write

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]

TEXT = """+++
id = "greeting"
version = 9
title = "Greeting"
language = "en"
priority = 400

[fields.city]
label = "Where to"
type = "text"
required = true
+++

## hello: Spring greeting

> Good day {{ customer.name | fallback: "and welcome" }} from {{ customer.city | fallback: "somewhere" }}.

- [1] Go on -> where
- [2] For gold -> best if customer.tier == "gold"

## best: The best

> Only for you.

-> where

## where: Where to

{{ field: city }}

!> It costs nothing.

-> end
"""


def preview_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Preview")


async def test_a_draft_is_walked_by_keyboard_and_follows_the_text(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with open_page(browser, cast, "/scripts/greeting", "ines") as page:
        asked = list[str]()
        page.on("request", lambda request: asked.append(request.url))
        preview, flow = preview_of(page), page.get_by_role("region", name="Flow")
        await expect(preview.get_by_role("button", name="Next")).to_be_visible()
        await write(page, TEXT)
        await expect(preview.get_by_text("Good day and welcome from somewhere.")).to_be_visible()
        await expect(preview.get_by_text("For gold")).to_have_count(0)
        await expect(flow.locator(".step.at")).to_contain_text("Spring greeting")

        await preview.get_by_role("combobox", name="As", exact=True).select_option("hurried")
        await expect(preview.get_by_text("Good day Kim Berg from Malmö.")).to_be_visible()
        await preview.get_by_role("button", name="Change the customer").press("Enter")
        await preview.get_by_label("Lives in").fill("Lund 隆德")
        await expect(preview.get_by_text("Good day Kim Berg from Lund 隆德.")).to_be_visible()
        await check(page, "a preview with its customer")
        await preview.get_by_role("button", name="Change the customer").press("Enter")

        step = preview.get_by_role("group", name="Spring greeting")
        await step.focus()
        await page.keyboard.press("2")
        await page.keyboard.press("Enter")
        await expect(preview.get_by_role("group", name="The best")).to_be_focused()
        await expect(flow.locator(".step.at")).to_contain_text("The best")
        await expect(flow.locator(".edge.walked")).to_have_count(1)
        await page.keyboard.press("Enter")
        await preview.get_by_role("textbox", name="Where to").fill("Uppsala")
        await page.keyboard.press("Enter")  # the statement comes first, and has the focus
        await page.keyboard.press("Enter")
        await expect(preview.get_by_text("Said", exact=True)).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(preview.get_by_text("The script is done")).to_be_visible()
        await check(page, "a preview at its end")
        await preview.get_by_role("button", name="From the beginning").press("Enter")
        await expect(flow.locator(".step.at")).to_contain_text("Spring greeting")
        await expect(preview.get_by_role("region", name="What Kim Berg says")).to_contain_text("train")
        await preview.get_by_role("button", name="Let the customer answer").press("Enter")
        await expect(preview.get_by_text("The script is done")).to_be_visible()
        await expect(flow.locator(".step.at")).to_have_count(0)

        await write(page, TEXT.replace("Only for you", "For nobody else"))
        await expect(preview.get_by_text("The script is done")).to_be_visible()
        await write(page, TEXT.replace("-> where\n- [2]", "-> nowhere\n- [2]"))
        await expect(preview.get_by_text("The text has errors.")).to_be_visible()
        await expect(preview.get_by_text("The script is done")).to_be_visible()
        await write(page, TEXT.replace(' if customer.tier == "gold"', ' if customer.tier == "platinum"'))
        await expect(preview.get_by_text("The text has changed: the walk ends earlier.")).to_be_visible()
        await expect(flow.locator(".step.at")).to_contain_text("Spring greeting")
        await preview.get_by_role("button", name="Show in the text").press("Enter")
        await expect(page.locator(".cm-activeLine")).to_have_text("## hello: Spring greeting")
        assert sum("script-previews" in url for url in asked) < 60  # one for each change, and none by itself
        assert (await cast.get("/api/scripts/greeting", await cast.cookie("ines")))["files"][0]["draft"] == ""


async def test_a_chosen_customer_is_shown_for_a_reason_to_who_may_read_them(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    database = await Database.open(f"sqlite:///{cast.house.data / 'hub.db'}", read_connections=1)
    assert await set_roles(database, "dot", ["supervisor", "agent", "author"], 1, "test")
    await database.close()
    async with open_page(browser, cast, "/scripts/card-lost", "dot") as page:
        preview = preview_of(page)
        await preview.get_by_role("button", name="Change the customer").press("Enter")
        await preview.get_by_role("combobox", name="Or a customer").fill("Lindqvist")
        await expect(preview.get_by_role("option", name="Pia Lindqvist")).to_be_visible()
        await page.keyboard.press("Enter")
        await preview.get_by_label("Why do you look at them?").fill("To see how it reads")
        await page.keyboard.press("Enter")
        await expect(preview.get_by_role("combobox", name="As", exact=True)).to_contain_text(
            "Pia Lindqvist · Platinum"
        )
        trail = await cast.get("/api/audit?customer=pia", await cast.cookie("tomasz"))
        assert any(one["action"] == "customer.read" and one["staff_id"] == "dot" for one in trail["lines"])


@pytest.mark.parametrize("width", [1024, 320])
async def test_where_three_have_no_room_one_turns_between_flow_and_preview(
    cast: Cast, browser: Browser, web_bundle: Path, width: int
) -> None:
    async with open_page(browser, cast, "/scripts/greeting", "ines") as page:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.get_by_role("button", name="Preview").press("Enter")
        await expect(preview_of(page).get_by_role("button", name="Next")).to_be_visible()
        await expect(page.get_by_role("region", name="Flow")).to_be_hidden()
        await is_in_place(page)
        await preview_of(page).get_by_role("button", name="Change the customer").press("Enter")
        await expect(preview_of(page).get_by_label("Queue")).to_be_visible()
        await is_in_place(page)
        await check(page, f"the editor at {width}")
        await page.goto(f"{cast.house.url}/scripts")
        await expect(page.get_by_role("row", name="Greeting")).to_be_visible()
        await is_in_place(page)


async def test_an_agent_practises_a_script_with_a_simulated_customer(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with open_page(browser, cast, "/practice", "ada") as page:
        await page.set_viewport_size({"width": 390, "height": 800})
        await page.get_by_role("combobox", name="Script").select_option("callback en")
        await page.get_by_role("combobox", name="Customer").select_option("worried")
        practice = page.get_by_role("region", name="Practice")
        await expect(practice.get_by_role("region", name="What Noor Haddad says")).to_be_visible()
        await expect(practice.get_by_text("Noor Haddad", exact=False).first).to_be_visible()
        await is_in_place(page)
        await check(page, "practice")
        step = practice.locator("[data-place=script]")
        first = "Step 1 · Before you dial"
        await expect(step.get_by_role("heading")).to_have_text(first)
        await step.focus()
        await page.keyboard.press("1")
        await page.keyboard.press("Enter")
        await expect(step.get_by_role("heading")).not_to_have_text(first)
        await page.get_by_role("button", name="Call again").press("Enter")
        await expect(step.get_by_role("heading")).to_have_text(first)
