"""Authors are told where it matters that a variable is not known."""

from dataclasses import replace

import pytest
from hypothesis import given

from scripts_library.checks import check_unknowns
from scripts_library.condition_parsing import parse_condition
from scripts_library.conditions import Contains, Facts, Has, combine, evaluate, list_leaves
from scripts_library.script_parsing import parse_script
from scripts_library.unknown_answers import find_undecided
from scripts_library.variables import VariableType
from tests.scripts_library.sample_types import TYPES as SAMPLE
from tests.scripts_library.test_conditions import KNOWN, TREES

TYPES = {**SAMPLE, "customer.birthday": VariableType.DATE}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('customer.city == "Uppsala"', ()),
        ('customer.city != "Uppsala"', ()),
        ('!(customer.city == "Uppsala")', ("customer.city",)),
        ('!(has(customer.city) && customer.city == "Uppsala")', ()),
        ('!has(customer.city) || customer.city != "Uppsala"', ()),
        ('!(customer.city == "Uppsala") && has(customer.city)', ()),
        ('!(customer.city == "Uppsala" || customer.since_year > 2000)', ("customer.city", "customer.since_year")),
        ('!(customer.city == "Uppsala" && customer.since_year > 2000)', ("customer.city", "customer.since_year")),
        ('!!(customer.city == "Uppsala")', ()),
        ('!("staff" in customer.segments)', ()),
        ('!(count("visit") > 3)', ()),
        ('!(days_since(last("visit")) > 3)', ("last of visit",)),
        ('!(customer.birthday > date("2000-01-01"))', ("customer.birthday",)),
    ],
)
def test_a_condition_that_says_not_of_something_unknown_is_named(text, names):
    assert find_undecided(parse_condition(text, TYPES, ("visit",))) == names


def read_two_valued(condition, variables):
    """What is not known is false."""
    return combine(condition, lambda leaf: evaluate(leaf, Facts(variables), TYPES) is True)


@given(TREES, KNOWN)
def test_nobody_is_missed_whose_answer_is_another_one(tree, variables):
    if read_two_valued(tree, variables) and evaluate(tree, Facts(variables), TYPES) is not True:
        unknown = find_undecided(tree)
        assert unknown
        names = {leaf.operand for leaf in list_leaves(tree) if not isinstance(leaf, Contains)}
        assert set(unknown) <= names
        assert any(not isinstance(leaf, Has) for leaf in list_leaves(tree))


def test_the_author_of_the_script_is_warned():
    head = 'id = "a"\nversion = 1\ntitle = "A"\nlanguage = "en"\nwhen = \'!(customer.city == "Uppsala")\''
    script = parse_script(f"+++\n{head}\n+++\n## one: One\n\n> Hello\n\n-> end\n", "a.en.md", TYPES)
    (problem,) = check_unknowns([script])
    assert problem.file == "a.en.md"
    assert 'of whom "customer.city" is not known' in problem.text
    assert check_unknowns([replace(script, when=None)]) == ()
