"""Every request that an adapter sends to the provider is in the provider's own OpenAPI file, and so is every answer
of the sandbox; every document of TwiML keeps its rules.

The rule of this file: `provider_watch.py` looks on in all tests. Here is a tour past each place of an adapter that
asks the provider for something, so that a new one cannot be forgotten.
"""

import ast
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from twilio.twiml.voice_response import VoiceResponse

from channels.channel import (
    After,
    BringAgent,
    CallAgent,
    CallCustomer,
    DetectMachine,
    FetchVoicemail,
    HangUp,
    HoldCall,
    OpenCall,
    Speak,
    TextOut,
    UpdateParty,
    WaitingPlace,
)
from channels.phone import missed_calls
from channels.phone.rooms import ECHO
from channels.sandbox import rest_calls
from channels.twilio.client import TwilioClient
from tests.channels import test_agent_first as agent_first
from tests.channels import test_echo_check as echo
from tests.channels import test_phone_parties as parties
from tests.channels import test_recorded_talks as talks
from tests.channels import test_sandbox_missed as missed
from tests.channels.provider_watch import ProviderWatch
from tests.channels.sandbox_house import PIA, SandboxHouse, build_sandbox_house
from tests.channels.test_sandbox_rest import HEADERS
from tests.channels.twilio_cast import ACCOUNT_SID, HUB_PHONE, HUB_SMS, build_account
from tests.conftest import _watch_provider
from tests.imports import sources

ASKING = (
    "create_async",
    "update_async",
    "fetch_async",
    "delete_async",
    "list_async",
    "page_async",
    "next_page_async",
)
NOBODY = "CA" + "77" * 16


@pytest.fixture
def watch() -> ProviderWatch:
    return _watch_provider()


def list_places() -> Iterator[tuple[str, str]]:
    """(file, function) of each place of an adapter that asks the provider for something."""
    for path, text in sources("channels").items():
        if path.startswith(("channels/phone/", "channels/sms")):
            yield from _list_places(path, ast.parse(text), "")


def _list_places(path: str, node: ast.AST, function: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        if isinstance(child, ast.Attribute) and child.attr in ASKING:
            yield path, inner
        yield from _list_places(path, child, inner)


@asynccontextmanager
async def open_house() -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house() as house:
        yield house


@pytest.mark.usefixtures("corpora")
async def test_no_request_of_an_adapter_is_left_out(watch: ProviderWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed_calls, "SETTLE_SECONDS", 0)
    watch.sites.clear()
    async with open_house() as house:
        await _talk(house)
    async with open_house() as house:
        await _call_out(house)
    async with open_house() as house:
        await talks.test_it_is_deleted_at_the_provider_and_one_that_is_gone_counts_as_deleted(house)
    async with open_house() as house:
        await _catch_up(house)
    async with build_sandbox_house(customers=(PIA, echo.ADAS_BROWSER), voice_path=ECHO) as house:
        await echo.test_an_agent_hears_what_they_said_and_the_recording_is_gone(house)
    assert sorted(set(list_places()) - watch.sites) == [], "add them to the tour"


async def _talk(house: SandboxHouse) -> None:
    """A call with an agent, a party, hold, words, and its end."""
    call_id, _ = await parties.call_with_ada(house)
    party = (await house.phone.send(parties.build_request(call_id, is_muted=True))).provider_id
    await house.hub.wait_until(parties.joined)
    await house.phone.send(UpdateParty("x1", call_id, party, is_held=True, is_muted=False, coaches=""))
    await house.phone.send(CallAgent("i1.7", call_id, "+46701749001", HUB_PHONE))
    for number, (on, is_waiting) in enumerate(((True, False), (True, True), (False, False))):
        await house.phone.send(HoldCall(f"h{number}", call_id, call_id, on, is_waiting))
    await house.phone._requests.offer_callback(call_id, WaitingPlace(1, "zh-CN", 2, "1"), 8)
    await house.phone.send(Speak("s1", call_id, "Vi har stängt 已下班", "zh-CN", After.RETURN))
    await house.phone.send(HangUp("e1", call_id, call_id))
    await house.phone.send(Speak("s2", call_id, "Hej", "sv", After.END))
    await house.phone.send(FetchVoicemail("v1", call_id))
    await house.sms.send(TextOut("t1", PIA.phone, HUB_SMS, "Hej 您好 & +"))


async def _call_out(house: SandboxHouse) -> None:
    leg_id = await agent_first.reach(house)
    call_id = await agent_first.call(house, DetectMachine.BEEP)
    await house.phone.send(BringAgent("b1", call_id, leg_id, agent_first.REQUEST))
    await house.phone.send(CallCustomer("c1", PIA.phone, HUB_PHONE, "Ni bad oss ringa 您好", "zh-CN", 25))
    await house.phone.say_code(HUB_PHONE, "+46701749002", "12 34", "sv")


async def _catch_up(house: SandboxHouse) -> None:
    await missed.test_a_missed_picture_is_fetched(house)
    call_id, _ = await parties.call_with_ada(house)
    house.hub.open_calls = [OpenCall(call_id, NOBODY, is_connecting=True)]
    house.hub.notices.clear()  # the call is heard of by the list alone
    await house.phone.catch_up(missed.LONG_AGO)


@pytest.mark.usefixtures("corpora")
async def test_a_wrong_request_a_wrong_answer_and_broken_twiml_are_noted(
    watch: ProviderWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house() as house:
        client = TwilioClient(build_account(house.url))
        await house.post(f"/customers/{PIA.id}/call")
        monkeypatch.setattr(rest_calls, "build_call", lambda call, account_sid: {"sid": call.sid})
        async with house.client.get(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json", headers=HEADERS) as answer:
            assert answer.status == 200
        path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls/{NOBODY}.json"
        await client._transport.request("POST", path, data={"Status": "no such status"})
        await client.close()
    str(VoiceResponse())
    wrong_answer, wrong_request, wrong_twiml = watch.take_problems()
    assert "is a required property" in wrong_answer
    assert "Status is 'no such status'" in wrong_request
    assert "an empty document" in wrong_twiml
