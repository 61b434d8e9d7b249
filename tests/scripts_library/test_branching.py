"""Ways with conditions: what an agent sees, where a script goes on by itself, and what an author is told."""

import pytest

from scripts_library.branching import Known
from scripts_library.checks import check_script, check_translations
from scripts_library.run import (
    AcknowledgeStatement,
    GoBack,
    RecordAnswer,
    RunError,
    RunErrorCode,
    TakeChoice,
    TakeOnlyWay,
    advance,
    can_go_back,
    find_next,
    find_outcome,
    list_open_choices,
    run_from_dict,
    run_to_dict,
    start_run,
)
from scripts_library.script_parsing import parse_script, parse_stored
from tests.scripts_library.sample_types import TYPES

BODY = """
## who: Who
> Hello.

{{ field: sum }}
{{ field: is_abroad }}

- [1] Platinum service -> decide if customer.tier == "platinum"
- [2] Go on -> decide
- [3] 出国服务 -> abroad 如果 answer.is_abroad == true

## decide: Nobody sees this
-> abroad if answer.is_abroad == true && answer.sum >= 1000
-> end if customer.tier == "standard"
-> home

## abroad: Abroad
> Safe travels.

-> home

## home: Home
> Goodbye.

-> end if answer.sum < 10
-> abroad if customer.tier == "gold"
-> end
"""
PLATINUM, GOLD, STANDARD = (Known({"customer.tier": tier}) for tier in ("platinum", "gold", "standard"))


def walk(script, known, *actions):
    run = start_run(script, known)
    for action in actions:
        run = advance(run, script, action, known)
    return run


def keys(script, known, *actions):
    return [choice.key for choice in list_open_choices(walk(script, known, *actions), script, known)]


def test_an_agent_sees_the_choices_whose_condition_holds(read_script, fields):
    script = read_script(BODY, fields)
    assert keys(script, Known()) == ["2"]
    assert keys(script, PLATINUM) == ["1", "2"]
    assert keys(script, GOLD, RecordAnswer("is_abroad", "yes")) == ["2", "3"]
    with pytest.raises(RunError) as refused:
        walk(script, GOLD, TakeChoice("1"))
    assert refused.value.code is RunErrorCode.UNKNOWN_CHOICE


def test_a_step_without_words_is_passed_by_the_first_way_that_holds(read_script, fields):
    script = read_script(BODY, fields)
    abroad = [RecordAnswer("is_abroad", "yes"), RecordAnswer("sum", "1000"), TakeChoice("2")]
    assert walk(script, STANDARD, *abroad).step_id == "abroad"
    run = walk(script, STANDARD, RecordAnswer("sum", "999"), TakeChoice("2"))
    assert (run.step_id, [(one.step_id, one.choice) for one in run.path]) == (None, [("who", "2"), ("decide", ">2")])
    assert walk(script, Known(), TakeChoice("2")).step_id == "home"


def test_back_leads_to_what_the_agent_saw_last(read_script, fields):
    script = read_script(BODY, fields)
    run = walk(script, GOLD, TakeChoice("2"), GoBack())
    assert (run.step_id, run.path) == ("who", ())
    assert not can_go_back(run, script)


def test_a_script_may_begin_with_a_step_that_nobody_sees(read_script):
    script = read_script(
        '## a: A\n-> b if customer.tier == "gold"\n-> c\n## b: B\n> b\n\n-> c\n## c: C\n> c\n\n-> end'
    )
    assert [start_run(script, known).step_id for known in (GOLD, STANDARD)] == ["b", "c"]
    run = start_run(script, GOLD)
    assert not can_go_back(run, script)
    with pytest.raises(RunError):
        advance(run, script, GoBack())


def test_a_step_with_words_goes_on_by_its_conditions_too(read_script, fields):
    script = read_script(BODY, fields)
    small = [RecordAnswer("sum", "5"), TakeChoice("2")]
    assert find_next(walk(script, GOLD, *small), script, GOLD) == "end"
    assert walk(script, GOLD, *small, TakeOnlyWay()).step_id is None
    assert walk(script, GOLD, TakeChoice("2"), TakeOnlyWay()).step_id == "abroad"


def test_an_answer_on_a_way_that_was_left_decides_nothing(read_script, fields):
    """`sum` was answered at a step that the agent went back from."""
    body = "## a: A\n> a\n\n- [1] B -> b\n- [2] D -> d\n## b: B\n{{ field: sum }}\n-> end\n"
    body += "## d: D\n-> e if answer.sum > 0\n-> f\n## e: E\n> e\n\n-> end\n## f: F\n> f\n\n-> end\n"
    script = read_script(body, fields)
    run = walk(script, Known(), TakeChoice("1"), RecordAnswer("sum", "5"), GoBack(), TakeChoice("2"))
    assert run.step_id == "f"


def test_a_step_that_decides_cannot_lead_around_what_must_be_said(read_script):
    outcomes = '[outcomes.sold]\nlabel = "Sold"\nafter = ["terms"]\n[outcomes.not]\nlabel = "Not"\n'
    body = '## terms: T\n!> Terms.\n\n-> d\n## d: D\n-> end: sold if customer.tier == "gold"\n-> end: not\n'
    script = read_script(body, outcomes)
    said = walk(script, GOLD, AcknowledgeStatement("terms.1"), TakeOnlyWay())
    assert find_outcome(said, script) == "sold"
    assert find_outcome(walk(script, STANDARD, AcknowledgeStatement("terms.1"), TakeOnlyWay()), script) == "not"


def test_a_way_around_what_must_be_said_is_named_with_its_condition(problems_of):
    outcomes = '[outcomes.sold]\nlabel = "Sold"\nafter = ["terms"]\n'
    body = '## d: D\n-> end: sold if customer.tier == "gold"\n-> terms\n## terms: T\n!> Terms.\n\n-> end: sold\n'
    [(line, words)] = problems_of(body, outcomes)
    assert line == 2
    assert 'd → if customer.tier == "gold" → end: sold' in words


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ("-> a if customer.tiers == 'gold'\n-> end", 2, 'Did you mean "customer.tier"'),
        ("-> end if customer.tier == 'gold'", 2, "The last way on of a step has no condition"),
        ("-> end\n-> end if customer.tier == 'gold'", 3, "so this one is never taken"),
        ("- [1] A -> end if customer.tier == 'gold'\n- [2] B -> end if has(customer.city)", 3, "At least one choice"),
        ("-> end if customer.since_year < 5\n-> a if customer.since_year < 4\n-> end", 3, "take everybody for whom"),
        ("-> end if customer.since_year < 5 && customer.since_year > 6\n-> end", 2, "holds for nobody"),
        ("-> end if has(customer.city)\n-> end if !has(customer.city)\n-> end", 4, "leave nothing over"),
        ("- [1] Yes -> end if customer.tier == 'gold'\n- [2] yes -> end", 3, 'where customer.tier is "gold"'),
        ("- [1] Y -> end if 'a' in customer.segments\n- [2] y -> end", 3, 'customer.segments has "a"'),
        ("-> end if answer.sum > 1\n-> end", 2, "answer.sum"),
        ("-> end if\n-> end", 2, "After the arrow"),
        ("-> end if " + "!" * 17 + "has(customer.city)\n-> end", 2, "nested"),
    ],
)
def test_what_is_wrong_with_a_condition_is_said_where_it_stands(problems_of, lines, line, words):
    found = problems_of(f"## a: A\n{lines}\n")
    assert [at for at, text in found if words in text] == [line], found


def test_choices_that_say_the_same_may_stand_beside_each_other_if_no_case_shows_both(problems_of):
    lines = (
        "- [1] Yes -> end if customer.since_year < 5\n- [2] Yes -> end if customer.since_year >= 5\n- [3] No -> end\n"
    )
    assert problems_of(f"## a: A\n> a\n\n{lines}") == []


def test_a_circle_that_nobody_sees_is_named(problems_of):
    body = "## a: A\n> a\n\n-> b\n"
    body += "## b: B\n-> c if has(customer.city)\n-> end\n## c: C\n-> b if customer.tier == 'gold'\n-> end\n"
    [(line, words)] = problems_of(body)
    assert line == 5
    assert "b → c → b" in words


@pytest.mark.parametrize(
    ("loop", "is_refused"),
    [
        ("- [1] Leave -> end if customer.tier == 'gold'\n- [2] Again -> a", True),
        ("- [1] Leave -> end if answer.is_abroad == true\n- [2] Again -> a", False),
        ("- [1] Leave -> end\n- [2] Again -> a if customer.tier == 'gold'", False),
        ("-> a if customer.tier == 'gold'\n-> end", True),
        ("-> end if answer.is_abroad == true\n-> a", False),
        ("-> b if customer.tier == 'gold'\n-> end\n## b: B\n> b\n\n- [1] Back -> a\n- [2] Out -> end", False),
    ],
)
def test_no_customer_is_kept_in_a_loop_by_what_is_known_of_them(problems_of, fields, loop, is_refused):
    found = problems_of(f"## a: A\n{{{{ field: is_abroad }}}}\n\n{loop}\n", fields)
    assert ["may have no way to the end for some customers" in text for _, text in found] == [True] * is_refused


def test_where_there_are_too_many_cases_nothing_is_claimed(read_script):
    """Eleven variables have more cases than are tried."""
    names = " && ".join(f'"{name}" in customer.segments' for name in "abcdefghijk")
    script = read_script(f"## a: A\n-> end if {names}\n-> end if {names}\n-> end\n")
    assert check_script(script) == ()


def test_a_condition_that_the_policy_has_made_senseless_is_not_taken_in_a_run_that_goes_on(read_script, fields):
    source = read_script(BODY, fields).source
    types = {name: kind for name, kind in TYPES.items() if name != "customer.tier"}
    script = parse_stored(source, "card-lost.en.md", types)
    assert keys(script, PLATINUM) == ["2"]
    assert walk(script, STANDARD, TakeChoice("2")).step_id == "home"
    assert parse_stored(source, "card-lost.en.md", TYPES) == parse_script(source, "card-lost.en.md", TYPES)


def test_a_run_that_was_put_away_goes_on_by_the_same_ways(read_script, fields):
    script = read_script(BODY, fields)
    run = walk(script, GOLD, RecordAnswer("sum", "5"))
    again = run_from_dict(run_to_dict(run))
    assert advance(again, script, TakeChoice("2"), GOLD) == advance(run, script, TakeChoice("2"), GOLD)


EXAMPLES = """
# Example: A customer of the tier platinum
Given: customer.tier = platinum
- who: [1]
- home
- end

# 示例：出国
已知：customer.tier = gold；customer.since_year = 2011
- who: is_abroad = yes; sum = 2000; [2]
- abroad
- home
- abroad
"""


def test_an_example_says_what_is_known_before(read_script, problems_of, fields):
    body = BODY.replace("answer.sum < 10\n", "answer.sum < 10 && customer.since_year > 0\n")
    examples = read_script(body + EXAMPLES, fields).examples
    assert examples[1].given == (("customer.tier", "gold"), ("customer.since_year", "2011"))
    [(_, words)] = problems_of(body + EXAMPLES.replace("= platinum", "= gold"), fields)
    assert "has no choice [1]" in words


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("customer.teir = gold", 'Did you mean "customer.tier"'),
        ("customer.since_year = long", "is of type number"),
        ("answer.sum = 3", "no condition of this script asks"),
        ("gold", "What is known is written"),
    ],
)
def test_what_an_example_cannot_give_is_said(problems_of, fields, given, words):
    body = BODY.replace("answer.sum < 10\n", "answer.sum < 10 && customer.since_year > 0\n")
    found = problems_of(f"{body}\n# Example: A\nGiven: {given}\n- who\n", fields)
    assert any(words in text for _, text in found), found


def test_translations_have_the_same_conditions(read_script):
    body = "## a: A\n-> end if customer.tier == 'gold'\n-> end\n"
    english = read_script(body)
    other = read_script(body.replace("gold", "platinum"), language="zh-CN")
    assert any("has other choices" in one.text for one in check_translations([english, other]))
    assert check_translations([english, read_script(body, language="zh-CN")]) == ()
