"""Calls with sound, from websocket to websocket, through the sound process and the conferences of the sandbox."""

import asyncio
import io
import wave
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from itertools import groupby
from typing import Any

import aiohttp
import pytest

from channels.channel import (
    ChangeRecording,
    ConnectAgent,
    FetchRecordings,
    HangUp,
    HoldCall,
    LegLeft,
    LegRole,
    RecordingChange,
    RecordingFetched,
    StartRecording,
)
from channels.sandbox.sound.frames import RATE, SAMPLES, SIZE
from channels.sandbox.sound.telephone_socket import MOST_FRAMES_AT_ONCE, REFUSED, REPLACED
from tests.channels.sandbox_house import PIA, SandboxHouse, build_sandbox_house
from tests.channels.telephone import KEY_SECRET, KEY_SID, WINDOW, Telephone, mint, pick_up
from tests.channels.tones_heard import LOUD, find_loudness
from tests.channels.twilio_cast import ACCOUNT_SID, HUB_PHONE, TOKEN

CUSTOMER, AGENT, THIRD, SUPERVISOR = 440.0, 600.0, 1000.0, 880.0
ECHO_APPLICATION = "AP" + "7e" * 16
NOTE = 369.99  # of the music that the hub plays to who is on hold
ALL = (CUSTOMER, AGENT, THIRD, SUPERVISOR)
BASE = f"/2010-04-01/Accounts/{ACCOUNT_SID}"


class SoundHouse:
    """A sandbox with sound, in which telephones are picked up until the end of the test."""

    def __init__(self, house: SandboxHouse, stack: AsyncExitStack) -> None:
        self.house, self.stack = house, stack

    async def call(self, hertz: float = CUSTOMER) -> Telephone:
        """Pia calls, and her page is connected with sound."""
        call = await self.house.post(f"/customers/{PIA.id}/call")
        return await self.stack.enter_async_context(pick_up(call["sound"], hertz))

    async def register(self, identity: str, hertz: float) -> Telephone:
        url = f"{self.house.sandbox.sound_url}/client?token={mint(identity)}"
        telephone = await self.stack.enter_async_context(pick_up(url, hertz))
        await telephone.until_told("registered")
        await self.until(lambda: identity in self.house.sandbox._hearing.registered)
        return telephone

    async def until(self, is_true: Any) -> None:
        async with asyncio.timeout(30):
            while not is_true():
                await asyncio.sleep(0.01)

    @property
    def call_id(self) -> str:
        return next(iter(self.house.sandbox._calls.by_sid))

    @property
    def room(self) -> Any:
        return next(iter(self.house.sandbox._calls.conferences.by_sid.values()))

    async def connect(self, agent: Telephone, identity: str = "ada") -> str:
        """Ring an agent's softphone into the room of the call; they accept. Gives the id of the leg."""
        await self.house.phone.send(ConnectAgent(f"to-{identity}", self.call_id, f"client:{identity}", HUB_PHONE))
        leg = await agent.accept()
        await self.until(lambda: leg in self.room.legs and self.room.legs[leg].status == "connected")
        return leg

    async def rest(self, path: str, **form: str) -> Any:
        auth = aiohttp.encode_basic_auth(ACCOUNT_SID, TOKEN)
        async with self.house.client.post(BASE + path, data=form, headers={"Authorization": auth}) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def update(self, leg: str, **form: str) -> None:
        await self.rest(f"/Conferences/{self.room.sid}/Participants/{leg}.json", **form)


@pytest.fixture
async def sound() -> AsyncIterator[SoundHouse]:
    key = {"api_key_sid": KEY_SID, "api_key_secret": KEY_SECRET}
    applications = {ECHO_APPLICATION: "/channels/phone/echo"}
    async with (
        build_sandbox_house(has_sound=True, applications=applications, **key) as house,
        AsyncExitStack() as stack,
    ):
        yield SoundHouse(house, stack)


async def test_customer_and_agent_hear_each_other_but_not_on_hold_nor_muted(sound: SoundHouse) -> None:
    customer, agent = await sound.call(), await sound.register("ada", AGENT)
    leg = await sound.connect(agent)
    await agent.until_hears(CUSTOMER, among=ALL)
    await customer.until_hears(AGENT, among=ALL)

    await sound.house.phone.send(HoldCall("hold", sound.call_id, sound.call_id, True))
    await agent.until_hears(among=ALL)
    await customer.until_hears(NOTE, among=(AGENT, THIRD, NOTE))
    await sound.house.phone.send(HoldCall("on", sound.call_id, sound.call_id, False))
    await agent.until_hears(CUSTOMER, among=ALL)
    await customer.until_hears(AGENT, among=ALL)

    await sound.update(leg, Muted="true")
    await customer.until_hears(among=ALL)
    await agent.until_hears(CUSTOMER, among=ALL)
    await sound.update(leg, Muted="false")
    await customer.until_hears(AGENT, among=ALL)


async def test_three_hear_each_other_and_a_whisper_reaches_the_agent_alone(sound: SoundHouse) -> None:
    customer, agent = await sound.call(), await sound.register("ada", AGENT)
    leg = await sound.connect(agent)
    third = await sound.register("cleo", THIRD)
    await sound.connect(third, "cleo")
    await customer.until_hears(AGENT, THIRD, among=ALL)
    await agent.until_hears(CUSTOMER, THIRD, among=ALL)
    await third.until_hears(CUSTOMER, AGENT, among=ALL)

    supervisor = await sound.register("dot", SUPERVISOR)
    path = f"/Conferences/{sound.room.sid}/Participants.json"
    whisper = {"Coaching": "true", "CallSidToCoach": leg, "Label": "whisper"}
    await sound.rest(path, From=HUB_PHONE, To="client:dot", **whisper)
    coach = await supervisor.accept()
    await agent.until_hears(CUSTOMER, THIRD, SUPERVISOR, among=ALL)
    await supervisor.until_hears(CUSTOMER, AGENT, THIRD, among=ALL)
    await customer.until_hears(AGENT, THIRD, among=ALL)
    await sound.update(coach, Coaching="false")  # barges in
    await customer.until_hears(AGENT, THIRD, SUPERVISOR, among=ALL)


async def test_a_softphone_rings_until_it_is_accepted_and_a_refusal_is_busy(sound: SoundHouse) -> None:
    await sound.call()
    agent = await sound.register("ada", AGENT)
    await sound.house.phone.send(ConnectAgent("out-1", sound.call_id, "client:ada", HUB_PHONE))
    rings = await agent.until_told("incoming")
    assert (rings["from"], rings["parameters"]) == (HUB_PHONE, {})
    assert sound.house.sandbox._calls.by_sid[rings["call"]].status == "ringing"
    await agent.tell("reject", call=rings["call"])
    assert (await agent.until_told("ended"))["reason"] == "busy"
    reasons = await sound.house.hub.wait_until(lambda notices: any(isinstance(n, LegLeft) for n in notices))
    assert [n.role for n in reasons if isinstance(n, LegLeft)] == [LegRole.AGENT]


async def test_who_hangs_up_ends_the_call_for_both(sound: SoundHouse) -> None:
    customer, agent = await sound.call(), await sound.register("ada", AGENT)
    leg = await sound.connect(agent)
    await customer.tell("hang_up")
    assert (await customer.until_told("ended"))["reason"] == "completed"
    assert await customer.until_over() == 1000
    assert (await agent.until_told("ended"))["call"] == leg


async def test_a_second_softphone_takes_over_and_the_first_is_told(sound: SoundHouse) -> None:
    await sound.call()
    first = await sound.register("ada", AGENT)
    second = await sound.register("ada", AGENT)
    await first.until_told("replaced")
    await sound.connect(second)
    assert first.count("incoming") == 0


@pytest.mark.parametrize("ends", ["closed", "cut off", "loaded again"])
async def test_the_leg_of_a_softphone_that_is_gone_ends_and_the_customer_stays(sound: SoundHouse, ends: str) -> None:
    customer, agent = await sound.call(), await sound.register("ada", AGENT)
    leg, calls = await sound.connect(agent), sound.house.sandbox._calls.by_sid
    if ends == "cut off":
        agent.socket._response.connection.transport.abort()  # the network is gone
    else:
        await agent.socket.close(code=1001 if ends == "loaded again" else 1000)
    await sound.until(lambda: calls[leg].is_over and not calls[sound.call_id].is_over)
    assert await sound.connect(await sound.register("ada", THIRD)) != leg
    await customer.until_hears(THIRD, among=ALL)


async def test_keys_are_heard_as_tones_and_typed_keys_too(sound: SoundHouse) -> None:
    customer, agent = await sound.call(0), await sound.register("ada", 0)
    leg = await sound.connect(agent)
    keys = (697, 770, 852, 941, 1209, 1336, 1477)
    await agent.tell("tones", call=leg, keys="5" * 8)
    await customer.until_hears(770, 1336, among=keys)
    await sound.house.post(f"/customers/{PIA.id}/call/digits", digits="1" * 8)
    await agent.until_hears(697, 1209, among=keys)


async def test_typed_words_reach_who_would_hear_them_and_make_no_sound(sound: SoundHouse) -> None:
    customer, agent = await sound.call(0), await sound.register("ada", 0)
    leg = await sound.connect(agent)
    say = f"/customers/{PIA.id}/call/say"
    await sound.house.post(say, text="Hej, mitt paket är borta.")
    words = await agent.until_told("words")
    assert (words["text"], words["language"]) == ("Hej, mitt paket är borta.", "en")
    assert customer.count("words") == 0
    await agent.until_hears(among=ALL)
    await sound.house.phone.send(HoldCall("hold", sound.call_id, sound.call_id, True))
    await sound.until(lambda: sound.room.legs[sound.call_id].is_on_hold)
    await sound.house.post(say, text="Nobody hears this.")
    await sound.rest(f"/Calls/{leg}.json", Twiml="<Response><Say>You are moved.</Say><Pause/></Response>")
    assert (await agent.until_told("words", 2))["text"] == "You are moved."


async def test_a_page_needs_the_secret_of_its_call_and_a_second_one_takes_over(sound: SoundHouse) -> None:
    first = await sound.call()
    call = (await sound.house.get(f"/customers/{PIA.id}"))["call"]
    async with pick_up(call["sound"][:-1]) as stranger:
        assert (await stranger.until_told("refused"))["code"] == "no_call"
        assert await stranger.until_over() == REFUSED
    async with pick_up(call["sound"]) as second:
        await second.until_told("connected")
        await first.until_told("replaced")
        assert await first.until_over() == REPLACED


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (lambda: "nonsense", "bad_token"),
        (lambda: mint("ada", secret="a secret of somebody else, long enough for HS256"), "bad_token"),
        (lambda: mint("ada", account="AC" + "0b" * 16), "bad_token"),
        (lambda: mint("ada", seconds=-10), "token_expired"),
    ],
)
async def test_a_softphone_needs_a_token_of_our_account_with_our_signature(
    sound: SoundHouse, token: Callable[[], str], code: str
) -> None:
    async with pick_up(f"{sound.house.sandbox.sound_url}/client?token={token()}") as telephone:
        assert (await telephone.until_told("refused"))["code"] == code
        assert await telephone.until_over() == REFUSED


async def test_a_registration_ends_with_its_token_unless_it_is_renewed(sound: SoundHouse) -> None:
    ada, ben = await sound.register("ada", AGENT), await sound.register("ben", AGENT)
    await ben.tell("renew", token=mint("cleo"))
    assert (await ben.until_told("problem"))["code"] == "bad_token"
    await ada.tell("renew", token=mint("ada", seconds=4))
    await ada.until_told("renewed")
    await ada.until_told("expired")
    await sound.until(lambda: sound.house.sandbox._hearing.registered == {"ben"})
    await ada.tell("renew", token=mint("ada"))
    await sound.until(lambda: sound.house.sandbox._hearing.registered == {"ada", "ben"})


async def test_who_breaks_a_limit_is_cut_off(sound: SoundHouse) -> None:
    url = f"{sound.house.sandbox.sound_url}/client?token={mint('ada')}"
    frame = bytes(SIZE)
    sent = {1009: [b"x" * 5000], 1003: [b"short"], 1008: [frame] * (MOST_FRAMES_AT_ONCE + 100)}
    for code, messages in sent.items():
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            for message in messages:
                await socket.send_bytes(message)
            async with asyncio.timeout(20):
                while not socket.closed:
                    await socket.receive()
            assert socket.close_code == code


async def test_faults_of_sound_are_heard_and_cleared(sound: SoundHouse) -> None:
    customer, agent = await sound.call(), await sound.register("ada", AGENT)
    await sound.connect(agent)
    await agent.until_hears(CUSTOMER, among=ALL)
    await sound.house.post("/faults", where="sound", kind="silence", to=PIA.phone)
    await agent.until_hears(among=ALL)
    await customer.until_hears(AGENT, among=ALL)
    await sound.house.client.delete("/sandbox/api/faults")
    await agent.until_hears(CUSTOMER, among=ALL)
    await sound.house.post("/faults", where="sound", kind="one-way", to="client:ada", seconds=1)
    reports = agent.count("report")
    await agent.until_told("report", reports + 1)
    heard = agent.frames
    await customer.until_hears(AGENT, among=ALL)
    await agent.until_hears(CUSTOMER, among=ALL)  # it has ended
    assert agent.frames > heard


async def test_a_message_is_the_sound_that_was_said(sound: SoundHouse) -> None:
    customer = await sound.call()
    more = 'maxLength="600" playBeep="true" finishOnKey="#"'
    await sound.rest(f"/Calls/{sound.call_id}.json", Twiml=f"<Response><Record {more}/><Hangup/></Response>")
    recordings = sound.house.sandbox._calls.recordings
    await sound.until(lambda: recordings.by_sid)
    recording = next(iter(recordings.by_sid.values()))
    told = customer.count("report")
    await customer.until_told("report", told + 2)
    await customer.tell("hang_up")
    await sound.until(lambda: recording.status == "completed")
    auth = aiohttp.encode_basic_auth(ACCOUNT_SID, TOKEN)
    url = f"{BASE}/Recordings/{recording.sid}"
    async with sound.house.client.get(url, headers={"Authorization": auth}) as answer:
        assert answer.content_type == "audio/x-wav"
        with wave.open(io.BytesIO(await answer.read())) as file:
            assert file.getnchannels() == 1
            said = array("h", file.readframes(file.getnframes()))
    assert find_loudness(said[RATE // 2 : RATE], CUSTOMER) > LOUD / 10


async def test_a_softphone_may_call_the_application_of_its_token_and_no_other(sound: SoundHouse) -> None:
    telephone = await sound.register("ada", AGENT)
    await telephone.tell("connect")
    assert (await telephone.until_told("problem"))["code"] == "may_not_call"


async def test_an_agent_hears_their_own_voice_in_the_check_before_a_shift(sound: SoundHouse) -> None:
    token = mint("CHECK_ada", application=ECHO_APPLICATION)
    telephone = await sound.stack.enter_async_context(
        pick_up(f"{sound.house.sandbox.sound_url}/client?token={token}", AGENT)
    )
    assert (await telephone.until_told("registered"))["is_called"] is False
    await telephone.tell("connect", parameters={"language": "en"})
    call = (await telephone.until_told("accepted"))["call"]
    await telephone.until_told("words")
    sound.house.time.advance(60)  # the words are said
    await telephone.until_told("report", telephone.count("report") + 2)
    await telephone.tell("tones", call=call, keys="#")
    await telephone.until_hears(AGENT, among=ALL)
    sound.house.time.advance(60)
    assert (await telephone.until_told("ended"))["call"] == call


async def test_after_the_sound_process_dies_another_takes_over(sound: SoundHouse) -> None:
    await sound.call()
    agent = await sound.register("ada", AGENT)
    process = sound.house.sandbox._sound._process
    process.kill()
    await agent.until_over()
    again = await sound.register("ada", AGENT)
    await sound.connect(again)
    call = (await sound.house.get(f"/customers/{PIA.id}"))["call"]
    async with pick_up(call["sound"], CUSTOMER) as customer:
        await customer.until_hears(AGENT, among=ALL)
        await again.until_hears(CUSTOMER, among=ALL)


async def test_without_sound_a_softphone_answers_at_once() -> None:
    async with build_sandbox_house() as house:
        call = await house.post(f"/customers/{PIA.id}/call")
        assert (call["sound"], house.sandbox.sound_url) == ("", "")
        await house.phone.send(ConnectAgent("out-1", call["sid"], "client:ada", HUB_PHONE))
        await house.phone.send(HangUp("out-2", call["sid"], call["sid"]))


@pytest.mark.promise("P13")
async def test_a_recording_holds_both_sides_but_no_pause_and_no_whisper(sound: SoundHouse) -> None:
    customer, agent = await sound.call(), await sound.register("ada", AGENT)
    leg = await sound.connect(agent)
    supervisor = await sound.register("dot", SUPERVISOR)
    whisper = {"Coaching": "true", "CallSidToCoach": leg, "Label": "whisper"}
    await sound.rest(f"/Conferences/{sound.room.sid}/Participants.json", From=HUB_PHONE, To="client:dot", **whisper)
    await supervisor.accept()
    await agent.until_hears(CUSTOMER, SUPERVISOR, among=ALL)
    recording = (await sound.house.phone.send(StartRecording("r1", sound.call_id))).provider_id
    await customer.until_more(WINDOW * 3)
    for change in (RecordingChange.PAUSE, RecordingChange.RESUME):
        await sound.house.phone.send(ChangeRecording(f"c-{change}", sound.call_id, recording, change))
        await customer.until_more(WINDOW * 3)
    await sound.house.phone.send(ChangeRecording("c3", sound.call_id, recording, RecordingChange.STOP))
    await sound.until(lambda: sound.house.sandbox._calls.recordings.by_sid[recording].status == "completed")
    await sound.house.phone.send(FetchRecordings("f1", sound.call_id))
    (fetched,) = [one for one in sound.house.hub.notices.values() if isinstance(one, RecordingFetched)]
    said, heard = read_channels(sound.house.hub.media[fetched.media.ref])
    windows = [hears_in(said[at : at + 800], *ALL) for at in range(0, len(said) - 800, 800)]
    assert windows[0] == windows[-1] == {CUSTOMER}
    gap = find_silence(said)
    assert gap == find_silence(heard) and gap >= WINDOW * 3 * SAMPLES * 0.6, "as long as the pause"
    assert SUPERVISOR not in hears_in(heard, *ALL) and AGENT in hears_in(heard, *ALL)


def read_channels(wav: bytes) -> tuple[array, array]:
    """What the customer said, and what they heard."""
    with wave.open(io.BytesIO(wav)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (2, RATE)
        samples = array("h", sound.readframes(sound.getnframes()))
    return samples[0::2], samples[1::2]


def hears_in(samples: array, *hertz: float) -> set[float]:
    return {one for one in hertz if find_loudness(samples, one) > LOUD / 40}


def find_silence(samples: array) -> int:
    """How many samples of the longest silence there are, in whole frames."""
    frames = [any(samples[at : at + SAMPLES]) for at in range(0, len(samples), SAMPLES)]
    return max((len(list(run)) for is_loud, run in groupby(frames) if not is_loud), default=0) * SAMPLES


async def test_five_hear_each_other(sound: SoundHouse) -> None:
    five = {CUSTOMER: await sound.call()}
    for identity, hertz in (("ada", AGENT), ("ben", THIRD), ("cleo", SUPERVISOR), ("dot", 1300.0)):
        five[hertz] = await sound.register(identity, hertz)
        await sound.connect(five[hertz], identity)
    for own, telephone in five.items():
        await telephone.until_hears(*(hertz for hertz in five if hertz != own), among=tuple(five))
