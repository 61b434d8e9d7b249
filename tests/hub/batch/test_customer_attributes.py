"""An attribute of customers in one touch: its block in the policy. The card shows it, typed, and scripts fill it."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub.batch.desk_views import view_customer
from hub.open_work.floor import Customer
from hub.policies.attributes import FIELD_TYPES, STANDARD, AttributePolicy, ChoicePolicy
from hub.policies.document_text import dump_policy, parse_policy
from hub.policies.in_force import PolicyBook
from hub.policies.masking import MaskingPolicy, Sight
from hub.settings.config import Config, load, parse
from hub.toml_files.problems import ConfigErrors
from scripts_library.checks import check_kept
from scripts_library.loader import LIBRARY, load_scripts
from tests.hub.conftest import ROOT
from tests.hub.sample_settings import TYPES

NAMES = {"en": "One", "zh-CN": "一"}
CHOICES = (ChoicePolicy(value="sms", names=NAMES), ChoicePolicy(value="email", names=NAMES))


def configured(*, policy: str = "", customer: str = "") -> Config:
    """The product's own settings, with more attributes, and with more values of the first sample customer."""
    text = re.sub(r"(?m)^attributes = .*\n", "", (ROOT / "config.toml").read_text(encoding="utf-8"))
    text = text.replace("[policy.capacity]\n", f"{policy}\n[policy.capacity]\n", 1)
    head, start, rest = text.partition("[[demo.customers]]\n")
    return parse(f"{head}{start}{customer}\n{rest}", ROOT, {})


HEIGHT = '[policy.attributes.height]\ntype = "number"\nunit = "cm"\nnames = { en = "Height", zh-CN = "身高" }\n'


def test_one_block_puts_an_attribute_on_the_card() -> None:
    settings = configured(policy=HEIGHT, customer="attributes = { height = 171.5 }")
    book = PolicyBook(1, settings.policy_document)
    shown = book.view.attributes[-1]
    assert (shown.name, shown.type, shown.unit, shown.names["zh-CN"]) == ("height", "number", "cm", "身高")
    customer = Customer("c", "Pia", "gold", "en", {"height": 171.5, "city": "Malmö", "since_year": 2011})
    view = view_customer(customer, (), book.attributes)
    assert view.attributes == {"city": ["Malmö"], "height": ["171.5"]}
    assert parse_policy(dump_policy(settings.policy_document)) == settings.policy_document


def test_what_is_kept_from_a_role_is_not_sent_to_its_desk() -> None:
    kept = {
        "value_now": AttributePolicy(type="money", names=NAMES, seen_by=("supervisor",)),
        "city": AttributePolicy(type="text", names=NAMES, seen_by=("supervisor", "administrator")),
        "note": AttributePolicy(type="text", names=NAMES),
    }
    customer = Customer("c", "Pia", "gold", "en", {"value_now": 7, "city": "Malmö", "note": "Known"})
    view = view_customer(customer, (), kept)
    shown = Sight(kept, MaskingPolicy(), frozenset(("agent",))).mask(view)
    assert (shown.value_now, shown.attributes) == (None, {"note": ["Known"]})
    whole = Sight(kept, MaskingPolicy(), frozenset(("supervisor", "agent"))).mask(view)
    assert (whole.value_now, sorted(whole.attributes)) == (7, ["city", "note", "value_now"])


@pytest.mark.parametrize(
    ("type_", "stored", "known"),
    [
        ("text", "Malmö", "Malmö"),
        ("text", "  ", None),
        ("text", 7, None),
        ("choice", "sms", "sms"),
        ("choice", "fax", None),
        ("number", 2.5, Decimal("2.5")),
        ("number", True, None),
        ("number", "2.5", None),
        ("number", 10**13, None),
        ("money", 0.00004, Decimal(0)),
        ("date", "2026-11-29", date(2026, 11, 29)),
        ("date", "20261129", None),
        ("date", "2026-02-30", None),
        ("date", "1066-10-14", None),
        ("yes_no", False, False),
        ("yes_no", 0, None),
        ("list", ["cards", 7, None, ""], ("cards", "7")),
        ("list", "cards", None),
        ("number", float("nan"), None),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_not_known_and_breaks_no_desk(
    type_: Any, stored: object, known: object
) -> None:
    attribute = AttributePolicy(type=type_, names=NAMES, choices=CHOICES if type_ == "choice" else ())
    assert attribute.read(stored) == known
    assert view_customer(Customer("c", "P", "gold", "en", {"one": stored}), (), {"one": attribute})


@pytest.mark.parametrize(
    ("type_", "answer", "kept"),
    [
        ("text", "Umeå", "Umeå"),
        ("choice", "sms", "sms"),
        ("choice", "fax", None),
        ("number", "1234.5", 1234.5),
        ("number", "12", 12),
        ("number", "NaN", None),
        ("money", "10.00", 10),
        ("date", "2026-11-29", "2026-11-29"),
        ("yes_no", "yes", True),
        ("yes_no", "no", False),
        ("yes_no", "maybe", None),
    ],
)
def test_a_scripts_answer_becomes_a_typed_value(type_: Any, answer: str, kept: object) -> None:
    attribute = AttributePolicy(type=type_, names=NAMES, choices=CHOICES if type_ == "choice" else ())
    assert attribute.parse_answer(answer) == kept


@pytest.mark.parametrize(
    ("policy", "customer", "words"),
    [
        ("", "attributes = { height = 3 }", r"customers\[1\]\.attributes\.height: names an attribute"),
        (HEIGHT, 'attributes = { height = "tall" }', "does not fit its type, number: correct the value"),
        (HEIGHT.replace("number", "text"), "", 'unit: belongs to type = "number"'),
        (HEIGHT.replace("number", "choice").replace('unit = "cm"\n', ""), "", "choices: needs at least one choice"),
        (HEIGHT.replace("height", "city"), "", 'type: must be "text": the hub reads this attribute itself'),
        (HEIGHT.replace(', zh-CN = "身高"', ""), "", "names: has no name in zh-CN: add one"),
        (HEIGHT.replace("attributes.height", "attributes.Height"), "", "a name of small letters"),
    ],
)
def test_what_cannot_be_right_is_named(policy: str, customer: str, words: str) -> None:
    with pytest.raises(ConfigErrors, match=words):
        configured(policy=policy, customer=customer)


def test_every_standard_attribute_has_a_name_in_the_languages_of_the_screens() -> None:
    assert [name for name, one in STANDARD.items() if not {"en", "zh-CN"} <= set(one.names)] == []


def test_a_script_that_keeps_what_no_attribute_takes_is_named() -> None:
    scripts = load_scripts(LIBRARY, TYPES).scripts
    attributes = load(ROOT / "config.toml", {}).policy_document.all_attributes
    kinds = {name: FIELD_TYPES[one.type] for name, one in attributes.items()}
    choices = {name: [choice.value for choice in one.choices] for name, one in attributes.items()}
    assert check_kept(scripts, kinds, choices) == ()
    without = {name: kind for name, kind in kinds.items() if name != "street"}
    assert {problem.file for problem in check_kept(scripts, without, choices)} == {
        "address-change.en.md",
        "address-change.zh-CN.md",
    }
    assert "must be number" in check_kept(scripts, {**kinds, "street": FIELD_TYPES["number"]}, choices)[0].text
    fewer = {**choices, "preferred_channel": ["phone", "sms"]}
    assert {'has no choice "email"' in problem.text for problem in check_kept(scripts, kinds, fewer)} == {True}
