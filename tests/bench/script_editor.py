"""The editor of scripts in a browser: from the key that is pressed to the flow that is drawn anew.

The rule of this file: each key makes a title longer, so that the hub's parser, the layout and the drawing all have
their part. The page itself takes the times, by its own clock; its long tasks are those that the browser reports.
"""

import shutil
import statistics
from typing import Any

import aiohttp
from playwright.async_api import Page, async_playwright

from tests.bench.aims import EDITOR_LARGE, EDITOR_SMALL, EDITOR_TASK
from tests.bench.bench_house import AUTHOR, BenchHouse
from tests.bench.clients import sign_in
from tests.bench.figures import Aim
from tests.bench.running import Run
from tests.scripts_library.large_script import write_large_script

KEYS = 12
FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
WATCH = """() => {
    window.longest = 0
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.longest = Math.max(window.longest, one.duration)
    }).observe({ type: 'longtask' })
    document.addEventListener('keydown', () => (window.keyed = performance.now()), true)
}"""
# Resolves with the milliseconds from the next key until the flow has been drawn with another width of this step
NEXT = """(step) => {
    const box = document.querySelector(`[data-step="${step}"] > rect`)
    window.drawn = new Promise((resolve) => {
        new MutationObserver((_, watch) => {
            watch.disconnect()
            requestAnimationFrame(() => resolve(performance.now() - window.keyed))
        }).observe(box, { attributes: true, attributeFilter: ['width'] })
    })
}"""


async def measure(run: Run) -> None:
    if (chromium := shutil.which("chromium") or shutil.which("chromium-browser")) is None:
        run.report.remark("There is no Chromium, so the editor of scripts was not measured.")
        return
    longest = 0.0
    async with run.hub(1) as house, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for steps, aim in ((30, EDITOR_SMALL), (200, EDITOR_LARGE)):
            taken, task = await type_in(await open_editor(house, browser, steps))
            longest = max(longest, task)
            add(run, f"the editor, {steps} steps: from a key to the drawn flow", statistics.median(taken), aim)
        add(run, "the editor: the longest task of the page", longest, EDITOR_TASK)
        await browser.close()


def add(run: Run, what: str, milliseconds: float, aim: Aim) -> None:
    run.report.add("scripts", what, milliseconds, "ms", aim=aim)


async def open_editor(house: BenchHouse, browser: Any, steps: int) -> Page:
    """The page of a draft with so many steps, its flow drawn."""
    url = f"http://127.0.0.1:{house.port}"
    async with aiohttp.ClientSession() as session:
        cookie = await sign_in(session, house.port, AUTHOR, house.password)
        name = f"large-{steps}"
        text = write_large_script(steps).replace('id = "a"', f'id = "{name}"\npriority = -1')
        draft = {"language": "en", "source": text, "revision": 0}
        async with session.post(f"{url}/api/scripts/{name}/draft", json=draft, headers={"Cookie": cookie}) as answer:
            answer.raise_for_status()
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, extra_http_headers={"Cookie": cookie}
    )
    page: Page = await context.new_page()
    await page.goto(f"{url}/scripts/{name}")
    await page.locator("[data-step=s2]").wait_for()
    await page.get_by_role("region", name="Preview").get_by_role("button", name="Next").wait_for()
    return page


async def type_in(page: Page) -> tuple[list[float], float]:
    """The milliseconds of each key, and of the longest task while they were pressed."""
    await page.locator("[data-step=s2]").click()
    await page.keyboard.press("End")
    await page.evaluate(WATCH)
    taken = []
    for _ in range(KEYS):
        await page.evaluate(NEXT, "s2")
        await page.keyboard.type("m")
        taken.append(float(await page.evaluate("window.drawn")))
    return taken, float(await page.evaluate("window.longest"))
