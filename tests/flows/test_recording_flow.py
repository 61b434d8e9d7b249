"""A customer's tone is in the recording of their call, and in what a player of it gets, except in a pause, which is
silence of its length."""

import asyncio
import re
import wave
from array import array
from copy import deepcopy
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.channels.tones_heard import find_loudness
from tests.flows.cast import OpenCast
from tests.flows.customers import eventually
from tests.flows.desk import Desk, find_held
from tests.flows.house import free_port, repository_settings
from tests.flows.pages import devices, open_page, sandbox_of
from tests.flows.test_player_flow import LOOK, hears
from tests.flows.test_sound_flow import AGENT, MICROPHONE, softphone

pytestmark = [pytest.mark.browser, pytest.mark.promise("P13")]

WINDOW = 800  # samples: a tenth of a second
SECONDS = 1.5  # of each part, at least
# The customer's channel of what the player gets, as samples of 16 bits
DECODE = """
fetch(document.querySelector('audio').currentSrc)
  .then((answer) => answer.arrayBuffer())
  .then((bytes) => new OfflineAudioContext(1, 1, 8000).decodeAudioData(bytes))
  .then((sound) => Array.from(sound.getChannelData(0), (one) => Math.round(one * 32767)))
"""


def recorded_queues() -> list[dict[str, Any]]:
    queues: list[dict[str, Any]] = deepcopy(repository_settings()["policy"]["queues"])
    for queue in queues:
        queue["recording"] = {"arriving": {"announcement": "recorded", "keep_days": 30}}
    return queues


async def is_shown(desk: Desk, held: str, state: str) -> None:
    await desk.until(lambda screen: (find_held(screen, held)["call"]["recording"] or {}).get("state") == state)


def find_sounds(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if len(one.name) == 32]


async def test_the_tone_is_recorded_except_in_the_pause(
    open_cast: OpenCast, browser: Browser, web_bundle: None
) -> None:
    sound = {"sound": True, "sound_port": free_port()}
    cast = await open_cast(sandbox=sound, policy={"queues": recorded_queues()})
    ada = await cast.desk("ada")
    clock = asyncio.get_running_loop().time
    async with open_page(browser, cast, sandbox_of("pia")) as page, softphone(cast, "ada", AGENT) as telephone:
        phone = devices(page, "Phone")
        await phone.get_by_role("button", name="Call").click()
        held = (await ada.accept())["id"]
        await telephone.accept()
        await ada.talks(held)
        await phone.get_by_role("button", name="Microphone on").click()
        await telephone.until_hears(MICROPHONE, among=(MICROPHONE, AGENT))
        await is_shown(ada, held, "recording")
        await expect(phone.get_by_text("This call is recorded").first).to_be_attached()
        await telephone.until_more(round(SECONDS * 50))
        asked_at = clock()
        await ada.about(held, "pause_recording")
        await is_shown(ada, held, "paused")
        paused_at = clock()
        await telephone.until_more(round(SECONDS * 50))
        resumed_at = clock()
        await ada.about(held, "resume_recording")
        await is_shown(ada, held, "recording")
        goes_on_at = clock()
        await telephone.until_more(round(SECONDS * 50))
        await ada.about(held, "end_interaction")

    media = cast.house.data / "media"

    async def is_stored() -> bool:
        return len(find_sounds(media)) == 1

    await eventually(is_stored)
    with wave.open(str(find_sounds(media)[0])) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        samples = array("h", file.readframes(file.getnframes()))
    said = samples[0::2]
    check_parts(said)
    frames = [any(samples[at : at + 320]) for at in range(0, len(samples), 320)]
    gaps = [(value, len(list(run))) for value, run in groupby(frames)]
    silence = max(length for is_loud, length in gaps if not is_loud) * 0.02
    assert resumed_at - paused_at - 0.3 <= silence <= goes_on_at - asked_at + 0.3
    async with open_page(browser, cast, "/recordings", "dot", tolerates="AudioContext") as page:
        await page.get_by_text("Call", exact=True).click()
        await page.evaluate(LOOK)
        await page.evaluate("document.querySelector('audio').loop = true")
        await page.get_by_role("button", name=re.compile("^Play")).click()
        await hears(page, MICROPHONE)
        played = array("h", await page.evaluate(DECODE))
    assert len(played) == len(said)
    check_parts(played)


def check_parts(said: array) -> None:
    """The customer's tone, silence, and the tone again."""
    loud = [find_loudness(said[at : at + WINDOW], MICROPHONE) > 200 for at in range(0, len(said) - WINDOW, WINDOW)]
    tones = [(is_there, len(list(run))) for is_there, run in groupby(loud)]
    assert [is_there for is_there, length in tones if length >= 8] == [True, False, True], tones
