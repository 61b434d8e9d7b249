"""A file of customers in the browser: chosen, looked at, imported, taken back, by key and as axe sees it."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.flows.cast import Cast
from tests.flows.pages import open_page
from tests.flows.test_accessibility_flow import check

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]
FILE = (
    "Customer id;Handy;City;Activity;Activity date;Activity amount;Activity reference\n"
    "sam;;Luleå;payment;2026-11-02;129,50;INV-7\ngus;;Visby;;;;\n;+46709990077;Malmö;;;;\n;12;Lund;;;;\n"
)


async def test_an_administrator_imports_a_file_by_key(
    cast: Cast, browser: Browser, web_bundle: Path, tmp_path: Path
) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(FILE, encoding="utf-8")
    async with open_page(browser, cast, "/import", "tomasz") as page:
        await expect(page.get_by_text("No import yet")).to_be_visible()
        await check(page, "no import")
        await page.get_by_label("Choose a file").set_input_files(path)
        await expect(page.get_by_text("Read, nothing changed yet")).to_be_visible()
        await page.get_by_label("Country of telephone numbers without one").fill("SE")
        await page.get_by_label("Handy").select_option(label="Telephone number")
        await page.get_by_label("City").select_option(label="Lives in")
        await page.get_by_role("button", name="Read again with these columns").press("Enter")
        await expect(page.get_by_role("cell", name="no telephone number that can exist")).to_be_visible()
        await expect(page.get_by_role("row", name="5 Handy no telephone number that can exist")).to_be_visible()
        await expect(page.get_by_text("Luleå")).to_be_visible()
        await expect(page.get_by_text("Activity: Payment · 2026-11-02 · 129.5 · INV-7")).to_be_visible()
        await check(page, "a file that was read")
        if folder := os.environ.get("HUB_SCREENSHOTS"):
            for theme in ("light", "dark"):
                await page.emulate_media(color_scheme=theme)
                await page.screenshot(path=f"{folder}/import-{theme}.png", full_page=True)
        await page.get_by_role("button", name="Import", exact=True).press("Enter")
        await expect(page.get_by_text("Imported", exact=True)).to_be_visible()
        await page.get_by_role("button", name="Take back").press("Enter")
        await page.get_by_role("dialog").get_by_role("button", name="Take back").press("Enter")
        await expect(page.get_by_text("Taken back", exact=True)).to_be_visible()
        await page.get_by_role("link", name="Back to all imports").click()
        await expect(page.get_by_role("link", name="customers.csv")).to_be_visible()
        await check(page, "the list of imports")
