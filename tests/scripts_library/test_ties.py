"""Two scripts that are equally specific and may both apply are a tie: the file that was saved last is not used."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts_library.applies_to import AppliesTo
from scripts_library.loader import load_scripts
from scripts_library.selection import PARTS, Subject, applies, measure_specificity
from scripts_library.ties import find_ties
from tests.scripts_library.sample_types import TYPES
from tests.scripts_library.test_selection import script


def tie(*heads):
    made = [script(f"s{n}", **head) for n, head in enumerate(heads)]
    return [problem.file for problem in find_ties(made)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({"queues": ("cards",)}, {"queues": ("cards",)}),
        ({"queues": ("cards", "loans")}, {"queues": ("loans", "deposits")}),
        ({"segments": ("traveller",)}, {"segments": ("staff",)}),
        ({"skills": ("cards",)}, {"skills": ("loans",)}),
        ({"when": 'customer.city == "Uppsala"'}, {"when": 'customer.city == "Oslo"'}),
        ({"priority": 3}, {"priority": 3}),
        ({}, {"language": "en-GB"}),
    ],
)
def test_what_may_both_apply_and_is_equally_specific_is_a_tie(one, other):
    assert tie(one, other) == [f"s1.{other.get('language', 'en')}.md"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"queues": ("cards",)}, {"queues": ("loans",)}),
        ({"tiers": ("gold",)}, {"tiers": ("platinum",)}),
        ({"hours": ("open",)}, {"hours": ("closed",)}),
        ({"directions": ("inbound",)}, {"directions": ("outbound",)}),
        ({"stages": ("new",), "queues": ("cards",)}, {"stages": ("lapsed",), "queues": ("cards",)}),
        ({"queues": ("cards",)}, {"tiers": ("gold",)}),
        ({"queues": ("cards",)}, {"queues": ("cards", "loans")}),
        ({}, {"priority": 1}),
        ({"priority": -1}, {"priority": -1}),
        ({}, {"language": "zh-CN"}),
    ],
)
def test_what_excludes_each_other_or_differs_is_no_tie(one, other):
    assert tie(one, other) == []


HEADS = st.fixed_dictionaries(
    {},
    optional={
        part: st.lists(st.sampled_from(("a", "b", "c")), min_size=1, max_size=2, unique=True) for part in PARTS
    },
)
VALUE = st.sampled_from(("a", "b", "c"))


@settings(max_examples=100)
@given(HEADS, HEADS, st.lists(VALUE, min_size=8, max_size=8), st.frozensets(VALUE), st.frozensets(VALUE))
def test_without_a_tie_no_interaction_is_left_to_the_alphabet(one, other, facts, segments, skills):
    channel, queue, tier, direction, number, stage, purpose, hours = facts
    first, second = script("first", **one), script("second", **other)
    subject = Subject(
        channel,
        queue,
        tier,
        "en",
        segments=segments,
        skills=skills,
        direction=direction,
        number=number,
        stage=stage,
        purpose=purpose,
        hours=hours,
    )
    if not find_ties([first, second]) and applies(first, subject) and applies(second, subject):
        assert measure_specificity(first) != measure_specificity(second)


def test_the_ties_of_2000_scripts_are_found_in_no_time():
    alike = [script(f"s{n}", queues=(f"queue-{n}",), tiers=("gold",)) for n in range(1_999)]
    began = time.process_time()
    assert [
        problem.file for problem in find_ties([*alike, script("late", queues=("queue-7",), tiers=("gold",))])
    ] == ["late.en.md"]
    assert time.process_time() - began < 1


BODY = "## a: A\n> Hello\n\n-> end\n"


def test_the_script_that_is_saved_last_is_refused_whatever_its_name(tmp_path, write_script):
    def save(name, more="", version=1):
        text = write_script(BODY, more, script_id=name, version=version)
        (tmp_path / f"{name}.en.md").write_text(text, "utf-8")

    save("zebra")
    library = load_scripts(tmp_path, TYPES)
    save("aardvark")
    library = library.reload(TYPES)
    assert [one.id for one in library.scripts] == ["zebra"]
    [problem] = library.problems
    assert problem.file == "aardvark.en.md"
    assert problem.text.startswith('This script and "zebra" (zebra.en.md) are equally specific, and both may apply')
    save("aardvark", "priority = 1")
    library = library.reload(TYPES)
    assert [one.id for one in library.scripts] == ["aardvark", "zebra"]
    save("zebra", "priority = 1", version=2)
    library = library.reload(TYPES)
    assert [(one.id, one.version) for one in library.scripts] == [("aardvark", 1), ("zebra", 1)]
    assert any("Version 1 stays in use" in str(one) for one in library.problems)


def test_all_parts_of_applies_to_can_be_named_once_each():
    assert AppliesTo(numbers=("+46",)).is_wide
    assert not AppliesTo(queues=("cards",)).is_wide
