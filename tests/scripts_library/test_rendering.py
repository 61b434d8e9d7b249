"""A step is filled with what is known, and nothing that is known can become anything but text."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts_library.rendering import MAX_SHOWN, fill_step, render_current
from scripts_library.run import (
    AcknowledgeStatement,
    GoBack,
    RecordAnswer,
    TakeChoice,
    TakeOnlyWay,
    advance,
    start_run,
)
from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import Guidance, ItemList, MustSay, Paragraph, Prompt, Span
from scripts_library.variables import PURPOSE, VariableType
from tests.scripts_library.sample_types import TYPES

BODY = """
## ask: Ask
Since {{ customer.since_year | fallback: "ever" }}.
- {{ customer.products | fallback: "none" }}

> **Hello {{ customer.name | fallback: "there" }}**

!> {{ organisation.name | fallback: "We" }} says so.

{{ field: card_ending }}
{{ field: sum }}
{{ field: reach }}
- [1] To {{ customer.city | fallback: "town" }} -> done
## done: Done
> {{ answer.card_ending | fallback: "?" }}, {{ answer.sum | fallback: "?" }}, {{ answer.reach | fallback: "?" }}
-> end
"""


def words(blocks):
    rows = [[block.spans] if isinstance(block, Paragraph) else block.items for block in blocks]
    return ["".join(span.text for span in row) for group in rows for row in group]


def test_variables_fill_every_part_and_keep_its_style(read_script, fields):
    step = read_script(BODY, fields).steps[0]
    variables = {
        "customer.since_year": 2011,
        "customer.products": ("Current", "Visa"),
        "customer.name": "Pia Lindqvist",
        "customer.city": "Uppsala",
        "organisation.name": "Nordbanken",
    }
    guidance, prompt, statement, *asks = fill_step(step, variables, "en").parts
    assert isinstance(guidance, Guidance)
    assert words(guidance.blocks) == ["Since 2011.", "Current, Visa"]
    assert prompt == Prompt(
        (Paragraph((Span("Hello ", is_bold=True), Span("Pia Lindqvist", is_bold=True, variable="customer.name"))),)
    )
    assert isinstance(statement, MustSay)
    assert words(statement.blocks) == ["Nordbanken says so."]
    assert [ask.field.name for ask in asks] == ["card_ending", "sum", "reach"]
    assert "".join(span.text for span in fill_step(step, variables, "en").choices[0].label) == "To Uppsala"


def test_what_is_not_known_falls_back(read_script, fields):
    step = read_script(BODY, fields).steps[0]
    guidance, prompt, *_ = fill_step(step, {"customer.name": " ", "customer.since_year": Decimal("NaN")}, "en").parts
    assert words(guidance.blocks) == ["Since ever.", "none"]
    assert words(prompt.blocks) == ["Hello there"]


def test_lists_are_joined_as_the_language_does(read_script, fields):
    step = read_script(BODY, fields).steps[0]
    [guidance, *_] = fill_step(step, {"customer.products": ("活期", "定期")}, "zh-CN").parts
    assert words(guidance.blocks)[1] == "活期、定期"


def test_an_empty_fallback_leaves_no_empty_span(read_script):
    [step] = read_script('## a: A\n> Hello{{ customer.name | fallback: "" }}!\n-> end').steps
    assert fill_step(step, {}, "en").parts == (Prompt((Paragraph((Span("Hello"), Span("!"))),)),)


def test_answers_read_as_words_in_later_steps(read_script, fields):
    script = read_script(BODY, fields)
    run = start_run(script)
    for name, text in (("card_ending", "4471"), ("sum", "1234.5"), ("reach", "sms")):
        run = advance(run, script, RecordAnswer(name, text))
    for action in (AcknowledgeStatement("ask.1"), TakeChoice("1"), TakeOnlyWay()):
        run = advance(run, script, action)
    assert render_current(script, run, {}) is None
    run = advance(run, script, GoBack())
    step = render_current(script, run, {})
    assert step is not None
    assert words(step.parts[0].blocks) == ["4471, 1,234.50, 短信"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ('**bold** {{ customer.city | fallback: "x" }}', '**bold** {{ customer.city | fallback: "x" }}'),
        ("Pia\n-> end\x07\u202eX", "Pia -> end X"),
        ("长" * 500, "长" * MAX_SHOWN + "…"),
        ("\u200b\x00", "there"),
        ("می\u200cخواهم 👩‍💻", "می\u200cخواهم 👩‍💻"),
    ],
)
def test_a_profile_says_nothing_but_text(read_script, fields, name, shown):
    step = read_script(BODY, fields).steps[0]
    _, prompt, *_ = fill_step(step, {"customer.name": name}, "en").parts
    assert prompt.blocks[0].spans[1] == Span(shown, is_bold=True, variable="customer.name")


SHOWN = [name for name, kind in TYPES.items() if kind is not VariableType.YES_NO and name != PURPOSE]
VALUES = st.text() | st.integers() | st.booleans() | st.decimals() | st.lists(st.text()).map(tuple) | st.none()
ALL = "## a: A\n" + "".join(f'{{{{ {name} | fallback: "…" }}}}\n\n' for name in SHOWN) + "-> end"
HEAD = '+++\nid = "a"\nversion = 1\ntitle = "A"\nlanguage = "zh-CN"\n+++\n'
ALL_VARIABLES = parse_script(HEAD + ALL, "a.zh-CN.md", TYPES).steps[0]


@given(st.dictionaries(st.sampled_from(sorted(SHOWN)), VALUES))
def test_whatever_the_profile_holds_each_variable_is_one_short_line_of_text(variables):
    [guidance] = fill_step(ALL_VARIABLES, variables, "zh-CN").parts
    assert isinstance(guidance, Guidance)
    assert len(guidance.blocks) == len(SHOWN)
    for block in guidance.blocks:
        assert not isinstance(block, ItemList)
        [span] = block.spans
        assert 0 < len(span.text) <= MAX_SHOWN + 1
        assert "\n" not in span.text
        if variables.get(span.variable) is None or isinstance(variables[span.variable], bool):
            assert span.text == "…"


def test_a_number_a_date_and_a_list_are_words_in_the_sentence():
    known = {"customer.since_year": Decimal("2009.0000"), "customer.birthday": date(1971, 5, 7)}
    known["customer.products"] = ("卡", "Loan")
    [guidance] = fill_step(ALL_VARIABLES, known, "zh-CN").parts
    shown = {span.variable: span.text for block in guidance.blocks for span in block.spans}
    assert [shown[name] for name in known] == ["2009", "1971-05-07", "卡、Loan"]
