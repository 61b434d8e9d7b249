"""A rule about customers in words: its comparisons, with the values of one customer or without, and how they hang
together.

The rule of this file: it reads clauses as `hub.rules.reasons` writes them and looks nothing up: the caller passes
the names. What has no name any more is called as the rule called it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from agent_console.views import AttributeView, Names

_COMPARED: Final[Mapping[str, tuple[str, str]]] = {  # operator -> its words before the limit
    "==": ("exactly {limit}", "等于{limit}"),
    "!=": ("other than {limit}", "不等于{limit}"),
    "<": ("less than {limit}", "低于{limit}"),
    "<=": ("at most {limit}", "不高于{limit}"),
    ">": ("more than {limit}", "高于{limit}"),
    ">=": ("at least {limit}", "不低于{limit}"),
    "in": ("one of {limit}", "属于：{limit}"),
    "not in": ("none of {limit}", "不属于：{limit}"),
    "contains": ("with {limit}", "含{limit}"),
    "contains no": ("without {limit}", "不含{limit}"),
    "known": ("known", "已知"),
    "unknown": ("not known", "未知"),
}
_ON_DAYS: Final[Mapping[str, tuple[str, str]]] = {  # the same of dates
    "<": ("before {limit}", "早于{limit}"),
    "<=": ("on {limit} or before", "不晚于{limit}"),
    ">": ("after {limit}", "晚于{limit}"),
    ">=": ("on {limit} or after", "不早于{limit}"),
}
_OF_NUMBERS: Final[Mapping[str, tuple[str, str]]] = {  # the same of counts and days
    "<": ("less than {limit}", "少于{limit}"),
    "<=": ("at most {limit}", "不超过{limit}"),
    ">": ("more than {limit}", "多于{limit}"),
    ">=": ("at least {limit}", "不少于{limit}"),
}
_OPPOSITE: Final[Mapping[str, str]] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "in": "not in",
    "contains": "contains no",
    "known": "unknown",
}
_COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "count": ("number of “{kind}”{window}", "{window}“{kind}”的次数"),
    "sum": ("sum of “{kind}”{window}", "{window}“{kind}”的总额"),
    "first": ("first “{kind}”{window}", "{window}首次“{kind}”"),
    "last": ("last “{kind}”{window}", "{window}最近一次“{kind}”"),
}
_NEVER: Final = ("no “{kind}”{window}", "{window}没有“{kind}”")
_EVER: Final = ("at least one “{kind}”{window}", "{window}有“{kind}”")
_HOW_OFTEN: Final[Mapping[tuple[str, int], tuple[str, str]]] = {  # a count that people say without a number
    ("==", 0): _NEVER,
    ("<=", 0): _NEVER,
    ("<", 1): _NEVER,
    (">=", 1): _EVER,
    (">", 0): _EVER,
    ("!=", 0): _EVER,
}
_DAYS: Final[Mapping[str, tuple[str, str]]] = {
    "since": ("days since {what}", "{what}至今的天数"),
    "until": ("days until {what}", "距{what}的天数"),
}
_UNITS: Final[Mapping[str, str]] = {"hour": "小时", "day": "天", "month": "个月"}
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleNames:
    """By their codes: what rules name. `segments`: of those that rules ask about."""

    attributes: Mapping[str, AttributeView]
    activities: Mapping[str, Names]
    tiers: Mapping[str, Names]
    stages: Mapping[str, Names] = field(default_factory=dict)
    currency: str = ""


class RuleWords:
    """Says rules in one language."""

    def __init__(self, language: str, names: RuleNames) -> None:
        self.language = "zh-CN" if language.startswith("zh") else "en"
        self._names = names

    def pick(self, both: tuple[str, str], **values: object) -> str:
        return both[self.language != "en"].format(**values)

    def join(self, parts: Sequence[str]) -> str:
        return self.pick(("; ", "；")).join(parts)

    def name_tier(self, tier: str) -> str:
        return self._find(self._names.tiers.get(tier), tier)

    def say_day(self, day: date) -> str:
        month = _MONTHS[day.month - 1]
        both = ("{day} {month} {year}", "{year}年{number}月{day}日")
        return self.pick(both, day=day.day, month=month, number=day.month, year=day.year)

    def say_clause(self, clause: Mapping[str, Any], *, is_hidden: bool = False) -> str:
        """One comparison with the customer's own value. `is_hidden`: the reader may see neither value nor limit."""
        of = clause["of"]
        name = self.name_operand(of)
        if is_hidden:
            return self.pick(("{name} (hidden from your role)", "{name}（您的角色不可见）"), name=name)
        if clause["holds"] is None or clause["operator"] == "known":
            is_known = clause["operator"] == "known" and clause["holds"]
            return self.pick(("{name} is {known}", "{name}{known}"), name=name,
                             known=self.pick(_COMPARED["known" if is_known else "unknown"]))  # fmt: skip
        value = self._say_value(of, clause["value"])
        return self.pick(("{name} {value} ({limit})", "{name} {value}（{limit}）"), name=name, value=value,
                         limit=self._compare(clause, is_so=clause["holds"]))  # fmt: skip

    def say_condition(self, condition: Mapping[str, Any], *, is_so: bool = True, is_inner: bool = False) -> str:
        """A whole rule. `is_so`: False: its opposite, so that no negation is left. `is_inner`: a part of another."""
        if "not" in condition:
            return self.say_condition(condition["not"], is_so=not is_so, is_inner=is_inner)
        if "of" in condition:
            return self._say_comparison(condition, is_so)
        is_all = ("all" in condition) is is_so
        parts = [self.say_condition(one, is_so=is_so, is_inner=True) for one in next(iter(condition.values()))]
        said = self.pick((" and ", "，且") if is_all else (" or ", "，或")).join(parts)
        return self.pick(("({said})", "（{said}）"), said=said) if is_inner else said

    def _say_comparison(self, clause: Mapping[str, Any], is_so: bool) -> str:
        of, limit = clause["of"], self._compare(clause, is_so)
        if of.get("function") == "count" and "days" not in of and isinstance(clause["limit"], int):
            kind, window = self._name_kind(of), self._say_window(of["window"], is_outside=of["is_outside"])
            operator = clause["operator"] if is_so else _OPPOSITE[clause["operator"]]
            both = _HOW_OFTEN.get(
                (operator, clause["limit"]), ("{limit} “{kind}”{window}", "{window}“{kind}”{limit}次")
            )
            return self.pick(both, kind=kind, window=window, limit=limit)
        if clause["operator"] == "known":
            return self.pick(("{name} is {limit}", "{name}{limit}"), name=self.name_operand(of), limit=limit)
        return self.pick(("{name} {limit}", "{name}{limit}"), name=self.name_operand(of), limit=limit)

    def name_operand(self, of: Mapping[str, Any]) -> str:
        if "days" in of:
            what = self.name_operand({key: value for key, value in of.items() if key != "days"})
            return self.pick(_DAYS[of["days"]], what=what)
        if "activity" in of:
            window = self._say_window(of.get("window", ""), is_outside=bool(of.get("is_outside")))
            return self.pick(_COUNTED[of["function"]], kind=self._name_kind(of), window=window)
        attribute = self._names.attributes.get(of["attribute"])
        return self._find(attribute.names if attribute else _FIXED.get(of["attribute"]), of["attribute"])

    def _name_kind(self, of: Mapping[str, Any]) -> str:
        kind = self._find(self._names.activities.get(of["activity"]), of["activity"])
        if of.get("label"):
            return self.pick(("{kind}, {label}", "{kind}：{label}"), kind=kind, label=of["label"])
        return kind

    def _say_window(self, window: str, *, is_outside: bool) -> str:
        if not window:
            return ""
        number, unit = window.split()
        many = f"{number}{_UNITS[unit.removesuffix('s')]}"
        both = (" before the last {window}", "{many}之前") if is_outside else (" in {window}", "{many}内")
        return self.pick(both, window=window, many=many)

    def _compare(self, clause: Mapping[str, Any], is_so: bool) -> str:
        operator = clause["operator"] if is_so else _OPPOSITE[clause["operator"]]
        table, of = _COMPARED, clause["of"]
        if operator in _ON_DAYS and self._find_type(of) == "date":
            table = _ON_DAYS
        elif operator in _OF_NUMBERS and ("days" in of or of.get("function") == "count"):
            table = _OF_NUMBERS
        limit = self._say_value(of, clause["limit"])
        if self.language != "en" and limit[:1].isascii() and limit[:1].isalpha():
            limit = f" {limit}"  # Latin letters stand apart from characters
        return self.pick(table[operator], limit=limit)

    def _say_value(self, of: Mapping[str, Any], value: Any) -> str:
        if isinstance(value, list):
            return self.pick((", ", "、")).join(self._say_value(of, one) for one in value)
        match self._find_type(of), value:
            case _, None:
                return self.pick(_COMPARED["unknown"])
            case _, bool():
                return self.pick(("yes", "是") if value else ("no", "否"))
            case "money", int() | float():
                return f"{self._names.currency} {value:,}".lstrip()
            case _, int() | float():
                attribute = self._names.attributes.get(of.get("attribute", ""))
                is_year = of.get("attribute") == "since_year"
                return f"{value if is_year else format(value, ',')} {attribute.unit if attribute else ''}".rstrip()
            case "date", str():
                return self.say_day(date.fromisoformat(value))
        return self._name_value(of.get("attribute", ""), str(value))

    def _name_value(self, attribute: str, code: str) -> str:
        named = {"tier": self._names.tiers, "stage": self._names.stages}.get(attribute, {}).get(code)
        known = self._names.attributes.get(attribute)
        if named is None and known is not None:
            named = next((choice.names for choice in known.choices if choice.code == code), None)
        return self._find(named, code) if named is not None else self.pick(("“{code}”", "“{code}”"), code=code)

    def _find_type(self, of: Mapping[str, Any]) -> str:
        if "days" in of:
            return "number"
        if "activity" in of:
            return {"count": "number", "sum": "money"}.get(of["function"], "date")
        attribute = self._names.attributes.get(of["attribute"])
        return attribute.type if attribute else "text"

    def _find(self, names: Names | None, code: str) -> str:
        return (names or {}).get(self.language) or (names or {}).get("en") or code


_FIXED: Final[Mapping[str, Names]] = {
    "tier": {"en": "Tier", "zh-CN": "等级"},
    "name": {"en": "Name", "zh-CN": "姓名"},
    "language": {"en": "Language", "zh-CN": "语言"},
    "consent.service": {"en": "Agrees to service messages", "zh-CN": "同意服务消息"},
    "consent.marketing": {"en": "Agrees to marketing", "zh-CN": "同意营销"},
    "consent.recording": {"en": "Agrees to recording", "zh-CN": "同意录音"},
    "consent.page_trail": {"en": "Agrees to a page trail", "zh-CN": "同意浏览记录"},
}
