"""Webhooks of scripts: where they may go, how they are signed, and what of an answer is taken."""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from channels.channel import AnswerKind, AnswerValue, CallWebhook, ChannelError, HangUp, Receipt
from channels.webhooks.answer_reading import BadAnswer, read_answer
from channels.webhooks.asking import Webhooks, WebhookSettings
from channels.webhooks.network_guard import is_allowed
from channels.webhooks.signing import read_key, sign
from tests.channels.webhook_receiver import NAME, make_certificate, receive, says, says_bytes, serve_as

HERE = (ipaddress.ip_network("127.0.0.0/8"),)
KEY = b"a key of twenty-four bytes and more"
ASKED = CallWebhook("x1", "cards", '{"values":{"answer.card_ending":"4417"}}', ("state",))


class Names(AbstractResolver):
    """Resolves each name to what the test says, one answer after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for one in found
        ]

    async def close(self) -> None:
        pass


def ask(url: str, names: AbstractResolver | None = None, **more: Any) -> Awaitable[Receipt]:
    settings = replace(WebhookSettings(url, KEY, 5, 1_000, HERE), **more)
    resolver = {} if names is None else {"resolver": lambda: names}
    return Webhooks({"cards": settings}, time.time, **resolver).send(ASKED)


async def fail(url: str, names: AbstractResolver | None = None, **more: Any) -> tuple[str, bool]:
    """Why it failed, and whether it is known that nothing was done."""
    with pytest.raises(ChannelError) as raised:
        await ask(url, names, **more)
    assert not raised.value.retry
    return raised.value.code, raised.value.outcome_known


# ---- where it may go


@pytest.mark.parametrize(
    "address",
    """0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1
    172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
    239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254
    ::ffff:0:10.0.0.1 ::ffff:7f00:1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1::
    2002:a9fe:a9fe::1 2001:0:7f00:1:: 2001:0:4136:e378:8000:63bf:f5ff:fffe 2001:db8::1 fc00::1 fd12:3456::1
    fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 100::1 1.1.1.1%lo 2130706433 0x7f.1 127.1
    localhost""".split(),
)
def test_no_address_inside_is_reached(address: str) -> None:
    assert not is_allowed(address, ())


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_a_public_address_is_reached(address: str) -> None:
    assert is_allowed(address, ())


def test_a_network_that_was_named_is_reached_and_no_other() -> None:
    named = [ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd12::/16")]
    assert [is_allowed(one, named) for one in ("10.20.0.7", "::ffff:10.20.0.7", "fd12::7")] == [True] * 3
    assert [is_allowed(one, named) for one in ("10.21.0.7", "::ffff:10.21.0.7", "fd13::7")] == [False] * 3


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1"])
def test_where_a_cloud_keeps_its_credentials_is_never_reached_whatever_is_named(address: str) -> None:
    assert not is_allowed(address, [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")])


async def test_a_name_that_leads_inside_is_refused_before_anything_leaves() -> None:
    async with receive(says({"state": "active"})) as receiver:
        inside = receiver.url.replace("127.0.0.1", "cards.example")
        assert await fail(inside, Names(["127.0.0.1"]), networks=()) == ("webhook_forbidden", True)
        assert await fail(inside, Names(["1.1.1.1", "127.0.0.1"]), networks=()) == ("webhook_forbidden", True)
        assert await fail(inside, Names(["127.0.0.1", "10.0.0.1"])) == ("webhook_forbidden", True), "one of them is"
        assert await fail(receiver.url, networks=()) == ("webhook_forbidden", True), "an address and no name"
        assert receiver.got == []


async def test_a_name_is_resolved_once_and_the_connection_goes_where_it_was_checked() -> None:
    """What answers otherwise the second time is never asked a second time, and could not be reached."""
    rebinding = Names(["127.0.0.1"], ["169.254.169.254"])
    async with receive(says({"state": "active"})) as receiver:
        found = await ask(receiver.url.replace("127.0.0.1", "cards.example"), rebinding)
        assert (found.answer, rebinding.asked) == ((AnswerValue("state", AnswerKind.TEXT, "active"),), 1)
        (headers, _) = receiver.got[0]
        assert headers["host"].startswith("cards.example:")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "017700000001", "127.1", "0177.0.0.1"])
async def test_no_other_way_to_write_an_address_leads_inside(host: str) -> None:
    async with receive(says({"state": "active"})) as receiver:
        code, is_known = await fail(receiver.url.replace("127.0.0.1", host), networks=())
        assert code in ("webhook_forbidden", "webhook_unreachable") and is_known
        assert receiver.got == []


async def test_no_redirect_is_followed() -> None:
    async with receive(says({"state": "stolen"})) as other:
        async with receive(says_bytes(b"", 307, Location=other.url)) as receiver:
            assert await fail(receiver.url) == ("webhook_refused", True)
        assert other.got == []


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receive(says({"state": "proxied"})) as proxy, receive(says({"state": "active"})) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        found = await ask(receiver.url)
        assert found.answer[0].text == "active"
        assert proxy.got == []


# ---- TLS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


async def test_over_tls_the_name_is_proven(certificate: tuple[Path, Path]) -> None:
    trusts = ssl.create_default_context(cafile=str(certificate[0]))
    async with receive(says({"state": "active"}), serve_as(*certificate)) as receiver:
        found = await ask(receiver.url, Names(["127.0.0.1"]), tls=trusts)
        assert found.answer[0].text == "active"
        other_name = receiver.url.replace(NAME, "other.test")
        assert await fail(other_name, Names(["127.0.0.1"]), tls=trusts) == ("webhook_unreachable", True)
        assert await fail(receiver.url, Names(["127.0.0.1"])) == ("webhook_unreachable", True), (
            "nobody vouches for it"
        )
        assert len(receiver.got) == 1


# ---- the signature


async def test_each_request_carries_its_id_the_time_and_a_signature_of_the_body() -> None:
    async with receive(says({"state": "active"})) as receiver:
        await ask(receiver.url)
        ((headers, body),) = receiver.got
    assert (headers["webhook-id"], body.decode(), headers["content-type"]) == ("x1", ASKED.body, "application/json")
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    again = sign(KEY, "x1", int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == again["webhook-signature"]


def test_a_signature_is_that_of_the_published_scheme() -> None:
    """The example of the scheme's own libraries."""
    key = read_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert key is not None
    headers = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "secret", ["", "short", "whsec_", "whsec_AAAA", "whsec_no Base64 at all, though long enough"]
)
def test_a_weak_secret_is_none(secret: str) -> None:
    assert read_key(secret) is None


# ---- the answer


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def drip(request: web.Request) -> web.StreamResponse:
    """A byte now and then: no single wait is long."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


async def flood(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b'{"state":"' + b"x" * 65_536)


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize(
    ("answer", "code", "is_known"),
    [
        (hang, "webhook_no_answer", False),
        (drip, "webhook_no_answer", False),
        (flood, "webhook_bad_answer", True),
        (cut, "webhook_no_answer", False),
        (says({}, status=500), "webhook_refused", True),
        (says({}, status=404), "webhook_refused", True),
        (says_bytes(b"<html>"), "webhook_bad_answer", True),
        (says_bytes(b""), "webhook_bad_answer", True),
        (says_bytes(b"\xff\xfe"), "webhook_bad_answer", True),
        (says(["state"]), "webhook_bad_answer", True),
        (says({"state": {"is": "active"}}), "webhook_bad_answer", True),
        (says_bytes(b"\x1f\x8b\x08", **{"Content-Encoding": "gzip"}), "webhook_bad_answer", True),
        (says_bytes(b'{"state":"a","state":"b"}'), "webhook_bad_answer", True),
        (says_bytes(b"[" * 900), "webhook_bad_answer", True),
        (says_bytes(b'{"state":NaN}'), "webhook_bad_answer", True),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
async def test_whatever_is_answered_ends_in_time_and_in_one_code(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], code: str, is_known: bool
) -> None:
    """Whoever answers has time to, also where the machine stops this process for a while."""
    seconds = 0.3 if answer in (hang, drip) else 60
    async with receive(answer) as receiver:
        assert await fail(receiver.url, time_limit_seconds=seconds) == (code, is_known)


async def test_nobody_there_is_unreachable() -> None:
    with socket.socket() as silent:  # its port is taken, so no other test gets it, and nobody listens
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        assert await fail(f"http://127.0.0.1:{port}/") == ("webhook_unreachable", True)


async def test_a_name_that_takes_for_ever_to_resolve_ends_in_time() -> None:
    class Slow(Names):
        async def resolve(self, *_: Any) -> list[ResolveResult]:
            await asyncio.Event().wait()
            return []

    assert await fail("https://cards.example/", Slow([]), time_limit_seconds=0.2) == ("webhook_no_answer", False)


async def test_an_answer_that_nobody_wants_is_not_read() -> None:
    async with receive(flood) as receiver:
        webhooks = Webhooks({"cards": WebhookSettings(receiver.url, KEY, 5, 100, HERE)}, time.time)
        assert await webhooks.send(replace(ASKED, wanted=())) == Receipt("")


async def test_a_webhook_that_is_not_in_the_settings_and_what_is_none_are_our_own_fault() -> None:
    webhooks = Webhooks({}, time.time)
    for request, code in ((ASKED, "webhook_unknown"), (HangUp("x2", "CA1", "CA1"), "unsupported")):
        with pytest.raises(ChannelError) as raised:
            await webhooks.send(request)
        assert (raised.value.code, raised.value.whose, raised.value.outcome_known) == (code, "ours", True)


def test_only_what_is_wanted_is_read_with_its_kind() -> None:
    body = b'{"state":"active","limit":12.50,"count":3,"is_new":false,"since":null,"secret":"x"}'
    wanted = ("state", "limit", "count", "is_new", "since", "other")
    found = read_answer(body, wanted)
    assert [(one.name, str(one.kind), one.text) for one in found] == [
        ("state", "text", "active"),
        ("limit", "number", "12.50"),
        ("count", "number", "3"),
        ("is_new", "yes_no", "no"),
    ]


@pytest.mark.parametrize("literal", ["1e400", "-1e-400", "1e16", "9" * 5_000, "0." + "1" * 40, "1e999999999999"])
def test_a_number_of_any_size_is_refused_at_once(literal: str) -> None:
    with pytest.raises(BadAnswer):
        read_answer(f'{{"limit":{literal}}}'.encode(), ("limit",))


@pytest.mark.parametrize(("literal", "text"), [("1e3", "1000"), ("25E-2", "0.25"), ("-0", "-0"), ("12", "12")])
def test_a_number_is_written_without_an_exponent(literal: str, text: str) -> None:
    assert read_answer(f'{{"limit":{literal}}}'.encode(), ("limit",))[0].text == text
