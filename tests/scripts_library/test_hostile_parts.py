"""Hostile actions, derived values, lists, segments and continued runs: refused in no time, and never raised."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts_library.branching import Known
from scripts_library.continuing import continue_run, fits, is_begun, may_continue
from scripts_library.rendering import render_current
from scripts_library.run import (
    RecordAnswer,
    RunError,
    ScriptRun,
    StoredRunError,
    TakeOnlyWay,
    advance,
    run_from_dict,
    run_to_dict,
    start_run,
)
from scripts_library.script_parsing import parse_script
from scripts_library.variables import type_segments
from tests.scripts_library.sample_types import TYPES
from tests.scripts_library.test_hostile import HEAD, read

BODY = "\n## a: A\n> Hello.\n\n-> end\n"
MARKUP = "<script>alert(1)</script>"


def action(name: str, rest: str) -> str:
    return f"[actions.{name}]\nlabel = 'A'\n{rest}\n"


@pytest.mark.parametrize(
    "head",
    [
        "".join(action(f"n{n}", "do = 'resume_recording'") for n in range(400)),
        action("a", "do = 'erase'"),
        action("a", "do = 'text'\ntext = '" + "{{" * 900 + "'"),
        action("a", "do = 'text'\ntext = '" + "{{ customer.name | fallback: " * 60 + "'"),
        action("a", "do = 'text'\ntext = '" + "**" * 900 + "'"),
        action("a", "do = 'text'\ntext = '" + "*" * 1_900 + "'"),
        action("a", "do = 'text'\ntext = '   '"),
        action("a", "do = 'mail'\ntext = 'x'\nsubject = '" + "x" * 201 + "'"),
        action("a", "do = 'mail'\ntext = 'x'\nsubject = '" + "{{ answer.x }}" * 14 + "'"),
        action("a", "do = 'mail'\nsubject = 'x'"),
        action("a", "do = 'mark'\nmark = '=cmd()'"),
        action("a", "do = 'mark'\nmark = '" + "ａ" * 30 + "'"),
        action("a", "do = 'mark'\nmark = '" + "a" * 1_900 + "'"),
        action("a", "do = 'mark'"),
        action("a", "do = 'tier'\ntier = 'gold'\ndays = 91\nwhy = 'x'"),
        action("a", "do = 'tier'\ntier = 'gold'\ndays = -1\nwhy = 'x'"),
        action("a", "do = 'tier'\ntier = 'gold'\ndays = 1e300\nwhy = 'x'"),
        action("a", "do = 'tier'\ntier = 'gold'\ndays = 1"),
        action("a", "do = 'start_recording'\nmark = 'x'"),
        action("a" * 1_900, "do = 'mark'\nmark = 'x'"),
        "actions = 3",
        "[actions]\na = []",
        "continue_hours = 0",
        "continue_hours = 8761",
        "continue_hours = -1",
        "continue_hours = nan",
        "continue_hours = '72'",
        "continue_hours = " + "9" * 1_900,
        "\n".join(f"[derived.n{n}]\nlabel='x'\ncases=['x']" for n in range(400)),
        "[derived.a]\nlabel='x'\ncases=[" + ",".join(["'x'"] * 400) + "]",
        "[derived.a]\nlabel='x'\ncases=['x if " + "(" * 900 + "']",
        "[derived.a]\nlabel='x'\ncases=['x if " + "!" * 900 + "']",
        "[derived.a]\nlabel='x'\ncases=['x if derived.a == \"x\"', 'y']",
        "[derived.a]\nlabel='x'\ncases=['" + "x" * 900 + "']",
        "[derived.a]\nlabel='x'\ncases=['\u202e" + "if " * 300 + "']",
        "[fields.a]\nlabel='x'\ntype='choice'\noptions_from='customer.city'\noptions={a='A'}",
        "[fields.a]\nlabel='x'\ntype='choice'\noptions_from='" + "customer." * 200 + "'\noptions={a='A'}",
        "[fields.a]\nlabel='x'\ntype='text'\noptions_from='customer.products'",
        "[fields.a]\nlabel='x'\ntype='choice'\noptions_from='customer.products_of_accounts'\noptions={a='A'}",
        "when = 'in_segment(\"" + "a" * 1_900 + "\")'",
        "when = '" + "in_segment(" * 150 + "'",
        "when = 'in_segment(\"\u202eloyal\")'",
        "when = 'in_segment(loyal)'",
        "when = 'segment.loyal == true'",
        "[fields.a]\nlabel='x'\ntype='yes_no'\nkept_in='consent'\npurpose='marketing'\nwrite_back='if_empty'",
        "[scores.a]\nlabel='x'\n[scores.a.points]\n" + "\n".join(f"n{n} = {{ a = 1 }}" for n in range(200)),
    ],
)
def test_a_hostile_part_is_refused_in_no_time(head: str) -> None:
    assert read(HEAD.format(head) + BODY) is None


@pytest.mark.parametrize(
    "body",
    [
        "## a: A\n" + "{{ action: x }}\n" * 3_000 + "-> end",
        "## a: A\n" + "- [1] x -> end if in_segment('loyal')\n" * 1_500 + "-> end",
        "## a: A\n" + "\n".join(f"-> end if in_segment('n{n}')" for n in range(1_500)) + "\n-> end",
        "## a: A\n-> end if in_segment('" + "a" * 3_900 + "')\n-> end",
        "## a: A\n> Hi\n\n-> end\n\n# Example: X\nGiven: " + "in_segment('loyal') = yes; " * 140 + "\n- a\n- end",
        "## a: A\n> Hi\n\n-> end\n\n# Example: X\nGiven: in_segment( = yes\n- a\n- end",
    ],
)
def test_hostile_steps_of_these_parts_are_refused_in_no_time(body: str) -> None:
    assert read(HEAD.format("") + body + "\n") is None


@pytest.mark.parametrize("text", ["- x\\n" * 200, "\u202e" * 900, "# a " * 400, "=1+1 " * 300])
def test_odd_words_of_an_action_stay_words(text: str) -> None:
    script = read(HEAD.format(action("a", f"do = 'text'\ntext = '{text}'")) + BODY)
    assert script is not None and script.actions[0].words


def test_a_script_with_as_many_of_each_as_may_be_is_read_in_no_time() -> None:
    head = "continue_hours = 8760\n"
    head += "".join(action(f"n{n}", f"do = 'mark'\nmark = 'm{n}'") for n in range(20))
    head += "\n".join(
        f"[derived.d{n}]\nlabel='x'\ncases=['x if in_segment(\"loyal\") && answer.f == \"a\"', 'y']\n"
        for n in range(20)
    )
    head += "[fields.f]\nlabel='x'\ntype='choice'\noptions_from='customer.accounts'\noptions={a='A'}\n"
    body = "\n## a: A\n{{ field: f }}\n" + "".join(f"{{{{ action: n{n} }}}}\n" for n in range(20)) + "\n-> end\n"
    types = {**TYPES, **type_segments(["loyal"]), "customer.accounts": TYPES["customer.products"]}
    script = parse_script(HEAD.format(head) + body, "a.en.md", types)
    assert (len(script.actions), len(script.derived)) == (20, 20)


# ---- whatever the profile holds --------------------------------------------------------------------------

SCRIPT = parse_script(
    HEAD.format(
        "[fields.account]\nlabel='Which'\ntype='choice'\noptions_from='customer.accounts'\noptions={other='Other'}\n"
        "[derived.kind]\nlabel='Kind'\ncases=['card if product.account == \"Visa\"', 'none']\n"
        + action("form", "do = 'mail'\nsubject = 'To {{ customer.name | fallback: \"you\" }}'\ntext = '''Hi'''")
    )
    + "\n## a: A\n> {{ product.account | fallback: 'it' }} {{ derived.kind | fallback: '' }}\n\n"
    "{{ field: account }}\n{{ action: form }}\n\n-> b if in_segment('loyal')\n-> b\n\n"
    "## b: B\n> Bye {{ answer.account | fallback: '' }}\n\n-> end\n",
    "a.en.md",
    {**TYPES, **type_segments(["loyal"]), "customer.accounts": TYPES["customer.products"]},
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=40),
    st.just(MARKUP),
    st.lists(st.text(max_size=9), max_size=60).map(tuple),
    st.lists(st.integers(), max_size=3).map(tuple),
)
NAMES = ("customer.accounts", "customer.products_of_accounts", "customer.name", "segment.loyal")


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES)), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_rendering_and_going_on_never_raise_whatever_the_profile_holds(variables, answer) -> None:
    known = Known({name: value for name, value in variables.items() if value is not None})
    run = start_run(SCRIPT, known)
    accounts = variables["customer.accounts"]
    for text in (answer, accounts[0] if isinstance(accounts, tuple) and accounts else "other"):
        try:
            run = advance(run, SCRIPT, RecordAnswer("account", str(text)), known)
        except RunError:
            continue
        assert render_current(SCRIPT, run, known.variables, known) is not None
    run = advance(run, SCRIPT, TakeOnlyWay(), known)
    assert render_current(SCRIPT, run, known.variables, known) is not None
    later = continue_run(run, SCRIPT, SCRIPT, "i1", 1, Known())[1]  # what was held then may be gone now
    assert render_current(SCRIPT, later, {}, Known()) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"step_id": "nowhere"},
        {"path": [{"step_id": "gone", "choice": "1"}]},
        {"path": [{"step_id": "a", "choice": "9"}] * 500},
        {"given": {"a": {"gone": "x"}}},
        {"given": {"a": {"account": "\u0000"}}},
        {"acknowledged": ["a.7"]},
        {"language": "xx"},
        {"script_id": "other"},
        {"stepped_at": 2**62},
    ],
)
def test_a_stored_run_that_fits_nothing_is_not_raised(change) -> None:
    run = run_from_dict({**run_to_dict(start_run(SCRIPT)), **change})
    assert is_begun(run) in (True, False)
    assert may_continue(run, SCRIPT, 10**15) is False
    assert fits(run, SCRIPT, SCRIPT, Known()) in (True, False)


@pytest.mark.parametrize("data", [None, [], {"step_id": 3}, {"script_id": "a", "path": "x"}, "\ud800"])
def test_what_is_no_run_is_refused_by_name(data) -> None:
    with pytest.raises(StoredRunError):
        run_from_dict(data)


def test_a_run_stays_a_value() -> None:
    run = start_run(SCRIPT)
    assert isinstance(run, ScriptRun)
    assert run_from_dict(run_to_dict(run)) == run
