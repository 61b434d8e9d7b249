"""Calls that the provider had while the hub was away are found in its list."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from channels.channel import CallArrived, ChannelError, LegJoined, LegLeft, LegRole
from channels.phone import missed_calls
from channels.phone.phone import PhoneChannel, PhoneSettings
from channels.phone.rooms import INBOUND, STATUS
from tests.channels.sandbox_house import PIA, SandboxHouse, build_sandbox_house, until
from tests.channels.twilio_cast import ACCOUNT_SID, HUB_PHONE, build_account
from tests.channels.twiml_rules import read_twiml

LONG_AGO = 0
README = Path(__file__).parents[2] / "README.md"


class Outage:
    """While it lasts, nothing of ours answers the provider's webhooks."""

    def __init__(self) -> None:
        self.is_on = False
        self.dies_first = False  # what it has taken is stored, and not answered

    @web.middleware
    async def stand_in_the_way(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.is_on and request.path in (INBOUND, STATUS):
            return web.Response(status=502)
        answer = await handler(request)
        if self.dies_first and request.path == INBOUND and request.transport is not None:
            request.transport.abort()
        return answer


def read_fallback() -> str:
    """The document that the README tells one to enter as the number's fallback."""
    (document,) = re.findall(r"```xml\n(.*?)```", README.read_text(), re.DOTALL)
    return str(document).replace("https://hub.example.org", "")


@pytest.fixture
async def outage() -> Outage:
    return Outage()


@pytest.fixture
async def house(outage: Outage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SandboxHouse]:
    monkeypatch.setattr(missed_calls, "SETTLE_SECONDS", 0)
    async with build_sandbox_house([outage.stand_in_the_way], voice_fallback=read_fallback()) as house:
        yield house


async def call(house: SandboxHouse) -> str:
    return str((await house.post(f"/customers/{PIA.id}/call"))["sid"])


async def call_in_vain(house: SandboxHouse, outage: Outage) -> str:
    """Pia calls and hangs up while nothing of ours answers; the call's id."""
    outage.is_on = True
    call_id = await call(house)
    await until_heard(house, 1)
    await house.post(f"/customers/{PIA.id}/call/hangup")
    await until(lambda: not house.sandbox._calls._webhooks._last)  # the provider has told all that it has to tell
    outage.is_on = False
    return call_id


async def heard(house: SandboxHouse) -> list[str]:
    spoken: list[dict[str, Any]] = (await house.get(f"/customers/{PIA.id}"))["call"]["transcript"]
    return [one["text"] for one in spoken if one["kind"] == "say"]


async def until_heard(house: SandboxHouse, times: int) -> None:
    while len(await heard(house)) < times:
        house.time.advance(1)


def test_the_fallback_document_keeps_the_providers_rules_and_speaks_both_languages() -> None:
    verbs = read_twiml(read_fallback())
    assert {verb.get("language") for verb in verbs if verb.tag == "Say"} == {"en-US", "zh-CN"}
    assert (verbs[-1].tag, verbs[-1].text) == ("Redirect", INBOUND)


async def test_a_call_that_nothing_answered_is_reported_with_its_own_times(
    house: SandboxHouse, outage: Outage
) -> None:
    call_id = await call_in_vain(house, outage)
    listed = house.sandbox._calls.by_sid[call_id]
    assert listed.ended_at is not None
    for _ in range(2):
        await house.phone.catch_up(LONG_AGO)
    (arrival,) = house.hub.notices.values()
    assert isinstance(arrival, CallArrived)
    assert (arrival.key, arrival.from_address) == (f"phone:{ACCOUNT_SID}:{call_id}:inbound", PIA.phone)
    assert arrival.began_at == int(listed.created_at) * 1_000_000
    assert arrival.ended_at == int(listed.ended_at) * 1_000_000
    assert house.hub.deliveries == 1


async def test_a_caller_who_is_still_on_the_line_joins_the_room(house: SandboxHouse, outage: Outage) -> None:
    outage.is_on = True
    call_id = await call(house)
    await until_heard(house, 1)
    assert not house.hub.notices
    outage.is_on = False
    await house.phone.catch_up(LONG_AGO)
    notices = await house.hub.wait_until(lambda notices: len(notices) == 2)
    (arrival,) = [notice for notice in notices if isinstance(notice, CallArrived)]
    assert (arrival.call_id, arrival.ended_at) == (call_id, None) and arrival.began_at is not None
    assert [n.role for n in notices if isinstance(n, LegJoined)] == [LegRole.CUSTOMER]
    await house.phone.catch_up(LONG_AGO)
    assert not any(isinstance(notice, LegLeft) for notice in house.hub.notices.values())
    assert house.hub.deliveries == 2


async def test_a_caller_who_could_not_be_stored_yet_is_brought_in_again(house: SandboxHouse, outage: Outage) -> None:
    outage.is_on = True
    await call(house)
    await until_heard(house, 1)
    outage.is_on, house.hub.is_away = False, True
    with pytest.raises(ConnectionError):
        await house.phone.catch_up(LONG_AGO)
    house.hub.is_away = False
    await house.phone.catch_up(LONG_AGO)
    assert [type(n) for n in house.hub.notices.values() if isinstance(n, CallArrived)] == [CallArrived]


async def test_a_provider_that_cannot_lead_the_caller_is_asked_again(house: SandboxHouse, outage: Outage) -> None:
    outage.is_on = True
    await call(house)
    await until_heard(house, 1)
    outage.is_on = False
    await house.phone.catch_up(4_102_444_800_000_000)  # 2100: nothing is listed
    await house.add_fault("rest", "500")
    with pytest.raises(ChannelError):
        await house.phone.catch_up(LONG_AGO)
    assert not house.hub.notices
    await house.phone.catch_up(LONG_AGO)
    assert any(isinstance(notice, CallArrived) for notice in house.hub.notices.values())


async def test_the_fallback_asks_again_when_the_hub_is_back(house: SandboxHouse, outage: Outage) -> None:
    """A restart takes seconds, and the callers of that time need no list."""
    outage.is_on = True
    await call(house)
    await until_heard(house, 1)
    outage.is_on = False
    while not house.hub.notices:
        house.time.advance(5)
        await house.get(f"/customers/{PIA.id}")
    await house.hub.wait_until(lambda notices: any(isinstance(n, LegJoined) for n in notices))


async def test_a_caller_whose_call_was_stored_and_not_answered_is_led_by_the_fallback_and_counts_once(
    house: SandboxHouse, outage: Outage
) -> None:
    """A process of ours was killed in between."""
    outage.dies_first = True
    call_id = await call(house)
    await until_heard(house, 1)
    assert len(house.hub.notices) == 1
    outage.dies_first = False
    await house.phone.catch_up(LONG_AGO)
    while house.hub.deliveries < 3:  # asked again, and the leg that joins
        house.time.advance(5)
        await house.get(f"/customers/{PIA.id}")
    notices = await house.hub.wait_until(lambda notices: any(isinstance(n, LegJoined) for n in notices))
    assert [n.call_id for n in notices if isinstance(n, CallArrived)] == [call_id]


async def test_other_numbers_of_the_account_and_our_own_calls_are_not_reported(
    house: SandboxHouse, outage: Outage
) -> None:
    await call_in_vain(house, outage)
    account = build_account(house.url, public_url=house.url)
    other = PhoneChannel(PhoneSettings(account, ("+46700000009",)), house.hub)
    await other.catch_up(LONG_AGO)
    await other.stop()
    assert not house.hub.notices
    await house.phone.catch_up(LONG_AGO)
    (arrival,) = house.hub.notices.values()
    assert isinstance(arrival, CallArrived) and arrival.to_address == HUB_PHONE


async def test_the_oldest_call_is_reported_first(
    house: SandboxHouse, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several pages of the list."""
    monkeypatch.setattr(missed_calls, "LISTED_AT_ONCE", 1)
    sids = [await call_in_vain(house, outage) for _ in range(3)]
    await house.phone.catch_up(LONG_AGO)
    assert [n.call_id for n in house.hub.notices.values() if isinstance(n, CallArrived)] == sids
