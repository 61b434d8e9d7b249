"""A leg of an agent that is lost, at the provider: the room goes on, the customer is told, another leg joins it.

The requests go through the provider's SDK, and their forms are held against the provider's OpenAPI file.
"""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from channels.channel import CallAgent, ConnectAgent, HangUp, HoldCall, LegJoined, LegRole
from channels.sandbox.settings import SandboxCustomer
from tests.channels.sandbox_house import MING, PIA, SandboxHouse, build_sandbox_house
from tests.channels.test_sandbox_phone import call_of, connect_agent, heard, left, wait_for_customer
from tests.channels.test_sandbox_rest import read_openapi
from tests.channels.twilio_cast import HUB_PHONE

ROOM = "/2010-04-01/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants"
WORDS = {
    "en": "The line to your agent was cut. We are calling them again. Please stay on the line.",
    "zh-CN": "与您通话的坐席线路中断了，我们正在重新接通，请不要挂机。",
}


@pytest.mark.parametrize(("customer", "language"), [(PIA, "en"), (MING, "zh-CN")])
async def test_the_customer_is_told_hears_music_and_talks_on_with_the_leg_that_joins(
    corpora: Path, customer: SandboxCustomer, language: str
) -> None:
    sent: list[tuple[str, set[str]]] = []

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "/Participants" in request.path and request.method == "POST":
            sent.append((request.path, set(await request.post())))
        return await handler(request)

    async with build_sandbox_house([note]) as house:
        call_id = await wait_for_customer(house, customer.id)
        leg_id = await connect_agent(house, call_id)
        await house.phone.send(HangUp("out-2", call_id, leg_id))  # for the provider, as if the browser had gone
        await house.hub.wait_until(left(LegRole.AGENT))
        assert not (await call_of(house, customer.id))["is_over"], "the room goes on without the agent"
        hold = HoldCall("out-3", call_id, call_id, on=True, is_agent_lost=True, language=language)
        await house.phone.send(hold)
        before = len([one for one in (await call_of(house, customer.id))["transcript"] if one["kind"] == "say"])
        await _until_said(house, customer, WORDS[language])
        for _ in range(2):
            house.time.advance(20)
        said = await heard(house, "say", customer.id, times=before + 1)
        assert said[-1] == WORDS[language], "again and again, with music between"
        assert "music.wav" in await heard(house, "music", customer.id)
        receipt = await house.phone.send(ConnectAgent("out-4", call_id, "client:ada", HUB_PHONE))
        notices = await house.hub.wait_until(
            lambda notices: any(isinstance(one, LegJoined) and one.outbox_id == "out-4" for one in notices)
        )
        assert [one.leg_id for one in notices if isinstance(one, LegJoined) and one.outbox_id == "out-4"] == [
            receipt.provider_id
        ]
        await house.phone.send(HoldCall("out-5", call_id, call_id, on=False))
        call = await call_of(house, customer.id)
        assert (call["with"], call["is_on_hold"]) == (["client:ada"], False)
    openapi = read_openapi(corpora)
    create, update = openapi.form(f"{ROOM}.json"), openapi.form(f"{ROOM}/{{CallSid}}.json")
    assert len(sent) == 4
    for path, names in sent:
        form = create if path.endswith("/Participants.json") else update
        assert names <= set(form["properties"]), path


async def _until_said(house: SandboxHouse, customer: SandboxCustomer, words: str) -> None:
    async with asyncio.timeout(30):
        while words not in await heard(house, "say", customer.id):
            await asyncio.sleep(0.01)


async def test_an_own_telephone_is_called_again_for_the_same_call(corpora: Path) -> None:
    sent: list[set[str]] = []

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.endswith("/Calls.json") and request.method == "POST":
            sent.append(set(await request.post()))
        return await handler(request)

    async with build_sandbox_house([note]) as house:
        call_id = await wait_for_customer(house)
        await house.phone.send(CallAgent("out-again", call_id, MING.phone, HUB_PHONE))
    form = read_openapi(corpora).form("/2010-04-01/Accounts/{AccountSid}/Calls.json")
    assert len(sent) == 1 and sent[0] <= set(form["properties"])
