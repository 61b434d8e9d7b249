"""Stepping through a script: what each step demands, the way back, what is kept, how far it is."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts_library.run import (
    MAX_PATH,
    AcknowledgeStatement,
    GoBack,
    RecordAnswer,
    RunError,
    RunErrorCode,
    ScriptProgress,
    StoredRunError,
    TakeChoice,
    Taken,
    TakeOnlyWay,
    advance,
    captured,
    get_current_step,
    measure_progress,
    run_from_dict,
    run_to_dict,
    start_run,
    translate_run,
)
from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import Script
from tests.scripts_library.sample_types import TYPES

TEXT = """\
+++
id = "card-lost"
version = 7
title = "Card lost"
language = "en"

[fields.card_ending]
label = "Last four digits"
type = "text"
required = true

[fields.sum]
label = "Sum"
type = "amount"

[fields.city]
label = "Town"
type = "text"
kept_in = "profile"
+++
## identify: Who
{{ field: card_ending }}
- [1] Confirmed -> block
- [2] Not confirmed -> refuse

## block: Block
!> It stays blocked.

!> Cut it up.

{{ field: sum }}
-> replace

## replace: Replace
- [1] Home -> end
- [2] Elsewhere -> address
- [3] Ask again -> identify

## address: Address
{{ field: city }}
-> replace

## refuse: Refuse
-> end
"""


@pytest.fixture
def script() -> Script:
    return parse_script(TEXT, "card-lost.en.md", TYPES)


def walk(script, *actions):
    run = start_run(script)
    for action in actions:
        run = advance(run, script, action)
    return run


def refusal(script, run, action):
    with pytest.raises(RunError) as error:
        advance(run, script, action)
    return error.value.code, error.value.subjects


IDENTIFIED = (RecordAnswer("card_ending", "4471"), TakeChoice("1"))
SAID = (AcknowledgeStatement("block.1"), AcknowledgeStatement("block.2"))


def test_a_run_begins_at_the_first_step_and_is_pinned_to_its_version(script):
    run = start_run(script)
    assert (run.script_id, run.version, run.language, run.step_id) == ("card-lost", 7, "en", "identify")
    for other in (replace(script, version=8), replace(script, language="zh-CN"), replace(script, id="other")):
        assert refusal(other, run, TakeOnlyWay()) == (RunErrorCode.WRONG_SCRIPT, ("card-lost",))


def test_a_required_field_holds_the_step_until_it_is_filled(script):
    run = start_run(script)
    assert refusal(script, run, TakeChoice("1")) == (RunErrorCode.FIELD_MISSING, ("card_ending",))
    run = walk(script, *IDENTIFIED)
    assert run.step_id == "block"
    assert run.path == (Taken("identify", "1"),)


def test_what_must_be_said_holds_the_step_until_it_is_acknowledged(script):
    run = walk(script, *IDENTIFIED)
    assert refusal(script, run, TakeOnlyWay()) == (RunErrorCode.NOT_SAID, ("block.1", "block.2"))
    run = advance(run, script, AcknowledgeStatement("block.1"))
    assert refusal(script, run, TakeOnlyWay()) == (RunErrorCode.NOT_SAID, ("block.2",))
    run = advance(run, script, AcknowledgeStatement("block.2"))
    assert advance(run, script, AcknowledgeStatement("block.2")) == run
    assert advance(run, script, TakeOnlyWay()).step_id == "replace"


def test_only_what_the_step_offers_can_be_done(script):
    run = start_run(script)
    assert refusal(script, run, TakeChoice("9")) == (RunErrorCode.UNKNOWN_CHOICE, ("9",))
    assert refusal(script, run, TakeOnlyWay()) == (RunErrorCode.CHOICE_NEEDED, ("1", "2"))
    assert refusal(script, run, GoBack()) == (RunErrorCode.NO_WAY_BACK, ())
    assert refusal(script, run, RecordAnswer("sum", "5")) == (RunErrorCode.UNKNOWN_FIELD, ("sum",))
    assert refusal(script, run, AcknowledgeStatement("block.1")) == (RunErrorCode.UNKNOWN_STATEMENT, ("block.1",))
    block = walk(script, *IDENTIFIED)
    assert refusal(script, block, RecordAnswer("sum", "much")) == (RunErrorCode.BAD_ANSWER, ("sum",))
    assert refusal(script, block, TakeChoice("1")) == (RunErrorCode.UNKNOWN_CHOICE, ("1",))


def test_an_answer_can_be_changed_and_taken_back(script):
    run = walk(script, RecordAnswer("card_ending", "4471"), RecordAnswer("card_ending", "4472"))
    assert run.answers == {"card_ending": "4472"}
    assert advance(run, script, RecordAnswer("card_ending", " ")).answers == {}


def test_the_end_ends_the_run_and_the_way_back_opens_it_again(script):
    run = walk(script, *IDENTIFIED, *SAID, TakeOnlyWay(), TakeChoice("1"))
    assert run.step_id is None
    assert get_current_step(run, script) is None
    assert refusal(script, run, TakeOnlyWay()) == (RunErrorCode.IS_OVER, ())
    assert advance(run, script, GoBack()).step_id == "replace"


def test_going_back_keeps_what_was_answered_and_said(script):
    run = walk(script, *IDENTIFIED, *SAID, RecordAnswer("sum", "12"), TakeOnlyWay(), GoBack())
    assert (run.step_id, run.path) == ("block", (Taken("identify", "1"),))
    assert run.answers == {"card_ending": "4471", "sum": "12.00"}
    assert advance(run, script, TakeOnlyWay()).step_id == "replace"


def test_only_answers_on_the_way_that_was_taken_count(script):
    run = walk(script, *IDENTIFIED, *SAID, TakeOnlyWay(), TakeChoice("2"), RecordAnswer("city", "Uppsala"))
    assert [(field.name, answer) for field, answer in captured(run, script)] == [
        ("card_ending", "4471"),
        ("city", "Uppsala"),
    ]
    run = advance(run, script, GoBack())
    assert [field.name for field, _ in captured(run, script)] == ["card_ending"]


def test_a_loop_ends_some_day(script):
    run = walk(script, *IDENTIFIED, *SAID, TakeOnlyWay())
    for _ in range((MAX_PATH - 2) // 2):
        run = advance(advance(run, script, TakeChoice("2")), script, TakeOnlyWay())
    assert len(run.path) == MAX_PATH
    assert refusal(script, run, TakeChoice("2")) == (RunErrorCode.TOO_LONG, ())


def test_progress_counts_what_lies_behind_and_the_longest_way_ahead(script):
    run = start_run(script)
    assert measure_progress(run, script) == ScriptProgress(0, 4)  # identify, block, replace, address
    run = walk(script, *IDENTIFIED, *SAID)
    assert measure_progress(run, script) == ScriptProgress(1, 3)
    run = advance(run, script, TakeOnlyWay())
    assert measure_progress(run, script) == ScriptProgress(2, 2)
    assert measure_progress(advance(run, script, TakeChoice("2")), script) == ScriptProgress(3, 1)
    assert measure_progress(advance(run, script, TakeChoice("1")), script) == ScriptProgress(3, 0)
    refused = walk(script, RecordAnswer("card_ending", "4471"), TakeChoice("2"))
    assert measure_progress(refused, script) == ScriptProgress(1, 1)


def test_a_run_goes_on_in_a_translation_of_the_same_version(script):
    chinese = parse_script(TEXT.replace('"en"', '"zh-CN"'), "card-lost.zh-CN.md", TYPES)
    run = translate_run(walk(script, *IDENTIFIED, *SAID), chinese)
    assert (run.language, run.step_id) == ("zh-CN", "block")
    assert advance(run, chinese, TakeOnlyWay()).step_id == "replace"
    for other in (replace(chinese, version=8), replace(chinese, steps=chinese.steps[1:])):
        with pytest.raises(RunError, match="wrong_script"):
            translate_run(run, other)


def test_a_stored_run_is_the_same_run_again(script):
    run = walk(script, *IDENTIFIED, *SAID, RecordAnswer("sum", "1,234.5"))
    assert run_from_dict(json.loads(json.dumps(run_to_dict(run)))) == run


@pytest.mark.parametrize("data", [None, [], {}, {"script_id": "a"}, {"path": 3}, "run"])
def test_what_is_no_stored_run_is_refused(data):
    with pytest.raises(StoredRunError):
        run_from_dict(data)


def test_a_stored_run_with_strange_steps_harms_nothing(script):
    run = run_from_dict({**run_to_dict(start_run(script)), "step_id": "nowhere"})
    assert refusal(script, run, TakeOnlyWay()) == (RunErrorCode.WRONG_SCRIPT, ("card-lost",))


ACTIONS = st.one_of(
    st.builds(TakeChoice, st.sampled_from("1239")),
    st.just(TakeOnlyWay()),
    st.just(GoBack()),
    st.builds(RecordAnswer, st.sampled_from(["card_ending", "sum", "city", "x"]), st.sampled_from(["", "1", "å"])),
    st.builds(AcknowledgeStatement, st.sampled_from(["block.1", "block.2", "x.1"])),
)


@given(st.lists(ACTIONS, max_size=25))
def test_any_actions_leave_a_sound_run_or_are_refused_with_a_code(actions):
    script = parse_script(TEXT, "card-lost.en.md", TYPES)
    run = start_run(script)
    for action in actions:
        try:
            run = advance(run, script, action)
        except RunError as error:
            assert error.code in RunErrorCode
        progress = measure_progress(run, script)
        assert progress.done == len(run.path)
        assert (progress.remaining == 0) is (run.step_id is None)
        assert run_from_dict(json.loads(json.dumps(run_to_dict(run)))) == run
        walked = [*(taken.step_id for taken in run.path), run.step_id or "end"]
        for before, after in pairwise(walked):
            assert after in script.find_step(before).targets
