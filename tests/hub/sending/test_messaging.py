"""The one gate before anything leaves."""

import pytest

from hub.open_work.floor import Customer, OpenInteraction
from hub.open_work.recent_counts import LastHour
from hub.sending.may_send import SendRules, may_send, said_start, said_stop
from hub.sending.refusals import Refusal
from hub.sending.spending import Limits
from hub.sending.suppressions import Suppression, Suppressions
from routing.model import ChannelName, InteractionState
from tests.channel_names import EMAIL, PHONE, SMS, WEBCHAT
from tests.hub.notices import PIA_MAIL, SAM

ANY = SendRules()
SWEDEN = frozenset({"SE"})
NORDIC = SendRules(limits={SMS: Limits(countries=SWEDEN | {"NO"}), PHONE: Limits(countries=SWEDEN)})


def interaction(channel: ChannelName, address: str) -> OpenInteraction:
    return OpenInteraction(
        id="i1",
        customer=Customer("sam", "Sam Okoye", "standard", "en", {}),
        customer_id="sam",
        channel=channel,
        queue="service",
        tier="standard",
        state=InteractionState.ACTIVE,
        address=address,
        our_address="",
        identity_level="claimed",
        language="en",
        entered_at=0,
        state_at=0,
    )


def ask(rules: SendRules, channel: ChannelName, address: str, text: str, suppressed: Suppressions) -> Refusal | None:
    return may_send(rules, interaction(channel, address), text, suppressed, LastHour(), 0)


@pytest.mark.parametrize(
    ("channel", "address", "text"),
    [(SMS, SAM, "Hej 你好"), (EMAIL, PIA_MAIL, "x" * 20_000), (WEBCHAT, "", "Hej")],
)
def test_words_to_an_address_may_leave(channel: ChannelName, address: str, text: str) -> None:
    assert ask(ANY, channel, address, text, {}) is None


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u3000"])
def test_nothing_is_nothing_to_say(text: str) -> None:
    assert ask(ANY, SMS, SAM, text, {}) == Refusal.NOTHING_TO_SAY


@pytest.mark.parametrize("address", ["", "unknown:0123", "anonymous:CA1"])
def test_nobody_has_no_address(address: str) -> None:
    assert ask(ANY, EMAIL, address, "Hej", {}) == Refusal.NO_ADDRESS


@pytest.mark.parametrize(("direction", "refusal"), [("in", None), ("out", Refusal.LEFT_ALONE)])
def test_who_wants_no_contact_is_answered_and_never_written_to_first(direction: str, refusal: Refusal | None) -> None:
    one = interaction(SMS, SAM)
    one.customer.profile["do_not_contact"], one.direction = True, direction
    assert may_send(ANY, one, "Hej", {}, LastHour(), 0) == refusal


def test_stop_is_obeyed_on_its_own_channel() -> None:
    stopped = {("sms", SAM): Suppression("customer", 0)}
    assert ask(ANY, SMS, SAM, "Hej", stopped) == Refusal.CUSTOMER_SAID_STOP
    assert ask(ANY, EMAIL, PIA_MAIL, "Hej", stopped) is None


def test_a_text_has_the_providers_limit() -> None:
    assert ask(ANY, SMS, SAM, "x" * 1600, {}) is None
    assert ask(ANY, SMS, SAM, "x" * 1601, {}) == Refusal.TOO_LONG


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        (SAM, None),
        ("+4791234567", None),
        ("+14158675310", Refusal.REGION_NOT_ALLOWED),
        ("+8613800138000", Refusal.REGION_NOT_ALLOWED),
        ("72555", Refusal.NO_NUMBER),  # a short code
    ],
)
def test_texts_go_to_the_allowed_countries_alone(address: str, refusal: Refusal | None) -> None:
    assert ask(NORDIC, SMS, address, "Hej", {}) == refusal
    assert ask(NORDIC, EMAIL, PIA_MAIL, "Hej", {}) is None


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
