"""The tables of webhooks: what would be refused as a request leaves is refused as the settings are read."""

from pathlib import Path

import pytest

from hub.settings.config import ConfigErrors, parse
from hub.wiring.webhook_building import build_webhooks
from tests.channels.webhook_receiver import NAME, make_certificate

TEXT = (Path(__file__).parents[3] / "config.toml").read_text(encoding="utf-8")
SECRET = {"CARDS_SECRET": "a secret of twenty-four bytes and more"}
PLACE = """
[webhooks.card-status]
url = "https://cards.example.org/status"
secret = { env = "CARDS_SECRET" }
"""
SAID = """
[policy.webhooks.card-status]
sends = ["answer.card_ending", "customer.tier"]
fills = { card_state = "state" }
example = { state = "blocked" }
"""


def problems(place: str = PLACE, said: str = SAID, folder: Path = Path(), text: str = TEXT) -> list[str]:
    """Without their lines, which are those of their keys."""
    try:
        parse(text + place + said, folder, SECRET)
    except ConfigErrors as errors:
        assert all(problem.line for problem in errors.problems)
        return [f"{problem.key}: {problem.what}" for problem in errors.problems]
    return []


def test_a_webhook_is_declared_twice_and_built(tmp_path: Path) -> None:
    assert problems() == []
    config = parse(TEXT + PLACE + SAID, tmp_path, SECRET)
    (name,) = config.webhooks
    webhooks = build_webhooks(config, lambda: 0.0)
    assert name in webhooks._webhooks
    assert webhooks._webhooks[name].tls is not None


@pytest.mark.parametrize(
    ("url", "more", "words"),
    [
        ("http://cards.example.org/", "", "must begin with https://"),
        ("http://127.0.0.1:9/", "", "must begin with https://"),
        ("http://127.0.0.1:9/", 'allowed_networks = ["127.0.0.0/8"]', ""),
        ("http://10.0.0.1/", 'allowed_networks = ["10.0.0.0/8", "127.0.0.0/8"]', "must begin with https://"),
        ("https://10.20.0.7/", "", "is an address in no public network"),
        ("https://10.20.0.7/", 'allowed_networks = ["10.20.0.0/16"]', ""),
        ("https://169.254.169.254/", 'allowed_networks = ["169.254.0.0/16"]', "is an address in no public network"),
        ("https://[::1]/", "", "is an address in no public network"),
        ("https://user:word@cards.example.org/", "", "must be an address such as"),
        ("ftp://cards.example.org/", "", "must be an address such as"),
        ("https://cards.example.org:99999/", "", "has a host or a port that cannot be"),
        ("https://cards.example.org/#part", "", "must be an address such as"),
        ("https://cards.example.org/", 'allowed_networks = ["10.20.0.7/8"]', "must be a network"),
        ("https://cards.example.org/", "time_limit_seconds = 11", "must be at most 10"),
        ("https://cards.example.org/", "max_answer_bytes = 100_000", "must be at most 65536"),
        ("https://cards.example.org/", 'ca_file = "none.pem"', "holds no certificates"),
    ],
)
def test_what_a_webhook_may_not_be_is_said_at_its_key(url: str, more: str, words: str) -> None:
    found = problems(PLACE.replace("https://cards.example.org/status", url) + more)
    assert (found == []) is (words == "")
    assert all("webhooks.card-status." in one and words in one for one in found)


def test_a_ca_file_beside_the_settings_is_read(tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path, NAME)
    assert problems(f'{PLACE}ca_file = "{certificate.name}"\n', folder=tmp_path) == []


def test_a_secret_is_there_and_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    (unset,) = problems(PLACE.replace("CARDS_SECRET", "CARD_SECRET"))
    assert unset.startswith("webhooks.card-status.secret: names the environment variable CARD_SECRET")
    monkeypatch.setitem(SECRET, "CARDS_SECRET", "short")
    (weak,) = problems()
    assert "is too short or no Base64" in weak and "short:" not in weak


def test_each_half_needs_the_other() -> None:
    assert problems(said="") == [
        "webhooks.card-status: is sent nothing: say in [policy.webhooks.card-status] what is sent and which fields "
        "are filled"
    ]
    assert problems(place="") == [
        "policy.webhooks.card-status: has no address: add the table [webhooks.card-status] with url and secret"
    ]


@pytest.mark.parametrize(
    ("written", "instead", "words"),
    [
        ("customer.tier", "customer.shoe_size", "sends[2]: names a variable that does not exist"),
        ("customer.tier", "tier", "sends[2]: must be the name of a variable"),
        ('state = "blocked"', 'status = "blocked"', "fills.card_state: has no example: add example.state"),
        ('"blocked" }', '"blocked", more = 1 }', "example.more: fills no field"),
        ("card_state =", '"Card state" =', "must be the name of a script's field"),
    ],
)
def test_what_the_policy_says_of_one_is_checked(written: str, instead: str, words: str) -> None:
    found = problems(said=SAID.replace(written, instead))
    assert any(words in one for one in found), found
    assert all("policy.webhooks.card-status" in one for one in found)


def test_it_fills_nothing_that_the_policy_hides_from_some() -> None:
    hidden = '\n[policy.attributes.card_state]\ntype = "text"\nnames = { en = "State", zh-CN = "状态" }\n'
    assert problems(said=SAID + hidden) == []
    (found,) = problems(said=f'{SAID}{hidden}seen_by = ["supervisor"]\n')
    assert found.startswith("policy.webhooks.card-status.fills.card_state: is hidden from some by its seen_by")


def test_others_who_reach_the_hub_get_no_plain_webhook() -> None:
    live = TEXT.replace('public_url = ""', 'public_url = "https://hub.example.org"')
    here = PLACE.replace("https://cards.example.org", "http://127.0.0.1:9") + 'allowed_networks = ["127.0.0.0/8"]\n'
    assert any("webhooks.card-status.url: must begin with https://" in one for one in problems(here, text=live))
