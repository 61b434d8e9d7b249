"""What an adapter makes of a provider that is busy, fails, hangs or talks nonsense, for each kind of request.

The rule of this file: the sandbox fails as the provider would, at each request that an adapter's act consists of.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from channels.channel import (
    After,
    BringAgent,
    CallAgent,
    CallCustomer,
    ChannelError,
    ConnectAgent,
    ConnectParty,
    FetchVoicemail,
    HangUp,
    HoldCall,
    ReachAgent,
    Speak,
    UpdateParty,
)
from tests.channels.sandbox_house import PIA, SandboxHouse, build_sandbox_house
from tests.channels.test_phone_parties import call_with_ada
from tests.channels.twilio_cast import HUB_PHONE

# How a request may fail: (status, body, headers), and what is known then: (may be tried again, outcome is known)
FAULTS: dict[str, tuple[tuple[int, str, dict[str, str]] | None, tuple[bool, bool]]] = {
    "429": ((429, '{"code": 20429, "message": "Too Many Requests", "status": 429}', {}), (True, True)),
    "429 for a while": ((429, "slow down", {"Retry-After": "7"}), (True, True)),
    "503": ((503, '{"code": 20503, "message": "away", "status": 503}', {}), (True, True)),
    "500": ((500, '{"code": 20500, "message": "broken", "status": 500}', {}), (False, False)),
    "500 without words": ((500, "", {}), (False, False)),
    "a page": ((200, "<html>Welcome!</html>", {}), (False, False)),
    "half a document": ((201, '{"sid": "CA', {}), (False, False)),
    "a reset": (None, (False, False)),
}
MOST = 4  # requests that one act consists of


class InTheWay:
    """Fails the nth request to the provider from here on."""

    def __init__(self) -> None:
        self.left, self.fault, self.met = 0, "", 0

    def fail(self, number: int, fault: str) -> None:
        self.left, self.fault, self.met = number, fault, 0

    @web.middleware
    async def stand(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self.fault or not request.path.startswith("/2010-04-01/"):
            return await handler(request)
        self.left -= 1
        if self.left > 0:
            return await handler(request)
        self.met = 1
        answer, _ = FAULTS[self.fault]
        if answer is None:
            if request.method != "GET" or self.left < 0:  # aiohttp reads once more after a reset
                self.fault = ""
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        self.fault = ""
        status, body, headers = answer
        return web.Response(status=status, text=body, content_type="application/json", headers=headers)


@pytest.fixture
def way() -> InTheWay:
    return InTheWay()


@pytest.fixture
async def house(way: InTheWay) -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house([way.stand]) as house:
        yield house


def list_requests(call_id: str, leg_id: str) -> list[Any]:
    return [
        HoldCall("h1", call_id, call_id, on=True),
        HoldCall("h2", call_id, call_id, on=True, is_waiting=True),
        HoldCall("h3", call_id, call_id, on=False),
        ConnectAgent("c1", call_id, "client:ben", HUB_PHONE),
        ConnectParty("p1", call_id, "client:cleo", HUB_PHONE, 30),
        CallAgent("a1", call_id, "+46701749001", HUB_PHONE),
        ReachAgent("r1", "client:dot", HUB_PHONE),
        CallCustomer("k1", PIA.phone, HUB_PHONE, "Hej 您好", "sv", 20),
        UpdateParty("u1", call_id, leg_id, is_muted=True),
        BringAgent("b1", call_id, leg_id, "b"),
        FetchVoicemail("v1", call_id),
        Speak("s1", call_id, "Hej", "sv", After.RETURN),
        HangUp("e1", call_id, leg_id),
    ]


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_request_says_whether_it_may_be_tried_again(
    house: SandboxHouse, way: InTheWay, fault: str
) -> None:
    call_id, leg_id = await call_with_ada(house)
    may_retry, is_known = FAULTS[fault][1]
    for request in list_requests(call_id, leg_id):
        for number in range(1, MOST + 1):
            way.fail(number, fault)
            try:
                await house.phone.send(request)
            except ChannelError as error:
                assert way.met == 1, (request, error)
                if not isinstance(request, Speak):  # it is said again until somebody hears it
                    assert (error.retry, error.outcome_known) == (may_retry, is_known), (request, number)
                assert error.after_seconds == (7 if fault == "429 for a while" else 0)
            else:
                assert way.met == 0, (request, number)
                break
        assert number > 1, request


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_look_at_the_lists_that_failed_is_made_up_for_by_the_next(
    house: SandboxHouse, way: InTheWay, fault: str
) -> None:
    call_id, _ = await call_with_ada(house)
    house.hub.notices.clear()
    way.fail(1, fault)
    with pytest.raises(ChannelError):
        await house.phone.catch_up(0)
    way.fail(1, fault)
    with pytest.raises(ChannelError):
        await house.phone.say_code(HUB_PHONE, "+46701749002", "12 34", "sv")
    assert house.hub.notices == {}
    assert call_id in house.sandbox._calls.by_sid
