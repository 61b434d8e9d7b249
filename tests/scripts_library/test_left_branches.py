"""What was answered on a way that is gone back counts nowhere, and a run that was put away goes on as before."""

import json
import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from scripts_library.rendering import render_current
from scripts_library.run import (
    AcknowledgeStatement,
    GoBack,
    RecordAnswer,
    RunError,
    TakeChoice,
    advance,
    captured,
    run_from_dict,
    run_to_dict,
    start_run,
)
from scripts_library.script_parsing import parse_script
from scripts_library.script_problems import BrokenScript
from tests.scripts_library.sample_types import TYPES

FIELDS = ("one", "two", "three")
HEAD = '+++\nid = "a"\nversion = 1\ntitle = "A"\nlanguage = "en"\n'
HEAD += "".join(f"[fields.{name}]\nlabel = 'F'\ntype = 'text'\n" for name in FIELDS) + "+++\n"
SAID = "".join(f"> {{{{ answer.{name} | fallback: '-' }}}}\n\n" for name in FIELDS)
STEPS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 6), min_size=1, max_size=3, unique=True),
        st.lists(st.sampled_from(FIELDS), max_size=2, unique=True),
        st.booleans(),
    ),
    min_size=2,
    max_size=6,
)


def read(graph):
    """The script of a graph (of each step its targets, its fields, and whether something must be said), or None."""
    text = HEAD
    for number, (targets, fields, is_said) in enumerate(graph):
        text += f"## s{number}: S\n{SAID}" + "!> So it is.\n\n" * is_said
        text += "".join(f"{{{{ field: {name} }}}}\n" for name in fields)
        for key, target in enumerate(targets, 1):
            text += f"- [{key}] Way {key} -> {f's{target}' if target < len(graph) else 'end'}\n"
    try:
        return parse_script(text, "a.en.md", TYPES)
    except BrokenScript:
        return None


def act(run, script, chance):
    """The run after some action that an agent may take."""
    step = script.find_step(run.step_id) if run.step_id else None
    actions = [GoBack()]
    if step is not None:
        actions += [RecordAnswer(field.name, str(chance.randrange(100))) for field in step.fields]
        actions += [RecordAnswer(field.name, "") for field in step.fields if chance.random() < 0.2]
        actions += [AcknowledgeStatement(one.id) for one in step.statements]
        actions += [TakeChoice(choice.key) for choice in step.choices] * 2
    try:
        return advance(run, script, chance.choice(actions))
    except RunError:
        return run


@settings(max_examples=100)
@given(STEPS, st.randoms())
def test_no_answer_of_a_left_branch_leaks_and_resume_equals_never_interrupted(graph, chance: random.Random):
    script = read(graph)
    if script is None:
        return
    run = start_run(script)
    for _ in range(25):
        before, state = run, chance.getstate()
        run = act(run, script, chance)
        chance.setstate(state)
        assert act(run_from_dict(json.loads(json.dumps(run_to_dict(before)))), script, chance) == run
    straight = go_straight(run, script)
    assert captured(straight, script) == captured(run, script)
    assert render_current(script, straight, {}) == render_current(script, run, {})


def go_straight(run, script):
    """The same way, without what was gone back."""
    straight = start_run(script)
    for number, taken in enumerate(run.path):
        step = script.find_step(taken.step_id)
        is_last_time = taken.step_id not in {later.step_id for later in run.path[number + 1 :]} | {run.step_id}
        straight = replace(straight, answers={}, given={**straight.given, step.id: {}})
        for name, answer in run.given.get(step.id, {}).items() if is_last_time else ():
            straight = advance(straight, script, RecordAnswer(name, answer))
        for statement in step.statements:
            straight = advance(straight, script, AcknowledgeStatement(statement.id))
        straight = advance(straight, script, TakeChoice(taken.choice))
    if run.step_id is not None:
        straight = replace(straight, given={**straight.given, run.step_id: run.given.get(run.step_id, {})})
    return straight


BRANCH = """\
## where: Where to
{{ field: one }}
- [1] Home -> tell
- [2] Elsewhere -> other

## other: Elsewhere
{{ field: one }}
{{ field: two }}
- [1] On -> tell

## tell: Tell
> We send it to {{ answer.one | fallback: "us" }}, {{ answer.two | fallback: "home" }}.

-> end
"""


def test_a_left_branch_neither_speaks_nor_overwrites_what_was_answered_before_it():
    script = parse_script(HEAD + BRANCH, "a.en.md", TYPES)
    run = advance(advance(start_run(script), script, RecordAnswer("one", "Ada")), script, TakeChoice("2"))
    run = advance(advance(run, script, RecordAnswer("one", "Ben")), script, RecordAnswer("two", "Oslo"))
    assert {field.name: answer for field, answer in captured(run, script)} == {"one": "Ben", "two": "Oslo"}
    run = advance(run, script, GoBack())
    assert run.answers["one"] == "Ada"
    run = advance(run, script, TakeChoice("1"))
    assert [(field.name, answer) for field, answer in captured(run, script)] == [("one", "Ada")]
    [prompt] = render_current(script, run, {}).parts
    assert "".join(span.text for span in prompt.blocks[0].spans) == "We send it to Ada, home."


def test_a_run_that_was_stored_before_steps_remembered_their_answers_goes_on():
    script = parse_script(HEAD + BRANCH, "a.en.md", TYPES)
    run = advance(advance(start_run(script), script, RecordAnswer("one", "Ada")), script, TakeChoice("1"))
    old = {name: value for name, value in run_to_dict(run).items() if name not in ("given", "replaced")}
    again = run_from_dict(json.loads(json.dumps(old)))
    assert [(field.name, answer) for field, answer in captured(again, script)] == [("one", "Ada")]
    assert advance(again, script, GoBack()).given["where"] == {"one": "Ada"}
