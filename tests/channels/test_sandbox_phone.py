"""The phone adapter and the sandbox: calls that arrive, wait, are answered, held and ended."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.channel import (
    After,
    CallAnswered,
    CallArrived,
    CallbackWished,
    CallCustomer,
    ChannelError,
    ConnectAgent,
    HangUp,
    HoldCall,
    LegJoined,
    LegLeft,
    LegRole,
    MachineAnswered,
    Notice,
    Speak,
    WaitingPlace,
)
from channels.sandbox.call import Fetch, StatusCallback
from tests.channels.sandbox_house import MING, PIA, SandboxHouse, build_sandbox_house
from tests.channels.twilio_cast import HUB_PHONE


@pytest.fixture
async def house() -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house() as house:
        yield house


async def call_of(house: SandboxHouse, customer_id: str = PIA.id) -> Any:
    return (await house.get(f"/customers/{customer_id}"))["call"]


async def heard(house: SandboxHouse, kind: str, customer_id: str = PIA.id, times: int = 1) -> list[str]:
    """What the customer has heard of a kind, once it is that often."""
    async with asyncio.timeout(60):
        while True:
            call = await call_of(house, customer_id)
            texts = [spoken["text"] for spoken in call["transcript"] if spoken["kind"] == kind]
            if len(texts) >= times:
                return texts


def joined(role: LegRole) -> Any:
    return lambda notices: any(isinstance(n, LegJoined) and n.role is role for n in notices)


def left(role: LegRole) -> Any:
    return lambda notices: any(isinstance(n, LegLeft) and n.role is role for n in notices)


async def wait_for_customer(house: SandboxHouse, customer_id: str = PIA.id) -> str:
    """A customer who has called and waits. Gives the call's id."""
    call = await house.post(f"/customers/{customer_id}/call")
    await house.hub.wait_until(joined(LegRole.CUSTOMER))
    return str(call["sid"])


async def connect_agent(house: SandboxHouse, call_id: str, outbox_id: str = "out-1") -> str:
    """Ada's leg, connected. Gives its id."""
    receipt = await house.phone.send(ConnectAgent(outbox_id, call_id, "client:ada", HUB_PHONE))
    await house.hub.wait_until(joined(LegRole.AGENT))
    return receipt.provider_id


def legs(notices: list[Notice]) -> list[tuple[str, LegRole, str]]:
    return [
        (type(n).__name__, n.role, n.reason if isinstance(n, LegLeft) else "")
        for n in notices
        if isinstance(n, LegJoined | LegLeft)
    ]


async def test_a_customer_who_calls_hears_the_place_and_music_again_and_again(house: SandboxHouse) -> None:
    call_id = await wait_for_customer(house, MING.id)
    arrival, *_ = house.hub.notices.values()
    assert isinstance(arrival, CallArrived)
    assert (arrival.call_id, arrival.from_address, arrival.to_address) == (call_id, MING.phone, HUB_PHONE)
    assert arrival.country == "CN"
    assert await heard(house, "say", MING.id) == ["Hello. One moment, please."]  # no place is known yet
    house.hub.places[call_id] = WaitingPlace(2, "zh-CN")
    house.time.advance(2)
    assert await heard(house, "say", MING.id, times=2) == ["Hello. One moment, please.", "您好，请稍候。"]
    house.time.advance(2)
    assert (await heard(house, "say", MING.id, times=3))[2] == "感谢您的耐心等候。您前面还有1位客户。"
    house.hub.places[call_id] = WaitingPlace(1, "zh-CN")
    house.time.advance(4)
    assert await heard(house, "music", MING.id) == ["music.wav"]
    house.time.advance(16)
    assert (await heard(house, "say", MING.id, times=4))[3] == "感谢您的耐心等候。下一位就轮到您。"
    call = await call_of(house, MING.id)
    assert (call["status"], call["direction"], call["with"]) == ("in-progress", "outgoing", [])


async def test_the_agent_joins_talks_holds_and_the_customer_hangs_up(house: SandboxHouse) -> None:
    call_id = await wait_for_customer(house)
    await heard(house, "say")
    leg_id = await connect_agent(house, call_id)
    assert await heard(house, "joined") == ["client:ada"]
    assert (await call_of(house))["with"] == ["client:ada"]
    await house.post(f"/customers/{PIA.id}/call/say", text="Hej, mitt paket är borta.")
    assert await heard(house, "speech") == ["Hej, mitt paket är borta."]
    house.time.advance(100)  # nothing is said in between

    for _ in range(2):
        await house.phone.send(HoldCall("out-2", call_id, call_id, on=True))
    assert (await call_of(house))["is_on_hold"]
    assert await heard(house, "music") == ["music.wav"]
    await house.phone.send(HoldCall("out-3", call_id, call_id, on=False))
    call = await call_of(house)
    assert not call["is_on_hold"]
    assert [s["kind"] for s in call["transcript"]] == [
        "answered", "say", "joined", "speech", "hold", "music", "resume",
    ]  # fmt: skip

    ended = await house.post(f"/customers/{PIA.id}/call/hangup")
    assert (ended["status"], ended["is_over"]) == ("completed", True)
    notices = await house.hub.wait_until(lambda n: left(LegRole.CUSTOMER)(n) and left(LegRole.AGENT)(n))
    agent = next(n for n in notices if isinstance(n, LegLeft) and n.role is LegRole.AGENT)
    assert (agent.call_id, agent.leg_id) == (call_id, leg_id)


@pytest.mark.promise("P2")
async def test_connecting_the_same_agent_again_rings_once(house: SandboxHouse) -> None:
    call_id = await wait_for_customer(house)
    await connect_agent(house, call_id)
    await house.phone.send(ConnectAgent("out-1", call_id, "client:ada", HUB_PHONE))
    assert (await call_of(house))["with"] == ["client:ada"]


async def test_a_customer_who_gives_up_waiting_leaves_once_and_nobody_else_is_there(house: SandboxHouse) -> None:
    await wait_for_customer(house)
    await house.post(f"/customers/{PIA.id}/call/hangup")
    notices = await house.hub.wait_until(lambda n: len(legs(n)) == 3)
    assert sorted(legs(notices)) == [  # the room and the call each report the end, in any order
        ("LegJoined", LegRole.CUSTOMER, ""),
        ("LegLeft", LegRole.CUSTOMER, "completed"),
        ("LegLeft", LegRole.CUSTOMER, "participant_hung_up"),
    ]


@pytest.mark.parametrize("kind", ["no-answer", "busy", "failed"])
async def test_an_agent_who_does_not_answer_leaves_the_customer_waiting(house: SandboxHouse, kind: str) -> None:
    call_id = await wait_for_customer(house)
    await house.add_fault("leg", kind)
    receipt = await house.phone.send(ConnectAgent("out-1", call_id, "client:ada", HUB_PHONE))
    notices = await house.hub.wait_until(left(LegRole.AGENT))
    (gone,) = [n for n in notices if isinstance(n, LegLeft)]
    assert (gone.call_id, gone.leg_id, gone.reason) == (call_id, receipt.provider_id, kind)
    assert not (await call_of(house))["is_over"]
    house.time.advance(16)
    await heard(house, "say", times=2)
    await connect_agent(house, call_id, "out-2")


async def test_the_hub_hangs_up_and_hanging_up_again_changes_nothing(house: SandboxHouse) -> None:
    call_id = await wait_for_customer(house)
    await connect_agent(house, call_id)
    for _ in range(2):
        await house.phone.send(HangUp("out-2", call_id, call_id))
    notices = await house.hub.wait_until(lambda n: left(LegRole.CUSTOMER)(n) and left(LegRole.AGENT)(n))
    assert len({n.key for n in notices}) == len(notices)
    assert (await call_of(house))["is_over"]


async def test_the_agent_leaves_and_the_customer_stays(house: SandboxHouse) -> None:
    call_id = await wait_for_customer(house)
    leg_id = await connect_agent(house, call_id)
    await house.phone.send(HangUp("out-2", call_id, leg_id))
    await house.hub.wait_until(left(LegRole.AGENT))
    assert await heard(house, "left") == ["client:ada"]
    assert not (await call_of(house))["is_over"]


async def test_a_leg_or_call_that_is_gone_cannot_be_held(house: SandboxHouse) -> None:
    call_id = await wait_for_customer(house)
    for gone in (call_id, "CA" + "77" * 16):
        with pytest.raises(ChannelError) as raised:
            await house.phone.send(HoldCall("out-1", gone, gone, on=True))
        assert (raised.value.whose, raised.value.retry) == ("customer", False)
    await connect_agent(house, call_id)
    with pytest.raises(ChannelError) as raised:
        await house.phone.send(HoldCall("out-1", call_id, "CA" + "77" * 16, on=True))
    assert (raised.value.code, raised.value.whose) == ("20404", "customer")


@pytest.mark.promise("P9")
async def test_a_customer_hears_the_apology_when_nothing_can_be_stored(house: SandboxHouse) -> None:
    house.hub.is_away = True
    await house.post(f"/customers/{PIA.id}/call")
    async with asyncio.timeout(60):
        while not (call := await call_of(house))["is_over"]:
            house.time.advance(10)
    said = [spoken["text"] for spoken in call["transcript"] if spoken["kind"] == "say"]
    assert said[0].startswith("We are sorry") and said[1].startswith("非常抱歉")
    assert call["status"] == "completed"


async def test_one_customer_makes_one_call_at_a_time(house: SandboxHouse) -> None:
    await wait_for_customer(house)
    async with house.client.post(f"/sandbox/api/customers/{PIA.id}/call", json={}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (409, "busy")


async def test_the_hub_can_call_a_customer_who_answers_or_declines(house: SandboxHouse) -> None:
    path = f"/customers/{PIA.id}/call"
    for action, reason in (("answer", ""), ("hangup", "busy")):
        receipt = await house.phone.send(ConnectAgent(f"out-{action}", "CA" + "99" * 16, PIA.phone, HUB_PHONE))
        async with asyncio.timeout(60):
            while (await call_of(house) or {}).get("sid") != receipt.provider_id:
                pass
        call = await house.post(f"{path}/{action}")
        assert call["direction"] == "incoming"
        if action == "answer":
            assert call["status"] == "in-progress"
            await house.hub.wait_until(joined(LegRole.AGENT))
            await house.post(f"{path}/hangup")
        else:
            assert call["status"] == reason


async def test_a_phone_that_nobody_answers_stops_ringing(house: SandboxHouse) -> None:
    await house.phone.send(ConnectAgent("out-1", "CA" + "99" * 16, PIA.phone, HUB_PHONE))
    async with asyncio.timeout(60):
        while not (call := await call_of(house)) or not call["is_over"]:
            house.time.advance(20)
    assert call["status"] == "no-answer"


async def test_a_room_with_one_leg_has_not_started(house: SandboxHouse) -> None:
    room = "CA" + "99" * 16
    await house.phone.send(ConnectAgent("out-1", room, "client:ada", HUB_PHONE))
    await house.hub.wait_until(joined(LegRole.AGENT))
    with pytest.raises(ChannelError) as raised:
        await house.phone.send(HoldCall("out-2", room, room, on=True))
    assert raised.value.code == "no_call"


async def test_a_caller_is_told_something_and_waits_on_in_the_same_room(house: SandboxHouse) -> None:
    call_id = await wait_for_customer(house)
    house.hub.places[call_id] = WaitingPlace(2, "en")
    await heard(house, "say")
    await house.phone.send(Speak("out-1", call_id, "Thank you for your patience.", "en", After.RETURN))
    assert "Thank you for your patience." in await heard(house, "say", times=2)
    house.time.advance(10)
    await heard(house, "say", times=3)
    await connect_agent(house, call_id)
    assert legs(list(house.hub.notices.values()))[-1] == ("LegJoined", LegRole.AGENT, "")
    assert not left(LegRole.CUSTOMER)(list(house.hub.notices.values())), "to be told something is not to leave"


async def test_a_caller_is_told_something_and_the_call_ends(house: SandboxHouse) -> None:
    call_id = await wait_for_customer(house, MING.id)
    await heard(house, "say", MING.id)
    await house.phone.send(Speak("out-1", call_id, "我们已下班，再见。", "zh-CN", After.END))
    assert (await heard(house, "say", MING.id, times=2))[-1] == "我们已下班，再见。"
    house.time.advance(10)
    await house.hub.wait_until(left(LegRole.CUSTOMER))
    again = await house.phone.send(Speak("out-1", call_id, "我们已下班，再见。", "zh-CN", After.END))
    assert again.provider_id == "", "nobody is there to be told"


async def test_a_call_that_is_not_answered_yet_is_spoken_to_a_moment_later(house: SandboxHouse) -> None:
    call = house.sandbox._calls.ring(HUB_PHONE, PIA.phone, StatusCallback(), 60, Fetch(house.url), detects=False)
    await heard(house, "ringing", times=0)
    with pytest.raises(ChannelError) as raised:
        await house.phone.send(Speak("out-1", call.sid, "Hej", "en", After.END))
    assert raised.value.retry


@pytest.mark.parametrize("fault", ["drop_after", "503"])
async def test_where_no_clear_answer_comes_a_caller_is_spoken_to_again(house: SandboxHouse, fault: str) -> None:
    call_id = await wait_for_customer(house)
    await house.add_fault("rest", fault)
    with pytest.raises(ChannelError) as raised:
        await house.phone.send(Speak("out-1", call_id, "Hej", "en", After.END))
    assert raised.value.retry


async def test_a_customer_who_is_called_back_answers_hears_why_and_meets_the_agent(house: SandboxHouse) -> None:
    request = CallCustomer("i1.5.call", MING.phone, HUB_PHONE, "您要求我们回电。", "zh-CN", 25)
    house.hub.requests[request.outbox_id] = request
    receipt = await house.phone.send(request)
    assert (await call_of(house, MING.id))["direction"] == "incoming"
    await house.post(f"/customers/{MING.id}/call/answer")
    assert await heard(house, "say", MING.id) == ["您要求我们回电。"]
    notices = await house.hub.wait_until(lambda notices: any(isinstance(n, CallAnswered) for n in notices))
    (answer,) = [n for n in notices if isinstance(n, CallAnswered)]
    assert (answer.call_id, answer.outbox_id) == (receipt.provider_id, "i1.5.call")
    await connect_agent(house, answer.call_id)
    house.time.advance(10)
    assert await heard(house, "joined", MING.id) == ["client:ada"]


async def test_a_machine_that_answers_a_callback_is_told_while_it_hears_our_words(house: SandboxHouse) -> None:
    await house.add_fault("leg", "machine")
    request = CallCustomer("i1.5.call", PIA.phone, HUB_PHONE, "You asked us to call.", "en", 25)
    house.hub.requests[request.outbox_id] = request
    await house.phone.send(request)
    notices = await house.hub.wait_until(lambda notices: {CallAnswered, MachineAnswered} <= {*map(type, notices)})
    assert {getattr(one, "outbox_id", "") for one in notices} >= {"i1.5.call"}
    assert await heard(house, "say") == ["You asked us to call."], "a person would have heard it as soon"


async def test_a_customer_who_does_not_answer_is_reported_with_the_request_that_called_them(
    house: SandboxHouse,
) -> None:
    await house.phone.send(CallCustomer("i1.5.call", PIA.phone, HUB_PHONE, "You asked us to call.", "en", 25))
    await heard(house, "say", times=0)
    house.time.advance(26)
    notices = await house.hub.wait_until(left(LegRole.CUSTOMER))
    (gone,) = [n for n in notices if isinstance(n, LegLeft)]
    assert (gone.reason, gone.outbox_id) == ("no-answer", "i1.5.call")


async def wait_with_a_key(house: SandboxHouse) -> str:
    """Ming waits for the second place, and may press 1 to be called back. Gives the call's id."""
    call_id = await wait_for_customer(house, MING.id)
    house.hub.places[call_id] = WaitingPlace(2, "zh-CN", callback_key="1")
    await listen(house, "gather", "")
    return call_id


async def listen(house: SandboxHouse, kind: str, text: str) -> None:
    """Let time pass until Ming hears this."""
    async with asyncio.timeout(60):
        while text not in await heard(house, kind, MING.id, times=0):
            house.time.advance(0.1)


async def test_who_waits_is_offered_a_key_and_pressing_it_is_a_wish(house: SandboxHouse) -> None:
    call_id = await wait_with_a_key(house)
    await listen(house, "say", "如需保留位置并由我们给您回电，请按1，或继续等候。")
    await house.post(f"/customers/{MING.id}/call/digits", digits="1")
    notices = await house.hub.wait_until(lambda notices: any(isinstance(n, CallbackWished) for n in notices))
    assert next(n for n in notices if isinstance(n, CallbackWished)).call_id == call_id
    await connect_agent(house, call_id)  # in the room again
    assert not left(LegRole.CUSTOMER)(list(house.hub.notices.values()))


async def test_who_presses_nothing_waits_on_and_is_not_asked_at_once_again(house: SandboxHouse) -> None:
    call_id = await wait_with_a_key(house)
    await listen(house, "music", "music.wav")
    assert len(await heard(house, "gather", MING.id)) == 1
    await connect_agent(house, call_id)


async def test_with_the_question_the_place_is_told_once(house: SandboxHouse) -> None:
    place = "感谢您的耐心等候。您前面还有1位客户。"
    await wait_with_a_key(house)
    await listen(house, "say", "如需保留位置并由我们给您回电，请按1，或继续等候。")
    asked = len(await heard(house, "music", MING.id))
    assert (await heard(house, "say", MING.id)).count(place) == 1
    async with asyncio.timeout(10):
        while len(await heard(house, "music", MING.id)) < asked + 2:
            house.time.advance(0.1)
    assert (await heard(house, "say", MING.id)).count(place) == 2


async def test_who_is_being_offered_to_an_agent_at_first_is_asked_once_they_wait_again(house: SandboxHouse) -> None:
    call_id = await wait_for_customer(house, MING.id)
    house.hub.places[call_id] = WaitingPlace(1, "zh-CN")
    await listen(house, "music", "music.wav")
    assert await heard(house, "gather", MING.id, times=0) == []
    house.hub.places[call_id] = WaitingPlace(1, "zh-CN", callback_key="1")
    await listen(house, "gather", "")


async def test_where_the_offer_of_a_key_does_not_come_through_the_customer_waits_on(house: SandboxHouse) -> None:
    await house.add_fault("rest", "503")
    call_id = await wait_for_customer(house, MING.id)
    house.hub.places[call_id] = WaitingPlace(1, "zh-CN", callback_key="1")
    await listen(house, "music", "music.wav")
    assert await heard(house, "gather", MING.id, times=0) == []
