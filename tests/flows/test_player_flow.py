"""An agent plays a message of a customer: seeks, hears what is at that place, and the trail says what was heard."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, expect
from sqlalchemy import insert, select

from hub.storage import tables
from hub.storage.connection import Connection
from hub.storage.database import Database
from tests.flows.cast import Cast, OpenCast
from tests.flows.customers import eventually
from tests.flows.pages import DeskPage, open_page
from tests.flows.test_accessibility_flow import check
from tests.flows.test_narrow_flow import CUT, MISPLACED
from tests.flows.test_voicemail_flow import with_voicemail
from tests.sounds import RATE, build_wav, tone

pytestmark = [pytest.mark.browser, pytest.mark.web_tools]

# Twenty minutes: more than a browser fetches at once, so that it has to ask for the place that somebody goes to
SILENT_MINUTES, TONE = 19, 440.0
LOOK = """
const context = new AudioContext()
const element = document.querySelector('audio')
const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 })
new MediaElementAudioSourceNode(context, { mediaElement: element }).connect(analyser).connect(context.destination)
window.loudest = async () => {
  await context.resume()
  const bins = new Float32Array(analyser.frequencyBinCount)
  analyser.getFloatFrequencyData(bins)
  const most = Math.max(...bins)
  return most < -60 ? 0 : (bins.indexOf(most) * context.sampleRate) / analyser.fftSize
}
"""


async def leave_message(cast: Cast) -> None:
    """Lin leaves a message, whose sound is then silence, and a tone in its last minute."""
    lin = cast.customer("lin")
    await lin.call()
    await lin.hears("record")
    await lin.say("请给我回电话。" * 4)
    await lin.hang_up()


def put_sound(cast: Cast, ref: str) -> None:
    folder = cast.house.data / "media"
    minute = tone(TONE, 60.0, 0.5)
    (folder / ref).write_bytes(build_wav([[0] * (SILENT_MINUTES * 60 * RATE) + minute]))
    (folder / f"{ref}.waveform").unlink()


async def hears(page: Page, hertz: float) -> None:
    async def look() -> bool:
        return abs(float(await page.evaluate("loudest()")) - hertz) < 15

    await eventually(look)


async def find_message(cast: Cast) -> tuple[str, str]:
    """Where the message is in the API, and the ref of its sound."""
    ada = await cast.desk("ada")
    await ada.is_offered()
    held = await ada.accept()
    (file,) = [file for message in held["messages"] for file in message["media"]]
    return file["url"], file["ref"]


async def test_a_message_is_heard_where_one_goes_to(open_cast: OpenCast, browser: Browser, web_bundle: None) -> None:
    cast = await open_cast(policy=with_voicemail())
    await leave_message(cast)
    _, ref = await find_message(cast)
    put_sound(cast, ref)
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/sound"):
            asked.append(request.headers.get("range", ""))

    async with open_page(browser, cast, "/desk", "ada", tolerates="AudioContext") as page:
        desk = DeskPage(page)
        page.on("request", note)
        player = desk.log.get_by_role("group", name="the spoken message")
        place = player.get_by_role("slider")
        await expect(place).to_have_attribute("aria-valuetext", "0:00 of 20:00")
        await page.evaluate(LOOK)
        await player.get_by_role("button", name="Play the spoken message").click()
        await expect(player.get_by_role("button", name="Pause the spoken message")).to_be_visible()
        await hears(page, 0.0)
        assert asked[0] == "bytes=0-"

        box = await place.bounding_box()
        assert box is not None
        await page.mouse.click(box["x"] + box["width"] * 0.97, box["y"] + box["height"] / 2)
        await hears(page, TONE)
        begins = [int(found[1]) for one in asked if (found := re.match(r"bytes=(\d+)-", one))]
        assert max(begins) > 18 * 60 * RATE * 2, "the browser asks for the place alone"

        await place.press(" ")
        await expect(player.get_by_role("button", name="Play the spoken message")).to_be_visible()
        await place.press("Home")
        await expect(place).to_have_attribute("aria-valuetext", "0:00 of 20:00")
        for key, said in (("ArrowRight", "0:05"), ("ArrowRight", "0:10"), ("ArrowLeft", "0:05"), ("End", "20:00")):
            await place.press(key)
            await expect(place).to_have_attribute("aria-valuetext", f"{said} of 20:00")
        await player.get_by_role("combobox").select_option("1.5 ×")
        assert await page.evaluate("document.querySelector('audio').playbackRate") == 1.5
        await expect(player.get_by_role("link")).to_have_count(0)  # nobody may download
        await check(page, "a player")

    async def heard() -> list[list[str]]:
        headers = {"Cookie": await cast.cookie("tomasz")}
        url = f"{cast.house.url}/api/audit?action=recording.hear"
        async with cast.session.get(url, headers=headers) as answer:
            lines: list[dict[str, Any]] = (await answer.json())["lines"]
        return [line["detail"]["heard"] for line in lines]

    async def is_told() -> bool:
        spans = await heard()
        assert len(spans) == 1, "one hearing is one line"
        return any(span.startswith("19:") for span in spans[0])

    await eventually(is_told)


async def test_a_message_that_was_deleted_says_so(open_cast: OpenCast, browser: Browser, web_bundle: None) -> None:
    cast = await open_cast(policy=with_voicemail())
    await leave_message(cast)
    _, ref = await find_message(cast)
    for file in (cast.house.data / "media").glob(f"{ref}*"):
        file.unlink()
    async with open_page(browser, cast, "/desk", "ada") as page:
        player = DeskPage(page).log.get_by_role("group", name="the spoken message")
        await expect(player).to_contain_text("The sound was deleted")
        await expect(player.get_by_role("button")).to_have_count(0)


async def test_a_supervisor_finds_a_recorded_call_and_hears_its_tone(
    open_cast: OpenCast, browser: Browser, web_bundle: None
) -> None:
    cast = await open_cast(policy=with_voicemail())
    await leave_message(cast)
    url, ref = await find_message(cast)
    await add_recorded_call(cast, url.split("/")[3], ref)
    async with open_page(browser, cast, "/recordings", "dot", tolerates="AudioContext") as page:
        who, lin = page.get_by_role("searchbox", name="Customer"), page.get_by_text("林嘉怡")
        await expect(lin).to_have_count(2)
        await who.fill("nobody")
        await who.press("Enter")
        await expect(page.get_by_text("No recording fits your search")).to_be_visible()
        await who.fill("0701740102")
        await who.press("Enter")
        await expect(lin).to_have_count(2)
        await page.get_by_label("Agent").select_option(label="Ben Carter")
        await expect(lin).to_have_count(0)
        await page.get_by_role("button", name="Show all").press("Enter")
        await page.get_by_text("Call", exact=True).click()
        player = page.get_by_role("group", name=re.compile("^Call · 林嘉怡"))
        await expect(player.get_by_role("slider")).to_have_attribute("aria-valuetext", "0:00 of 1:00")
        marks = player.get_by_role("list", name=re.compile("^Marks")).get_by_role("listitem")
        await expect(marks).to_have_text(["0:10 to 0:20: On hold"])
        await check(page, "the recordings")
        await page.evaluate(LOOK)
        await player.get_by_role("button", name=re.compile("^Play")).click()
        await hears(page, TONE)
        await page.evaluate("Object.assign(localStorage, {'hub.language': 'zh-CN', 'hub.theme': 'dark'})")
        await page.reload()
        await page.get_by_text("通话", exact=True).click()
        await expect(page.get_by_role("group", name=re.compile("林嘉怡")).get_by_role("slider")).to_be_visible()
        for width in (1440, 1024, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            assert (await page.evaluate(CUT), await page.evaluate(MISPLACED)) == ([], []), width


async def add_recorded_call(cast: Cast, message_id: str, ref: str) -> None:
    """A call of Lin's, recorded in two channels for a minute, ten seconds of it on hold."""
    samples = tone(TONE, 60.0, 0.5)
    (cast.house.data / "media" / ref).write_bytes(build_wav([samples, [0] * len(samples)]))
    (cast.house.data / "media" / f"{ref}.waveform").unlink()
    r, m = tables.recording, tables.message
    database = await Database.open(f"sqlite:///{cast.house.data / 'hub.db'}", read_connections=1)

    async def unit(conn: Connection) -> None:
        known = (
            await conn.execute(select(m.c.interaction_id, m.c.customer_id, m.c.at).where(m.c.id == message_id))
        ).one()
        row = {
            "id": f"{known.interaction_id}.r",
            "interaction_id": known.interaction_id,
            "kind": "call",
            "media": ref,
        }
        row |= {"channel": "phone", "state": "stored", "since": 1, "asked_at": known.at, "began_at": known.at}
        row |= {"ended_at": known.at + 60_000_000, "channels": 2, "settled_at": known.at, "media": ref}
        await conn.execute(insert(r), [row])
        said = {"interaction_id": known.interaction_id, "customer_id": known.customer_id, "kind": "fact"}
        facts = (("held", 10_000_000), ("resumed", 20_000_000))
        said |= {"channel": "phone"}
        await conn.execute(insert(m), [said | {"id": f, "fact": f, "at": known.at + at} for f, at in facts])

    await database.write(unit)
    await database.close()
