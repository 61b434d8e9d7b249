"""The provider's webhooks: signatures, forms, ids."""

import json
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.twilio.account import TwilioAccount
from channels.twilio.webhook import BadForm, WebhookDoor, compute_signature, get_text, join_fields, parse_form
from tests.channels.twilio_cast import ACCOUNT_SID, read_payloads
from tests.imports import sources

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FORMS = st.lists(st.tuples(TEXTS, TEXTS), max_size=12)


def build_door(public_url: str, token: str = "12345") -> WebhookDoor:
    return WebhookDoor(TwilioAccount(ACCOUNT_SID, token, public_url))


def split(url: str) -> tuple[str, str]:
    base, slash, path = url.partition("//")[2].partition("/")
    return url.partition("//")[0] + "//" + base, slash + path


def test_the_door_agrees_with_the_sdk_on_every_recorded_signature(corpora: Path) -> None:
    vectors = json.loads((corpora / "twilio" / "signature_vectors.json").read_text())["vectors"]
    assert len(vectors) >= 9
    for vector in vectors:
        params = vector["params"] or {}
        pairs = [
            (name, value)
            for name, values in params.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        base, path = split(vector["url"])
        door = build_door(base, vector["auth_token"])
        assert door.is_signed(path, pairs, vector["signature"]) is vector["valid"], vector["name"]
        if isinstance(params, dict) and not any(isinstance(value, list) for value in params.values()):
            body = vector["body"] or params
            sdk = RequestValidator(vector["auth_token"]).validate(vector["url"], body, vector["signature"])
            assert sdk is vector["valid"], vector["name"]


@given(FORMS.map(dict))
def test_our_signature_is_the_sdks(form: dict[str, str]) -> None:
    url = "https://hub.example/channels/sms/inbound?o=1"
    ours = compute_signature(b"12345", url + join_fields(form.items())).decode()
    assert ours == RequestValidator("12345").compute_signature(url, form)


@given(FORMS)
def test_a_form_reads_as_it_was_written(fields: list[tuple[str, str]]) -> None:
    body = urlencode(fields).encode()
    assert parse_form(body) == fields == parse_qsl(body.decode(), keep_blank_values=True)


@pytest.mark.parametrize(
    "body",
    [b"a=%ff", b"a=%C3", b"a=%zz", b"a=%4", b"a=\xc3\xa9", b"a", b"a=1&&b=2", b"&".join([b"a=1"] * 501)],
)
def test_a_malformed_form_is_refused(body: bytes) -> None:
    with pytest.raises(BadForm):
        parse_form(body)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    try:
        parse_form(body)
    except BadForm as error:
        assert str(error)


@given(st.text(max_size=60))
def test_no_signature_breaks_the_check(signature: str) -> None:
    assert not build_door("https://hub.example").is_signed("/channels/sms/inbound", [], signature)


def test_a_signature_over_another_host_does_not_hold() -> None:
    door = build_door("https://hub.example")
    signature = RequestValidator("12345").compute_signature("https://evil.example/x", {})
    assert not door.is_signed("/x", [], signature)


@pytest.mark.parametrize("configured", ["https://hub.example", "https://hub.example:443", "https://hub.example/"])
@pytest.mark.parametrize("signed", ["https://hub.example/x?o=1", "https://hub.example:443/x?o=1"])
def test_the_port_may_be_spelled_out_or_not(configured: str, signed: str) -> None:
    signature = RequestValidator("12345").compute_signature(signed, {"Body": "您好"})
    assert build_door(configured).is_signed("/x?o=1", [("Body", "您好")], signature)


@pytest.mark.parametrize(
    ("sid", "token", "url"),
    [
        (ACCOUNT_SID, "", "https://hub.example"),
        ("AC1", "12345", "https://hub.example"),
        (ACCOUNT_SID, "12345", "hub.example"),
        (ACCOUNT_SID, "12345", "ftp://hub.example"),
        (ACCOUNT_SID, "12345", "https://me@hub.example"),
    ],
)
def test_an_account_that_could_let_others_in_cannot_be_built(sid: str, token: str, url: str) -> None:
    with pytest.raises(ValueError, match=r"account_sid|auth_token|public_url"):
        TwilioAccount(sid, token, url)


def test_the_token_is_in_no_log() -> None:
    assert "s3cret" not in repr(TwilioAccount(ACCOUNT_SID, "s3cret", "https://hub.example"))


@pytest.mark.parametrize(
    ("answer", "places"),
    [
        ("HTTPBadRequest", {"channels/twilio/webhook.py": 1}),
        # the sound of an echo is no webhook: whoever has its address hears it
        ("HTTPForbidden", {"channels/twilio/webhook.py": 3, "channels/phone/echo_check.py": 1}),
        ("HTTPServiceUnavailable", {"channels/acknowledging.py": 1}),
    ],
)
def test_a_webhook_is_refused_in_one_place_alone(answer: str, places: dict[str, int]) -> None:
    """A handler of a channel begins with what the door has parsed, and stores it with `unstored_is_503`."""
    adapters = {path: text for path, text in sources("channels").items() if "/sandbox/" not in path}
    assert {path: text.count(f"raise web.{answer}") for path, text in adapters.items() if answer in text} == places


def test_a_nul_does_not_reach_the_database() -> None:
    assert get_text({"Body": "a\0b"}, "Body") == "a\ufffdb"


def test_parsing_and_checking_one_webhook_is_cheap(corpora: Path) -> None:
    form = read_payloads(corpora, "sms-in")[0]
    body, url = urlencode(form).encode(), "http://127.0.0.1:8080/channels/sms/inbound"
    door = build_door("http://127.0.0.1:8080")
    signature = RequestValidator("12345").compute_signature(url, form)
    best = min(_time(door, body, signature) for _ in range(20))
    assert best < 120e-6  # it takes about 25; a busy second thread of the core makes it 40


def _time(door: WebhookDoor, body: bytes, signature: str) -> float:
    started = time.process_time()
    for _ in range(100):
        assert door.is_signed("/channels/sms/inbound", parse_form(body), signature)
    return (time.process_time() - started) / 100
