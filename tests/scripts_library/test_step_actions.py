"""Actions of steps: what an author declares, and that a person tries each at most twice."""

import pytest

from scripts_library.deeds import find_action, note_deed
from scripts_library.rendering import render_current
from scripts_library.run import (
    ConfirmAnswer,
    RecordAnswer,
    RunError,
    RunErrorCode,
    TakeOnlyWay,
    advance,
    run_from_dict,
    run_to_dict,
    start_run,
)
from scripts_library.script_parts import ActionKind, Do

HEAD = """
[actions.form]
label = "Send the form"
do = "text"
text = '''
Dear {{ customer.name | fallback: "customer" }},

here is the form.'''

[actions.call]
label = "Call tomorrow"
do = "callback"
after_hours = 24

[fields.city]
label = "Town"
type = "text"
kept_in = "profile"
write_back = "ask"
"""
BODY = "## a: A\n{{ action: form }}\n{{ field: city }}\n\n-> b\n## b: B\n{{ action: call }}\n\n-> end\n"


def test_an_action_stands_in_its_step_with_its_words_filled_in(read_script):
    script = read_script(BODY, HEAD)
    assert [(one.name, one.kind) for one in script.actions] == [("form", "text"), ("call", "callback")]
    shown = render_current(script, start_run(script), {"customer.name": "Pia"})
    [do] = [part for part in shown.parts if isinstance(part, Do)]
    assert ["".join(span.text for span in block.spans) for block in do.action.words] == [
        "Dear Pia,",
        "here is the form.",
    ]


def test_an_action_is_tried_twice_at_most_and_not_again_once_it_is_done(read_script):
    script = read_script(BODY, HEAD)
    run = start_run(script)
    assert find_action(run, script, "form").kind is ActionKind.TEXT
    failed = note_deed(run, "form", "no_address", 5, "ada")
    find_action(failed, script, "form")
    twice = note_deed(failed, "form", "no_address", 6, "ben")
    for over in (twice, note_deed(failed, "form", "", 6, "ben"), note_deed(run, "form", "", 6, "ben")):
        with pytest.raises(RunError) as refused:
            find_action(over, script, "form")
        assert refused.value.code is RunErrorCode.IS_DONE
    assert run_from_dict(run_to_dict(twice)) == twice
    with pytest.raises(RunError) as refused:
        find_action(run, script, "call")  # of another step
    assert refused.value.code is RunErrorCode.UNKNOWN_ACTION


def test_an_answer_that_is_asked_about_is_confirmed_as_it_stands(read_script):
    script = read_script(BODY, HEAD)
    run = advance(start_run(script), script, RecordAnswer("city", "Umeå"))
    run = advance(run, script, ConfirmAnswer("city"))
    assert run.confirmed == {"city": "Umeå"}
    assert advance(run, script, RecordAnswer("city", "Luleå")).confirmed == {"city": "Umeå"}
    for name, at in (("city", start_run(script)), ("other", run), ("city", advance(run, script, TakeOnlyWay()))):
        with pytest.raises(RunError):
            advance(at, script, ConfirmAnswer(name))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("after_hours = 24\n", "", 'do = "callback" needs `after_hours`'),
        ("after_hours = 24\n", 'after_hours = 24\nvalue = "x"\n', 'do = "callback" takes no `value`'),
        ('do = "callback"', 'do = "call"', "must be 'text'"),
        ("after_hours = 24", "after_hours = 0", "must be at least 1"),
        (' | fallback: "customer"', "", "has no fallback"),
        ("customer.name", "customer.nmae", "not a variable"),
        ('label = "Call tomorrow"\n', "", "`actions.call.label` is missing"),
        ("after_hours", "after_hour", "Did you mean"),
    ],
)
def test_what_is_wrong_with_an_action_is_said(problems_of, old, new, words):
    found = problems_of(BODY, HEAD.replace(old, new, 1))
    assert any(words in text for _, text in found), found


def test_an_action_that_is_not_declared_is_named(problems_of):
    [(line, words)] = problems_of(BODY.replace("action: form", "action: from"), HEAD)
    assert (line, words) == (2, 'The head declares no action "from". Did you mean "form"?')
