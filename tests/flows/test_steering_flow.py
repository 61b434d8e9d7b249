"""What people decide themselves: an agent takes the next, a supervisor gives, takes over, moves and lets go ahead."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.flows.cast import Cast
from tests.flows.customers import eventually
from tests.flows.desk import find_held
from tests.flows.pages import DeskPage, open_page

pytestmark = pytest.mark.browser


@pytest.fixture
async def pages(cast: Cast, browser: Browser, web_bundle: Path) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def go_away(page: Page) -> None:
    await page.get_by_role("button", name="My state").click()
    await page.get_by_role("menuitem", name="Break").click()
    await expect(page.get_by_role("button", name="My state")).to_contain_text("Break")


async def show_waiting(wall: Page, name: str, queue: str = "Customer service") -> None:
    """What waits there is opened, and in it this customer."""
    await wall.get_by_role("button", name=re.compile(rf"show what waits in {queue}")).first.click()
    await wall.get_by_role("dialog").get_by_role("button", name=re.compile(name)).click()


async def test_an_agent_who_is_away_takes_the_next_by_a_key(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    desk = DeskPage(await pages.enter_async_context(open_page(browser, cast, "/desk", "ada")))
    await go_away(desk.page)
    await desk.page.keyboard.press("Alt+g")  # nothing waits: the key does nothing
    await cast.customer("sam").text("Jag väntar")
    await cast.customer("pia").text("Hej 你好")
    await expect(desk.page.get_by_role("button", name="Take the next").first).to_be_visible()
    await expect(desk.page.get_by_text("Customer service 2 waiting")).to_be_visible()
    await desk.page.keyboard.press("Alt+g")
    await expect(desk.page.get_by_role("heading", name="Pia Lindqvist").first).to_be_visible()
    await expect(desk.log).to_contain_text("You took it yourself.")

    async def press() -> bool:
        """Within a moment of the first it is taken for the same press; later for another."""
        await desk.page.keyboard.press("Alt+g")
        return await desk.page.get_by_role("heading", name="Sam Okoye").first.is_visible()

    await eventually(press)


async def test_a_supervisor_gives_and_takes_over_from_the_wallboard(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    desk = DeskPage(await pages.enter_async_context(open_page(browser, cast, "/desk", "ada")))
    await go_away(desk.page)
    dot = await cast.desk("dot", is_available=False)
    await dot.do("set_state", state="unavailable", reason="meeting")
    await cast.customer("pia").text("Hej 你好")
    wall = await pages.enter_async_context(open_page(browser, cast, "/wallboard", "dot"))
    await show_waiting(wall, "Pia Lindqvist")
    dialog = wall.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="Waiting: Customer service")).to_be_focused()
    await wall.keyboard.press("Tab")  # from here on with the keyboard alone
    await wall.keyboard.press("Enter")
    await expect(dialog.get_by_role("button", name="Give: Ada Holm")).to_be_visible()
    for _ in range(3):
        await wall.keyboard.press("Tab")
    await wall.keyboard.type("Känner henne 认识她")
    await wall.keyboard.press("Tab")
    await expect(dialog.get_by_role("button", name="Give: Ada Holm")).to_be_focused()
    await wall.keyboard.press("Enter")
    await expect(dialog.get_by_role("status").first).to_contain_text("Pia Lindqvist was given to Ada Holm.")
    await wall.keyboard.press("Escape")
    await expect(desk.offer("Pia Lindqvist")).to_contain_text("A supervisor gave it to you.")
    await desk.accept("Pia Lindqvist")
    await expect(desk.log).to_contain_text("Dot Mbeki gave it to Ada Holm.")
    await expect(desk.log).to_contain_text("Känner henne 认识她")

    await wall.get_by_role("button", name=re.compile("^Ada Holm")).click()
    await dialog.get_by_role("button", name=re.compile("Pia Lindqvist")).click()
    await dialog.get_by_role("button", name="Give to an agent").click()
    await dialog.get_by_role("button", name="Take over: Dot Mbeki").click()
    await expect(desk.page.get_by_text("Nothing in hand")).to_be_visible()
    await dot.until(lambda screen: [held["customer"]["name"] for held in screen["interactions"]] == ["Pia Lindqvist"])


async def test_a_supervisor_overrides_fit_moves_to_another_queue_and_lets_it_go_ahead(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    fay = await cast.desk("fay", is_available=False)
    await fay.do("set_state", state="unavailable", reason="paperwork")
    await cast.customer("sam").text("Mitt kort")
    wall = await pages.enter_async_context(open_page(browser, cast, "/wallboard", "dot"))
    dialog, done = wall.get_by_role("dialog"), wall.get_by_role("dialog").get_by_role("status").first
    await show_waiting(wall, "Sam Okoye")
    await dialog.get_by_role("button", name="Move to another queue").click()
    await dialog.get_by_role("combobox", name="To").select_option("cards")
    await dialog.get_by_role("button", name="Move", exact=True).click()
    await expect(done).to_contain_text("Sam Okoye was moved to Cards and payments.")
    await wall.keyboard.press("Escape")

    await show_waiting(wall, "Sam Okoye", "Cards and payments")
    await dialog.get_by_role("button", name="Let it go ahead").click()
    await dialog.get_by_role("radio", name="5 min").check()
    await dialog.get_by_role("textbox", name="Why").fill("Sårbar 弱势客户")
    await dialog.get_by_role("textbox", name="Why").press("Enter")
    await expect(done).to_contain_text("Sam Okoye goes ahead.")
    await dialog.get_by_role("button", name=re.compile("Sam Okoye.*5 min ahead")).click()

    await dialog.get_by_role("button", name="Give to an agent").click()
    await expect(dialog.get_by_text("It does not fit these agents.")).to_be_visible()
    await dialog.get_by_role("button", name="Give anyway: Fay O’Brien").click()
    offer = await fay.is_offered()
    assert offer["customer_name"] == "Sam Okoye"
    held = await fay.accept()
    facts = {message["fact"]: message for message in held["messages"] if message["kind"] == "fact"}
    assert facts["assigned"]["data"] == {"agent": "Fay O’Brien", "overrides": "requirement"}
    assert facts["boosted"]["data"] == {"seconds": 300, "reason": "Sårbar 弱势客户"}


async def test_a_supervisor_listens_in_whispers_and_takes_the_call_over_by_keyboard(
    cast: Cast, browser: Browser, pages: AsyncExitStack
) -> None:
    ada, dot = await cast.desk("ada"), await cast.desk("dot", is_available=False)
    await dot.do("set_state", state="unavailable", reason="meeting")
    await cast.customer("sam").call()
    held = await ada.accept()
    await ada.talks(held["id"])
    wall = await pages.enter_async_context(open_page(browser, cast, "/wallboard", "dot"))
    await wall.get_by_role("button", name=re.compile("^Ada Holm")).click()
    dialog = wall.get_by_role("dialog")
    await dialog.get_by_role("button", name=re.compile("Sam Okoye")).click()
    ways = dialog.get_by_role("group", name="Listen in")
    await ways.get_by_role("button", name="Listen", exact=True).press("Enter")
    await expect(dialog.get_by_role("status").first).to_contain_text("Nobody hears you")
    await ada.until(
        lambda screen: [party["role"] for party in find_held(screen, held["id"])["call"]["parties"]] == ["monitor"]
    )
    await ways.get_by_role("button", name="Whisper to the agent").press("Enter")
    await expect(dialog.get_by_role("status").first).to_contain_text("The agent alone hears you")
    await expect(ways.get_by_role("button", name="Whisper to the agent")).to_have_attribute("aria-pressed", "true")
    await ways.get_by_role("button", name="Take the call over").press("Enter")
    await dot.until(lambda screen: [one["customer"]["name"] for one in screen["interactions"]] == ["Sam Okoye"])
    await ada.until(lambda screen: not screen["interactions"])
