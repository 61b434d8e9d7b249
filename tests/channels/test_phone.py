"""Phone: a call arrives, waits, meets an agent, ends."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from aiohttp.test_utils import TestClient

from channels.channel import (
    CallAgent,
    CallAnswered,
    CallArrived,
    CallbackWished,
    CallCustomer,
    ConnectAgent,
    FetchVoicemail,
    HangUp,
    HoldCall,
    IdentityLevel,
    LegJoined,
    LegLeft,
    LegRole,
    Speak,
    WaitingPlace,
)
from channels.phone.phone import PhoneChannel, PhoneSettings
from channels.phone.rooms import ANSWERED, CONFERENCE, INBOUND, KEY, MUSIC, STATUS, WAIT
from tests.channels.contract import ChannelContract, MemoryHub, serve
from tests.channels.twilio_cast import (
    ACCOUNT_SID,
    AGENT_CALL,
    CALL,
    HUB_PHONE,
    PIA,
    PUBLIC_URL,
    ROOM,
    build_account,
    post_signed,
    read_payloads,
)


class TestPhoneIsAChannel(ChannelContract):
    requests: Sequence[type] = (ConnectAgent, CallAgent, HoldCall, HangUp, Speak, CallCustomer, FetchVoicemail)

    @pytest.fixture
    def channel(self, hub: MemoryHub) -> PhoneChannel:
        return PhoneChannel(PhoneSettings(build_account()), hub)


@pytest.fixture
async def hub() -> MemoryHub:
    return MemoryHub()


@pytest.fixture
async def client(hub: MemoryHub) -> AsyncIterator[TestClient]:
    channel = PhoneChannel(PhoneSettings(build_account()), hub)
    await channel.start()
    client = await serve(channel)
    yield client
    await client.close()
    await channel.stop()


def build_call(**more: str) -> dict[str, str]:
    form = {"CallSid": CALL, "AccountSid": ACCOUNT_SID, "From": PIA, "To": HUB_PHONE, "CallStatus": "ringing"}
    return {**form, "Direction": "inbound", "FromCountry": "SE", **more}


def build_event(event: str, leg: str = CALL, **more: str) -> dict[str, str]:
    form = {"AccountSid": ACCOUNT_SID, "ConferenceSid": ROOM, "FriendlyName": CALL, "CallSid": leg}
    return {**form, "StatusCallbackEvent": event, **more}


async def test_a_call_waits_in_the_room_that_bears_its_name(client: TestClient, hub: MemoryHub) -> None:
    answer = await post_signed(client, INBOUND, build_call())
    assert (answer.status, answer.content_type) == (200, "text/xml")
    room = ElementTree.fromstring(await answer.text()).find("Dial/Conference")
    assert room is not None and room.text == CALL
    assert room.attrib == {
        "participantLabel": "customer",
        "startConferenceOnEnter": "false",
        "endConferenceOnExit": "true",
        "beep": "false",
        "waitUrl": f"{PUBLIC_URL}{WAIT}?call={CALL}&n=0",
        "waitMethod": "POST",
        "statusCallback": PUBLIC_URL + CONFERENCE,
        "statusCallbackEvent": "start end join leave",
        "statusCallbackMethod": "POST",
    }
    ends = ("busy", "canceled", "completed", "failed", "no-answer")
    over_keys = tuple(f"phone:{ACCOUNT_SID}:{CALL}:{status}" for status in ends)
    key = f"phone:{ACCOUNT_SID}:{CALL}:inbound"
    assert list(hub.notices.values()) == [
        CallArrived(key, CALL, PIA, HUB_PHONE, IdentityLevel.CLAIMED, "SE", over_keys)
    ]


async def test_a_recorded_call_is_understood_and_its_vouched_number_is_proven(
    client: TestClient, hub: MemoryHub, corpora: Path
) -> None:
    (form,) = read_payloads(corpora, "voice-in")
    assert (await post_signed(client, INBOUND, form)).status == 200
    (call,) = hub.notices.values()
    assert isinstance(call, CallArrived)
    assert (call.from_address, call.country) == ("+14158675310", "US")
    assert call.identity_level is IdentityLevel.PROVEN


async def test_two_strangers_with_withheld_numbers_are_not_one_customer(client: TestClient, hub: MemoryHub) -> None:
    await post_signed(client, INBOUND, build_call(From="anonymous"))
    await post_signed(client, INBOUND, build_call(From="+266696687", CallSid="CA" + "33" * 16))
    addresses = [call.from_address for call in hub.notices.values() if isinstance(call, CallArrived)]
    assert addresses == [f"anonymous:{CALL}", "anonymous:CA" + "33" * 16]


@pytest.mark.promise("P2")
async def test_the_same_call_delivered_twice_is_one_call_with_the_same_answer(
    client: TestClient, hub: MemoryHub
) -> None:
    answers = await asyncio.gather(*(post_signed(client, INBOUND, build_call()) for _ in range(3)))
    assert len({await answer.text() for answer in answers}) == 1
    assert (len(hub.notices), hub.deliveries) == (1, 3)


@pytest.mark.promise("P9")
async def test_a_call_that_cannot_be_stored_hears_an_apology_in_both_languages(
    client: TestClient, hub: MemoryHub
) -> None:
    hub.is_away = True
    answer = await post_signed(client, INBOUND, build_call())
    assert (answer.status, answer.content_type) == (200, "text/xml")
    steps = list(ElementTree.fromstring(await answer.text()))
    assert [step.tag for step in steps] == ["Say", "Say", "Hangup"]
    assert [step.get("language") for step in steps[:2]] == ["en-US", "zh-CN"]


@pytest.mark.parametrize(
    ("position", "language", "said"),
    [
        (3, "en", "Thank you for waiting. You are number 3 in the queue."),
        (1, "en-GB", "Thank you for waiting. You are next."),
        (3, "zh-CN", "感谢您的耐心等候。您前面还有2位客户。"),
        (1, "zh-CN", "感谢您的耐心等候。下一位就轮到您。"),
    ],
)
async def test_who_waits_hears_the_place_then_music_then_is_asked_for_again(
    client: TestClient, hub: MemoryHub, position: int, language: str, said: str
) -> None:
    hub.places[CALL] = WaitingPlace(position, language)
    answer = await post_signed(client, f"{WAIT}?call={CALL}&n=3", build_call())
    say, play, redirect = ElementTree.fromstring(await answer.text())
    assert (say.tag, say.text, say.get("language")) == ("Say", said, "zh-CN" if "zh" in language else "en-US")
    assert (play.tag, play.text) == ("Play", PUBLIC_URL + MUSIC)
    assert (redirect.tag, redirect.text) == ("Redirect", f"{PUBLIC_URL}{WAIT}?call={CALL}&n=4")


@pytest.mark.parametrize(
    ("minutes", "language", "said"),
    [
        (1, "en", "Thank you for waiting. You are number 2 in the queue. The wait is about one minute."),
        (12, "en", "Thank you for waiting. You are number 2 in the queue. The wait is about 12 minutes."),
        (3, "zh-CN", "感谢您的耐心等候。您前面还有1位客户。预计还需等候约3分钟。"),
    ],
)
async def test_the_caller_hears_how_long_about_where_that_can_be_said(
    client: TestClient, hub: MemoryHub, minutes: int, language: str, said: str
) -> None:
    hub.places[CALL] = WaitingPlace(2, language, minutes)
    answer = await post_signed(client, f"{WAIT}?call={CALL}", build_call())
    assert ElementTree.fromstring(await answer.text())[0].text == said


async def test_until_the_call_is_decided_a_few_words_are_said_and_the_hub_is_asked_again(
    client: TestClient, hub: MemoryHub
) -> None:
    """Music would keep the caller from hearing the place for as long as it plays."""
    answer = await post_signed(client, f"{WAIT}?call={CALL}", build_call())
    english, chinese, redirect = ElementTree.fromstring(await answer.text())
    assert [(say.tag, say.get("language")) for say in (english, chinese)] == [("Say", "en-US"), ("Say", "zh-CN")]
    assert len((english.text or "") + (chinese.text or "")) < 50
    assert (redirect.tag, redirect.text) == ("Redirect", f"{PUBLIC_URL}{WAIT}?call={CALL}&n=0")


@pytest.mark.parametrize("is_away", [False, True])
async def test_the_music_goes_on_where_there_is_no_place_to_tell(
    client: TestClient, hub: MemoryHub, is_away: bool
) -> None:
    hub.places[CALL] = WaitingPlace(None, "en")
    hub.is_away = is_away
    answer = await post_signed(client, f"{WAIT}?call={CALL}", build_call())
    assert answer.status == 200
    assert [step.tag for step in ElementTree.fromstring(await answer.text())] == ["Play", "Redirect"]


async def test_the_music_is_a_short_quiet_wave_file_that_ends_where_it_began(client: TestClient) -> None:
    answer = await client.get(MUSIC)
    body = await answer.read()
    assert answer.content_type == "audio/wav" and len(body) < 400_000
    with wave.open(io.BytesIO(body)) as music:
        assert (music.getframerate(), music.getnchannels(), music.getsampwidth()) == (8000, 1, 2)
        assert 10 < music.getnframes() / 8000 < 30
        samples = memoryview(music.readframes(music.getnframes())).cast("h")
    assert samples[0] == 0 and abs(samples[-1]) < 50
    assert 1000 < max(samples) < 8000


async def test_legs_come_and_go(client: TestClient, hub: MemoryHub) -> None:
    for form in (
        build_event("participant-join", ParticipantLabel="customer"),
        build_event("participant-join", AGENT_CALL, ParticipantLabel="out-1"),
        build_event("conference-start", AGENT_CALL),
        build_event(
            "participant-leave",
            AGENT_CALL,
            ParticipantLabel="out-1",
            ReasonParticipantLeft="participant_hung_up",
        ),
        build_event("participant-leave", ParticipantLabel="customer"),
        build_event("conference-end"),
    ):
        assert (await post_signed(client, CONFERENCE, form)).status == 204
    key = f"phone:{ACCOUNT_SID}:{CALL}"
    agent_key = f"phone:{ACCOUNT_SID}:{AGENT_CALL}"
    assert list(hub.notices.values()) == [
        LegJoined(f"{key}:participant-join:{ROOM}", CALL, CALL, LegRole.CUSTOMER),
        LegJoined(f"{agent_key}:participant-join:{ROOM}", CALL, AGENT_CALL, LegRole.AGENT, "out-1"),
        LegLeft(
            f"{agent_key}:participant-leave:{ROOM}", CALL, AGENT_CALL, LegRole.AGENT, "participant_hung_up", "out-1"
        ),
        LegLeft(f"{key}:participant-leave:{ROOM}", CALL, CALL, LegRole.CUSTOMER),
    ]


async def test_recorded_conference_events_are_understood(client: TestClient, hub: MemoryHub, corpora: Path) -> None:
    for form in read_payloads(corpora, "conference"):
        assert (await post_signed(client, CONFERENCE, {**form, "FriendlyName": CALL})).status == 204
        assert (await post_signed(client, CONFERENCE, form)).status == 400  # "room-1" is no room of ours
    joined, left = hub.notices.values()
    assert isinstance(joined, LegJoined) and isinstance(left, LegLeft)
    assert (left.role, left.reason) == (LegRole.CUSTOMER, "participant_hung_up")


async def test_a_recorded_end_of_a_call_is_the_customers_leg_leaving(
    client: TestClient, hub: MemoryHub, corpora: Path
) -> None:
    (form,) = read_payloads(corpora, "voice-status")
    assert (await post_signed(client, STATUS, form)).status == 204
    assert list(hub.notices.values()) == [
        LegLeft(f"phone:{ACCOUNT_SID}:{CALL}:completed", CALL, CALL, LegRole.CUSTOMER, "completed")
    ]


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled", "completed"])
async def test_an_agent_who_does_not_answer_is_a_leg_that_left(
    client: TestClient, hub: MemoryHub, status: str
) -> None:
    form = build_call(CallSid=AGENT_CALL, CallStatus=status)
    assert (await post_signed(client, f"{STATUS}?call={CALL}&o=out-1", form)).status == 204
    assert list(hub.notices.values()) == [
        LegLeft(f"phone:{ACCOUNT_SID}:{AGENT_CALL}:{status}", CALL, AGENT_CALL, LegRole.AGENT, status, "out-1")
    ]


@pytest.mark.promise("P2")
async def test_the_key_that_was_offered_is_a_wish_and_leads_back_into_the_room(
    client: TestClient, hub: MemoryHub
) -> None:
    url = f"{KEY}?call={CALL}&n=8&key=1"
    for digits in ("2", "1", "1"):
        answer = await post_signed(client, url, build_call(CallStatus="in-progress", Digits=digits))
        room = ElementTree.fromstring(await answer.text()).find("Dial/Conference")
        assert room is not None and room.get("waitUrl") == f"{PUBLIC_URL}{WAIT}?call={CALL}&n=9"
    assert list(hub.notices.values()) == [CallbackWished(f"phone:{ACCOUNT_SID}:{CALL}:callback:8", CALL)]


async def test_a_wish_that_cannot_be_stored_leads_back_into_the_room(client: TestClient, hub: MemoryHub) -> None:
    hub.is_away = True
    answer = await post_signed(client, f"{KEY}?call={CALL}&n=0&key=1", build_call(Digits="1"))
    assert answer.status == 200
    assert ElementTree.fromstring(await answer.text()).find("Dial/Conference") is not None


@pytest.mark.promise("P2")
async def test_an_answer_to_our_call_is_one_fact_said_by_its_status_and_by_asking_for_the_room(
    client: TestClient, hub: MemoryHub
) -> None:
    form = build_call(CallStatus="in-progress", Direction="outbound-api", From=HUB_PHONE, To=PIA)
    assert (await post_signed(client, f"{STATUS}?o=i1.5.call", form)).status == 204
    answer = await post_signed(client, f"{ANSWERED}?o=i1.5.call", form)
    room = ElementTree.fromstring(await answer.text()).find("Dial/Conference")
    assert room is not None and room.text == CALL
    assert list(hub.notices.values()) == [CallAnswered(f"phone:{ACCOUNT_SID}:{CALL}:answered", CALL, "i1.5.call")]


async def test_a_customer_who_answers_while_nothing_can_be_stored_hears_an_apology(
    client: TestClient, hub: MemoryHub
) -> None:
    hub.is_away = True
    answer = await post_signed(client, f"{ANSWERED}?o=i1.5.call", build_call(CallStatus="in-progress"))
    assert [step.tag for step in ElementTree.fromstring(await answer.text())] == ["Say", "Say", "Hangup"]


async def test_a_customer_whom_we_did_not_reach_is_a_leg_that_left(client: TestClient, hub: MemoryHub) -> None:
    assert (await post_signed(client, f"{STATUS}?o=i1.5.call", build_call(CallStatus="busy"))).status == 204
    assert list(hub.notices.values()) == [
        LegLeft(f"phone:{ACCOUNT_SID}:{CALL}:busy", CALL, CALL, LegRole.CUSTOMER, "busy", "i1.5.call")
    ]


async def test_a_call_under_way_is_no_news(client: TestClient, hub: MemoryHub) -> None:
    for status in ("queued", "initiated", "ringing", "in-progress"):
        assert (await post_signed(client, STATUS, build_call(CallStatus=status))).status == 204
    assert not hub.notices


@pytest.mark.promise("P1")
async def test_events_that_cannot_be_stored_are_not_acknowledged(client: TestClient, hub: MemoryHub) -> None:
    hub.is_away = True
    assert (await post_signed(client, CONFERENCE, build_event("participant-leave"))).status == 503
    assert (await post_signed(client, STATUS, build_call(CallStatus="completed"))).status == 503


@pytest.mark.parametrize(
    "event",
    ["conference-start", "conference-end", "conference-record", "announcement-end", "announcement-fail"]
    + [
        f"participant-{what}"
        for what in ("mute", "unmute", "hold", "unhold", "modify", "speech-start", "speech-stop")
    ]
    + ["a word of tomorrow"],
)
async def test_an_event_that_moves_no_leg_is_acknowledged_and_says_nothing(
    client: TestClient, hub: MemoryHub, event: str
) -> None:
    assert (await post_signed(client, CONFERENCE, build_event(event))).status == 204
    assert (await post_signed(client, CONFERENCE, {**build_event(event), "FriendlyName": "elsewhere"})).status == 204
    assert not hub.notices


async def test_a_status_that_nobody_knows_yet_is_acknowledged_and_says_nothing(
    client: TestClient, hub: MemoryHub
) -> None:
    assert (await post_signed(client, STATUS, build_call(CallStatus="lost"))).status == 204
    assert not hub.notices


@pytest.mark.parametrize(
    ("answered_by", "is_reached"),
    [
        ("human", True),
        ("unknown", True),
        ("", True),
        ("machine_start", False),
        ("machine_end_beep", False),
        ("machine_end_silence", False),
        ("machine_end_other", False),
        ("fax", False),
    ],
)
async def test_a_machine_has_not_answered_our_call(
    client: TestClient, hub: MemoryHub, answered_by: str, is_reached: bool
) -> None:
    hub.requests["i1.5.call"] = CallCustomer("i1.5.call", PIA, HUB_PHONE, "You asked us to call.", "en", 25)
    form = build_call(CallStatus="in-progress", AnsweredBy=answered_by)
    told = ElementTree.fromstring(await (await post_signed(client, f"{ANSWERED}?o=i1.5.call", form)).text())
    assert [step.tag for step in told] == (["Say", "Dial"] if is_reached else ["Hangup"])
    await post_signed(client, f"{STATUS}?o=i1.5.call", form)
    (notice,) = hub.notices.values()
    assert isinstance(notice, CallAnswered if is_reached else LegLeft)
    assert is_reached or (isinstance(notice, LegLeft) and notice.reason == "machine")


async def test_a_voice_form_that_makes_no_sense_is_answered_with_an_apology(
    client: TestClient, hub: MemoryHub
) -> None:
    for path, form in (
        (INBOUND, build_call(CallSid="CA1")),
        (INBOUND, {"AccountSid": ACCOUNT_SID, "CallSid": CALL}),
        (ANSWERED, build_call(CallStatus="in-progress")),
        (f"{KEY}?call={AGENT_CALL}&n=0&key=1", build_call(Digits="1")),
    ):
        steps = ElementTree.fromstring(await (await post_signed(client, path, form)).text())
        assert [step.tag for step in steps] == ["Say", "Say", "Hangup"]
    assert not hub.notices


async def test_forms_that_are_not_the_providers_are_400(client: TestClient, hub: MemoryHub) -> None:
    for path, form in (
        (CONFERENCE, build_event("participant-join", leg="CA1")),
        (CONFERENCE, build_event("participant-join", ConferenceSid="room-1")),
        (f"{STATUS}?call=CA1", build_call(CallStatus="completed")),
    ):
        assert (await post_signed(client, path, form)).status == 400
    assert not hub.notices
