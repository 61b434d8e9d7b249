"""A value that is hidden from an agent is shown on the desk's card for a reason, as on the customer's page."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import OpenCast
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]
INCOME: dict[str, Any] = {"type": "money", "names": {"en": "Income", "zh-CN": "收入"}, "seen_by": ["supervisor"]}


async def test_an_agent_sees_a_hidden_value_on_the_card_once_they_have_said_why(
    open_cast: OpenCast, browser: Browser, web_bundle: Path
) -> None:
    cast = await open_cast(policy={"attributes": {"income": INCOME}})
    dot = await cast.cookie("dot")
    reason = {"reason": "At the counter"}
    page = await cast.post("/api/customers/sam/open", dot, reason)
    income = {"version": page["version"], **reason, "changes": [{"name": "income", "value": 48123}]}
    await cast.post("/api/customers/sam/changes", dot, income)
    async with open_page(browser, cast, "/desk", "ben") as opened:
        desk = DeskPage(opened)
        await desk.go_available()
        await cast.customer("sam").text("Hej")
        await desk.accept("Sam Okoye")
        card = opened.locator("section[aria-labelledby=customer-name]")
        await card.get_by_role("button", name="Show everything").press("Enter")
        await expect(card.get_by_role("heading", name="Hidden from your role")).to_be_visible()
        await expect(card.get_by_text(re.compile("48.?123"))).to_have_count(0)
        await card.get_by_label("Reason", exact=True).fill("Asks for a loan")
        await check(opened, "a hidden value on the card")
        await opened.keyboard.press("Enter")
        await expect(card.get_by_text(re.compile("48.?123")).first).to_be_visible()
    trail = await cast.get("/api/audit?customer=sam", dot)
    assert any(line["action"] == "customer.show" and "Asks for a loan" in str(line) for line in trail["lines"])
