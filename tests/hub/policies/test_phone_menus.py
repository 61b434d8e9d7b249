"""Menus of a policy: what is refused, with its key and line, and how they are drawn."""

import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from hub.policies.document import PolicyDocument
from hub.policies.document_text import dump_policy, parse_policy
from hub.policies.menu_picture import draw_menus
from hub.policies.phone_menus import MenuPolicy
from hub.settings.config import load, parse
from hub.toml_files.problems import ConfigErrors

FILE = Path(__file__).parents[3] / "config.toml"
Data = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> PolicyDocument:
    return load(FILE, {}).policy_document


def data_of(document: PolicyDocument) -> Data:
    return tomllib.loads(FILE.read_text())["policy"]


def problems(data: Data) -> dict[str, str]:
    with pytest.raises(ConfigErrors) as raised:
        parse_policy(data)
    return {problem.key: problem.what for problem in raised.value.problems}


def option(data: Data, n: int, menu: str = "main") -> Data:
    chosen: Data = data["menus"][menu]["options"][n]
    return chosen


def test_menus_survive_being_stored(document: PolicyDocument) -> None:
    assert parse_policy(dump_policy(document)) == document
    assert set(document.menus) == {"main", "savings"}


@pytest.mark.parametrize(
    ("change", "key", "what"),
    [
        (
            lambda d: option(d, 3).update(appointment="service"),
            "menus.main.options[4].appointment",
            "calls nobody back",
        ),
        (lambda d: option(d, 3).update(appointment="cards"), "menus.main.options[4].appointment", "without hours"),
        (
            lambda d: option(d, 3).update(appointment="nowhere"),
            "menus.main.options[4].appointment",
            "a queue for calls",
        ),
        (lambda d: option(d, 1).update(purpose="savings"), "menus.main.options[2].purpose", "answer"),
        (lambda d: option(d, 0).update(queue="nowhere"), "menus.main.options[1].queue", "a queue for calls"),
        (lambda d: option(d, 0).update(menu="savings"), "menus.main.options[1]", "one thing"),
        (lambda d: option(d, 0).pop("queue"), "menus.main.options[1]", "one thing"),
        (lambda d: option(d, 1).update(menu="nowhere"), "menus.main.options[2].menu", "a menu"),
        (lambda d: option(d, 2).update(answer="nothing"), "menus.main.options[3].answer", "a message"),
        (lambda d: option(d, 2).update(says="nothing"), "menus.main.options[3].says", "a message"),
        (lambda d: option(d, 4).update(language="fr"), "menus.main.options[5].language", "a language"),
        (lambda d: option(d, 0).update(key="2"), "menus.main.options[2].key", "repeats"),
        (lambda d: option(d, 0).update(names={"en": "Cards"}), "menus.main.options[1].names", "no name in zh-CN"),
        (lambda d: option(d, 0).update(message="busy"), "menus.main.options[1].message", "voicemail or callback"),
        (lambda d: option(d, 1, "savings").update(voicemail="service"), "menus.savings.options[2].voicemail", "back"),
        (lambda d: option(d, 1, "savings").pop("message"), "menus.savings.options[2].message", "is missing"),
        (lambda d: option(d, 1)["speech"].update(fr=["carte"]), "menus.main.options[2].speech.fr", "a language"),
        (
            lambda d: option(d, 1)["speech"].update(en=["Card"]),
            "menus.main.options[2].speech.en[1]",
            "earlier option",
        ),
        (lambda d: d["menus"]["main"].update(hours="never"), "menus.main.hours", "opening hours"),
        (lambda d: d["menus"]["main"].pop("closed_greeting"), "menus.main.closed_greeting", "is missing"),
        (lambda d: d["menus"]["main"].update(straight_through=["x"]), "menus.main.straight_through[1]", "a tier"),
        (lambda d: d["menus"]["main"].update(greeting="nothing"), "menus.main.greeting", "a message"),
        (lambda d: d["entries"][-1].update(menu="nowhere"), "entries[9].menu", "a menu"),
        (lambda d: d["entries"][3].update(menu="main"), "entries[4].menu", "works only for phone"),
        (lambda d: d["messages"][5]["texts"].pop("zh-CN"), "messages[6].texts", "no text in zh-CN"),
    ],
)
def test_each_mistake_is_named_with_its_key(document: PolicyDocument, change: Any, key: str, what: str) -> None:
    data = data_of(document)
    change(data)
    found = problems(data)
    assert what in found.get(key, ""), found


def test_menus_that_only_lead_to_each_other_are_refused(document: PolicyDocument) -> None:
    data = data_of(document)
    main, savings = data["menus"]["main"], data["menus"]["savings"]
    main["options"] = main["options"][1:3]  # the other menu, and an answer
    savings["options"] = [{**savings["options"][0], "menu": "main"}]
    savings["options"][0].pop("queue")
    savings["options"][0].pop("purpose")
    found = problems(data)
    for menu in ("main", "savings"):
        assert "lead to no person" in found[f"menus.{menu}.options"]


def test_a_mistake_has_its_line() -> None:
    text = FILE.read_text()
    broken = text.replace('menu = "savings"', 'menu = "nowhere"')
    with pytest.raises(ConfigErrors) as raised:
        parse(broken, FILE.parent, {})
    (problem,) = [one for one in raised.value.problems if one.key == "policy.menus.main.options[2].menu"]
    assert problem.line == 1 + broken[: broken.index('menu = "nowhere"')].count("\n")


@pytest.mark.parametrize(
    ("language", "said", "key"),
    [
        ("en", "Cards, please!", "1"),
        ("en", "I want to talk about my LOANS", "2"),
        ("en", "discarded", None),
        ("en", "savings on my card", None),
        ("en", "", None),
        ("zh-CN", "我想挂失银行卡", "1"),
        ("zh-CN", "card", None),
    ],
)
def test_what_a_caller_says_is_understood_as_whole_words(
    document: PolicyDocument, language: str, said: str, key: str | None
) -> None:
    menu: MenuPolicy = document.menus["main"]
    found = menu.understand("", said, language)
    assert (found.key if found else None) == key


def test_the_picture_shows_each_number_option_and_name_and_is_the_same_each_time(document: PolicyDocument) -> None:
    drawn = draw_menus(document)
    assert drawn == draw_menus(document)
    root = ElementTree.fromstring(drawn)
    words = " ".join("".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))
    for shown in ("+46850005030", "any other number", "Main menu", "主菜单", "Savings and loans", "储蓄与贷款"):
        assert shown in words, shown
    for menu in document.menus.values():
        for one in menu.options:
            assert all(name in words for name in one.names.values())
    assert sum(1 for _ in root.iter("{http://www.w3.org/2000/svg}path")) == 3  # number to menu, menu to menu, the tip


def test_the_picture_is_safe_and_has_no_address_of_its_own(document: PolicyDocument) -> None:
    data = data_of(document)
    option(data, 0)["names"] = {"en": '<script>"&', "zh-CN": "银行卡"}
    drawn = draw_menus(parse_policy(data))
    assert "<script" not in drawn and "&lt;script&gt;" in drawn
    assert drawn.count("http") == 1  # the name of the SVG language itself
    ElementTree.fromstring(drawn)


def test_a_policy_without_menus_is_drawn_too(document: PolicyDocument) -> None:
    data = data_of(document)
    data.pop("menus")
    data["entries"][-1].pop("menu")
    ElementTree.fromstring(draw_menus(parse_policy(data)))
