"""Rules and reasons in words: both languages say the same, and no clause is left without words."""

import re
from datetime import date, datetime
from typing import Any

import pytest

from agent_console import rule_words
from agent_console.rule_words import RuleNames, RuleWords
from agent_console.tier_words import SENTENCES, say_tier
from agent_console.views import AttributeView, CodeView
from scripts_library.conditions import Function, Operator

TIERS = {"gold": {"en": "Gold", "zh-CN": "黄金"}, "standard": {"en": "Standard", "zh-CN": "标准"}}
ATTRIBUTES = {
    "value_now": AttributeView(name="value_now", type="money", names={"en": "Present value", "zh-CN": "当前价值"}),
    "height": AttributeView(name="height", type="number", names={"en": "Height", "zh-CN": "身高"}, unit="cm"),
    "born": AttributeView(name="born", type="date", names={"en": "Born", "zh-CN": "出生"}),
    "vip": AttributeView(name="vip", type="yes_no", names={"en": "Guest", "zh-CN": "贵宾"}),
    "holds": AttributeView(name="holds", type="list", names={"en": "Holds", "zh-CN": "持有"}),
    "kind": AttributeView(
        name="kind",
        type="choice",
        names={"en": "Kind", "zh-CN": "类别"},
        choices=[CodeView(code="firm", names={"en": "Firm", "zh-CN": "公司"})],
    ),
}
ACTIVITIES = {"complaint": {"en": "Complaint", "zh-CN": "投诉"}, "payment": {"en": "Payment", "zh-CN": "付款"}}
NAMES = RuleNames(attributes=ATTRIBUTES, activities=ACTIVITIES, tiers=TIERS, currency="EUR")
ENGLISH, CHINESE = RuleWords("en", NAMES), RuleWords("zh-CN", NAMES)


def of(attribute: str) -> dict[str, Any]:
    return {"attribute": attribute}


def counted(kind: str, window: str = "", **more: Any) -> dict[str, Any]:
    return {"activity": kind, "label": "", "function": "count", "window": window, "is_outside": False} | more


def clause(of: dict[str, Any], operator: str, limit: Any, value: Any, holds: bool | None = True) -> dict[str, Any]:
    return {"of": of, "value": value, "holds": holds, "operator": operator, "limit": limit}


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        (
            clause(of("value_now"), ">=", 5000, 6000),
            "Present value EUR 6,000 (at least EUR 5,000)",
            "当前价值 EUR 6,000（不低于 EUR 5,000）",
        ),
        (
            clause(of("value_now"), ">=", 800, 10.5, holds=False),
            "Present value EUR 10.5 (less than EUR 800)",
            "当前价值 EUR 10.5（低于 EUR 800）",
        ),
        (clause(of("height"), "==", 180, 181, holds=False),
         "Height 181 cm (other than 180 cm)", "身高 181 cm（不等于180 cm）"),
        (clause(of("value_now"), ">=", 5, None, holds=None), "Present value is not known", "当前价值未知"),
        (clause(of("vip"), "known", None, True), "Guest is known", "贵宾已知"),
        (clause(of("vip"), "==", True, True), "Guest yes (exactly yes)", "贵宾 是（等于是）"),
        (
            clause(of("born"), "<", "2001-02-03", "2000-01-31"),
            "Born 31 January 2000 (before 3 February 2001)",
            "出生 2000年1月31日（早于2001年2月3日）",
        ),
        (clause(of("holds"), "contains", "card", ["card", "loan"]),
         "Holds “card”, “loan” (with “card”)", "持有 “card”、“loan”（含“card”）"),
        (clause(of("kind"), "in", ["firm"], "firm"), "Kind Firm (one of Firm)", "类别 公司（属于：公司）"),
        (clause(of("tier"), "in", ["gold", "gone"], "gold"),
         "Tier Gold (one of Gold, “gone”)", "等级 黄金（属于：黄金、“gone”）"),
        (
            clause(counted("complaint", "30 days"), ">=", 2, 3),
            "number of “Complaint” in 30 days 3 (at least 2)",
            "30天内“投诉”的次数 3（不少于2）",
        ),
        (
            clause(counted("payment", "6 months", function="sum", label="card", is_outside=True), ">", 7, 1200),
            "sum of “Payment, card” before the last 6 months EUR 1,200 (more than EUR 7)",
            "6个月之前“付款：card”的总额 EUR 1,200（高于 EUR 7）",
        ),
        (
            clause(counted("complaint", function="last", days="since"), ">", 60, 75),
            "days since last “Complaint” 75 (more than 60)",
            "最近一次“投诉”至今的天数 75（多于60）",
        ),
        (clause(of("no_longer"), "==", "x", "x"), "no_longer “x” (exactly “x”)", "no_longer “x”（等于“x”）"),
    ],
)  # fmt: skip
def test_a_clause_says_the_value_and_what_it_was_held_against(
    said: dict[str, Any], english: str, chinese: str
) -> None:
    assert (ENGLISH.say_clause(said), CHINESE.say_clause(said)) == (english, chinese)


def test_a_hidden_clause_shows_neither_value_nor_limit() -> None:
    said = clause(of("value_now"), ">=", 5000, 6000)
    assert ENGLISH.say_clause(said, is_hidden=True) == "Present value (hidden from your role)"
    assert CHINESE.say_clause(said, is_hidden=True) == "当前价值（您的角色不可见）"


def test_a_whole_rule_is_said_without_a_negation() -> None:
    inner = {"any": [clause(of("value_now"), ">=", 5, 0), clause(of("vip"), "known", None, None)]}
    rule = {"all": [{"not": inner}, clause(counted("complaint", "2 days"), "<", 1, 0)]}
    assert ENGLISH.say_condition(rule) == (
        "(Present value less than EUR 5 and Guest is not known) and no “Complaint” in 2 days"
    )
    assert CHINESE.say_condition({"not": rule}) == ("（当前价值不低于 EUR 5，或贵宾已知），或2天内有“投诉”")


def test_every_operator_and_function_has_its_words() -> None:
    assert {*map(str, Operator)} <= rule_words._COMPARED.keys()
    assert rule_words._COUNTED.keys() == {*map(str, Function)}
    assert {*rule_words._OPPOSITE, *rule_words._OPPOSITE.values()} == rule_words._COMPARED.keys()


@pytest.mark.parametrize(
    "table", [SENTENCES, rule_words._COMPARED, rule_words._ON_DAYS, rule_words._COUNTED, rule_words._DAYS]
)
def test_both_languages_say_the_same_things(table: dict[str, tuple[str, str]]) -> None:
    for english, chinese in table.values():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese)), english
        assert not re.search(r"[A-Za-z]", re.sub(r"\{\w+\}", "", chinese)), chinese


def test_a_reason_is_one_sentence() -> None:
    day = date(2026, 11, 29)
    assert say_tier(ENGLISH, "reached", tier="gold", day=day, clauses="Height 2 cm (at least 1 cm)") == (
        "Gold since 29 November 2026, by its rule: Height 2 cm (at least 1 cm)."
    )
    until = datetime(2026, 12, 24, 12, 5)  # noqa: DTZ001  # as clocks show it
    fixed = say_tier(CHINESE, "fixed", tier="gold", day=day, until=until, by="Dot", why="老朋友")
    assert fixed == "黄金，由Dot于2026年11月29日固定，至2026年12月24日12:05为止：“老朋友”"
    fixed = say_tier(ENGLISH, "fixed", tier="gold", day=day, until=until, by="Dot", why="A friend")
    assert fixed == "Gold, fixed by Dot on 29 November 2026 until 24 December 2026, 12:05: “A friend”"
