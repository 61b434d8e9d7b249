"""Sub-scripts and questions: written once, used by many, and pinned with the run."""

import pytest

from scripts_library.checks import check_script
from scripts_library.loader import load_scripts
from scripts_library.rendering import render_current
from scripts_library.run import (
    AcknowledgeStatement,
    GoBack,
    RecordAnswer,
    TakeChoice,
    TakeOnlyWay,
    advance,
    start_run,
)
from scripts_library.script_parsing import parse_script, parse_stored
from scripts_library.script_parts import Use
from scripts_library.script_problems import BrokenScript
from tests.scripts_library.sample_types import TYPES

HEAD = '+++\n{}id = "{}"\nversion = {}\ntitle = "T"\nlanguage = "en"\n{}+++\n'
IDENTITY = (
    HEAD.format(
        'kind = "sub-script"\n',
        "identity",
        1,
        'pause_recording = ["ask"]\n[fields.birthday]\nlabel = "Birthday"\ntype = "date"\n'
        '[outcomes.confirmed]\nlabel = "Confirmed"\n[outcomes.refused]\nlabel = "Refused"\n',
    )
    + """## ask: Who is asking
> When were you born?

{{ question: basics/birthday }}

- [1] It fits -> read
- [2] It does not -> end: refused

## read: Read out
!> This call is recorded.

-> end: confirmed
"""
)
BASICS = (
    HEAD.format(
        'kind = "questions"\n', "basics", 1, '[fields.birthday]\nlabel = "Birthday"\ntype = "date"\nrequired = true\n'
    )
    + """## birthday: Birthday
> May I have your birthday?

{{ field: birthday }}

## recorded: Recorded
!> We keep what you say.
"""
)
IDENTITY = IDENTITY.replace('[fields.birthday]\nlabel = "Birthday"\ntype = "date"\n', "")
LOST = (
    HEAD.format(
        "", "lost", 1, '[outcomes.done]\nlabel = "Done"\nafter = ["check/read"]\n[outcomes.not]\nlabel = "Not"\n'
    )
    + """## hello: Hello
> Hello.

-> check

## check: Who
{{ script: identity }}

- [confirmed] -> block
- [refused] -> end: not

## block: Block
> Born on {{ answer.birthday | fallback: "that day" }}?

{{ question: basics/recorded }}

-> far if has(answer.birthday)
-> end: done

## far: Far
> Far.

-> end: done
"""
)
TEXTS = {"identity.en.md": IDENTITY, "basics.en.md": BASICS}


def read(text=LOST, **texts):
    changed = {f"{name}.en.md": words for name, words in texts.items()}
    return parse_script(text, "lost.en.md", TYPES, {**TEXTS, **changed})


def problems(text=LOST, **texts):
    with pytest.raises(BrokenScript) as broken:
        read(text, **texts)
    return [(one.line, one.text) for one in broken.value.problems]


def line_of(words, text=LOST):
    return next(number for number, line in enumerate(text.split("\n"), 1) if words in line)


def test_a_script_has_the_steps_words_and_fields_of_what_it_uses():
    script = read()
    assert [step.id for step in script.steps] == ["hello", "check/ask", "check/read", "block", "far"]
    assert check_script(script) == ()
    assert [field.name for field in script.fields] == ["birthday"]
    assert script.find_step("check/ask").pauses_recording
    assert [one.id for step in script.steps for one in step.statements] == ["check/read.1", "block.1"]
    assert [(use.id, use.step_id) for use in script.uses] == [("identity", ""), ("basics", "recorded")]
    assert isinstance(script.uses[0], Use)


def test_a_run_goes_through_a_sub_script_and_out_where_the_script_says():
    script = read()
    run = advance(start_run(script), script, TakeOnlyWay())
    assert run.step_id == "check/ask"
    run = advance(advance(run, script, RecordAnswer("birthday", "1990-02-28")), script, TakeChoice("1"))
    run = advance(advance(run, script, AcknowledgeStatement("check/read.1")), script, TakeOnlyWay())
    assert run.step_id == "block"
    assert advance(run, script, GoBack()).step_id == "check/read"
    run = advance(advance(run, script, AcknowledgeStatement("block.1")), script, TakeOnlyWay())
    assert run.step_id == "far"


def test_the_proof_of_a_marked_outcome_goes_through_sub_scripts():
    [(_, words)] = problems(LOST.replace("-> end: not", "-> end: done", 1))
    assert "can be reached without what must be said in" in words
    assert "check/ask → [2] It does not → end: done" in words


def test_a_run_stays_pinned_to_the_words_that_it_began_with():
    source = read().source
    stored = parse_stored(source, "lost.en.md", TYPES)
    assert stored == read()
    assert stored.source == source
    changed = read(identity=IDENTITY.replace("When were you born?", "Your birthday?"))
    assert changed.source != source
    assert "When were you born?" in parse_stored(source, "lost.en.md", TYPES).source


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        (
            "script: identity",
            "script: idenity",
            "script: idenity",
            "There is no file idenity.en.md to take this from. Did",
        ),
        (
            "basics/recorded",
            "basics/recorder",
            "basics/recorder",
            'no question "recorder" in basics.en.md. Did you mean',
        ),
        ("basics/recorded", "identity/ask", "identity/ask", "cannot be used here"),
        ("- [refused] -> end: not\n", "", "script: identity", 'The outcome "refused" of "identity" leads nowhere'),
        ("- [refused]", "- [refuse]", "[refuse]", 'has no outcome "refuse". Did you mean "refused"?'),
        ("- [refused] ->", "- [refused] No ->", "[refused] No", "is written - [outcome] -> step-id"),
        ("-> end: not\n", "-> end: not if has(customer.city)\n", "if has(customer.city)", "no condition stands"),
        ("{{ script: identity }}\n", "> Words\n\n{{ script: identity }}\n", "## check", "put its own words"),
        ("{{ script: identity }}\n", "{{ script: identity\n", "script: identity", "stands on a line of its own"),
    ],
)
def test_what_is_wrong_with_a_use_is_said_at_its_line(old, new, at, words):
    text = LOST.replace(old, new, 1)
    found = problems(text)
    assert any(words in said and line == line_of(at, text) for line, said in found), found


def test_a_field_that_is_declared_in_another_form_is_refused():
    text = LOST.replace("[outcomes.done]", '[fields.birthday]\nlabel = "Day"\ntype = "text"\n[outcomes.done]', 1)
    assert any('brings the field "birthday"' in words for _, words in problems(text))


def test_what_is_broken_in_a_used_file_is_said_with_its_line():
    [(line, words), *_] = problems(identity=IDENTITY.replace("-> end: refused", "-> end: gone"))
    assert line == line_of("script: identity")
    assert "identity.en.md is broken: identity.en.md:" in words
    assert 'no outcome "gone"' in words


def test_a_sub_script_uses_no_sub_script_not_even_itself():
    """So no chain of them is endless."""
    text = IDENTITY.replace(
        "-> end: confirmed", "-> more\n## more: More\n{{ script: identity }}\n\n-> end: confirmed"
    )
    with pytest.raises(BrokenScript, match="takes no sub-script"):
        parse_script(text, "identity.en.md", TYPES, TEXTS)


def test_a_question_has_no_way_on():
    with pytest.raises(BrokenScript, match="it has no way on"):
        parse_script(BASICS + "\n-> end\n", "basics.en.md", TYPES)


# ---- the folder


def write(folder, **texts):
    for name, text in {"lost": LOST, "identity": IDENTITY, "basics": BASICS, **texts}.items():
        (folder / f"{name}.en.md").write_text(text, "utf-8")


def newer(text, old, new):
    return text.replace(old, new).replace("version = 1", "version = 2")


def test_the_library_says_where_a_file_is_used_and_whom_a_change_touches(tmp_path):
    write(tmp_path)
    library = load_scripts(tmp_path, TYPES)
    assert library.problems == ()
    assert [script.id for script in library.scripts] == ["lost"]
    assert [script.id for script in library.shared] == ["basics", "identity"]
    assert [script.id for script in library.list_users("identity")] == ["lost"]
    write(tmp_path, identity=newer(IDENTITY, "When were you born?", "Your birthday?"))
    after = library.reload(TYPES)
    assert after.problems == ()
    assert after.list_touched(library) == {"identity.en.md": ("lost.en.md",)}
    assert "Your birthday?" in repr(after.scripts[0].steps)
    assert "When were you born?" in repr(library.scripts[0].steps)


def test_words_of_a_used_file_do_not_change_without_a_larger_version(tmp_path):
    write(tmp_path)
    library = load_scripts(tmp_path, TYPES)
    write(tmp_path, identity=IDENTITY.replace("When were you born?", "Your birthday?"))
    after = library.reload(TYPES)
    assert any("`version` is still 1" in one.text for one in after.problems)
    assert after.scripts == library.scripts


@pytest.mark.parametrize(
    "half", [IDENTITY[:200], IDENTITY.replace("-> read", "-> gone").replace("version = 1", "version = 2")]
)
def test_while_a_used_file_is_broken_its_last_good_version_is_used(tmp_path, half):
    write(tmp_path)
    library = load_scripts(tmp_path, TYPES)
    write(tmp_path, identity=half)
    after = library.reload(TYPES)
    assert any(one.file == "identity.en.md" for one in after.problems)
    assert after.scripts == library.scripts


def test_a_sub_script_that_was_taken_away_leaves_the_last_good_version_of_its_users(tmp_path):
    write(tmp_path)
    library = load_scripts(tmp_path, TYPES)
    (tmp_path / "identity.en.md").unlink()
    after = library.reload(TYPES)
    said = [str(one) for one in after.problems]
    assert any("There is no file identity.en.md" in one for one in said), said
    assert any("Version 1 stays in use" in one for one in said)
    assert after.scripts == library.scripts


ASKS_LATER = (
    HEAD.format(
        "", "lost", 1, '[derived.trust]\nlabel = "Trust"\ncases = ["high if outcome.check == \'confirmed\'", "low"]\n'
    )
    + """## check: Who
{{ script: identity }}

-> talk

## talk: Talk
> What is it about?

-> decide

## decide: Decide
-> pay if outcome.check == "confirmed"
-> ask

## pay: Pay
> We pay at once: {{ derived.trust | fallback: "no trust" }}.

-> end

## ask: Ask
> Please come to a branch.

-> end

# Example: Confirmed
- check/ask: birthday = 1990-01-02; [1]
- check/read
- talk
- pay
- end
"""
)


def test_a_later_step_asks_with_which_outcome_a_sub_script_ended() -> None:
    script = parse_script(ASKS_LATER, "lost.en.md", TYPES, TEXTS)
    assert not [one for one in check_script(script) if "never taken" in one.text]
    born = RecordAnswer("birthday", "1990-01-02")
    run = start_run(script)
    for action in (born, TakeChoice("2"), TakeOnlyWay()):
        run = advance(run, script, action)
    assert run.step_id == "ask"
    for action in (GoBack(), GoBack(), born, TakeChoice("1"), AcknowledgeStatement("check/read.1")):
        run = advance(run, script, action)
    run = advance(advance(run, script, TakeOnlyWay()), script, TakeOnlyWay())
    assert run.step_id == "pay", "the way that was taken counts, not the one that was gone back from"
    shown = render_current(script, run, {})
    assert shown is not None
    assert "We pay at once: high." in "".join(span.text for span in shown.parts[0].blocks[0].spans)
    stored = parse_stored(script.source, script.file, TYPES)
    assert advance(run, stored, GoBack()).step_id == "talk"


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ('outcome.check == "confirmd"', "its condition holds for nobody"),
        ('outcome.chek == "confirmed"', "outcome.chek"),
        ('outcome.talk == "confirmed"', "outcome.talk"),
    ],
)
def test_an_outcome_that_cannot_be_is_named(odd: str, said: str) -> None:
    with pytest.raises(BrokenScript) as broken:
        parse_script(ASKS_LATER.replace('outcome.check == "confirmed"\n', f"{odd}\n"), "lost.en.md", TYPES, TEXTS)
    assert said in str(broken.value)


def test_no_sentence_says_the_code_of_an_outcome() -> None:
    with pytest.raises(BrokenScript):
        words = ASKS_LATER.replace("derived.trust |", "outcome.check |")
        parse_script(words, "lost.en.md", TYPES, TEXTS)
