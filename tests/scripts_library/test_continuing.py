"""A run that goes on in a later interaction: with the version in force where its way is still there, else its own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts_library.branching import NOTHING_KNOWN
from scripts_library.continuing import continue_run, is_begun, may_continue
from scripts_library.run import (
    AcknowledgeStatement,
    RecordAnswer,
    ScriptRun,
    TakeChoice,
    TakeOnlyWay,
    advance,
    captured,
    find_outcome,
    run_from_dict,
    run_to_dict,
    start_run,
)
from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import Script
from tests.scripts_library.conftest import WriteScript
from tests.scripts_library.sample_types import TYPES
from tests.scripts_library.test_left_branches import STEPS, act
from tests.scripts_library.test_left_branches import read as read_graph

HOUR = 3_600_000_000
BODY = """
## ask: Ask
> Where were you?

{{ field: is_abroad }}
{{ field: reach }}

- [1] Yes -> sort
- [2] No -> end

## sort: Nobody sees this
-> terms if answer.is_abroad == true
-> end

## terms: The terms
!> It costs nothing.

-> home

## home: Home
> Goodbye.

-> end
"""
ALLOWS = "continue_hours = 72"


def read(write: WriteScript, body: str = BODY, version: int = 1, more: str = ALLOWS) -> Script:
    fields = """
[fields.is_abroad]
label = "Abroad"
type = "yes_no"

[fields.reach]
label = "By"
type = "choice"
options = { sms = "SMS", email = "Email" }
"""
    return parse_script(write(body, more + fields, version=version), "card-lost.en.md", TYPES)


def walk(script: Script) -> ScriptRun:
    """To the last step but one, all said."""
    run = start_run(script)
    for action in (
        RecordAnswer("is_abroad", "yes"),
        RecordAnswer("reach", "sms"),
        TakeChoice("1"),
        AcknowledgeStatement("terms.1"),
        TakeOnlyWay(),
    ):
        run = advance(run, script, action)
    return run_from_dict(run_to_dict(run)) if run.step_id == "home" else run


def stepped(run: ScriptRun, at: int) -> ScriptRun:
    return run_from_dict({**run_to_dict(run), "stepped_at": at})


def test_it_goes_on_as_if_it_had_never_been_interrupted(write_script: WriteScript) -> None:
    script = read(write_script)
    run = walk(script)
    chosen, later = continue_run(run, script, script, "i1", 50 * HOUR, NOTHING_KNOWN)
    assert (chosen, later.step_id, later.continues, later.stepped_at) == (script, "home", "i1", 50 * HOUR)
    assert captured(later, script) == captured(run, script)
    ended, never_left = advance(later, script, TakeOnlyWay()), advance(run, script, TakeOnlyWay())
    assert (ended.path, ended.answers, find_outcome(ended, script)) == (never_left.path, never_left.answers, "")
    assert run.continues == "", "the old run stays as it was"


@pytest.mark.parametrize(
    ("hours", "more", "may"),
    [(71, ALLOWS, True), (72, ALLOWS, False), (1, "", False)],
    ids=["in time", "too late", "not allowed"],
)
def test_it_may_for_as_long_as_the_script_in_force_says(
    write_script: WriteScript, hours: int, more: str, may: bool
) -> None:
    run = stepped(walk(read(write_script)), 10 * HOUR)
    assert may_continue(run, read(write_script, more=more, version=2), (10 + hours) * HOUR) is may


def test_what_is_over_or_was_only_looked_at_is_not_offered(write_script: WriteScript) -> None:
    script = read(write_script)
    fresh = stepped(start_run(script), HOUR)
    assert not is_begun(fresh) and not may_continue(fresh, script, 2 * HOUR)
    over = stepped(advance(walk(script), script, TakeOnlyWay()), HOUR)
    assert over.step_id is None and not may_continue(over, script, 2 * HOUR)
    assert may_continue(stepped(advance(start_run(script), script, RecordAnswer("reach", "sms")), HOUR), script, HOUR)


@pytest.mark.parametrize(
    ("old", "new", "goes_on"),
    [
        ("> Goodbye.", "> See you soon.", True),
        ("> Where were you?", "> Where have you been?", True),
        ("!> It costs nothing.", "!> It costs 5 euros.", False),
        ("- [1] Yes -> sort", "- [1] No, never -> sort", False),
        ("- [1] Yes -> sort", "- [1] Yes -> terms\n- [3] Sort -> sort", False),
        ("-> terms if answer.is_abroad == true\n-> end", "-> home if answer.is_abroad == true\n-> terms", False),
        ("{{ field: reach }}", "", False),
        ("## home: Home", "## home: Home\n\nIt is new.", True),
        ("-> home\n\n## home: Home", "-> bye\n\n## bye: Home", False),
    ],
)
def test_another_version_takes_over_where_the_way_is_the_same(
    write_script: WriteScript, old: str, new: str, goes_on: bool
) -> None:
    first, second = read(write_script), read(write_script, BODY.replace(old, new, 1), version=2)
    chosen, later = continue_run(walk(first), first, second, "i1", HOUR, NOTHING_KNOWN)
    assert (chosen is second, later.version) == (goes_on, 2 if goes_on else 1)
    assert advance(later, chosen, TakeOnlyWay()).step_id is None


def test_an_answer_that_its_field_takes_no_more_stays_with_the_old_version(write_script: WriteScript) -> None:
    first = read(write_script)
    text = write_script(BODY, ALLOWS + '\n[fields.is_abroad]\nlabel = "A"\ntype = "text"\n', version=2)
    retyped = parse_script(
        text.replace("{{ field: reach }}", "").replace("answer.is_abroad == true", "has(answer.is_abroad)"),
        "card-lost.en.md",
        TYPES,
    )
    chosen, _ = continue_run(walk(first), first, retyped, "i1", HOUR, NOTHING_KNOWN)
    assert chosen is first


@settings(max_examples=60, deadline=None)
@given(STEPS, st.randoms(), st.integers(0, 25))
def test_gone_on_with_anywhere_equals_never_interrupted(graph, chance, moment: int) -> None:
    """Also where a newer version with other words to the agent is in force by then."""
    script = read_graph(graph)
    if script is None:
        return
    newer = parse_script(
        script.source.replace("version = 1", "version = 2").replace("> {{", "> Well, {{"), script.file, TYPES
    )
    run, later, by = start_run(script), start_run(script), script
    for number in range(25):
        if number == moment:
            by, later = continue_run(later, script, newer, "i1", 7, NOTHING_KNOWN)
            assert by is newer
        state = chance.getstate()
        run = act(run, script, chance)
        chance.setstate(state)
        later = act(later, by, chance)
        assert (later.step_id, later.path, later.given, later.acknowledged) == (
            run.step_id,
            run.path,
            run.given,
            run.acknowledged,
        )
    assert captured(later, by) == captured(run, script)
