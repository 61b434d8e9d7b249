"""Scores: points for answers, ways by the total, and the sum explained."""

import pytest

from scripts_library.branching import Known
from scripts_library.rendering import render_current
from scripts_library.run import (
    GoBack,
    RecordAnswer,
    TakeChoice,
    TakeOnlyWay,
    advance,
    find_answers,
    find_outcome,
    start_run,
)
from scripts_library.scores import count_scores

HEAD = """
[fields.need]
label = "What for"
type = "choice"
options = { car = "A car", home = "A home" }

[fields.has_cover]
label = "Has cover"
type = "yes_no"

[scores.fit]
label = "How well it fits"

[scores.fit.points]
need = { home = 3, car = -1 }
has_cover = { no = 4 }

[outcomes.offer]
label = "Offer"

[outcomes.leave]
label = "Leave"
"""
BODY = """## ask: Ask
{{ field: need }}

- [1] Cover -> cover
- [2] No cover -> tell

## cover: Cover
{{ field: has_cover }}

-> tell

## tell: Tell
{{ score: fit }}

> You have {{ score.fit | fallback: "no" }} points.

-> end: offer if score.fit >= 5
-> end: leave
"""


def walk(script, *actions):
    run = start_run(script)
    for action in actions:
        run = advance(run, script, action)
    return run


def test_a_total_is_the_sum_of_the_answers_and_says_how_it_came_about(read_script):
    script = read_script(BODY, HEAD)
    run = walk(script, RecordAnswer("need", "home"), TakeChoice("1"), RecordAnswer("has_cover", "no"), TakeOnlyWay())
    [count] = count_scores(script, find_answers(run, script))
    assert count.total == 7
    summands = [(one.field.label, one.answer, one.points) for one in count.summands]
    assert summands == [("What for", "A home", 3), ("Has cover", "no", 4)]
    assert find_outcome(advance(run, script, TakeOnlyWay()), script) == "offer"
    [_, prompt] = render_current(script, run, {}).parts
    assert "".join(span.text for span in prompt.blocks[0].spans) == "You have 7 points."


def test_an_answer_of_a_way_that_was_left_gives_no_points(read_script):
    script = read_script(BODY, HEAD)
    run = walk(script, RecordAnswer("need", "home"), TakeChoice("1"), RecordAnswer("has_cover", "no"))
    run = advance(advance(run, script, GoBack()), script, TakeChoice("2"))
    assert [count.total for count in count_scores(script, find_answers(run, script))] == [3]
    assert find_outcome(advance(run, script, TakeOnlyWay(), Known()), script) == "leave"


def test_without_answers_a_score_is_nought(read_script):
    script = read_script(BODY, HEAD)
    [count] = count_scores(script, {})
    assert (count.total, count.summands) == (0, ())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("need = { home = 3", "ned = { home = 3", 'there is no field "ned". Did you mean "need"?'),
        ("home = 3", "house = 3", '"need" has no answer "house"'),
        ("{ no = 4 }", "{ never = 4 }", '"has_cover" has no answer "never"'),
        ('type = "yes_no"', 'type = "text"', "points are for a choice or a yes or no"),
        ("home = 3", 'home = "3"', "must be a whole number"),
        ("home = 3", "home = 3000", "must be at most 1000"),
    ],
)
def test_points_that_make_no_sense_are_refused_at_their_line(problems_of, old, new, words):
    found = problems_of(BODY, HEAD.replace(old, new, 1))
    assert any(words in text for _, text in found), found


def test_a_score_that_is_not_declared_is_named(problems_of):
    found = problems_of(BODY.replace("score: fit", "score: fti").replace("score.fit >=", "score.fat >="), HEAD)
    assert 'declares no score "fti". Did you mean "fit"?' in found[0][1]
    assert "score.fat" in found[1][1]
