"""Whom the hub answers by itself, and how often."""

import pytest

from hub.open_work.recent_counts import LastDay, plain_mailbox
from hub.sending.auto_reply_limits import AutoReplyRules, may_answer
from routing.model import DAY, SECOND

NOON = 1_795_348_800 * SECOND
RULES = AutoReplyRules(
    per_address=3,
    per_domain=5,
    in_all=7,
    own_mailboxes=frozenset({"hello@nordpost.example", "kort@nordpost.example"}),
)
PIA = "pia@mail.example"


def answered(*addresses: str) -> LastDay:
    left = LastDay()
    for address in addresses:
        left.add(NOON, address)
    return left


def test_each_mailbox_is_answered_a_few_times_a_day_whatever_its_tags() -> None:
    left = answered(PIA, "Pia+1@mail.example", "pia+2@Mail.example")
    assert not may_answer(RULES, left, PIA, NOON)
    assert not may_answer(RULES, left, "pia+3@mail.example", NOON)
    assert may_answer(RULES, left, "gus@mail.example", NOON)
    assert not may_answer(RULES, left, PIA, NOON + DAY - 1)
    assert may_answer(RULES, left, PIA, NOON + DAY)
    assert left.count(NOON + DAY) == 0


def test_each_domain_and_all_together_have_a_limit_too() -> None:
    left = answered(*(f"p{n}@mail.example" for n in range(5)))
    assert not may_answer(RULES, left, "p9@mail.example", NOON)
    assert may_answer(RULES, left, "p9@other.example", NOON)
    left.add(NOON, "a@other.example")
    left.add(NOON, "b@third.example")
    assert not may_answer(RULES, left, "c@fourth.example", NOON)


@pytest.mark.parametrize(
    "address",
    [
        "hello@nordpost.example",
        "Hello+tag@Nordpost.Example",
        "KORT@nordpost.example",
        "mailer-daemon@mx.example",
        "MAILER-DAEMON@mx.example",
        "noreply@shop.example",
        "no-reply+x@shop.example",
        "do_not_reply@shop.example",
        "bounces+pia=mail.example@news.example",
        "postmaster@mx.example",
        "unknown:1234",
        "",
    ],
)
def test_nobody_answers_our_own_mailboxes_or_machines(address: str) -> None:
    assert not may_answer(RULES, LastDay(), address, NOON)


def test_a_mailbox_is_plain_without_its_tag() -> None:
    assert [plain_mailbox(each) for each in ("Pia+1+2@X.Example", "+1@x", "pia@x", "")] == [
        "pia@x.example",
        "+1@x",
        "pia@x",
        "",
    ]
