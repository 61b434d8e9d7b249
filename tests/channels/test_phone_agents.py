"""An agent's own telephone rings and says who is calling. Only a key joins it to the customer."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from channels.channel import AgentCall, CallAgent, ChannelError, LegJoined, LegLeft, LegRole
from channels.phone.rooms import AGENT, AGENT_KEY
from tests.channels.sandbox_house import PIA, SandboxHouse, build_sandbox_house
from tests.channels.test_sandbox_phone import heard, joined, left, wait_for_customer
from tests.channels.twilio_cast import ACCOUNT_SID, AGENT_CALL, CALL, HUB_PHONE, TOKEN, post_signed

ADAS = "+46701749001"
ADAS_ID = ADAS.removeprefix("+")


@pytest.fixture
async def house() -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house() as house:
        yield house


async def ring(house: SandboxHouse, language: str = "en") -> str:
    """Pia waits, and Ada's telephone rings; the call's id."""
    call_id = await wait_for_customer(house)
    await heard(house, "say")
    house.hub.agent_calls[(call_id, "i1.7")] = AgentCall(language, "Pia Lindqvist", PIA.phone)
    await house.phone.send(CallAgent("i1.7", call_id, ADAS, HUB_PHONE))
    return call_id


async def answer(house: SandboxHouse) -> None:
    await house.post(f"/customers/{ADAS_ID}/call/answer")
    await heard(house, "say", ADAS_ID)


def agents(kind: type) -> Callable[[Any], bool]:
    return lambda notices: any(isinstance(n, kind) and n.role is LegRole.AGENT for n in notices)


async def customers_call(house: SandboxHouse) -> Any:
    return (await house.get(f"/customers/{PIA.id}"))["call"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "A call from Pia Lindqvist. Press 1 to take it."), ("zh-CN", "Pia Lindqvist来电。请按1接听。")],
)
async def test_whoever_answers_is_told_who_calls_and_joins_with_the_key(
    house: SandboxHouse, language: str, said: str
) -> None:
    call_id = await ring(house, language)
    await answer(house)
    assert await heard(house, "say", ADAS_ID) == [said]
    assert (await customers_call(house))["with"] == [], "nobody is in the room before the key"
    await house.post(f"/customers/{ADAS_ID}/call/digits", digits="1")
    notices = await house.hub.wait_until(joined(LegRole.AGENT))
    leg = next(n for n in notices if isinstance(n, LegJoined) and n.role is LegRole.AGENT)
    assert (leg.call_id, leg.outbox_id) == (call_id, "i1.7"), "the leg bears the request's id as its label"
    assert (await customers_call(house))["with"] == [ADAS]


async def test_a_mailbox_that_answers_never_hears_the_customer(house: SandboxHouse) -> None:
    call_id = await ring(house)
    await answer(house)
    await house.post(f"/customers/{ADAS_ID}/call/say", text="You have reached the mailbox of Ada. After the tone,")
    while not left(LegRole.AGENT)(house.hub.notices.values()):
        house.time.advance(3)
        await heard(house, "say", ADAS_ID)
    notices = list(house.hub.notices.values())
    assert not agents(LegJoined)(notices)
    end = next(n for n in notices if isinstance(n, LegLeft) and n.role is LegRole.AGENT)
    assert (end.call_id, end.reason, end.outbox_id) == (call_id, "completed", "i1.7")
    customer = await customers_call(house)
    assert (customer["is_over"], customer["with"]) == (False, [])
    assert "joined" not in {spoken["kind"] for spoken in customer["transcript"]}


async def test_another_key_takes_nothing_and_is_asked_again(house: SandboxHouse) -> None:
    await ring(house)
    await answer(house)
    await house.post(f"/customers/{ADAS_ID}/call/digits", digits="5")
    assert len(await heard(house, "say", ADAS_ID, times=2)) == 2
    assert not agents(LegJoined)(house.hub.notices.values())


async def test_who_presses_the_key_too_late_hears_that_the_call_is_gone(house: SandboxHouse) -> None:
    await ring(house)
    await answer(house)
    house.hub.agent_calls.clear()  # a colleague has it, or the customer has hung up
    await house.post(f"/customers/{ADAS_ID}/call/digits", digits="1")
    words = await heard(house, "say", ADAS_ID, times=2)
    assert words[1] == "This call is no longer waiting for you. Goodbye."
    assert not agents(LegJoined)(house.hub.notices.values())


async def test_who_answers_while_the_hub_is_away_hears_no_customer(house: SandboxHouse) -> None:
    await ring(house)
    house.hub.is_away = True
    await answer(house)
    assert (await heard(house, "say", ADAS_ID))[0] == "This call is no longer waiting for you. Goodbye."


@pytest.mark.parametrize("action", ["hangup", "ring out"])
async def test_a_telephone_that_nobody_answers_is_reported(house: SandboxHouse, action: str) -> None:
    await ring(house)
    if action == "hangup":
        await house.post(f"/customers/{ADAS_ID}/call/hangup")
    else:
        house.time.advance(21)
    notices = await house.hub.wait_until(left(LegRole.AGENT))
    end = next(n for n in notices if isinstance(n, LegLeft) and n.role is LegRole.AGENT)
    assert (end.reason, end.outbox_id) == ("busy" if action == "hangup" else "no-answer", "i1.7")


async def test_an_agent_without_a_telephone_is_no_request(house: SandboxHouse) -> None:
    with pytest.raises(ChannelError) as refused:
        await house.phone.send(CallAgent("i1.7", CALL, "", HUB_PHONE))
    assert (refused.value.code, refused.value.retry, refused.value.outcome_known) == ("no_phone", False, True)


@pytest.mark.parametrize("path", [AGENT, AGENT_KEY])
async def test_nobody_but_the_provider_comes_in(house: SandboxHouse, path: str) -> None:
    form = {"CallSid": AGENT_CALL, "AccountSid": ACCOUNT_SID, "Digits": "1"}
    query = f"?call={CALL}&o=i1.7"
    forged = await post_signed(house.client, path + query, form, "another token", house.url)
    assert forged.status == 403
    unknown = await post_signed(house.client, path + query, form, TOKEN, house.url)
    assert ElementTree.fromstring(await unknown.text()).find("Dial") is None
    for wrong in ("?call=CA1&o=i1.7", f"?call={CALL}", ""):
        refused = await post_signed(house.client, path + wrong, form, TOKEN, house.url)
        assert [step.tag for step in ElementTree.fromstring(await refused.text())] == ["Say", "Say", "Hangup"]
