"""The screens in a browser: an agent's desk and a customer's devices, found by what people see and hear."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from difflib import ndiff

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.flows.cast import Cast
from tests.flows.customers import PHONES, eventually
from tests.flows.desk import SECONDS

expect.set_options(timeout=SECONDS * 1000)


@asynccontextmanager
async def open_page(
    browser: Browser,
    cast: Cast,
    path: str,
    staff: str = "",
    tolerates: str = "(?!)",
    *,
    bypass_csp: bool = False,
    script: str = "",
) -> AsyncIterator[Page]:
    """A page of its own person. What it complains of in its console fails the test, but for what it `tolerates`.
    `bypass_csp`: it may also connect to where the hub sends no page. `script`: runs in it before its own ones."""
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", bypass_csp=bypass_csp
    )
    context.set_default_timeout(SECONDS * 1000)
    complaints = list[str]()

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not re.search(tolerates, message.text):
            complaints.append(message.text)

    try:
        if staff:
            for cookie in (await cast.cookie(staff)).split("; "):  # the session's, and that of a known device
                name, _, value = cookie.partition("=")
                await context.add_cookies([{"name": name, "value": value, "url": cast.house.url}])
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(path if path.startswith("http") else cast.house.url + path)
        yield page
    finally:
        await context.close()
    assert complaints == [], complaints


class DeskPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.offers = page.get_by_role("region", name="Offers")
        self.log = page.get_by_role("log", name="Conversation")
        self.script = page.get_by_role("region", name="Script")

    async def go_available(self) -> None:
        await self.page.get_by_role("button", name="Become available").click()
        await expect(self.page.get_by_text("You are available.")).to_be_visible()

    def offer(self, name: str) -> Locator:
        return self.offers.get_by_role("article", name=f"Offer: {name}")

    async def accept(self, name: str) -> None:
        await self.offer(name).get_by_role("button", name="Accept").click()
        await expect(self.page.get_by_role("heading", name=name).first).to_be_visible()

    async def write(self, text: str) -> None:
        """A reply, with the keyboard alone."""
        box = self.page.get_by_role("textbox", name=re.compile("^Write to "))
        await box.fill(text)
        await box.press("Control+Enter")

    async def wrap_up(self, note: str) -> None:
        form = self.page.locator("form", has=self.page.get_by_role("heading", name="Wrap-up"))
        await form.get_by_text("Solved").click()
        await expect(form.get_by_role("radio", name=re.compile("Solved"))).to_be_checked()
        await form.get_by_role("textbox", name="Note for the next agent").fill(note)
        await form.get_by_role("button", name="Complete").click()
        await expect(self.page.get_by_role("heading", name="Wrap-up")).to_have_count(0)

    async def read(self) -> dict[str, str]:
        """All that stands on the screen once it is there, without what the clock moves on."""
        await expect(self.log).to_contain_text("The conversation begins here.")
        parts = {"held": self.page.get_by_role("region", name=re.compile("^In hand")), "log": self.log}
        parts |= {"script": self.script, "customer": self.page.locator("section[aria-labelledby=customer-name]")}
        read = {name: await part.inner_text() for name, part in parts.items()}
        return {name: re.sub(r"\d+:\d\d", "", text) for name, text in read.items()}

    async def reads_again(self, before: dict[str, str]) -> None:
        """The same stands there, once all of it is drawn."""
        now: dict[str, str] = {}

        async def look() -> bool:
            now.update(await self.read())
            return now == before

        try:
            await eventually(look)
        except AssertionError as error:
            lines = [
                [f"{name}: {line}" for name in read for line in read[name].splitlines()] for read in (before, now)
            ]
            error.add_note("\n".join(one for one in ndiff(*lines) if not one.startswith(" ")))
            raise


def devices(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def sandbox_of(name: str) -> str:
    return f"/sandbox?customer={PHONES[name]}"
