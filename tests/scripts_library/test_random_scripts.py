"""Random scripts with conditions, scores and derived values, walked at random for random customers: no run is stuck,
what was left counts nowhere, a run that was put away goes on as before, and showing a step never fails."""

import json
import random
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from scripts_library.branching import Known, read_own
from scripts_library.bundled_texts import split_source
from scripts_library.rendering import render_current
from scripts_library.run import (
    GoBack,
    RecordAnswer,
    RunError,
    TakeChoice,
    TakeOnlyWay,
    advance,
    find_answers,
    find_next,
    get_current_step,
    list_open_choices,
    run_from_dict,
    run_to_dict,
    start_run,
)
from scripts_library.script_parsing import parse_script, parse_stored
from scripts_library.script_problems import BrokenScript
from tests.scripts_library.sample_types import TYPES

HEAD = """+++
id = "a"
version = 1
title = "A"
language = "en"
[fields.city]
label = "F"
type = "text"
[fields.far]
label = "F"
type = "yes_no"
[fields.sum]
label = "F"
type = "number"
[fields.product]
label = "F"
type = "choice"
options_from = "customer.products"
options = { none = "None" }
[scores.fit]
label = "S"
[scores.fit.points]
far = { yes = 3, no = -1 }
product = { none = 2 }
[derived.kind]
label = "D"
cases = ["big if answer.sum > 5", "gold if customer.tier == 'gold'", "rest if has(answer.city)"]
+++
"""
FIELDS = ("city", "far", "sum", "product")
CONDITIONS = (
    'customer.tier == "gold"',
    "customer.since_year < 2000 || answer.far == true",
    "answer.sum >= 3",
    "score.fit > 1",
    'derived.kind == "gold"',
    '"a" in customer.segments',
    '!has(answer.city) && customer.city != "Umeå"',
    "days_since(customer.birthday) > 10000",
)
SHOWN = "> {{ customer.name | fallback: 'x' }} {{ answer.city | fallback: '-' }} {{ score.fit | fallback: '?' }}"
SHOWN += " {{ derived.kind | fallback: 'none' }} {{ customer.products | fallback: '' }}\n\n{{ score: fit }}\n\n"
WAY = st.tuples(st.integers(0, 6), st.none() | st.sampled_from(CONDITIONS))
STEPS = st.lists(
    st.tuples(
        st.booleans(),  # whether it has words
        st.lists(st.sampled_from(FIELDS), max_size=2, unique=True),
        st.booleans(),  # whether it has choices
        st.lists(WAY, min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=6,
)
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.lists(st.text(max_size=9)).map(tuple)
PEOPLE = st.dictionaries(st.sampled_from(sorted(TYPES)), VALUES)


def write(graph):
    text = HEAD
    for number, (has_words, fields, has_choices, ways) in enumerate(graph):
        text += f"## s{number}: S\n" + SHOWN * has_words
        text += "".join(f"{{{{ field: {name} }}}}\n" for name in fields)
        for key, (target, condition) in enumerate(ways, 1):
            is_last = key == len(ways)
            where = f"s{target}" if target < len(graph) else "end"
            when = f" if {condition}" if condition and not is_last else ""
            text += f"- [{key}] Way {key} -> {where}{when}\n" if has_choices else f"-> {where}{when}\n"
            if not has_choices and not when:
                break
    return text


def act(run, script, known, chance):
    """The run after some action that an agent may take; unchanged if it is refused."""
    step = get_current_step(run, script)
    actions = [GoBack(), TakeOnlyWay()]
    if step is not None:
        for field in step.fields:
            texts = {"far": ("yes", "no"), "sum": ("1", "4", "9"), "product": ("none", "a", "Visa")}
            actions += [RecordAnswer(field.name, text) for text in (*texts.get(field.name, ("Umeå",)), "")]
        actions += [TakeChoice(choice.key) for choice in step.choices] * 3
    try:
        return advance(run, script, chance.choice(actions), known)
    except RunError:
        return run


@settings(max_examples=150)
@given(STEPS, PEOPLE, st.randoms(use_true_random=False))
@example([(True, ["city"], True, [(6, None)])], {"customer.name": "<b>{{ x }}</b>\u202e"}, random.Random(1))
def test_a_random_script_walks_well_with_any_customer(graph, person, chance):
    text = write(graph)
    try:
        script = parse_script(text, "a.en.md", TYPES)
    except BrokenScript:
        return
    assert split_source(script.source)[0] == text
    assert parse_stored(script.source, "a.en.md", TYPES) == script
    known = Known(person, 1_790_000_000_000_000)
    run = start_run(script, known)
    for _ in range(20):
        step = get_current_step(run, script)
        if step is not None:
            assert not step.is_automatic
            assert list_open_choices(run, script, known) or find_next(run, script, known), "nobody is stuck"
        shown = render_current(script, run, person, known)
        assert (shown is None) == (step is None)
        answers = find_answers(run, script)
        walked = {taken.step_id for taken in run.path} | {run.step_id}
        asked = {field.name for one in script.steps if one.id in walked for field in one.fields}
        assert set(answers) <= asked, "what was left counts nowhere"
        assert {name for name in read_own(script, answers, known) if name.startswith("answer.")} == {
            f"answer.{name}" for name in answers
        }
        stored, state = run_from_dict(json.loads(json.dumps(run_to_dict(run)))), chance.getstate()
        run = act(run, script, known, chance)
        chance.setstate(state)
        assert act(stored, script, known, chance) == run, "resumed as if it was never interrupted"


def test_a_thousand_random_scripts_come_back_byte_by_byte():
    """The text is the truth: what is stored and exported is what the author wrote, with what it uses behind it."""
    chance = random.Random(20)
    graphs = (
        [
            (
                chance.random() < 0.8,
                chance.sample(FIELDS, chance.randrange(3)),
                chance.random() < 0.5,
                [(chance.randrange(7), chance.choice((None, *CONDITIONS))) for _ in range(chance.randrange(1, 4))],
            )
            for _ in range(chance.randrange(1, 6))
        ]
        for _ in range(6_000)
    )
    sound = 0
    for graph in graphs:
        text = write(graph).replace(
            "## s0", chance.choice(("", "\n", "  \n", "plain \u4f60\n")).join(("", "## s0")), 1
        )
        text += chance.choice(("", "\n", "\n\n# Example: A\n- s0\n"))
        text = chance.choice((text, text.replace("\n", "\r\n"), "\ufeff" + text))
        try:
            script = parse_script(text, "a.en.md", TYPES)
        except BrokenScript:
            continue
        assert split_source(script.source)[0] == text
        assert replace(parse_stored(script.source, "a.en.md", TYPES), examples=()) == replace(script, examples=())
        sound += 1
        if sound == 1_000:
            return
    raise AssertionError(f"only {sound} of the random texts are scripts")
