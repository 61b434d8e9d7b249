"""Each channel through the real screens: a customer at /sandbox, an agent at /desk, in a browser."""

import base64
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from hub.storage import tables
from hub.storage.database import Database
from hub.storage.inbox import Arrival, Inbox
from tests.flows.cast import Cast, OpenCast
from tests.flows.customers import PHONES, hand_in_mail
from tests.flows.house import free_port
from tests.flows.pages import DeskPage, devices, open_page, sandbox_of

pytestmark = pytest.mark.browser

PNG = base64.b64decode(  # one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

SERVICE_LINE = "+46850005010"  # of those who speak Chinese, by config.toml


@dataclass
class Browsers:
    """A browser for everyone."""

    cast: Cast
    browser: Browser
    stack: AsyncExitStack

    async def desk(self, name: str = "ada", **more: str) -> DeskPage:
        desk = DeskPage(await self.page("/desk", name, **more))
        await desk.go_available()
        return desk

    async def page(self, path: str, staff: str = "", tolerates: str = "(?!)") -> Page:
        return await self.stack.enter_async_context(open_page(self.browser, self.cast, path, staff, tolerates))


@pytest.fixture
async def browsers(cast: Cast, browser: Browser, web_bundle: Path) -> AsyncIterator[Browsers]:
    async with AsyncExitStack() as stack:
        yield Browsers(cast, browser, stack)


async def test_a_text_is_answered(browsers: Browsers) -> None:
    sam, desk = await browsers.page(sandbox_of("sam")), await browsers.desk()
    texts = devices(sam, "Text messages")
    await texts.get_by_role("textbox").fill("Var är mitt kort? 我的卡呢？")
    await texts.get_by_role("textbox").press("Enter")
    await expect(desk.offer("Sam Okoye")).to_contain_text("Standard")
    await expect(desk.offer("Sam Okoye")).to_contain_text("Var är mitt kort?")
    await desk.accept("Sam Okoye")
    await expect(desk.log).to_contain_text("Var är mitt kort? 我的卡呢？")
    await expect(desk.script.locator("blockquote")).to_contain_text("Sam")
    await desk.write("På väg. 已经寄出。")
    await expect(texts.get_by_role("log")).to_contain_text("På väg. 已经寄出。")
    await expect(desk.log).to_contain_text("delivered")
    await desk.page.get_by_role("button", name="End", exact=True).click()
    await desk.wrap_up("Skickat")
    await expect(desk.page.get_by_text("Nothing in hand")).to_be_visible()


async def test_a_call_is_answered_held_and_wrapped_up(browsers: Browsers) -> None:
    pia, desk = await browsers.page(sandbox_of("pia")), await browsers.desk()
    phone = devices(pia, "Phone")
    await phone.get_by_role("button", name="Call", exact=True).click()
    await expect(desk.offer("Pia Lindqvist")).to_contain_text("Platinum")
    await desk.page.keyboard.press("Alt+o")  # the way with the keyboard
    await expect(desk.offer("Pia Lindqvist").get_by_role("button", name="Accept")).to_be_focused()
    await desk.page.keyboard.press("Enter")
    await expect(phone.get_by_role("status")).to_contain_text("With ")
    await expect(desk.page.get_by_text("Talking", exact=True).first).to_be_visible()
    await expect(desk.script.locator("blockquote")).to_be_in_viewport(ratio=1)  # however much is known of her
    await desk.page.get_by_role("button", name="Hold", exact=True).click()
    await expect(phone.get_by_role("status")).to_contain_text("On hold")
    await desk.page.get_by_role("button", name="Take back from hold").click()
    await expect(phone.get_by_role("status")).to_contain_text("With ")
    await phone.get_by_role("button", name="Hang up").click()
    await desk.wrap_up("Kort återbud 已处理")
    await expect(phone.get_by_role("status")).to_contain_text("Call ended")


async def test_a_customer_calls_another_of_our_numbers(browsers: Browsers) -> None:
    lin, board = await browsers.page(sandbox_of("lin")), await browsers.page("/wallboard", "dot")
    phone = devices(lin, "Phone")
    await phone.get_by_role("combobox", name="Number to call").select_option(value=SERVICE_LINE)
    await phone.get_by_role("button", name="Call", exact=True).click()
    await expect(phone.get_by_role("log")).to_contain_text("感谢您的耐心等候")
    await board.get_by_role("button", name="1 waiting: show what waits in Customer service").first.click()
    await expect(board.get_by_role("dialog")).to_contain_text("林嘉怡")


@pytest.mark.promise("P6")
async def test_another_script_is_picked_with_the_keyboard_and_the_first_one_goes_on(browsers: Browsers) -> None:
    desk = await browsers.desk()
    await browsers.cast.customer("sam").text("Hej 你好")
    await desk.accept("Sam Okoye")
    script, keyboard = desk.script, desk.page.keyboard
    await script.get_by_role("combobox", name="What it is about").select_option("Card")
    await expect(script).to_contain_text("Greeting")
    await keyboard.press("Alt+p")
    options = desk.page.get_by_role("listbox", name="Pick another script").get_by_role("option")
    await expect(options.first).to_contain_text("Greeting")
    await expect(desk.page.get_by_placeholder("Find a script")).to_be_focused()
    await keyboard.type("compl")
    await expect(options).to_have_count(1)
    await expect(options).to_have_attribute("aria-selected", "true")
    await browsers.cast.customer("sam").text("Är ni kvar? 还在吗？")  # changes nothing in the list
    await expect(desk.log).to_contain_text("Är ni kvar?")
    await expect(options).to_have_count(1)
    await keyboard.press("Enter")
    await expect(script.get_by_role("heading", level=2)).to_have_text("Complaint")
    await expect(script).to_contain_text("Picked by hand.")
    await expect(desk.log).to_contain_text("Ada Holm changed to the script “Complaint”.")
    before = await desk.read()
    await desk.page.reload()
    await expect(script.get_by_role("heading", level=2)).to_have_text("Complaint")
    await desk.reads_again(before)
    await script.get_by_role("button", name="Complaint").click()
    await options.filter(has_text="Greeting").click()
    await expect(script.get_by_role("combobox", name="What it is about")).to_have_value("card")


async def test_a_mail_says_who_wrote_it_and_shows_its_own_pictures_alone(browsers: Browsers) -> None:
    desk = await browsers.desk()
    hello, mailbox = "hello@nordpost.example", "gus.moreau@mail.example"
    passed = "Authentication-Results: mx.nordpost.example; dmarc=pass header.from=mail.example\r\n"
    raw = (
        f"From: Gus Moreau <{mailbox}>\r\nTo: {hello}\r\nCc: Li <li@mail.example>\r\nReply-To: gus@home.example\r\n"
        "Subject: Bild 图片\r\nMessage-ID: <1@mail.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        '<p>Se bilden</p><img id="own" src="cid:logo%40x"><img id="far" src="https://far.example/a.png">\r\n'
        "--b\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo@x>\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.b64encode(PNG).decode()}\r\n--b--\r\n"
    )
    port = browsers.cast.house.mail_port
    await hand_in_mail(port, (passed + raw).encode(), hello, mailbox)
    await desk.accept("Gus Moreau")
    mail = desk.log.get_by_role("article").filter(has_text="Se bilden")
    await expect(mail).to_contain_text("Li <li@mail.example>")
    await expect(mail).to_contain_text("proven")
    await hand_in_mail(port, (passed + raw).encode(), "cards@nordpost.example", mailbox)
    await expect(mail).to_contain_text("hello@nordpost.example, cards@nordpost.example")
    await expect(desk.page.get_by_text("Goes to gus@home.example")).to_be_visible()
    await mail.get_by_role("button", name="Show as it was sent").click()
    frame = desk.page.frame_locator('iframe[title="The mail as it was sent"]')
    own = frame.locator("img").first
    await expect(own).to_have_js_property("naturalWidth", 1)
    await expect(frame.locator("img").last).to_have_js_property("naturalWidth", 0)
    guest = "From: Gus Moreau <x@evil.example>\r\nSubject: Saldo?\r\nMessage-ID: <2@x>\r\n\r\nVad har jag?\r\n"
    database = await Database.open(f"sqlite:///{browsers.cast.house.data / 'hub.db'}", read_connections=1)
    async with database.read() as connection:
        token = await connection.scalar(select(tables.interaction.c.reply_token))
    await database.close()
    await hand_in_mail(port, guest.encode(), f"hello+{token}@nordpost.example", "x@evil.example")
    other = desk.log.get_by_role("article").filter(has_text="Vad har jag?")
    await expect(other).to_contain_text("a participant, not the customer")
    await expect(other).to_contain_text("claimed only")


async def test_a_mail_is_answered(browsers: Browsers) -> None:
    gus, desk = await browsers.page(sandbox_of("gus")), await browsers.desk()
    mailbox = devices(gus, "Mailbox")
    await mailbox.get_by_role("button", name="New mail").click()
    await mailbox.get_by_role("textbox", name="Subject").fill("Räkning 账单")
    await mailbox.get_by_role("textbox", name="Text").fill("När kommer den? 什么时候到？")
    await mailbox.get_by_role("button", name="Send").click()
    await expect(desk.offer("Gus Moreau")).to_contain_text("Räkning 账单")
    await desk.accept("Gus Moreau")
    await expect(desk.log).to_contain_text("När kommer den? 什么时候到？")
    await desk.write("I morgon. 明天。")
    await mailbox.get_by_role("button", name=re.compile("unread.*Re: Räkning 账单")).click()
    await expect(mailbox.locator("article")).to_contain_text("I morgon. 明天。")
    await desk.page.get_by_role("button", name="End", exact=True).click()
    await desk.wrap_up("Besvarad")


@pytest.mark.promise("P6")
async def test_a_chat_is_answered_and_both_pages_may_be_loaded_again(browsers: Browsers) -> None:
    zhao, desk = await browsers.page(sandbox_of("sam")), await browsers.desk()
    site = devices(zhao, "Web page")
    await site.get_by_role("button", name="Chat with us").click()
    await site.get_by_role("textbox", name="Your question").fill("Hej! 你好")
    await site.get_by_role("button", name="Start the chat").click()
    await desk.offers.get_by_role("button", name="Accept").click()
    await expect(desk.log).to_contain_text("Hej! 你好")
    await expect(site.get_by_role("dialog")).to_contain_text("Ada Holm is with you")
    await desk.write("Välkommen! 欢迎")
    await expect(site.get_by_role("log")).to_contain_text("Välkommen! 欢迎")
    await site.get_by_role("textbox", name="Message").fill("Tack")
    await site.get_by_role("textbox", name="Message").press("Enter")
    await expect(desk.log).to_contain_text("Tack")
    await expect(desk.log.get_by_text("read", exact=True)).to_be_visible()
    before = await desk.read()
    await desk.page.reload()
    await desk.reads_again(before)
    await zhao.reload()
    await expect(site.get_by_role("log")).to_contain_text("Välkommen! 欢迎")
    await site.get_by_role("textbox", name="Message").fill("Kvar här")
    await site.get_by_role("textbox", name="Message").press("Enter")
    await expect(desk.log).to_contain_text("Kvar här")
    await site.get_by_role("button", name="End the chat").click()
    await site.get_by_role("button", name="End it").click()
    await desk.wrap_up("Klart")
    await expect(site.get_by_role("dialog")).to_contain_text("This chat has ended")


async def test_a_picture_comes_with_a_text(browsers: Browsers) -> None:
    sam, desk = await browsers.page(sandbox_of("sam")), await browsers.desk()
    texts = devices(sam, "Text messages")
    picture = {"name": "kort.png", "mimeType": "image/png", "buffer": PNG}
    await texts.locator("input[type=file]").set_input_files([picture])
    await texts.get_by_role("button", name="Send").click()
    shown = texts.get_by_role("img", name="kort.png")
    await expect(shown).to_have_js_property("naturalWidth", 1)
    await desk.accept("Sam Okoye")
    async with desk.page.expect_download() as download:
        await desk.log.get_by_role("link", name=re.compile("attachment-1.png")).click()
    assert Path(await (await download.value).path()).read_bytes() == PNG


async def test_the_provider_goes_wrong_on_demand(browsers: Browsers) -> None:
    sam, desk = await browsers.page(sandbox_of("sam")), await browsers.desk()
    await browsers.cast.customer("sam").text("Hej")
    await desk.accept("Sam Okoye")
    await sam.get_by_role("button", name="Faults").click()
    panel = sam.get_by_role("dialog", name="Faults")
    await panel.get_by_role("button", name="is not delivered").click()
    await expect(panel.get_by_role("button", name="is not delivered 1")).to_be_visible()
    await desk.write("Kommer den fram? 能收到吗？")
    await expect(desk.log).to_contain_text("Not delivered")
    await expect(panel.get_by_text("No faults are set.")).to_be_visible()


async def test_the_customer_is_called_and_answers(browsers: Browsers) -> None:
    pia = await browsers.page(sandbox_of("pia"))
    phone, house = devices(pia, "Phone"), browsers.cast.house
    provider = browsers.cast.provider
    url = f"{house.url}/2010-04-01/Accounts/{provider.account}/Calls.json"
    auth = {"Authorization": aiohttp.encode_basic_auth(provider.account, house.token)}
    form = {
        "To": f"+{PHONES['pia']}",
        "From": provider.phone_number,
        "Twiml": "<Response><Say>Hej Pia</Say></Response>",
    }
    async with browsers.cast.session.post(url, data=form, headers=auth) as made:
        assert made.status == 201, await made.text()
    await expect(phone.get_by_role("alert")).to_contain_text("is calling you")
    await phone.get_by_role("button", name="Answer").click()
    await expect(phone).to_contain_text("Hej Pia")
    await expect(phone.get_by_role("status")).to_contain_text("Call ended")
    async with browsers.cast.session.post(url, data=form, headers=auth) as made:
        assert made.status == 201
    await phone.get_by_role("button", name="Decline").click()
    await expect(phone.get_by_role("status")).to_contain_text("Call ended")


async def test_a_sample_person_signs_in_with_one_click(browsers: Browsers) -> None:
    page = await browsers.page("/sign-in")
    await page.get_by_role("button", name=re.compile("Ada Holm")).click()
    await expect(page.get_by_role("button", name="Become available")).to_be_visible()


async def test_the_wallboard_moves_while_one_looks(browsers: Browsers) -> None:
    board = await browsers.page("/wallboard", "dot")
    waiting = board.get_by_role("listitem").filter(has_text=re.compile("^Waiting"))
    await expect(waiting.locator("strong")).to_have_text("0")
    await browsers.cast.customer("pia").text("Hej")
    await expect(waiting.locator("strong")).to_have_text("1")
    ada = await browsers.cast.desk("ada")
    await ada.accept()
    await expect(waiting.locator("strong")).to_have_text("0")
    await expect(board.get_by_role("row", name=re.compile("Customer service")).first).to_contain_text("100")


async def test_the_author_of_the_demo_signs_in_with_one_click(browsers: Browsers) -> None:
    page = await browsers.page("/scripts", tolerates="401")
    await page.get_by_role("button", name="Inês Duarte").press("Enter")
    await expect(page.get_by_role("heading", name="Scripts")).to_be_visible()


@pytest.mark.promise("P8")
async def test_an_administrator_sees_what_was_set_aside_and_runs_it_again(browsers: Browsers) -> None:
    page = await browsers.page("/wallboard", "tomasz", tolerates="400")
    await page.get_by_role("button", name="Tomasz Żak").click()
    await page.get_by_role("menuitem", name="Set aside").click()
    await expect(page.get_by_text("Nothing is set aside")).to_be_visible()
    database = await Database.open(f"sqlite:///{browsers.cast.house.data / 'hub.db'}", read_connections=1)
    await Inbox(database).put([Arrival("sms:AC1:SM1", "MessageReceived", '{"class": "Brev 信"}', 1)])
    await database.close()
    row = page.get_by_role("row", name=re.compile("SMS"))
    await expect(row).to_contain_text("cannot be read")
    await row.get_by_role("button", name="Run again").click()
    await expect(page.get_by_text("It went wrong again.")).to_be_visible()
    await expect(row.get_by_role("button", name="Run again")).to_be_enabled()
    await row.get_by_role("button", name="Open").click()
    await page.get_by_label("Your reason").fill("Why not")
    await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Show it").click()
    await expect(page.get_by_text("Write at least ten characters.")).to_be_visible()
    await expect(page.get_by_text("Brev 信")).to_be_hidden()
    await page.get_by_label("Your reason").fill("Kund ringde om sitt brev 客户来电")
    await page.get_by_role("button", name="Show it").click()
    await expect(page.get_by_text('"class": "Brev 信"')).to_be_visible()
    await page.keyboard.press("Escape")
    screens = page.get_by_role("navigation", name="Screens")
    await expect(screens.locator("[aria-current=page]")).to_have_text("Set aside")
    await screens.get_by_role("link", name="Trail").click()
    await expect(page.get_by_role("row", name=re.compile("Opened what was set aside"))).to_contain_text("客户来电")
    await page.locator("select").first.select_option("ada")
    await expect(page.get_by_text("Nothing fits")).to_be_visible()
    agent = await browsers.page("/set-aside", "ada", tolerates="403")
    await expect(agent.get_by_text("This screen is for administrators.")).to_be_visible()


@asynccontextmanager
async def host_site(hub: str, port: int) -> AsyncIterator[str]:
    """Somebody's web site, of another origin, that carries the widget as any site would."""
    html = (
        f'<!doctype html><html lang="en"><title>Bageri</title><h1>Bageriet 面包店</h1>'
        f'<script src="{hub}/widget/hub-chat.js"></script><hub-chat name="Zoë"></hub-chat></html>'
    )

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


@pytest.mark.promise("P1")
@pytest.mark.promise("P6")
async def test_screens_outlive_the_hub_and_what_was_written_meanwhile_arrives_once(
    open_live_cast: OpenCast, browser: Browser, web_bundle: Path
) -> None:
    port, while_it_is_gone = free_port(), "WebSocket|ERR_CONNECTION|Failed to load resource"
    cast = await open_live_cast(channels={"webchat": {"origins": [f"http://127.0.0.1:{port}"]}})
    async with AsyncExitStack() as stack, host_site(cast.house.url, port) as site:
        browsers = Browsers(cast, browser, stack)
        page = await browsers.page(site, tolerates=while_it_is_gone)
        desk = await browsers.desk(tolerates=while_it_is_gone)
        await page.get_by_role("button", name="Chat with us").click()
        await page.get_by_role("textbox", name="Your question").fill("Innan")
        await page.get_by_role("textbox", name="Your question").press("Enter")
        await desk.accept("Zoë")
        await expect(page.get_by_role("dialog")).to_contain_text("Ada Holm is with you")
        await expect(desk.log).to_contain_text("The conversation begins here.")  # the earlier messages are fetched
        assert cast.house.hub is not None
        cast.house.hub.kill()
        await expect(page.get_by_text("The connection is lost.")).to_be_visible()
        await page.get_by_role("textbox", name="Message").fill("Utan nav 没有")
        await page.get_by_role("textbox", name="Message").press("Enter")
        await desk.write("Svar utan nav")
        await cast.house.start()
        await expect(desk.log.get_by_text("Utan nav 没有")).to_have_count(1)
        await expect(page.get_by_role("log").get_by_text("Svar utan nav")).to_have_count(1)
        await expect(page.get_by_role("log").get_by_text("Utan nav 没有")).to_have_count(1)
        await expect(desk.log.get_by_text("Svar utan nav")).to_have_count(1)
        await expect(desk.log.get_by_text("read", exact=True)).to_be_visible()
        await expect(desk.page.get_by_text("could not be read")).to_have_count(0)
        before = await desk.read()
        await desk.page.reload()
        await desk.reads_again(before)
