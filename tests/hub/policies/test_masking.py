"""What a role sees: hidden values are absent, numbers keep their last digits, and names, days and ids stay."""

from typing import Any

import pytest

from agent_console.customer_views import CustomerPage, HoldingView, PastValueView
from agent_console.import_views import ImportLineView
from agent_console.views import MessageView
from hub.policies.attributes import STANDARD, AttributePolicy
from hub.policies.masking import HIDDEN, MaskingPolicy, Sight, find_hidden_reads, mask_private

NAMES = {"en": "Income", "zh-CN": "收入"}
ATTRIBUTES = {**STANDARD, "income": AttributePolicy(type="money", names=NAMES, seen_by=("supervisor",))}
STRICT = MaskingPolicy(
    addresses_seen_by=("supervisor",), accounts_seen_by=("supervisor",), texts_seen_by=("administrator",)
)
AGENT, SUPERVISOR = Sight(ATTRIBUTES, STRICT, ("agent",)), Sight(ATTRIBUTES, STRICT, ("agent", "supervisor"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+46701740103", f"{HIDDEN} 0103"),
        ("or +46 70-174 01 03 at 10:00", f"or {HIDDEN} 0103 at 10:00"),
        ("Sam <sam.o@mail.example>", f"Sam <s{HIDDEN}@{HIDDEN}>"),
        ("４７１１０８１５１２３４５６７８", f"{HIDDEN} ５６７８"),
        ("我的电话是 13800138000。", f"我的电话是 {HIDDEN} 8000。"),
        ("电话13800138000。", f"电话{HIDDEN} 8000。"),
        ("since 2026-11-29, 250 kr", "since 2026-11-29, 250 kr"),
        ("m_0123456789abcdef from 192.168.100.200", "m_0123456789abcdef from 192.168.100.200"),
    ],
)
def test_numbers_and_mailboxes_are_masked_and_names_days_and_ids_stay(text: str, shown: str) -> None:
    assert mask_private(text) == shown


def test_a_model_loses_what_is_hidden_from_the_role_and_keeps_the_rest() -> None:
    page = CustomerPage(
        id="sam",
        version=1,
        name="Sam",
        tier="gold",
        is_open=True,
        mark="1",
        holdings=[HoldingView(id="h", product="Card", number="4711081512345678", began_on="", ended_on="")],
    )
    assert AGENT.mask(page).holdings[0].number == f"{HIDDEN} 5678"
    assert SUPERVISOR.mask(page) is page or SUPERVISOR.mask(page) == page
    past: dict[str, Any] = {"at": 1, "by_kind": "agent", "by": "ada", "source": "page"}
    for name, old in (("income", 7), ("of_an_earlier_policy", 7)):
        shown = AGENT.mask(PastValueView(name=name, old=old, new=8, **past))
        assert (shown.old, shown.new) == (None, None)
    held = AGENT.mask(PastValueView(name="holding", new={"product": "Card", "number": "4711"}, **past))
    assert held.new == {"product": "Card", "number": HIDDEN}


def test_each_text_of_a_list_is_masked_by_the_mark_of_the_list() -> None:
    line = ImportLineView(
        line=1,
        problem="",
        column="",
        name="Sam",
        customer_id="",
        addresses=["+46701740103"],
        changes={"income": [1, 2]},
        activity=None,
    )
    shown = AGENT.mask(line)
    assert (shown.addresses, shown.changes) == ([f"{HIDDEN} 0103"], {})


def test_a_message_keeps_its_words_and_loses_its_numbers_and_the_way_to_its_file() -> None:
    data = {"cc": "lin@mail.example", "size": 4711081512}
    message = MessageView(
        id="m", kind="customer", channel="email", at=1, author="Sam", text="Call 0701740103", raw_url="/x", data=data
    )
    shown = AGENT.mask(message)
    assert (shown.text, shown.raw_url, shown.author) == (f"Call {HIDDEN} 0103", "", "Sam")
    assert shown.data == {"cc": f"l{HIDDEN}@{HIDDEN}", "size": 4711081512}


def test_a_value_that_was_shown_is_open_and_a_rule_over_a_hidden_one_is_named() -> None:
    assert AGENT.hides("income") and not Sight(ATTRIBUTES, STRICT, ("agent",), frozenset({"income"})).hides("income")
    assert find_hidden_reads(AGENT, ["income", "city", "tier", "activity/payment"]) == ["income"]
    assert find_hidden_reads(SUPERVISOR, ["income"]) == []
