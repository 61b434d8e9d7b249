"""The one gate before anything leaves."""

import pytest

from hub.messaging import SendRules, may_send, said_start, said_stop
from routing.model import ChannelName
from tests.hub.notices import PIA_MAIL, SAM

SMS, EMAIL, WEBCHAT = ChannelName.SMS, ChannelName.EMAIL, ChannelName.WEBCHAT
ANY = SendRules()
NORDIC = SendRules(sms_regions=("SE", "NO"))


@pytest.mark.parametrize(
    ("channel", "address", "text"),
    [(SMS, SAM, "Hej 你好"), (EMAIL, PIA_MAIL, "x" * 20_000), (WEBCHAT, "", "Hej")],
)
def test_words_to_an_address_may_leave(channel: ChannelName, address: str, text: str) -> None:
    assert may_send(ANY, channel, address, text, ()) == ""


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u3000"])
def test_nothing_is_nothing_to_say(text: str) -> None:
    assert may_send(ANY, SMS, SAM, text, ()) == "nothing_to_say"


@pytest.mark.parametrize("address", ["", "unknown:0123", "anonymous:CA1"])
def test_nobody_has_no_address(address: str) -> None:
    assert may_send(ANY, EMAIL, address, "Hej", ()) == "no_address"


def test_stop_is_obeyed_on_its_own_channel() -> None:
    stopped = {("sms", SAM)}
    assert may_send(ANY, SMS, SAM, "Hej", stopped) == "customer_said_stop"
    assert may_send(ANY, EMAIL, PIA_MAIL, "Hej", stopped) == ""


def test_a_text_has_the_providers_limit() -> None:
    assert may_send(ANY, SMS, SAM, "x" * 1600, ()) == ""
    assert may_send(ANY, SMS, SAM, "x" * 1601, ()) == "too_long"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (SAM, ""),
        ("+4791234567", ""),
        ("+15005550006", "region_not_allowed"),
        ("+8613800138000", "region_not_allowed"),
        ("72555", "region_not_allowed"),  # a short code is of no region
    ],
)
def test_texts_go_to_the_allowed_countries_alone(address: str, code: str) -> None:
    assert may_send(NORDIC, SMS, address, "Hej", ()) == code


@pytest.mark.parametrize("words", ["STOP", "stop", " Stop. ", "Stop!", "ＳＴＯＰ", "退订", "停止。", "end", "OptOut"])
def test_these_are_stop(words: str) -> None:
    assert said_stop(words)


@pytest.mark.parametrize("words", ["stop it", "please stop", "stopp", "", "don't stop", "退订吗"])
def test_these_are_not(words: str) -> None:
    assert not said_stop(words)


@pytest.mark.parametrize("words", ["START", "unstop", "Yes.", "恢复"])
def test_these_are_start(words: str) -> None:
    assert said_start(words)
    assert not said_stop(words)
