"""Payloads as the provider sends them, and the customers who send them."""

import json
from pathlib import Path

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from twilio.request_validator import RequestValidator

from channels.twilio.account import TwilioAccount

ACCOUNT_SID = "AC" + "0a" * 16
TOKEN = "the-token-of-the-tests"
PUBLIC_URL = "https://hub.example"
PIA, GUS, SAM = "+46701740601", "+46701740602", "+46701740603"
HUB_SMS, HUB_PHONE = "+46700000001", "+46700000002"
CALL = "CA" + "11" * 16
AGENT_CALL = "CA" + "ad" * 16
ROOM = "CF" + "22" * 16


def build_account(
    api_url: str = "http://127.0.0.1:9",
    public_url: str = PUBLIC_URL,
    token: str = TOKEN,
    timeout_seconds: float = 5,
) -> TwilioAccount:
    """Port 9 of the loopback discards: nobody listens there."""
    return TwilioAccount(ACCOUNT_SID, token, public_url, api_url, timeout_seconds)


def read_payloads(corpora: Path, kind: str) -> list[dict[str, str]]:
    """Recorded forms of one kind, as our account would get them."""
    payloads = json.loads((corpora / "twilio" / "webhook_payloads.json").read_text())["payloads"]
    forms = [{**payload["form"], "AccountSid": ACCOUNT_SID} for payload in payloads if payload["kind"] == kind]
    assert forms
    return forms


async def post_signed(
    client: TestClient, path: str, form: dict[str, str], token: str = TOKEN, public_url: str = PUBLIC_URL
) -> ClientResponse:
    signature = RequestValidator(token).compute_signature(public_url + path, form)
    return await client.post(path, data=form, headers={"X-Twilio-Signature": signature})


def build_text(body: str = "Hej Søren, 您好", number: int = 1, **more: str) -> dict[str, str]:
    sid = f"SM{number:032x}"
    form = {"MessageSid": sid, "AccountSid": ACCOUNT_SID, "From": PIA, "To": HUB_SMS, "Body": body, "NumMedia": "0"}
    return {**form, **more}
