"""The receiver of the webhooks' page runs as it stands: it lets in what is ours and new, and acts once."""

import asyncio
import base64
import hashlib
import hmac
import http.client
import ipaddress
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from channels.channel import AnswerKind, AnswerValue, CallWebhook, ChannelError
from channels.webhooks.asking import Webhooks, WebhookSettings

PAGE = Path(__file__).parents[2] / "channels" / "webhooks" / "README.md"
ASKED = CallWebhook("x1", "card-status", '{"values":{"answer.card_ending":"4417"}}', ("state", "since"))
BODY = ASKED.body.encode()


@dataclass
class Shown:
    """The receiver that the page shows, at work."""

    names: dict[str, Any]
    port: int

    def ask(self, at: float, request: CallWebhook = ASKED, secret: str = "") -> tuple[AnswerValue, ...]:
        here = (ipaddress.ip_network("127.0.0.0/8"),)
        key = (secret or str(self.names["SECRET"])).encode()
        settings = WebhookSettings(f"http://127.0.0.1:{self.port}/", key, 5, 8_192, here)
        return asyncio.run(Webhooks({"card-status": settings}, lambda: at).send(request)).answer

    def post(self, body: bytes, **headers: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/", body, {name.replace("_", "-"): value for name, value in headers.items()})
        status = connection.getresponse().status
        connection.close()
        return status


@pytest.fixture
def shown() -> Iterator[Shown]:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(code, names)
    names["CardStatus"].log_message = lambda *_: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), names["CardStatus"])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Shown(names, server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_answers_what_the_hub_asks(shown: Shown) -> None:
    assert shown.ask(time.time()) == (AnswerValue("state", AnswerKind.TEXT, "blocked"),)
    other = CallWebhook("x2", "card-status", ASKED.body.replace("4417", "0001"), ASKED.wanted)
    assert shown.ask(time.time(), other)[0].text == "active"


def test_it_acts_once_on_an_id(shown: Shown) -> None:
    shown.ask(time.time())
    shown.names["seen"]["x1"] = {"state": "as before", "since": None}
    assert shown.ask(time.time())[0].text == "as before"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_it_refuses_what_is_old_or_of_tomorrow(shown: Shown, minutes: int) -> None:
    with pytest.raises(ChannelError, match="HTTP 403"):
        shown.ask(time.time() + minutes * 60)
    assert shown.names["seen"] == {}


def test_it_refuses_what_others_signed(shown: Shown) -> None:
    with pytest.raises(ChannelError, match="HTTP 403"):
        shown.ask(time.time(), secret="another secret of twenty-four bytes")


def test_it_refuses_a_changed_body_id_or_time(shown: Shown) -> None:
    now = str(int(time.time()))
    secret = str(shown.names["SECRET"]).encode()
    signed = hmac.new(secret, f"x1.{now}.".encode() + BODY, hashlib.sha256).digest()
    good = {
        "webhook_id": "x1",
        "webhook_timestamp": now,
        "webhook_signature": f"v1,{base64.b64encode(signed).decode()}",
    }
    assert shown.post(BODY, **good) == 200
    assert shown.post(BODY.replace(b"4417", b"0001"), **good) == 403
    assert shown.post(BODY, **{**good, "webhook_id": "x2"}) == 403
    assert shown.post(BODY, **{**good, "webhook_timestamp": str(int(now) + 1)}) == 403
    assert list(shown.names["seen"]) == ["x1"]
