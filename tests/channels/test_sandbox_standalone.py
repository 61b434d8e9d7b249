"""The sandbox as a process of its own."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
import aiosmtplib

from channels.sms import SmsChannel, SmsSettings
from channels.twilio.account import TwilioAccount
from tests.channels.contract import MemoryHub, serve
from tests.channels.sandbox_house import PIA
from tests.channels.twilio_cast import ACCOUNT_SID, TOKEN
from tests.flows.house import free_port

SETTINGS = {
    "customers": [{"name": PIA.name, "phone": PIA.phone, "email": PIA.email}],
    "account_sid": ACCOUNT_SID,
    "auth_token": TOKEN,
    "hub_sms": "+46700000001",
}


async def test_it_serves_an_adapter_in_another_process_and_stops_when_told(tmp_path: Path) -> None:
    hub_port, port = free_port(), free_port()
    hub_url, url = f"http://127.0.0.1:{hub_port}", f"http://127.0.0.1:{port}"
    (tmp_path / "sandbox.json").write_text(json.dumps(SETTINGS))
    hub = MemoryHub()
    account = TwilioAccount(ACCOUNT_SID, TOKEN, hub_url, url)
    channel = SmsChannel(SmsSettings(account, ("+46700000001",)), hub)
    await channel.start()
    client = await serve(channel, port=hub_port)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "channels.sandbox", "--port", str(port), "--webhooks", hub_url),
        *("--settings", str(tmp_path / "sandbox.json")),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            started = json.loads(await process.stdout.readline())
        assert started["url"] == url
        async with aiohttp.ClientSession() as page:
            path = f"{url}/sandbox/api/customers/{PIA.id}"
            async with page.post(f"{path}/texts", json={"text": "Hej Söder"}) as answer:
                assert (await answer.json())["problem"] == ""
            assert len(await hub.wait_until(bool)) == 1
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=started["smtp_port"], start_tls=False) as smtp:
                await smtp.sendmail("service@hub.example", [PIA.email], "Subject: Hej\r\n\r\nHej Pia\r\n")
            async with page.get(path) as answer:
                assert [mail["subject"] for mail in (await answer.json())["mails"]] == ["Hej"]
    finally:
        process.terminate()
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        await client.close()
        await channel.stop()


async def test_a_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").write_text('{"customers": [{"name": "Pia"}]}')
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "channels.sandbox", "--port", "1", "--webhooks", "http://127.0.0.1:9"),
        *("--settings", str(tmp_path / "sandbox.json")),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert b"customers.0.phone" in said
