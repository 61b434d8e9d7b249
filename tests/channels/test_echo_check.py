"""The check before a shift: an agent's browser hears its own voice, reaches nobody and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from channels.phone import echo_check
from channels.phone.rooms import ECHO, ECHO_HEARD, ECHO_OVER, ECHO_SAID, ECHO_SOUND
from channels.sandbox.call import StatusCallback
from channels.sandbox.settings import SandboxCustomer
from tests.channels.sandbox_house import PIA, SandboxHouse, build_sandbox_house, until
from tests.channels.test_sandbox_phone import heard
from tests.channels.twilio_cast import ACCOUNT_SID, CALL, TOKEN, post_signed

ADAS_BROWSER = SandboxCustomer("Ada's browser", "client:CHECK_ada", "")
RECORDING = "RE" + "33" * 16


@pytest.fixture
async def house() -> AsyncIterator[SandboxHouse]:
    """Whoever calls gets what the application of the check gives its browsers."""
    async with build_sandbox_house(customers=(PIA, ADAS_BROWSER), voice_path=ECHO) as house:
        yield house


def sounds(house: SandboxHouse) -> list[str]:
    return [one.sid for one in house.sandbox._calls.recordings.by_sid.values()]


async def passes_until(house: SandboxHouse, holds: Callable[[Any], bool]) -> None:
    """Time passes until this is true of the check."""
    async with asyncio.timeout(20):
        while not holds((await house.get(f"/customers/{ADAS_BROWSER.id}"))["call"]):
            house.time.advance(1)


async def test_an_agent_hears_what_they_said_and_the_recording_is_gone(house: SandboxHouse) -> None:
    agent = ADAS_BROWSER.id
    await house.post(f"/customers/{agent}/call")
    assert await heard(house, "say", agent) == ["Say something after the tone. Then you hear your own voice."]
    house.time.advance(10)
    await heard(house, "record", agent)
    await house.post(f"/customers/{agent}/call/say", text="One two three")
    await passes_until(house, lambda call: any(one["text"] == "echo.wav" for one in call["transcript"]))
    assert sounds(house)
    await passes_until(house, lambda call: call["is_over"])
    assert not sounds(house)


@pytest.mark.parametrize("fault", ["429", "500", "drop", "nonsense"])
async def test_a_recording_that_could_not_be_deleted_is_deleted_later(
    house: SandboxHouse, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(echo_check, "DELETE_SECONDS", (0, 0, 0))
    agent = ADAS_BROWSER.id
    await house.post(f"/customers/{agent}/call")
    await heard(house, "say", agent)
    house.time.advance(10)
    await heard(house, "record", agent)
    await house.add_fault("rest", fault, 2)
    await house.post(f"/customers/{agent}/call/say", text="One two three")
    await passes_until(house, lambda call: call["is_over"])
    await until(lambda: not sounds(house))


async def test_who_is_no_check_reaches_nothing_and_their_recordings_stay(house: SandboxHouse) -> None:
    sid = (await house.post(f"/customers/{PIA.id}/call"))["sid"]
    assert "Nobody can be reached" in (await heard(house, "say", PIA.id))[0]
    calls = house.sandbox._calls
    message = calls.recordings.begin(calls.by_sid[sid], StatusCallback("", "POST", frozenset()))
    for path in (ECHO_SAID, ECHO_HEARD, ECHO_OVER):
        form = {"AccountSid": ACCOUNT_SID, "From": PIA.phone, "CallSid": sid, "RecordingSid": message.sid}
        answer = await post_signed(house.client, path, form, TOKEN, house.url)
        text = await answer.text()
        assert "<Hangup" in text and "<Play" not in text
    assert sounds(house) == [message.sid]


@pytest.mark.parametrize("proof", ["", "0" * 64, "\u00e9"])
async def test_a_sound_is_given_to_the_provider_alone(house: SandboxHouse, proof: str) -> None:
    async with house.client.get(ECHO_SOUND, params={"recording": RECORDING, "proof": proof}) as answer:
        assert answer.status == 403


async def test_the_words_are_in_the_agents_language(house: SandboxHouse) -> None:
    form = {"AccountSid": ACCOUNT_SID, "From": "client:CHECK_ada", "CallSid": CALL, "language": "zh-CN"}
    answer = await post_signed(house.client, ECHO, form, TOKEN, house.url)
    assert "请在提示音后说话" in await answer.text()
    form = {**form, "RecordingSid": RECORDING}
    answer = await post_signed(house.client, ECHO_SAID, form, TOKEN, house.url)
    text = await answer.text()
    assert f"{house.url}{ECHO_SOUND}?recording={RECORDING}" in text and ECHO_HEARD in text
