"""Every code has its words in both languages, and they say what they should."""

import re
from enum import StrEnum

import pytest

from agent_console.explanation_words import (
    ACTIONS,
    CHOSEN,
    COUNTS,
    NEXT,
    PASSED,
    REASONS,
    SENTENCES,
    Language,
    Names,
    Words,
)
from routing.decisions import ChosenBy, NotEligible, PassedOver
from routing.explanations import Next
from routing.model import SECOND, OverflowAction

NOW = 1_795_348_800 * SECOND
NAMES = Names({"ada": "Ada Holm", "cleo": "Cléo"}, {"lunch": "Lunch 午餐"})
LATIN = re.compile(r"[A-Za-z]")


def words(language: Language = "en") -> Words:
    return Words(language, NOW, NAMES)


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (REASONS, NotEligible),
        (COUNTS, NotEligible),
        (NEXT, Next),
        (ACTIONS, OverflowAction),
        (CHOSEN, ChosenBy),
        (PASSED, PassedOver),
    ],
)
def test_every_code_has_its_words(table: dict[str, tuple[str, str]], codes: type[StrEnum]) -> None:
    assert set(table) == set(codes)


@pytest.mark.parametrize("table", [REASONS, COUNTS, NEXT, ACTIONS, CHOSEN, PASSED, SENTENCES])
def test_both_languages_say_the_same_things(table: dict[str, tuple[str, str]]) -> None:
    for english, chinese in table.values():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese)), english
        assert not LATIN.search(re.sub(r"\{\w+\}", "", chinese)), chinese


def test_a_reason_is_a_sentence_with_its_figures() -> None:
    in_a_while = NOW + 100 * SECOND
    assert words().say_reason(NotEligible.SKILL, None, ["loans"], 4, 2) == "loans: level 4 is asked for, has 2"
    assert words().say_reason(NotEligible.RING_NOT_OPEN, in_a_while, [], 2, 0) == "ring 2 opens in 1 min 40 s"
    assert words().say_reason(NotEligible.UNAVAILABLE, None, ["lunch"], 0, 0) == "unavailable (Lunch 午餐)"
    assert words().say_reason(NotEligible.OFFLINE, None, [], 0, 0) == "offline"
    assert words().say_reason(NotEligible.NOT_NAMED, None, ["cleo"], 0, 0) == "only these are asked for: Cléo"
    assert (
        words("zh-CN").say_reason(NotEligible.NO_ROOM, in_a_while, [], 33, 99)
        == "没有余量：已占99点（共100点），需要33点，最迟1分40秒后"
    )


def test_time_left_is_said_to_the_second_and_no_finer() -> None:
    assert [words().say_left(NOW + seconds * SECOND) for seconds in (0, 1, 60, 3600, 3661)] == [
        "0 s",
        "1 s",
        "1 min",
        "1 h",
        "1 h 1 min",
    ]
    assert words("zh-CN").say_left(NOW + SECOND // 2) == "1秒"


def test_a_decision_says_whom_it_passed_over() -> None:
    passed = {PassedOver.MORE_LOAD: 1, PassedOver.NOT_FREE: 2}
    said = words().say_decision("ada", ChosenBy.LEAST_LOAD, 2, passed)
    assert said == "Ada Holm: the least load (2 eligible), 1 with more load, 2 not free"
    alone = words().say_decision("ada", ChosenBy.ONLY_ONE, 1, {PassedOver.NOT_FREE: 2})
    assert alone == "Ada Holm: the only one eligible, 2 not free"
