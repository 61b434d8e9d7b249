"""What a script makes of the parts that it takes from others: scores over their fields, and their marked outcomes."""

import pytest

from scripts_library.branching import NOTHING_KNOWN
from scripts_library.run import (
    AcknowledgeStatement,
    RecordAnswer,
    RunError,
    RunErrorCode,
    TakeChoice,
    TakeOnlyWay,
    advance,
    find_outcome,
    start_run,
)
from scripts_library.scores import count_score
from scripts_library.script_parsing import parse_script, parse_stored
from scripts_library.script_parts import NotSaid, Script
from scripts_library.script_problems import BrokenScript
from scripts_library.statements import mark_not_said, witness
from tests.scripts_library.sample_types import TYPES

HEAD = '+++\n{}id = "{}"\nversion = 1\ntitle = "T"\nlanguage = "en"\n{}+++\n'
NEEDS = (
    HEAD.format(
        'kind = "sub-script"\n',
        "needs",
        """[fields.travels]
label = "Travels"
type = "choice"
options = { often = "Often", never = "Never" }
[fields.has_car]
label = "Has a car"
type = "yes_no"
[fields.since]
label = "Since"
type = "date"
[outcomes.told]
label = "Told"
after = ["terms"]
[outcomes.refused]
label = "Refused"
""",
    )
    + """## ask: Ask
> How do you travel?

{{ field: travels }}
{{ field: has_car }}
{{ field: since }}

- [1] Goes on -> terms
- [2] No -> end: refused

## terms: The terms
!> It costs nothing.

-> sort

## sort: Nobody sees this
-> end: told if has(answer.travels)
-> end: told
"""
)
OFFER = (
    HEAD.format(
        "",
        "offer",
        """[scores.need]
label = "Need"
[scores.need.points]
travels = { often = 3 }
has_car = { yes = 2 }
""",
    )
    + """## check: Check
{{ script: needs }}

- [told] -> show
- [refused] -> end

## show: Show
{{ score: need }}

> It may help.

-> end
"""
)
SHARED = {"needs.en.md": NEEDS}


def read(text: str = OFFER) -> Script:
    return parse_script(text, "offer.en.md", TYPES, SHARED)


def test_a_score_counts_answers_to_fields_of_a_sub_script() -> None:
    script = read()
    run = advance(start_run(script), script, RecordAnswer("travels", "often"))
    run = advance(run, script, RecordAnswer("has_car", "yes"))
    count = count_score(script, script.scores[0], run.answers)
    assert (count.total, [(one.field.name, one.points) for one in count.summands]) == (
        5,
        [("travels", 3), ("has_car", 2)],
    )
    assert parse_stored(script.source, script.file, TYPES) == script


@pytest.mark.parametrize(
    ("right", "wrong", "line", "words"),
    [
        ("travels = { often", "travel = { often", 9, 'there is no field "travel". Did you mean "travels"?'),
        ("often = 3", "sometimes = 3", 9, '"travels" has no answer "sometimes"'),
        ("has_car = { yes = 2 }", "since = { yes = 2 }", 10, "points are for a choice or a yes or no"),
    ],
)
def test_points_for_what_there_is_not_are_refused_at_their_line(
    right: str, wrong: str, line: int, words: str
) -> None:
    with pytest.raises(BrokenScript) as caught:
        read(OFFER.replace(right, wrong))
    (problem,) = caught.value.problems
    assert (problem.line, words in problem.text) == (line, True), problem


def test_a_marked_outcome_of_a_sub_script_binds_the_script_that_uses_it() -> None:
    """Also where an automatic step leads to it: a reason why it was not said is not enough."""
    script = read()
    run = advance(start_run(script), script, TakeChoice("1"))
    assert run.step_id == "check/terms"
    run = witness(run, script, None, 1, "ada")
    left_out = mark_not_said(run, "check/terms.1", NotSaid.OTHER, "No time", 2, "ada")
    with pytest.raises(RunError) as refused:
        advance(left_out, script, TakeOnlyWay(), NOTHING_KNOWN)
    assert (refused.value.code, refused.value.subjects) == (RunErrorCode.NOT_SAID, ("check/terms.1",))
    said = advance(advance(run, script, AcknowledgeStatement("check/terms.1")), script, TakeOnlyWay())
    assert said.step_id == "show"
    refuses = advance(start_run(script), script, TakeChoice("2"))
    assert refuses.step_id is None and find_outcome(refuses, script) == "", "the other outcome is not marked"


def test_a_marked_outcome_is_refused_where_an_automatic_step_leads() -> None:
    text = HEAD.format("", "a", '[outcomes.sold]\nlabel = "Sold"\nafter = ["terms"]\n') + (
        "## terms: Terms\n!> It costs 5.\n\n-> sort\n\n"
        "## sort: Sort\n-> end: sold if customer.city == 'Umeå'\n-> end: sold\n"
    )
    script = parse_script(text, "a.en.md", TYPES)
    run = witness(start_run(script), script, None, 1, "ada")
    left_out = mark_not_said(run, "terms.1", NotSaid.CUSTOMER_DECLINED, "", 2, "ada")
    with pytest.raises(RunError) as refused:
        advance(left_out, script, TakeOnlyWay())
    assert (refused.value.code, refused.value.subjects) == (RunErrorCode.NOT_SAID, ("terms.1",))
    assert left_out.step_id == "terms", "the run stands where it stood"
    sold = advance(advance(run, script, AcknowledgeStatement("terms.1")), script, TakeOnlyWay())
    assert find_outcome(sold, script) == "sold"
