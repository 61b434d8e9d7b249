"""A customer field in two touches: its line, and its value in the profile."""

import re
from collections.abc import Iterator

import pytest

from agent_console.customer_fields import CUSTOMER_FIELDS, CustomerField, read_fields
from hub.batch.desk_views import view_customer
from hub.open_work.floor import Customer
from hub.policies.in_force import PolicyBook
from hub.scripts import script_runs
from hub.settings.config import Config, load, parse
from hub.toml_files.problems import ConfigErrors
from scripts_library.variables import VARIABLES, VariableType
from tests.hub.conftest import ROOT


@pytest.fixture
def line() -> Iterator[None]:
    """The one line of the table."""
    CUSTOMER_FIELDS.append(CustomerField("birthday", {"en": "Birthday", "zh-CN": "生日"}))
    yield
    CUSTOMER_FIELDS.pop()


@pytest.mark.usefixtures("line")
def test_a_desk_is_told_the_field_and_its_value() -> None:
    customer = Customer("c", "Pia", "gold", "en", {"birthday": "7 May", "city": "Malmö"})
    assert view_customer(customer, ()).fields == {"city": ["Malmö"], "birthday": ["7 May"]}
    book = PolicyBook(1, load(ROOT / "config.toml", {}).policy_document)
    assert [(one.name, one.names["zh-CN"]) for one in book.view.customer_fields][-1] == ("birthday", "生日")


@pytest.mark.usefixtures("line")
def test_a_sample_customer_may_have_it() -> None:
    assert configured().demo is not None


def test_what_is_no_field_is_named() -> None:
    with pytest.raises(ConfigErrors, match=r"customers\[1\]\.fields\.birthday: is not a customer field"):
        configured()


def test_a_script_may_use_it_after_one_line_among_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = {
        "birthday": "7 May",
        "segments": ["traveller"],
        "since_year": 2011,
        "city": None,
        "note": "none",
    }
    monkeypatch.setattr(script_runs, "VARIABLES", {**VARIABLES, "customer.birthday": VariableType.TEXT})
    assert script_runs.list_profile_variables(profile) == {
        "customer.birthday": "7 May",
        "customer.segments": ("traveller",),
        "customer.since_year": 2011,
    }


def configured() -> Config:
    """The product's own settings, with one more field of the first sample customer, whatever fields they have."""
    text = re.sub(r"(?m)^fields = .*\n", "", (ROOT / "config.toml").read_text(encoding="utf-8"))
    head, start, rest = text.partition("[[demo.customers]]\n")
    return parse(f'{head}{start}fields = {{ birthday = "7 May" }}\n{rest}', ROOT, {})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (["cards", 7], ["cards", "7"]),
        (2.5, ["2.5"]),
        ("", []),
        (None, []),
        ({"a": 1}, []),
        (True, []),
        ([None, "cards"], ["cards"]),
    ],
)
def test_a_value_of_another_type_breaks_no_desk(value: object, shown: list[str]) -> None:
    assert read_fields({"products": value}).get("products", []) == shown


def test_every_field_has_a_name_in_the_languages_of_the_screens() -> None:
    assert [one.name for one in CUSTOMER_FIELDS if not {"en", "zh-CN"} <= set(one.names)] == []
