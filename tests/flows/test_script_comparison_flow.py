"""Two versions compared in a browser: how many runs it takes, what is known, and the end by one word."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import Cast
from tests.flows.pages import open_page
from tests.flows.test_accessibility_flow import check
from tests.hub.scripts.test_published_scripts import write

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]


async def prepare(cast: Cast) -> str:
    """A script in force, and a version of it that waits for its time. Returns the author's cookie."""
    cookie, path = await cast.cookie("ines"), "/api/scripts/offer"
    publishing: dict[str, Any] = {"revisions": {"en": 1}, "sentence": "For spring"}
    await cast.post(f"{path}/draft", cookie, {"language": "en", "source": write(priority=900), "revision": 0})
    await cast.post(f"{path}/publish", cookie, publishing)
    revision = (await cast.get(path, cookie))["files"][0]["revision"]
    later = {"language": "en", "source": write(2, priority=900, words="Good day 您好"), "revision": revision}
    saved = await cast.post(f"{path}/draft", cookie, later)
    begins_at = 4_000_000_000_000
    await cast.post(
        f"{path}/publish", cookie, {**publishing, "revisions": {"en": saved["revision"]}, "begins_at": begins_at}
    )
    return cookie


async def test_an_author_compares_two_versions_and_publishes_the_candidate(
    cast: Cast, browser: Browser, web_bundle: Path
) -> None:
    cookie = await prepare(cast)
    async with open_page(browser, cast, "/scripts/offer", "ines") as page:
        await page.get_by_role("button", name="Compare versions").press("Enter")
        await expect(page.get_by_role("heading", name="Compare version 1 with version 2")).to_be_visible()
        await page.get_by_label("Reached at present, in %").fill("20")
        await page.get_by_label("Smallest difference worth seeing, in points").fill("20")
        needed = page.get_by_text("closed conversations of each version")
        await expect(needed).to_contain_text("Needs at least")
        await check(page, "the plan of a comparison")
        await page.get_by_label("Why, in a sentence").fill("Which greeting sells 哪种问候更好")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Not enough is known yet: 0 of")
    ada = await cast.desk("ada")
    got: dict[str, int] = {}
    for name in ("sam", "pia", "gus", "sam"):
        await cast.customer(name).text("Hej")
        held = await ada.accept()
        script = held["script"]
        assert script["script_id"] == "offer"
        assert got.setdefault(name, script["version"]) == script["version"], "the same every time"
        await ada.about(held["id"], "end_interaction")
        await ada.about(held["id"], "complete_wrap_up", disposition="solved")
    async with open_page(browser, cast, "/scripts/offer?view=comparison", "ines") as page:
        found = (await cast.get("/api/scripts/offer/comparisons", cookie))["comparisons"][0]
        assert found["base"]["runs"] + found["candidate"]["runs"] == 3, "a customer counts once"
        row = page.get_by_role("row", name="Version 2, candidate")
        await expect(row.get_by_role("cell").first).to_have_text(str(sum(one == 2 for one in got.values())))
        await expect(page.get_by_role("img", name="Between")).to_be_visible()
        await check(page, "a comparison that runs")
        await page.evaluate(
            "localStorage.setItem('hub.language', 'zh-CN'); localStorage.setItem('hub.theme', 'dark')"
        )
        await page.reload()
        await expect(page.get_by_role("status")).to_contain_text("尚不足以判断")
        await check(page, "a comparison that runs, in Chinese")
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_label("结束说明").fill("够了")
        await page.get_by_role("button", name="发布第 2 版").press("Enter")
        await expect(page.get_by_text("发布了第 2 版")).to_be_visible()
        await check(page, "a comparison that has ended")
    page_of = await cast.get("/api/scripts/offer", cookie)
    assert [(one["version"], one["state"]) for one in page_of["versions"]] == [(2, "published"), (1, "replaced")]
