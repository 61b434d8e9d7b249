"""Only calls to our numbers are taken: the provider's account may have numbers of another service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree

import pytest
import structlog
from aiohttp.test_utils import TestClient

from channels.channel import CallArrived
from channels.phone.phone import PhoneChannel, PhoneSettings
from channels.phone.rooms import INBOUND
from tests.channels.contract import MemoryHub, serve
from tests.channels.twilio_cast import ACCOUNT_SID, CALL, HUB_PHONE, PIA, build_account, post_signed

OTHER = "+46850009999"


@asynccontextmanager
async def answering(hub: MemoryHub, *numbers: str) -> AsyncIterator[TestClient]:
    channel = PhoneChannel(PhoneSettings(build_account(), numbers), hub)
    await channel.start()
    client = await serve(channel)
    try:
        yield client
    finally:
        await client.close()
        await channel.stop()


async def call(client: TestClient, called: str) -> ElementTree.Element:
    form = {"CallSid": CALL, "AccountSid": ACCOUNT_SID, "From": PIA, "To": called, "CallStatus": "ringing"}
    answer = await post_signed(client, INBOUND, form)
    assert (answer.status, answer.content_type) == (200, "text/xml")
    return ElementTree.fromstring(await answer.text())


@pytest.mark.parametrize("called", [OTHER, HUB_PHONE[:-1], "client:ada", f"sip:{HUB_PHONE}@evil.example"])
async def test_a_call_to_a_number_that_is_not_ours_is_told_so_and_makes_no_work(called: str) -> None:
    hub = MemoryHub()
    async with answering(hub, HUB_PHONE) as client:
        with structlog.testing.capture_logs() as told:
            words = await call(client, called)
        assert [verb.tag for verb in words] == ["Say", "Say", "Hangup"]
        assert [verb.get("language") for verb in words] == ["en-US", "zh-CN", None]
        (line,) = told
        assert (line["event"], line["log_level"]) == ("call_to_a_number_that_is_not_ours", "warning")
        assert (line["call_id"], line["number_ends_with"]) == (CALL, called[-4:])
        assert hub.notices == {}
        await call(client, HUB_PHONE)
        assert [type(notice) for notice in hub.notices.values()] == [CallArrived]


async def test_where_no_numbers_are_listed_every_call_of_the_account_is_for_us() -> None:
    hub = MemoryHub()
    async with answering(hub) as client:
        assert (await call(client, OTHER)).find("Dial/Conference") is not None
    assert len(hub.notices) == 1
