"""Light Markdown: bold, italic, lists. Everything else is text, and stays text."""

import pytest

from scripts_library.prose import SourceLine, parse_blocks, parse_spans
from scripts_library.script_parts import ItemList, Paragraph, Span


def spans(text):
    problems = []
    lines = [SourceLine(number, line) for number, line in enumerate(text.split("\n"), 1)]
    found = parse_spans(lines, {"customer.name"}, lambda line, words, column: problems.append((line, words)))
    return found, problems


def blocks(text):
    return parse_blocks(
        [SourceLine(number, line) for number, line in enumerate(text.split("\n"), 1)],
        set(),
        lambda line, words, column: None,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [Span("plain")]),
        ("a **b** c", [Span("a "), Span("b", is_bold=True), Span(" c")]),
        ("**利率不变**。", [Span("利率不变", is_bold=True), Span("。")]),
        ("*a*b", [Span("a", is_italic=True), Span("b")]),
        (
            "***a** b*",
            [Span("a", is_bold=True, is_italic=True), Span(" b", is_italic=True)],
        ),
        ("3 * 4", [Span("3 * 4")]),
        (r"\*a\* \{{ \\", [Span(r"*a* {{ \ ".rstrip())]),
        (r"C:\cards", [Span(r"C:\cards")]),
        ("<b onclick=alert(1)>x</b> & _y_", [Span("<b onclick=alert(1)>x</b> & _y_")]),
        ("[a](javascript:x)", [Span("[a](javascript:x)")]),
        (
            '**Dear {{ customer.name | fallback: "you" }}**',
            [Span("Dear ", is_bold=True), Span("you", is_bold=True, variable="customer.name")],
        ),
        ('{{customer.name|fallback:"*a*"}}', [Span("*a*", variable="customer.name")]),
    ],
)
def test_text_in_its_styles(text, expected):
    found, problems = spans(text)
    assert (list(found), problems) == (expected, [])


def test_lines_flow_together_with_a_space_in_english_and_without_one_in_chinese():
    assert spans("one\ntwo")[0] == (Span("one two"),)
    assert spans("您好，\n请问")[0] == (Span("您好，请问"),)
    assert spans("您好，\nAda")[0] == (Span("您好，Ada"),)


def test_a_style_may_run_over_a_line_and_a_slip_is_named_at_its_own_line():
    assert spans("a **b\nc** d")[0] == (Span("a "), Span("b c", is_bold=True), Span(" d"))
    assert [line for line, _ in spans("a\nb *c\nd")[1]] == [2]
    assert [line for line, _ in spans("a\n您好\n{{ x }} }}")[1]] == [3, 3]


def test_paragraphs_and_lists():
    assert blocks("a\nb\n\nc\n- d\n  e\n- f\n1. g\n2. h\ni") == (
        Paragraph((Span("a b"),)),
        Paragraph((Span("c"),)),
        ItemList(((Span("d e"),), (Span("f"),))),
        ItemList(((Span("g"),), (Span("h"),)), is_numbered=True),
        Paragraph((Span("i"),)),
    )
    assert blocks("\n  \n") == ()
    assert blocks("2.5 percent") == (Paragraph((Span("2.5 percent"),)),)
