"""What would leave an agent stuck is an error; what is merely odd is a warning."""

from dataclasses import replace

import pytest

from scripts_library.checks import check_names, check_script, check_translations
from scripts_library.script_parsing import parse_script
from scripts_library.script_problems import Severity
from tests.scripts_library.sample_types import TYPES

TWO_STEPS = "## a: A\n{{ field: card_ending }}\n- [1] Yes -> b\n- [2] No -> end\n\n## b: B\n!> So it is.\n\n-> end\n"


def words(problems):
    return [problem.text for problem in problems]


STUCK = [
    ("## a: A\n-> dnoe\n## done: D\n-> end", 2, 'leads to "dnoe", which does not exist. Did you mean "done"?'),
    ("## a: A\n- [1] A -> edn\n- [2] B -> end", 2, 'leads to "edn", which does not exist. Did you mean "end"?'),
    ("## a: A\n-> b\n## b: B\nText", 3, "leads nowhere: give it choices, or -> and a step, or -> end."),
    ("## a: A\n- [1] A -> end\n- [2] B -> b\n## b: B\n-> c\n## c: C\n-> b", 4, "has no way to the end"),
    ("## a: A\n- [1] A -> end\n- [2] B -> b\n## b: B\n-> c\n## c: C\n-> b", 6, "give its loop a way out."),
    ("## a: A\n-> end\n## b: B\n-> end", 3, "is never reached: no way leads to it."),
    ("## a: A\n- [1] Yes -> end\n- [2]  yes -> end", 3, "Choice [2] says the same as [1]"),
]


@pytest.mark.parametrize(("body", "line", "words"), STUCK)
def test_what_leaves_an_agent_stuck_makes_a_file_broken(problems_of, body, line, words):
    problems = problems_of(body)
    assert any(line == at and words in text for at, text in problems), problems


def test_a_loop_with_a_way_out_is_fine(read_script):
    script = read_script("## a: A\n- [1] Again -> a\n- [2] On -> b\n## b: B\n- [1] Back -> a\n- [2] Done -> end")
    assert check_script(script) == ()


def test_a_field_that_is_never_asked_is_warned_of_where_it_stands(read_script):
    script = read_script("## a: A\n-> end", '[fields.sum]\nlabel = "Sum"\ntype = "amount"')
    [problem] = check_script(script)
    assert (problem.severity, problem.line, problem.column) == (Severity.WARNING, 6, 1)
    assert problem.text == 'The field "sum" is never asked: write {{ field: sum }} in a step.'


def test_translations_alike_are_fine_whatever_their_words(read_script, fields):
    english = read_script(TWO_STEPS, fields)
    chinese_fields = fields.replace("Last four digits", "卡号后四位").replace('"Email"', '"电子邮件"')
    chinese_body = TWO_STEPS.replace("So it is", "就是这样").replace("\n\n", "\n\n一句指引。\n\n")
    chinese = read_script(chinese_body, chinese_fields, language="zh-CN")
    assert check_translations([chinese, english]) == ()


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("version = 1", "version = 2", "`version` is not the same as in card-lost.en.md."),
        ("required = true", "required = false", "`fields` is not the same"),
        ("sms = ", "letter = ", "`fields` is not the same"),
        ("language", "priority = 4\nlanguage", "`priority` is not the same"),
        ("language", "when = 'has(customer.city)'\nlanguage", "`when` is not the same"),
        ("language", 'applies_to.tiers = ["gold"]\nlanguage', "`applies_to` is not the same"),
        ("## b: B", "## c: C\n-> b\n## b: B", "`steps` is not the same"),
        (
            "[2] No -> end",
            "[3] No -> end",
            'Step "a" has other choices, fields or statements than in card-lost.en.md.',
        ),
        ("[2] No -> end", "[2] No -> b", 'Step "a" has other choices, fields or statements'),
        ("!> So it is.", "> So it is.", 'Step "b" has other choices, fields or statements'),
        ("{{ field: card_ending }}", "", 'Step "a" has other choices, fields or statements'),
    ],
)
def test_a_translation_that_differs_in_more_than_words_is_warned_of(
    write_script, read_script, fields, old, new, text
):
    english = read_script(TWO_STEPS, fields)
    source = write_script(TWO_STEPS, fields, language="zh-CN").replace(old, new, 1)
    if "## c" in new:
        source = source.replace("Yes -> b", "Yes -> c")
    chinese = parse_script(source, "card-lost.zh-CN.md", TYPES)
    problems = check_translations([english, chinese])
    assert {(problem.file, problem.severity) for problem in problems} == {("card-lost.zh-CN.md", Severity.WARNING)}
    assert any(text in problem.text for problem in problems), problems


def test_a_missing_translation_is_warned_of(read_script):
    body = "## a: A\n-> end"
    scripts = [read_script(body), read_script(body, script_id="greeting", language="zh-CN")]
    assert [(problem.file, problem.text) for problem in check_translations(scripts)] == [
        ("card-lost.en.md", '"card-lost" is missing in zh-CN.'),
        ("greeting.zh-CN.md", '"greeting" is missing in en.'),
    ]


def test_names_that_the_policy_does_not_have_are_warned_of(read_script):
    script = read_script("## a: A\n-> end", '[applies_to]\nqueues = ["crads"]\ntiers = ["gold"]\nchannels = ["fax"]')
    problems = check_names([script], ["phone", "sms"], ["cards", "deposits"], ["gold"])
    assert words(problems) == ['There is no channel "fax".', 'There is no queue "crads". Did you mean "cards"?']
    assert check_names([replace(script, applies_to=type(script.applies_to)())], [], [], []) == ()
