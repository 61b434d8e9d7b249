"""A marked outcome is reached only by a way that passes its statements, however the agent goes."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts_library.checks import check_script, check_translations
from scripts_library.outcomes import find_bypasses, say_path
from scripts_library.run import (
    AcknowledgeStatement,
    GoBack,
    RunError,
    RunErrorCode,
    TakeChoice,
    TakeOnlyWay,
    advance,
    find_outcome,
    start_run,
)
from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import END, Outcome
from scripts_library.script_problems import BrokenScript
from scripts_library.statements import mark_not_said, witness
from tests.scripts_library.sample_types import TYPES

OUTCOMES = """
[outcomes.sold]
label = "Cover sold"
after = ["terms"]

[outcomes.declined]
label = "No cover"
"""
WHOLE = """\
## ask: The journey
- [1] Wants cover -> terms
- [2] No, thank you -> end: declined

## terms: The terms
!> The cover begins tomorrow.

- [1] Agrees -> goodbye
- [2] Does not agree -> end: declined

## goodbye: Goodbye
-> end: sold
"""


def test_a_script_whose_ways_pass_the_statement_is_sound(read_script):
    script = read_script(WHOLE, OUTCOMES)
    assert check_script(script) == ()
    assert [outcome.id for outcome in script.outcomes] == ["sold", "declined"]


def test_the_way_around_a_statement_is_named_step_by_step_where_it_ends(problems_of):
    body = WHOLE.replace("- [2] No, thank you -> end: declined", "- [2] Is in a hurry -> goodbye")
    assert problems_of(body, OUTCOMES) == [
        (
            12,
            'The outcome "sold" can be reached without what must be said in "terms": '
            "ask → [2] Is in a hurry → goodbye → end: sold.",
        )
    ]


def test_a_long_way_around_is_shortened_in_the_middle(read_script):
    steps = "".join(f"## s{n}: S\n-> s{n + 1}\n" for n in range(30))
    with pytest.raises(BrokenScript) as broken:
        read_script(f"## a: A\n- [1] Y -> terms\n- [2] N -> s0\n{steps}## s30: S\n-> end: sold\n" + WHOLE, OUTCOMES)
    [words] = [one.text for one in broken.value.problems if "without what must be said" in one.text]
    assert words.endswith("a → [2] N → s0 → s1 → s2 → … 24 more steps … → s27 → s28 → s29 → s30 → end: sold.")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("-> end: sold", "-> end: sodl", 12, 'no outcome "sodl". Did you mean "sold"?'),
        ("-> end: sold", "-> end", 12, "This way ends without an outcome: write -> end: sold"),
        ("-> terms", "-> terms: sold", 2, "Only a way to the end has an outcome: write -> terms."),
        ("-> end: sold", "-> end: So Sold", 12, "After the arrow, write the id of a step"),
        ("!> The", "> The", -6, 'after "terms", which has no !> statement'),
    ],
)
def test_a_slip_about_outcomes_is_named_at_its_place(problems_of, old, new, line, words):
    problems = problems_of(WHOLE.replace(old, new), OUTCOMES)
    assert any(line == at and words in text for at, text in problems), problems


def test_an_outcome_after_a_step_that_is_missing_is_a_mistake(problems_of):
    [(_, text)] = problems_of(WHOLE, OUTCOMES.replace('["terms"]', '["term"]'))
    assert text == 'The outcome "sold" is to come after "term", which does not exist. Did you mean "terms"?'


def test_an_outcome_that_no_way_has_is_warned_of(read_script):
    script = read_script(WHOLE, OUTCOMES + '\n[outcomes.later]\nlabel = "Later"\n')
    [problem] = check_script(script)
    assert problem.text == 'No way ends with the outcome "later": write -> end: later in a step.'


def test_translations_have_the_same_outcomes(write_script, read_script):
    chinese = write_script(WHOLE, OUTCOMES.replace('after = ["terms"]', ""), language="zh-CN")
    problems = check_translations([read_script(WHOLE, OUTCOMES), parse_script(chinese, "card-lost.zh-CN.md", TYPES)])
    assert [problem.text for problem in problems] == ["`outcomes` is not the same as in card-lost.en.md."]


def test_a_marked_outcome_needs_its_statement_said_not_only_settled(read_script):
    script = read_script(WHOLE, OUTCOMES)
    run = witness(advance(start_run(script), script, TakeChoice("1")), script, None, 1, "ada")
    run = mark_not_said(run, "terms.1", "customer_hung_up", "", 2, "ada")
    run = advance(run, script, TakeChoice("1"))
    with pytest.raises(RunError) as refused:
        advance(run, script, TakeOnlyWay())
    assert (refused.value.code, refused.value.subjects) == (RunErrorCode.NOT_SAID, ("terms.1",))
    back = advance(advance(run, script, GoBack()), script, AcknowledgeStatement("terms.1"))
    over = advance(advance(back, script, TakeChoice("1")), script, TakeOnlyWay())
    assert find_outcome(over, script) == "sold"
    assert find_outcome(back, script) == ""


GRAPHS = st.lists(
    st.tuples(st.lists(st.integers(0, 8), min_size=1, max_size=3, unique=True), st.booleans()), min_size=2, max_size=8
)


@settings(max_examples=150)
@given(GRAPHS, st.integers(1, 7), st.randoms())
def test_the_proof_over_the_graph_agrees_with_every_walk(graph, marked, chance: random.Random):
    """`graph`: of each step its targets (one beyond the last is the end), and whether that end is marked."""
    marked = min(marked, len(graph) - 1)
    lines = []
    for number, (targets, is_sold) in enumerate(graph):
        lines += [f"## s{number}: S", *(["!> So it is.", ""] if number == marked else [])]
        for key, target in enumerate(targets, 1):
            end = f"{END}: {'sold' if is_sold else 'other'}"
            lines.append(f"- [{key}] Way {key} -> {f's{target}' if target < len(graph) else end}")
    head = f'outcomes.sold.label = "S"\noutcomes.sold.after = ["s{marked}"]\noutcomes.other.label = "O"'
    text = f'+++\nid = "a"\nversion = 1\ntitle = "A"\nlanguage = "en"\n{head}\n+++\n' + "\n".join(lines)
    try:
        script = parse_script(text, "a.en.md", TYPES)
    except BrokenScript as broken:
        if any("without what must be said" in one.text for one in broken.problems):
            return
        text = text.replace(f'outcomes.sold.after = ["s{marked}"]\n', "")
        try:  # without the mark, it has another problem all the same
            script = parse_script(text, "a.en.md", TYPES)
        except BrokenScript:
            return
        raise
    assert not list(find_bypasses(script, f"s{marked}", [Outcome("sold", "S")]))
    run = start_run(script)
    while run.step_id is not None and len(run.path) < 100:
        step = script.find_step(run.step_id)
        for statement in step.statements:
            run = advance(run, script, AcknowledgeStatement(statement.id))
        run = advance(run, script, TakeChoice(chance.choice(step.choices).key))
    if find_outcome(run, script) == "sold":
        assert f"s{marked}" in {taken.step_id for taken in run.path}


@settings(max_examples=100)
@given(GRAPHS)
def test_a_path_around_a_statement_can_be_walked(graph):
    lines = []
    for number, (targets, _) in enumerate(graph):
        lines.append(f"## s{number}: S")
        lines += [
            f"- [{key}] Way {key} -> {f's{target}' if target < len(graph) else 'end: sold'}"
            for key, target in enumerate(targets, 1)
        ]
    head = '+++\nid = "a"\nversion = 1\ntitle = "A"\nlanguage = "en"\noutcomes.sold.label = "S"\n+++\n'
    try:
        script = parse_script(head + "\n".join(lines), "a.en.md", TYPES)
    except BrokenScript:
        return
    for _, path in find_bypasses(script, "s1", script.outcomes):
        run = start_run(script)
        for step, way in path:
            assert run.step_id == step.id
            run = advance(run, script, TakeChoice(way.key))
        assert find_outcome(run, script) == "sold"
        assert "s1" not in {taken.step_id for taken in run.path}
        assert say_path(path).endswith("end: sold")
