"""A supervisor reads a chat along on the wallboard, whispers to its agent, and joins in."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import Cast
from tests.flows.pages import DeskPage, open_page

pytestmark = pytest.mark.browser


async def test_a_supervisor_reads_along_whispers_and_joins_in_by_keyboard(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    widget = await cast.widget(name="Zoë", language="en")
    async with (
        open_page(browser, cast, "/desk", "emre") as page,
        open_page(browser, cast, "/wallboard", "dot") as wall,
    ):
        desk = DeskPage(page)
        await desk.go_available()
        await widget.say("Var är mitt kort?")
        await desk.accept("Zoë")
        await wall.get_by_role("button", name=re.compile("^Emre")).click()
        dialog = wall.get_by_role("dialog")
        await dialog.get_by_role("button", name=re.compile("Zoë")).click()
        ways = dialog.get_by_role("group", name="Listen in")
        await ways.get_by_role("button", name="Read along").press("Enter")
        log = dialog.get_by_role("log", name="What is written")
        await expect(log).to_contain_text("Var är mitt kort?")
        await expect(page.get_by_text("Dot Mbeki reads along.").first).to_be_visible()
        await widget.say("Är du där?")
        await expect(log).to_contain_text("Är du där?")

        await ways.get_by_role("button", name="Whisper to the agent").press("Enter")
        await dialog.get_by_role("textbox", name="To the agent alone").fill("Erbjud expressbrev 特快")
        await wall.keyboard.press("Enter")
        whisper = desk.log.get_by_role("article").filter(has_text="Erbjud expressbrev 特快")
        await expect(whisper).to_contain_text("Dot Mbeki whispers · the customer does not see it")
        await expect(log).to_contain_text("Erbjud expressbrev 特快")

        await ways.get_by_role("button", name="Join in").press("Enter")
        await dialog.get_by_role("textbox", name="To the customer").fill("Jag tar det direkt")
        await wall.keyboard.press("Enter")
        seen = await widget.sees("Jag tar det direkt")
        assert (seen["author"], seen["author_name"]) == ("agent", "Dot Mbeki")
        shown = [(one["author"], one["text"]) for _, one in sorted(widget.messages.items())]
        assert shown == [
            ("customer", "Var är mitt kort?"),
            ("customer", "Är du där?"),
            ("joined", ""),
            ("agent", "Jag tar det direkt"),
        ]
        await expect(page.get_by_text("Dot Mbeki has joined, and writes to the customer too.")).to_be_visible()
        await wall.keyboard.press("Escape")
        await expect(wall.get_by_text("Dot Mbeki has joined")).to_be_visible()


async def test_a_supervisor_goes_from_one_conversation_to_the_next_by_a_key_and_is_unheard_there(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    emre = await cast.desk("emre")
    for name in ("pia", "sam"):
        await cast.customer(name).text(f"Hej {name}")
        await emre.accept()
    async with open_page(browser, cast, "/wallboard", "dot") as wall:
        await wall.get_by_role("button", name="In hand", exact=True).click()
        dialog = wall.get_by_role("dialog")
        rows = dialog.get_by_role("listitem")
        await expect(rows.first).to_contain_text("Pia Lindqvist")
        await expect(rows.last).to_contain_text("Sam Okoye")
        await rows.first.get_by_role("button").click()
        ways = dialog.get_by_role("group", name="Listen in")
        await ways.get_by_role("button", name="Whisper to the agent").press("Enter")
        await dialog.get_by_role("textbox", name="To the agent alone").press("n")  # a letter, where one writes
        await expect(dialog.get_by_role("log")).to_contain_text("Hej pia")
        await ways.get_by_role("button", name="Whisper to the agent").press("n")
        await expect(dialog.get_by_role("log")).to_contain_text("Hej sam")
        await expect(ways.get_by_role("button", name="Read along")).to_have_attribute("aria-pressed", "true")
        await emre.until(
            lambda screen: (
                [[one["role"] for one in held["listeners"]] for held in screen["interactions"]] == [[], ["monitor"]]
            )
        )
