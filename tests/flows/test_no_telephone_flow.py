"""Telephones of agents, and that there are none: what the desk, the wallboard and check-config say; and where an
agent's own telephone rings in the demo."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import Cast, OpenCast
from tests.flows.customers import Customer
from tests.flows.pages import devices, open_page, sandbox_of

pytestmark = pytest.mark.browser

ADAS = "+46701749001"


async def test_that_nobody_can_answer_is_said_until_somebody_has_a_telephone(
    open_live_cast: OpenCast, browser: Browser, web_bundle: Path
) -> None:
    browsers = {"api_key_sid": None, "api_key_secret": None, "echo_application_sid": None}
    elsewhere = {"phone": {"api_base_url": "https://provider.example", **browsers}}  # no call is made there
    cast = await open_live_cast(channels=elsewhere)
    checked = await cast.house.command_beside("check-config")
    assert "phone: nobody can answer calls in service, cards, deposits" in checked
    async with (
        open_page(browser, cast, "/desk", "ada") as desk,
        open_page(browser, cast, "/wallboard", "dot") as wallboard,
    ):
        missing = desk.get_by_text("You get no calls, because you have no telephone to be reached at.")
        nobody = wallboard.get_by_text(re.compile("nobody there has a telephone|Nobody can answer"))
        await expect(missing).to_be_visible()
        await expect(nobody).to_be_visible()
        await expect(desk.get_by_role("button", name="Enter my number")).to_be_visible()
        await cast.house.command_beside("staff-phone", "ada", ADAS)
        await expect(missing).to_have_count(0)
        await expect(nobody).to_have_count(0)
    assert "nobody can answer" not in await cast.house.command_beside("check-config")


async def test_an_agent_chooses_a_number_and_types_the_code_that_a_call_said_there(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    async with open_page(browser, cast, "/desk", "ada", tolerates="status of 400") as desk:
        await desk.get_by_role("button", name=re.compile("Ada")).click()
        await desk.get_by_role("menuitem", name="My telephone").click()
        await desk.get_by_label("Number, with its country code").fill("+46 70 174 90 01")
        await desk.get_by_role("button", name="Use this number").click()
        code = desk.get_by_label("The code that you heard")
        await expect(code).to_be_focused()
        said = await listen(cast.customer(ADAS.removeprefix("+")))
        await code.fill("not it")
        await desk.get_by_role("button", name="Check the code").click()
        await expect(desk.get_by_role("alert")).to_have_text(
            "This is not the code. Listen again, or have us call again."
        )
        await code.fill(said)
        await desk.get_by_role("button", name="Check the code").click()
        await expect(desk.get_by_text(f"Calls reach you at {ADAS}.").first).to_be_visible()


async def test_an_agents_own_telephone_rings_on_the_page_of_the_demo_and_is_answered_there(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    await cast.house.command_beside("staff-phone", "ada", ADAS)
    ada = await cast.desk("ada")
    async with open_page(browser, cast, sandbox_of("pia")) as page:
        await expect(devices(page, "Phone")).to_be_visible()
        await cast.customer("pia").call()
        await ada.accept()
        await page.get_by_role("radio", name=re.compile(re.escape(ADAS))).click()
        telephone = devices(page, "Phone")
        await telephone.get_by_role("button", name="Answer").click()
        await expect(telephone).to_contain_text("Press 1 to take it.")
        await telephone.get_by_role("button", name="Keypad").click()
        await telephone.get_by_role("button", name=re.compile("1$")).click()
        await cast.customer("pia").call_is(**{"with": [ADAS]})
        await page.reload()
        await expect(page.get_by_role("radio").first).to_have_accessible_name(re.compile(re.escape(ADAS)))


async def listen(telephone: Customer) -> str:
    """Answer it; the code that it says."""
    await telephone.answer()
    said = (await telephone.hears("say", "Type this code at your desk"))["text"]
    await telephone.hang_up()
    return "".join(character for character in said if character.isdigit())
