"""A script file says what its author meant, and every slip is named with its line."""

import pytest

from scripts_library.body_parsing import MAX_LINE, MAX_PARTS, MAX_STEPS
from scripts_library.script_parsing import MAX_TEXT, parse_script, parse_stored
from scripts_library.script_parts import (
    Ask,
    Choice,
    Guidance,
    ItemList,
    MustSay,
    Paragraph,
    Place,
    Prompt,
    Span,
    Step,
    Way,
)
from scripts_library.script_problems import BrokenScript
from scripts_library.variables import VariableType
from tests.scripts_library.sample_types import TYPES

WHOLE = """
## ask: Who is asking

Check **two** of these:
- date of birth
- last payment

> Thank you, {{ customer.name | fallback: "and do not worry" }}.
> Is the card yours?

{{ field: card_ending }}

!> The old card stays blocked.

- [1] Yes -> done
- [2] No -> ask

## done: Done

-> end
"""


def test_a_script_reads_as_steps_with_parts_in_their_order(read_script, fields):
    script = read_script(WHOLE, fields)

    ask, done = script.steps
    assert (ask.id, ask.title) == ("ask", "Who is asking")
    assert [type(part) for part in ask.parts] == [Guidance, Prompt, Ask, MustSay]
    guidance, prompt, card_ending, statement = ask.parts
    assert guidance.blocks == (
        Paragraph((Span("Check "), Span("two", is_bold=True), Span(" of these:"))),
        ItemList(((Span("date of birth"),), (Span("last payment"),))),
    )
    assert prompt.blocks == (
        Paragraph(
            (Span("Thank you, "), Span("and do not worry", variable="customer.name"), Span(". Is the card yours?"))
        ),
    )
    assert card_ending.field.name == "card_ending"
    assert statement == MustSay("ask.1", (Paragraph((Span("The old card stays blocked."),)),))
    assert ask.choices == (Choice("1", (Span("Yes"),), "done"), Choice("2", (Span("No"),), "ask"))
    assert ([way.target for way in ask.exits], [way.target for way in done.exits]) == ([], ["end"])


def test_a_step_knows_its_line_in_the_file(read_script):
    script = read_script("\n## ask: Ask\n-> end\n")
    assert script.source.split("\n")[script.steps[0].line - 1] == "## ask: Ask"


def test_the_source_of_a_script_gives_the_same_script_again(read_script, fields):
    script = read_script(WHOLE, fields)
    assert parse_script(script.source, script.file, TYPES) == script


def test_a_stored_text_goes_on_when_the_policy_has_its_attribute_no_more(write_script):
    text = write_script(
        '## a: A\n> {{ customer.height | fallback: "…" }}\n\n-> end\n', "when = 'customer.height > 3'"
    )
    with pytest.raises(BrokenScript, match=r'character 1: "customer\.height" is not known'):
        parse_script(text, "card-lost.en.md", TYPES)
    with pytest.raises(BrokenScript, match=r'md:9:3: "customer\.height" is not a variable that a script may use'):
        parse_script(text.replace("when", "# when"), "card-lost.en.md", TYPES)
    whole = parse_script(text, "card-lost.en.md", {**TYPES, "customer.height": VariableType.NUMBER})
    stored = parse_stored(text, "card-lost.en.md", TYPES)
    assert stored == whole
    assert (stored.when, list(whole.types)) == (None, ["customer.height"])
    with pytest.raises(BrokenScript, match=r"agent\.height"):
        parse_stored(text.replace("customer.height |", "agent.height |"), "card-lost.en.md", TYPES)


def test_yes_or_no_has_no_place_in_a_sentence(problems_of):
    [(_, words)] = problems_of('## a: A\n> {{ customer.is_staff | fallback: "…" }}\n\n-> end')
    assert "customer.is_staff" in words


def test_a_blank_line_divides_prompts_and_an_empty_quote_divides_paragraphs(read_script):
    [step] = read_script("## a: A\n> one\n>\n> two\n\n> three\n-> end").steps
    assert [len(part.blocks) for part in step.parts] == [2, 1]


def test_statements_of_a_step_are_numbered(read_script):
    [step] = read_script("## a: A\n!> one\n\n!> two\n-> end").steps
    assert [statement.id for statement in step.statements] == ["a.1", "a.2"]


def test_a_choice_may_hold_a_placeholder_and_an_arrow(read_script):
    body = '## a: A\n- [9] To {{ customer.city | fallback: "town" }} -> now -> end'
    [choice] = read_script(body).steps[0].choices
    assert choice == Choice("9", (Span("To "), Span("town", variable="customer.city"), Span(" -> now")), "end")


def test_the_colon_and_the_arrow_of_a_chinese_keyboard_are_understood(read_script):
    script = read_script("## a：冻结卡片\n- [1] 好的 → b\n## b：结束\n→ end")
    assert [step.title for step in script.steps] == ["冻结卡片", "结束"]
    assert script.steps[0].targets == ("b",)


def test_files_from_windows_editors_are_understood(write_script):
    text = "\ufeff" + write_script("## a: A\n> Hello\n-> end\n").replace("\n", "\r\n")
    [step] = parse_script(text, "card-lost.en.md", TYPES).steps
    assert step == Step(
        "a", "A", (Prompt((Paragraph((Span("Hello"),)),)),), exits=(Way("", "end", "", Place(10, 4)),), line=8
    )


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("Hello\n## a: A\n-> end", 1, "before the first step"),
        ("\n", 2, "There is no step"),
        ("# a: A\n-> end", 1, "A step begins with ## step-id: Title"),
        ("### a: A\n-> end", 1, "A step begins with ## step-id: Title"),
        ("## Ask: A\n-> end", 1, "small letters"),
        ("## a\n-> end", 1, "A step begins with ## step-id: Title"),
        ("## end: The end\n-> end", 1, "no step can have this id"),
        ("## a: A\n-> end\n## a: B\n-> end", 3, 'There is a step "a" already'),
        ("## a: A\n- [1] Yes\n-> end", 2, "A choice is written - [1] Label -> step-id"),
        ("## a: A\n- [1] -> end", 2, "A choice is written"),
        ("## a: A\n- [1 Yes -> end", 2, "A choice is written"),
        ("## a: A\n- [10] Yes -> end", 2, "a key from 1 to 9"),
        ("## a: A\n- [x] Yes -> end", 2, "a key from 1 to 9"),
        ("## a: A\n- [1] Yes -> end\n- [1] No -> end", 3, "There is a choice [1] already"),
        ("## a: A\n- [1] Yes -> end\n-> end", 3, "either choices or one way on"),
        ("## a: A\n-> end\n- [1] Yes -> end", 3, "either choices or one way on"),
        ("## a: A\n-> end\n-> end", 3, "so this one is never taken"),
        ("## a: A\n-> next step", 2, "the id of a step"),
        ("## a: A\n->", 2, "the id of a step"),
        ("## a: A\n>\n-> end", 2, "There are no words"),
        ("## a: A\n!>\n-> end", 2, "There are no words"),
        ("## a: A\n{{ field: card_endign }}\n-> end", 2, 'no field "card_endign". Did you mean "card_ending"?'),
        ("## a: A\n{{ field: sum }} please\n-> end", 2, "A field stands on a line of its own"),
        ("## a: A\nPlease {{ field: sum }}\n-> end", 2, "A field stands on a line of its own"),
        ("## a: A\n{{ field: sum }}\n{{ field: sum }}\n-> end", 3, 'asks for "sum" already'),
        ("## a: A\n> one\n> {{ customer.name }}\n-> end", 3, "has no fallback"),
        ('## a: A\n> one\n> {{ customer.iban | fallback: "" }}\n-> end', 3, "not a variable"),
        ('## a: A\n- [1] {{ x | fallback: "" }} -> end', 2, "not a variable"),
        ('## a: A\n> {{ answer.is_abroad | fallback: "" }}\n-> end', 2, "not a variable"),
        ("## a: A\n> **one\n> two\n-> end", 2, '"**" begins here and does not end'),
        ("## a: A\n> {% if x %}\n-> end", 2, '"{%" has no meaning'),
        ("## a: A\n-> b", 2, 'leads to "b", which does not exist'),
        ("## a: A\nHello", 1, "leads nowhere"),
        (f"## a: A\n{'x' * (MAX_LINE + 1)}\n-> end", 2, "A line has at most"),
        ("## a: A\n" + "> x\n\n" * (MAX_PARTS + 1) + "-> end", 2 * MAX_PARTS + 2, "make it two steps"),
        ("".join(f"## a{n}: A\n-> end\n" for n in range(MAX_STEPS + 1)), 2 * MAX_STEPS + 1, "at most 250 steps"),
    ],
)
def test_a_slip_in_the_body_is_named_with_its_line(problems_of, fields, body, line, words):
    problems = problems_of(body, fields)
    assert any(line == at and words in text for at, text in problems), problems


def test_all_slips_are_named_at_once_in_the_order_of_the_file(problems_of):
    body = "## a: A\n> {{ customer.name }}\n{{ field: x }}\n- [1] Yes\n-> end"
    assert [line for line, _ in problems_of(body)] == [2, 3, 4]


def test_a_problem_reads_as_file_line_column_and_words(write_script):
    with pytest.raises(BrokenScript) as broken:
        parse_script(write_script("## a: A\n- [1] Yes -> b\n"), "card-lost.en.md", TYPES)
    assert str(broken.value) == 'card-lost.en.md:9:14: Step "a" leads to "b", which does not exist.'


def test_a_file_without_a_head_or_beyond_all_size_is_refused():
    for text, words in (
        ("", "A script begins with a head"),
        ("## a: A\n-> end", "A script begins with a head"),
        ('+++\nid = "a"\n', "The head does not end"),
        ("x" * (MAX_TEXT + 1), "A script has at most"),
    ):
        with pytest.raises(BrokenScript, match=words):
            parse_script(text, "a.en.md", TYPES)


def test_the_head_names_the_steps_that_no_recording_may_hold(read_script):
    steps = read_script("## a: A\n-> b\n## b: B\n-> end", 'pause_recording = ["b"]').steps
    assert [step.pauses_recording for step in steps] == [False, True]


def test_a_step_that_the_head_names_and_the_body_lacks_is_a_mistake(read_script):
    with pytest.raises(BrokenScript) as caught:
        read_script("## card: A\n-> end", 'pause_recording = ["cards"]')
    [problem] = caught.value.problems
    assert problem.text.startswith("`pause_recording`: there is no step ")
