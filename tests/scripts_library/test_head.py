"""The head says for whom a script is meant and what it asks; a slip in it is named at its key."""

import pytest

from scripts_library.applies_to import AppliesTo
from scripts_library.conditions import Compare, Operator
from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import Field, FieldType, KeptIn, Option
from scripts_library.script_problems import BrokenScript
from tests.scripts_library.sample_types import TYPES

BODY = "## a: A\n-> end\n"


def test_what_is_left_out_means_any_and_nothing_special(read_script):
    script = read_script(BODY)
    assert (script.applies_to, script.priority, script.when, script.fields) == (AppliesTo(), 0, None, ())


def test_the_head_is_read_whole(read_script):
    script = read_script(
        BODY,
        """
        priority = -3
        when = 'customer.tier == "gold"'
        [applies_to]
        channels = ["phone", "sms"]
        queues = ["cards"]
        tiers = ["gold"]
        segments = ["旅行"]
        """,
    )
    assert script.priority == -3
    assert script.when == Compare("customer.tier", Operator.EQUAL, "gold")
    assert script.applies_to == AppliesTo(("phone", "sms"), ("cards",), ("gold",), ("旅行",))


def test_fields_keep_their_order_type_and_place(read_script, fields):
    script = read_script(BODY, fields)
    assert [field.name for field in script.fields] == ["card_ending", "when_lost", "sum", "reach", "is_abroad"]
    assert script.fields[0] == Field("card_ending", "Last four digits", FieldType.TEXT, is_required=True)
    assert script.fields[3] == Field(
        "reach",
        "Reach the customer by",
        FieldType.CHOICE,
        kept_in=KeptIn.PROFILE,
        options=(Option("sms", "短信"), Option("email", "Email")),
    )


HEAD = """\
+++
id = "card-lost"
version = 1
title = "Card lost"
language = "en"
{}
+++
## a: A
-> end
"""


@pytest.mark.parametrize(
    ("more", "line", "words"),
    [
        ("prioritty = 1", 6, '`prioritty` is not known here. Did you mean "priority"?'),
        ('priority = "high"', 6, "`priority`"),
        ("priority = 5000", 6, "must be at most 1000"),
        ("[applies_to]\ntires = []", 7, '`applies_to.tires` is not known here. Did you mean "tiers"?'),
        ('[applies_to]\ntiers = "gold"', 7, "must be a list"),
        ("[applies_to]\ntiers = [1]", 7, "must be a text in quotes"),
        ("applies_to.chanels = []", 6, 'Did you mean "channels"?'),
        ('when = "customer.tire == 1"', 6, 'Did you mean "customer.tier"?'),
        ("when = ''' '''", 6, "`when`"),
        ('[fields.a]\nlabel = "A"', 6, "`fields.a.type` is missing."),
        ('[fields.a]\nlabel = "A"\ntype = "texts"', 8, "'text', 'choice'"),
        ('[fields.a]\nlabel = "A"\ntype = "choice"', 6, "`a`: a field of type choice needs `options`"),
        ('[fields.a]\nlabel = "A"\ntype = "text"\noptions = {x = "X"}', 6, "takes no `options`"),
        ('[fields.a]\nlabel = "A"\ntype = "text"\nrequired = "yes"', 9, "must be true or false"),
        ('[fields.a]\nlabel = "A"\ntype = "text"\nkept_in = "diary"', 9, "'interaction', 'profile' or 'consent'"),
        ('[fields.a]\nlabel = "A"\ntype = "text"\nwrite_back = "if_empty"', 6, "`write_back` belongs to"),
        ('[fields.A-b]\nlabel = "A"\ntype = "text"', 6, "small letters, digits and underscores"),
        ("id = 'other'", 6, "The head cannot be read"),
        ("oops", 6, "The head cannot be read"),
        ("x = [[[[", 6, "The head cannot be read"),
        (f"x = {'9' * 1900}\ny = {'[' * 1900}", 2, "too many nested brackets"),
        (f'when = "{"x" * 2000}"', 6, "A line of the head has at most"),
        ("\n".join(["# x" * 300] * 20), 2, "A head has at most"),
    ],
)
def test_a_slip_in_the_head_is_named_at_its_line(more, line, words):
    with pytest.raises(BrokenScript) as broken:
        parse_script(HEAD.format(more), "card-lost.en.md", TYPES)
    problems = [(problem.line, problem.text) for problem in broken.value.problems]
    assert any(line == at and words in text for at, text in problems), problems


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ('id = "card-lost"', 'id = "Card Lost"', "like card-lost"),
        ('id = "card-lost"', 'id = "../card"', "like card-lost"),
        ('language = "en"', 'language = "english"', "like en or zh-CN"),
        ("version = 1", "version = 0", "must be at least 1"),
        ("version = 1", 'version = "1"', "must be a whole number"),
        ("version = 1", "version = true", "must be a whole number"),
        ('title = "Card lost"', 'title = "  "', "must not be empty"),
    ],
)
def test_what_a_head_must_have_is_checked_at_its_line(good, bad, words):
    text = HEAD.format("").replace(good, bad)
    with pytest.raises(BrokenScript) as broken:
        parse_script(text, "card-lost.en.md", TYPES)
    [problem] = broken.value.problems
    assert text.split("\n")[problem.line - 1] == bad
    assert words in problem.text


def test_all_that_is_missing_is_said_at_once():
    with pytest.raises(BrokenScript) as broken:
        parse_script("+++\n+++\n", "card-lost.en.md", TYPES)
    assert {problem.text for problem in broken.value.problems} == {
        "`id` is missing.",
        "`version` is missing.",
        "`title` is missing.",
        "`language` is missing.",
    }
