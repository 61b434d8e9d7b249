"""A step that asks another system: the run while it waits, what an answer fills, and walks, which ask nobody."""

import pytest

from scripts_library.branching import Known
from scripts_library.continuing import continue_run
from scripts_library.deeds import find_action, find_waiting, give_up, note_asked, take_answers
from scripts_library.run import (
    GoBack,
    RecordAnswer,
    RunError,
    TakeOnlyWay,
    advance,
    captured,
    run_from_dict,
    run_to_dict,
    start_run,
)
from scripts_library.walking import TryAction, walk
from scripts_library.webhook_parts import Answered, Webhook

HEAD = """
continue_hours = 72

[fields.number]
label = "Number"
type = "text"

[fields.state]
label = "State"
type = "text"

[fields.since]
label = "Since"
type = "date"

[actions.look]
label = "Look it up"
do = "webhook"
webhook = "cards"
"""
BODY = """## a: A
-> b

## b: B
{{ field: number }}
{{ action: look }}
{{ field: state }}
{{ field: since }}

-> c

## c: C
{{ field: number }}

-> end
"""
CARDS = Webhook(
    ("answer.number",),
    {"state": "state", "since": "since"},
    {"state": Answered("text", "blocked"), "since": Answered("text", "2026-11-02")},
)
FILLED = {"state": "blocked", "since": "2026-11-02"}


def ask(script, run):
    find_action(run, script, "look")
    return note_asked(run, script, "look", "x1", CARDS.fills, 5, "ada")


def answers(run, script):
    return {field.name: answer for field, answer in captured(run, script)}


def test_while_it_waits_it_is_asked_for_nothing_else(read_script):
    script = read_script(BODY, HEAD)
    run = ask(script, advance(start_run(script), script, TakeOnlyWay()))
    assert (find_waiting(run, "x1"), find_waiting(run, "x2"), find_waiting(run, "")) == ("look", "", "")
    with pytest.raises(RunError, match="under_way"):
        find_action(run, script, "look")
    assert run_from_dict(run_to_dict(run)) == run
    over = give_up(run, "look", "webhook_no_answer", 6)
    assert find_waiting(over, "x1") == ""
    find_action(over, script, "look")
    assert run_from_dict(run_to_dict(over)) == over


def test_an_answer_counts_on_the_way_that_was_taken(read_script):
    script = read_script(BODY, HEAD)
    asked = ask(script, advance(start_run(script), script, TakeOnlyWay()))
    here = take_answers(asked, script, "look", FILLED, 6)
    assert answers(here, script) == FILLED and here.deeds["look"].filled == ("state", "since")
    gone_on = take_answers(advance(asked, script, TakeOnlyWay()), script, "look", FILLED, 6)
    assert answers(gone_on, script) == FILLED
    over = take_answers(
        advance(advance(asked, script, TakeOnlyWay()), script, TakeOnlyWay()), script, "look", FILLED, 6
    )
    assert answers(over, script) == FILLED
    left = take_answers(advance(asked, script, GoBack()), script, "look", FILLED, 6)
    assert answers(left, script) == {}
    assert answers(advance(left, script, TakeOnlyWay()), script) == FILLED


def test_what_an_agent_has_said_since_stays(read_script):
    script = read_script(BODY, HEAD)
    run = advance(advance(start_run(script), script, TakeOnlyWay()), script, RecordAnswer("state", "active"))
    asked = ask(script, run)
    assert answers(take_answers(asked, script, "look", FILLED, 6), script) == FILLED, "they asked to know better"
    changed = advance(asked, script, RecordAnswer("state", "lost"))
    emptied = advance(asked, script, RecordAnswer("state", ""))
    for since, kept in ((changed, {"state": "lost"}), (emptied, {})):
        done = take_answers(since, script, "look", FILLED, 6)
        assert answers(done, script) == {"since": "2026-11-02", **kept}
        assert done.deeds["look"].filled == ("since",)


def test_a_later_interaction_waits_for_nothing(read_script):
    script = read_script(BODY, HEAD)
    asked = ask(script, advance(start_run(script), script, TakeOnlyWay()))
    _, again = continue_run(asked, script, script, "i1", 7, Known({}))
    assert (find_waiting(again, "x1"), again.deeds["look"].code) == ("", "webhook_no_answer")
    find_action(again, script, "look")


def test_a_walk_takes_the_example_and_asks_nobody(read_script):
    script = read_script(BODY, HEAD)
    found = walk(script, [TakeOnlyWay(), TryAction("look")], Known({}), {"cards": CARDS})
    assert found.refusal is None and found.run.deeds["look"].is_done
    assert answers(found.run, script) == FILLED
    unknown = walk(script, [TakeOnlyWay(), TryAction("look")])
    assert unknown.run.deeds["look"].is_done and answers(unknown.run, script) == {}


def test_an_example_in_the_file_types_what_would_be_answered(read_script):
    example = "\n# Example: It is blocked\n- a\n- b: number = 4417; state = blocked\n- c\n- end\n"
    assert read_script(BODY + example, HEAD).examples
