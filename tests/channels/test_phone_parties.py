"""The parties of a call at the provider: called into the room by label, muted, held, coached, and with an end."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.channel import ChannelError, ConnectParty, HangUp, LegJoined, LegLeft, OpenCall, UpdateParty
from channels.sandbox.call import Conference, Leg
from tests.channels.sandbox_house import SandboxHouse, build_sandbox_house
from tests.channels.test_sandbox_phone import connect_agent, heard, wait_for_customer
from tests.channels.twilio_cast import HUB_PHONE

BROKER = "+46701740999"
PARTY = "i1.p1"


@pytest.fixture
async def house() -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house() as house:
        yield house


async def call_with_ada(house: SandboxHouse) -> tuple[str, str]:
    """(call, Ada's leg)"""
    call_id = await wait_for_customer(house)
    await heard(house, "say")
    return call_id, await connect_agent(house, call_id)


def build_request(call_id: str, address: str = "client:ben", **more: Any) -> ConnectParty:
    return ConnectParty(PARTY, call_id, address, HUB_PHONE, 30, **more)


def room_of(house: SandboxHouse, call_id: str) -> Conference:
    room = house.sandbox._calls.conferences.find(call_id)
    assert room is not None
    return room


def leg_of(house: SandboxHouse, call_id: str) -> Leg:
    leg = room_of(house, call_id).find_leg(PARTY)
    assert leg is not None
    return leg


def joined(notices: list[object]) -> bool:
    return any(isinstance(one, LegJoined) and one.outbox_id == PARTY for one in notices)


async def test_a_colleague_joins_by_label_and_a_request_carried_out_twice_rings_nobody_twice(
    house: SandboxHouse,
) -> None:
    call_id, _ = await call_with_ada(house)
    receipt = await house.phone.send(build_request(call_id))
    await house.hub.wait_until(joined)
    assert leg_of(house, call_id).call.sid == receipt.provider_id
    assert (await house.phone.send(build_request(call_id))).provider_id == ""
    assert len(room_of(house, call_id).legs) == 3


async def test_a_supervisor_is_muted_or_heard_by_one_leg_alone(house: SandboxHouse) -> None:
    call_id, ada = await call_with_ada(house)
    leg_id = (await house.phone.send(build_request(call_id, is_muted=True))).provider_id
    await house.hub.wait_until(joined)
    leg = leg_of(house, call_id)
    assert (leg.is_muted, leg.coaches, leg.starts, leg.ends) == (True, "", False, False)
    await house.phone.send(UpdateParty("x1", call_id, leg_id, is_muted=False, coaches=ada))
    assert (leg.is_muted, leg.coaches) == (False, ada)
    await house.phone.send(UpdateParty("x2", call_id, leg_id, coaches=""))
    assert (leg.is_muted, leg.coaches) == (False, "")


async def test_a_party_who_whispers_from_the_start_coaches_that_leg(house: SandboxHouse) -> None:
    call_id, ada = await call_with_ada(house)
    await house.phone.send(build_request(call_id, coaches=ada))
    await house.hub.wait_until(joined)
    assert leg_of(house, call_id).coaches == ada


async def test_a_party_is_held_with_our_music_and_may_end_the_room(house: SandboxHouse) -> None:
    call_id, _ = await call_with_ada(house)
    leg_id = (await house.phone.send(build_request(call_id))).provider_id
    await house.hub.wait_until(joined)
    leg = leg_of(house, call_id)
    await house.phone.send(UpdateParty("x1", call_id, leg_id, is_held=True))
    assert (leg.is_on_hold, leg.is_muted) == (True, False)
    await house.phone.send(UpdateParty("x2", call_id, leg_id, is_held=False, ends_room=True))
    assert (leg.is_on_hold, leg.ends) == (False, True)
    await house.phone.send(HangUp("x3", call_id, leg_id))
    await house.hub.wait_until(lambda notices: any(isinstance(n, LegLeft) and n.leg_id == call_id for n in notices))


async def test_a_party_of_a_call_that_has_ended_cannot_be_changed(house: SandboxHouse) -> None:
    call_id, _ = await call_with_ada(house)
    await house.phone.send(HangUp("x1", call_id, call_id))
    with pytest.raises(ChannelError) as refused:
        await house.phone.send(UpdateParty("x2", call_id, "CA" + "9" * 32, is_muted=True))
    assert refused.value.code == "no_call"


async def test_somebody_outside_who_does_not_answer_is_reported_under_their_label(house: SandboxHouse) -> None:
    call_id, _ = await call_with_ada(house)
    await house.phone.send(build_request(call_id, BROKER))
    house.time.advance(31)
    await house.hub.wait_until(lambda notices: any(isinstance(n, LegLeft) and n.outbox_id == PARTY for n in notices))
    (left,) = [one for one in house.hub.notices.values() if isinstance(one, LegLeft)]
    assert left.reason == "no-answer"


async def test_a_colleague_on_a_telephone_of_their_own_is_asked_for_the_key(house: SandboxHouse) -> None:
    call_id, _ = await call_with_ada(house)
    await house.phone.send(build_request(call_id, BROKER, asks_key=True))
    assert len(room_of(house, call_id).legs) == 2, "a mailbox does not get into the room"


async def test_what_was_missed_of_a_party_is_found_in_the_providers_lists(house: SandboxHouse) -> None:
    call_id, ada = await call_with_ada(house)
    leg_id = (await house.phone.send(build_request(call_id))).provider_id
    await house.hub.wait_until(joined)
    house.hub.notices = {key: one for key, one in house.hub.notices.items() if not joined([one])}
    house.hub.open_calls = [OpenCall(call_id, ada, True, ((PARTY, leg_id),))]
    await house.phone.catch_up(0)
    assert joined(list(house.hub.notices.values()))
    await house.phone.send(HangUp("x1", call_id, leg_id))
    await house.hub.wait_until(lambda notices: any(isinstance(n, LegLeft) for n in notices))
    house.hub.notices = {key: one for key, one in house.hub.notices.items() if not isinstance(one, LegLeft)}
    await house.phone.catch_up(0)
    assert any(isinstance(n, LegLeft) and n.outbox_id == PARTY for n in house.hub.notices.values())
