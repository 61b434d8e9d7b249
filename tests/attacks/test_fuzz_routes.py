"""Every route and every event of a running hub, asked for nonsense by all: no 500, no traceback, an answer.

The routes are read from the application's own table, so a new one joins by itself. What is sent is drawn from a
random generator that is seeded by route, role and round: the same in each run.
"""

import asyncio
import json
import os
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from aiohttp import web

from agent_console.commands import BOARD_COMMAND, COMMAND
from channels.twilio.webhook import compute_signature, join_fields, parse_form
from channels.webchat.chat_wire import EVENTS
from hub.app import HubProcess
from hub.settings.config import Config
from tests.attacks.doors import BOTH, STAFF, TOO_LARGE, UNFIT_TEXTS, send_raw
from tests.hub.connected_screens import ScreenConnection, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUNDS = 2  # requests of each route and role
AT_ONCE = 16
ROLES = ["", *STAFF]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
# fmt: off
HOSTILE = [
    *UNFIT_TEXTS.values(), "", "0", "-1", str(2**63), "9" * 400, "x" * 300, "é" * 3000, "../../etc/passwd", "..",
    "' OR 1=1 --", "%s%n", "\r\nX: y", "\u202e\ufeff", "𝔘𝔫𝔦", "{}", "[[[", "<svg onload=alert(1)>", "1e999", "NaN",
    "٣", "null", "pia", "ada", "gus", "service", "+46701740603", "SM" + "0" * 32, "CA" + "1" * 32,
]
NAMES = """name password new_password id text kind version interaction_id before language page number To From Body
    Url MessageSid CallSid AccountSid NumMedia MediaUrl0 SmsStatus MessageStatus CallStatus ConferenceSid
    StatusCallbackEvent Digits RecordingUrl RecordingSid RecordingDuration PageSize Page PageToken EIO transport sid
    outbox call queue seconds customer to subject html attachments digits status StatusCallback Twiml Method fault
    channel token expires q""".split()
HEADERS = [
    ("Content-Type", "application/json"), ("Content-Type", "application/x-www-form-urlencoded"),
    ("Content-Type", "multipart/form-data; boundary=x"), ("Content-Type", "text/plain; charset=nonsense"),
    ("Content-Type", "*/*;;;"), ("Content-Encoding", "gzip"), ("Content-Encoding", "br"), ("Range", "bytes=9-1"),
    ("Range", "lines=1"), ("If-Modified-Since", "yesterday"), ("If-None-Match", '"'), ("Origin", "null"),
    ("Origin", "https://evil.example"), ("X-Forwarded-For", ",,;"), ("X-Forwarded-For", "9" * 300),
    ("X-Forwarded-Proto", "gopher"), ("Cookie", 'hub_session="\xff\xfe"'), ("Cookie", "hub_session"),
    ("Cookie", "=;=;"), ("Authorization", "Basic !!!"), ("Authorization", "Basic " + b64encode(b"a\0:b").decode()),
    ("Expect", "wonders"), ("X-Twilio-Signature", "ключ"), ("Upgrade", "websocket"), ("Accept-Language", "\xff"),
    ("Accept-Encoding", "*;q=x"), ("X-HTTP-Method-Override", "DELETE"), ("Sec-Fetch-Site", "cross-site"),
]
BODIES = [b"", b"\0", b"\xff\xfe{", b'{"name":', b"[" * 5000, b"--x\r\n\r\n\xff\r\n--x--", b"1", b"null"]
PLAUSIBLE = {  # what the provider posts, of all kinds; no RecordingSid, since a recording would be fetched
    "MessageSid": "SM" + "1" * 32, "CallSid": "CA" + "1" * 32, "FriendlyName": "CA" + "1" * 32, "Body": "Hej",
    "From": "+46701740603", "To": "+46850005000", "ConferenceSid": "CF" + "1" * 32, "NumMedia": "1",
    "MediaUrl0": "https://x.example/1", "MessageStatus": "delivered", "CallStatus": "completed",
    "StatusCallbackEvent": "participant-join", "RecordingStatus": "completed", "RecordingDuration": "7",
    "RecordingUrl": "https://x.example/2", "Digits": "1", "AnsweredBy": "human", "OptOutType": "STOP",
    "ErrorCode": "21610", "ReasonConferenceEnded": "last-participant-left", "SequenceNumber": "1", "Timestamp": "now",
}
# fmt: on


@cache
def hostile_texts() -> list[str]:
    """With the Big List of Naughty Strings, where it is at hand."""
    corpora = os.environ.get("HUB_CORPORA")
    naughty = Path(corpora, "security", "naughty_strings.json") if corpora else None
    more = json.loads(naughty.read_text())["strings"] if naughty and naughty.is_file() else []
    return [*HOSTILE, *more]


class Draws:
    def __init__(self, *seed: object) -> None:
        self._random = Random(repr(seed))
        self.chance = lambda share: self._random.random() < share
        self.one_of = self._random.choice

    def text(self) -> str:
        return self.one_of(HOSTILE if self.chance(0.5) else hostile_texts())

    def value(self, depth: int = 0) -> Any:
        draw = self._random.random()
        if draw < 0.5:
            return self.text()
        if draw < 0.7 or depth > 2:
            return self.one_of([*TOO_LARGE, 0, -1, 1.5, 1e308, True, None, 2**53])
        if draw < 0.85:
            return [self.value(depth + 1) for _ in range(2)]
        return self.document(depth + 1)

    def document(self, depth: int = 0) -> dict[str, Any]:
        return {self.one_of(NAMES) if self.chance(0.9) else self.text(): self.value(depth) for _ in range(5)}

    def form(self) -> list[tuple[str, str]]:
        return [(self.one_of(NAMES), self.text()) for _ in range(5)]

    def body(self) -> bytes:
        draw = self._random.random()
        if draw < 0.4:
            return json.dumps(self.document()).encode()
        if draw < 0.7:
            return urlencode(self.form(), errors="surrogatepass").encode()
        return self.one_of(
            [b"", b"\0", b"\xff\xfe{", b'{"name":', b"[" * 5000, b"--x\r\n\r\n\xff\r\n--x--", b"1", b"null"]
        )


def routes_of(app: web.Application) -> Iterator[tuple[str, str]]:
    for route in app.router.routes():
        about = route.resource.get_info() if route.resource else {}
        path = about.get("path") or about.get("formatter") or f"{about.get('prefix')}/{{file}}"
        yield route.method, str(path)


def fill(draws: Draws, path: str) -> str:
    """The path, with its parts drawn, as it goes over the wire."""
    parts = []
    for part in path.split("/"):
        if not part.startswith("{"):
            parts.append(part)
        elif draws.chance(0.15):
            parts.append(draws.one_of(["%", "%zz", "%00", "%ed%a0%80", "%c0%af", "%2e%2e%2f", "%ff"]))
        else:
            parts.append(quote(draws.text().encode("utf-8", "surrogatepass"), safe=""))
    query = ""
    if draws.chance(0.5):
        query = "?" + urlencode(draws.form(), errors="surrogatepass")
    return "/".join(parts) + query


def build_request(draws: Draws, method: str, path: str, cookie: str, token: bytes, account: str, url: str) -> bytes:
    method = draws.one_of(METHODS) if draws.chance(0.2) or method == "*" else method
    where = fill(draws, path)
    headers = [("Host", "127.0.0.1"), ("Connection", "close"), ("Cookie", cookie)]
    headers += [draws.one_of(HEADERS) for _ in range(3)]
    body = b"" if method == "GET" and draws.chance(0.7) else draws.body()
    if path.startswith("/channels/") and draws.chance(0.8):  # as the provider signs it: past the door
        plausible = {**PLAUSIBLE, "AccountSid": account}
        form = [*(plausible | {draws.one_of([*PLAUSIBLE]): draws.text()} | dict(draws.form()[:1])).items()]
        body = urlencode(form, errors="surrogatepass").encode()
        try:
            fields = join_fields(parse_form(body))
        except ValueError:
            fields = ""
        headers = [("Host", "127.0.0.1"), ("Connection", "close"), ("Content-Type", HEADERS[1][1])]
        headers.append(("X-Twilio-Signature", compute_signature(token, url + where + fields).decode()))
    elif path.startswith("/2010-04-01/") and draws.chance(0.8):
        headers.append(("Authorization", "Basic " + b64encode(f"{account}:".encode() + token).decode()))
    headers.append(("Content-Length", str(len(body))))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{method} {where} HTTP/1.1\r\n{lines}\r\n".encode("latin-1", "replace") + body


@BOTH
async def test_no_route_fails_whatever_is_asked_of_it(hub: HubProcess, config: Config, no_traceback: None) -> None:
    sms = config.channels.sms
    assert sms is not None
    token = config.reveal(sms.auth_token).encode()
    cookies = {role: await sign_in(hub.url, STAFF[role]) if role else "" for role in ROLES}
    seats = asyncio.Semaphore(AT_ONCE)
    routes = sorted(set(routes_of(hub.web)))
    assert len(routes) > 40, routes

    async def ask(method: str, path: str, role: str, number: int) -> str:
        draws = Draws(method, path, role, number)
        request = build_request(draws, method, path, cookies[role], token, sms.account_sid, hub.url)
        async with seats:
            status = await send_raw(hub.url, request)
        return f"{status} for {role or 'a stranger'}: {request[:600]!r}" if not 200 <= status < 500 else ""

    wrong = await asyncio.gather(
        *(
            ask(*route, role, n)
            for route in routes
            for role in ROLES
            for n in range(ROUNDS)
            if "sign-out" not in route[1]
        )
    )
    bad = sorted(one for one in wrong if one)
    assert not bad, "\n".join(bad)
    assert await send_raw(hub.url, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == 200


@BOTH
@pytest.mark.parametrize("namespace", ["/desk", "/wallboard", "/webchat"])
async def test_no_event_of_a_socket_stays_without_an_answer(
    hub: HubProcess, no_traceback: None, namespace: str
) -> None:
    kinds = {"/desk": ["resume", "command", "typing"], "/wallboard": ["command"], "/webchat": [*EVENTS]}[namespace]
    known = {"/desk": COMMAND, "/wallboard": BOARD_COMMAND}.get(namespace)
    tags = [] if known is None else [*known.json_schema()["discriminator"]["mapping"]]
    draws = Draws(namespace)
    cookie = await sign_in(hub.url, STAFF["agent" if namespace == "/desk" else "supervisor"])
    for _ in range(4):  # connections, each within what one may send at once
        screen = await ScreenConnection.open(hub.url, cookie, namespace)
        for _ in range(25):
            data = draws.one_of([draws.value(), {**draws.document(), "kind": draws.one_of([*tags, "x"])}])
            answer = await screen.ask(draws.one_of([*kinds, *kinds, draws.text()]), data)
            assert answer is None or isinstance(answer, dict), data
        await screen.close()
