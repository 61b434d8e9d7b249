"""A provider's request that somebody overheard: its signature has no date, so it can be sent again after years."""

import asyncio

import aiohttp
import pytest
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from hub.app import HubProcess
from hub.settings.config import Config
from hub.storage import inbox, tables
from hub.storage.database import Connection
from tests.hub.house import NOON

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = {
    "MessageSid": "SM" + "5" * 32,
    "AccountSid": "AC00000000000000000000000000000001",
    "From": "+46701740301",
    "To": "+46850005001",
    "Body": "Spärra mitt kort 请冻结我的卡",
    "NumMedia": "0",
    "NumSegments": "1",
}
CALL = {
    "CallSid": "CA" + "5" * 32,
    "AccountSid": "AC00000000000000000000000000000001",
    "From": "+46701740301",
    "To": "+46850005000",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "ApiVersion": "2010-04-01",
}


@pytest.mark.promise("P2")
@pytest.mark.parametrize(("path", "form"), [("sms", TEXT), ("phone", CALL)])
async def test_a_webhook_of_long_ago_comes_in_no_second_time(
    hub: HubProcess, config: Config, path: str, form: dict[str, str]
) -> None:
    assert config.channels.sms is not None
    url = f"{hub.url}/channels/{path}/inbound"
    signature = RequestValidator(config.reveal(config.channels.sms.auth_token)).compute_signature(url, form)

    async def overhear_and_send() -> int:
        headers = {"X-Twilio-Signature": signature}
        async with aiohttp.ClientSession() as session, session.post(url, data=form, headers=headers) as answer:
            return answer.status

    async def forget(connection: Connection) -> int:
        """As if everything that was ever handled were old."""
        return await inbox.prune(connection, 4 * NOON)

    async def count_work() -> tuple[int, int]:
        """(messages, interactions), once all is handled that has arrived."""
        async with asyncio.timeout(60):
            while await arrivals.count_pending():
                await asyncio.sleep(0)
        async with hub.db.read() as connection:
            messages = await connection.scalar(select(func.count()).select_from(tables.message))
            return messages, await connection.scalar(select(func.count()).select_from(tables.interaction))

    arrivals = inbox.Inbox(hub.db)
    nothing = await count_work()
    assert await overhear_and_send() == 200
    once = await count_work()
    assert once[1] == nothing[1] + 1
    while await hub.db.write(forget):
        pass
    assert await overhear_and_send() == 200
    assert await count_work() == once
