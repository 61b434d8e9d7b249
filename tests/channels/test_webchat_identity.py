"""The token of a chat and the identity that a host site signs."""

import pytest

from channels.webchat.chat_wire import EventRefused
from channels.webchat.identity import Identity, build_token, is_proven, read_identity, sign_identity

PIA = Identity(address="customer:1001", name="林嘉怡", expires_at=2_000)


def test_a_token_proves_its_own_chat_under_its_own_secret() -> None:
    token = build_token("s3", "a" * 32)
    assert is_proven("s3", "a" * 32, token)
    assert not is_proven("s3", "b" * 32, token)
    assert not is_proven("other", "a" * 32, token)
    assert not is_proven("s3", "a" * 32, "")
    assert not is_proven("s3", "a" * 32, "ключ")


def test_an_identity_is_read_as_it_was_signed() -> None:
    assert read_identity("site", sign_identity("site", PIA), now=1_999) == PIA


@pytest.mark.parametrize(
    "text",
    [
        sign_identity("another secret", PIA),
        sign_identity("site", PIA)[:-2],
        "e30." + sign_identity("site", PIA).split(".")[1],
        sign_identity("site", PIA).split(".")[0],
        "",
        ".",
        "ключ.ключ",
        "!!!.???",
        "a" * 5,
    ],
)
def test_a_forged_or_broken_identity_is_refused(text: str) -> None:
    with pytest.raises(EventRefused, match="identity_refused"):
        read_identity("site", text, now=1_000)


def test_an_identity_out_of_date_is_refused() -> None:
    with pytest.raises(EventRefused):
        read_identity("site", sign_identity("site", PIA), now=2_000)


def test_without_a_secret_nobody_is_verified() -> None:
    with pytest.raises(EventRefused):
        read_identity("", sign_identity("", PIA), now=1_000)
