"""Why a customer has their tier, in a sentence.

The rule of this file: as in `rule_words.py`. Whoever reads it learns who or what decided, since when, and until when.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from agent_console.rule_words import RuleWords

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "reached": ("{tier} since {day}, by its rule: {clauses}.", "自{day}起为{tier}，因符合其规则：{clauses}。"),
    "lost": (
        "{tier} since {day}, because the rule of {rule} no longer holds: {clauses}.",
        "自{day}起为{tier}，因不再符合{rule}的规则：{clauses}。",
    ),
    "no_rule": (
        "{tier} since {day}, because no rule gives another tier.",
        "自{day}起为{tier}，因没有规则给予其他等级。",
    ),
    "taken_back": (
        "{tier} since {day}, because an import that had changed it was taken back.",
        "自{day}起为{tier}，因更改过等级的导入已被撤回。",
    ),
    "recorded": (
        "{tier}, as the customer was recorded: no rule has changed it.",
        "{tier}为登记客户时的等级：规则未作更改。",
    ),
    "fixed": (
        "{tier}, fixed by {by} on {day} until {until}: “{why}”",
        "{tier}，由{by}于{day}固定，至{until}为止：“{why}”",
    ),
    "fixed_open": (
        "{tier}, fixed by {by} on {day} until somebody ends it: “{why}”",
        "{tier}，由{by}于{day}固定，直至有人解除：“{why}”",
    ),
    "was_fixed": (
        "{tier} since {day}: it was fixed for a while, and nothing has changed it since.",
        "自{day}起为{tier}：曾被临时固定，此后未变。",
    ),
    "policy": (" The rules of policy version {version} brought this.", "此变动由第{version}版规则带来。"),
}


def say_tier(
    words: RuleWords,
    sentence: str,
    *,
    tier: str,
    day: date | None = None,
    until: datetime | None = None,
    **values: str,
) -> str:
    """`sentence`: a key of SENTENCES; `until`: by the clocks of the house; `values`: what else it names."""
    times = {} if day is None else {"day": words.say_day(day)}
    if until is not None:
        end = ("{day}, {time}", "{day}{time}")
        times["until"] = words.pick(end, day=words.say_day(until.date()), time=f"{until:%H:%M}")
    return words.pick(SENTENCES[sentence], tier=words.name_tier(tier), **times, **values)
