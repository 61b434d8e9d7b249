"""Whatever breaks on our side, each voice webhook gets TwiML that the provider can carry out, in time."""

import asyncio
import hmac
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from twilio.request_validator import RequestValidator

from channels.channel import After, Speak
from channels.phone import voice_answers
from channels.phone.intents import EndCall, Say
from channels.phone.phone import PhoneChannel, PhoneSettings
from channels.phone.rooms import (
    AGENT,
    ANSWERED,
    CONFERENCE,
    INBOUND,
    MACHINE,
    READY_STATUS,
    RECORDING,
    RINGING,
    STATUS,
    WAIT,
)
from channels.phone.twiml import render
from tests.channels.contract import MemoryHub, serve
from tests.channels.test_phone import build_call
from tests.channels.twilio_cast import CALL, PUBLIC_URL, TOKEN, build_account, post_signed
from tests.channels.twiml_rules import BrokenTwiml, read_twiml

# The provider reads no TwiML there: it asks again, or lists what it has
CALLBACKS = {CONFERENCE, STATUS, RECORDING, READY_STATUS, MACHINE}
ROUTES = [
    route.path
    for route in PhoneChannel(PhoneSettings(build_account()), MemoryHub()).routes()
    if route.door == "provider" and route.path not in CALLBACKS
]
IN_A_ROOM = {WAIT, RINGING}
QUERY = f"?call={CALL}&o=i1.5.call&n=0&key=1&language=en"


class BrokenHub:
    """Each method of it does the same: `fault`."""

    def __init__(self, fault: Callable[[], Awaitable[Any]]) -> None:
        self.fault = fault
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def method(*_: Any) -> Any:
            self.asked.append(name)
            return await self.fault()

        return method


async def database_is_away() -> None:
    raise ConnectionError("the database is away")


async def something_is_wrong() -> None:
    raise KeyError("nobody thought of this")


async def answer_is_nonsense() -> str:
    return "nonsense"


async def hang() -> None:
    await asyncio.Event().wait()


FAULTS = [database_is_away, something_is_wrong, answer_is_nonsense, hang]


@pytest.fixture
async def clients() -> AsyncIterator[Callable[[Any], Awaitable[TestClient]]]:
    opened: list[tuple[PhoneChannel, TestClient]] = []

    async def open_client(hub: Any) -> TestClient:
        channel = PhoneChannel(PhoneSettings(build_account()), hub)
        client = await serve(channel)
        opened.append((channel, client))
        return client

    yield open_client
    for channel, client in opened:
        await client.close()
        await channel.stop()


Clients = Callable[[Any], Awaitable[TestClient]]


def test_a_caller_never_waits_longer_than_three_seconds_for_an_answer() -> None:
    assert voice_answers.ANSWER_SECONDS < 3
    assert len(ROUTES) >= 7


@pytest.mark.promise("P9")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", ROUTES)
async def test_each_voice_route_answers_twiml_whatever_the_hub_does(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, path: str, fault: Callable[[], Awaitable[Any]]
) -> None:
    monkeypatch.setattr(voice_answers, "ANSWER_SECONDS", 0.05)
    client = await clients(BrokenHub(fault))
    for form in (build_call(CallStatus="in-progress", Digits="1", SpeechResult="ja"), build_call(AnsweredBy="fax")):
        answer = await post_signed(client, path + QUERY, form)
        assert (answer.status, answer.content_type) == (200, "text/xml")
        read_twiml(await answer.text(), in_a_room=path in IN_A_ROOM)


@pytest.mark.parametrize("path", ROUTES)
async def test_each_voice_route_answers_twiml_to_a_form_that_makes_no_sense(clients: Clients, path: str) -> None:
    """Our provider has signed it, so a caller is on the line."""
    client = await clients(MemoryHub())
    bare = build_call()
    for form in ({"AccountSid": bare["AccountSid"]}, {**bare, "CallSid": "CA1"}, {**bare, "CallSid": ""}):
        for query in (QUERY, "?call=CA1&n=x", ""):
            answer = await post_signed(client, path + query, form)
            assert (answer.status, answer.content_type) == (200, "text/xml"), query
            read_twiml(await answer.text(), in_a_room=path in IN_A_ROOM)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"AccountSid=AC1&Body=%ff", {"AccountSid": "AC1", "Body": "\udcff"}),
        (b"AccountSid=AC1&Body=%zz", {"AccountSid": "AC1", "Body": "%zz"}),
        (b"&".join([b"a=1"] * 600), {"a": "1"}),
    ],
)
@pytest.mark.parametrize("path", ROUTES)
async def test_each_voice_route_answers_twiml_to_a_signed_form_that_nobody_can_read(
    clients: Clients, path: str, body: bytes, read: dict[str, str]
) -> None:
    client = await clients(MemoryHub())
    joined = "".join(name + value for name, value in sorted(read.items()))
    signature = sign(PUBLIC_URL + path + QUERY + joined)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post(path + QUERY, data=body, headers=headers)
    assert (answer.status, answer.content_type) == (200, "text/xml")
    read_twiml(await answer.text(), in_a_room=path in IN_A_ROOM)
    forged = await client.post(path + QUERY, data=body, headers={**headers, "X-Twilio-Signature": sign("else")})
    assert forged.status == 403


def sign(text: str) -> str:
    return b64encode(hmac.digest(TOKEN.encode(), text.encode("utf-8", "surrogatepass"), "sha1")).decode()


async def test_a_slow_hub_stores_the_call_while_its_caller_hears_a_word(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_answers, "ANSWER_SECONDS", 0.05)
    go_on, hub = asyncio.Event(), MemoryHub()
    accept = hub.accept

    async def accept_slowly(notices: Any) -> None:
        await go_on.wait()
        await accept(notices)

    monkeypatch.setattr(hub, "accept", accept_slowly)
    client = await clients(hub)
    *_, again = read_twiml(await (await post_signed(client, INBOUND, build_call())).text())
    assert (again.tag, again.text) == ("Redirect", f"{PUBLIC_URL}{INBOUND}?n=1")
    go_on.set()
    await hub.wait_until(lambda notices: len(notices) == 1)
    (dial,) = read_twiml(await (await post_signed(client, f"{INBOUND}?n=1", build_call())).text())
    assert (dial[0].tag, dial[0].text) == ("Conference", CALL)
    assert (len(hub.notices), hub.deliveries) == (1, 2)


@pytest.mark.parametrize("path", [INBOUND, f"{ANSWERED}?o=i1.5.call"])
async def test_a_caller_of_a_hub_that_stays_slow_is_asked_to_call_again(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(voice_answers, "ANSWER_SECONDS", 0.05)
    client = await clients(BrokenHub(hang))
    asked = 0
    while True:
        verbs = read_twiml(await (await post_signed(client, path, build_call())).text())
        if verbs[-1].tag == "Hangup":
            break
        asked, path = asked + 1, (verbs[-1].text or "").removeprefix(PUBLIC_URL)
    assert asked == voice_answers.MOST_TRIES


async def test_a_machine_that_answers_our_call_hears_nothing_while_nothing_can_be_stored(clients: Clients) -> None:
    client = await clients(BrokenHub(database_is_away))
    answer = await post_signed(client, f"{ANSWERED}?o=i1.5.call", build_call(AnsweredBy="machine_start"))
    assert [verb.tag for verb in read_twiml(await answer.text())] == ["Hangup"]


async def test_a_telephone_that_the_hub_cannot_ask_about_lets_nobody_in(clients: Clients) -> None:
    client = await clients(BrokenHub(database_is_away))
    answer = await post_signed(client, f"{AGENT}?call={CALL}&o=i1", build_call())
    assert "Dial" not in await answer.text()


@pytest.mark.parametrize("words", ["Anna\x00", "a\x0bb", "a\ufffe", "a\ud800", "x" * 5000])
def test_no_text_breaks_a_document(words: str) -> None:
    """A name or a policy's message may hold a character that XML does not have."""
    read_twiml(render(Say(words, "en-US"), EndCall()))


def test_what_is_asked_of_the_provider_in_twiml_keeps_its_rules() -> None:
    for then in After:
        request = Speak("o", CALL, "Vi har stängt 已下班", "zh", then)
        channel = PhoneChannel(PhoneSettings(build_account()), MemoryHub())
        read_twiml(render(*channel._requests._tell(request)))


@pytest.mark.parametrize(
    "document",
    [
        "<Response/>",
        "<Response><Sing>la</Sing></Response>",
        "<Response><Say/></Response>",
        '<Response><Say language="xx">hi</Say></Response>',
        '<Response><Gather numDigits="0"><Say>hi</Say></Gather></Response>',
        "<Response><Gather><Dial><Conference>a</Conference></Dial></Gather></Response>",
        "<Response><Dial><Conference/></Dial></Response>",
        '<Response><Dial><Conference colour="red">a</Conference></Dial></Response>',
        "<Response><Hangup/><Say>hi</Say></Response>",
        "<Response><Say>hi</Response>",
    ],
)
def test_the_rules_refuse_what_the_provider_refuses(document: str) -> None:
    with pytest.raises(BrokenTwiml):
        read_twiml(document)
    with pytest.raises(BrokenTwiml):
        read_twiml("<Response><Hangup/></Response>", in_a_room=True)


def test_the_tests_sign_as_the_provider_does() -> None:
    assert sign("https://x/a1b2") == RequestValidator(TOKEN).compute_signature("https://x/", {"a": "1", "b": "2"})
