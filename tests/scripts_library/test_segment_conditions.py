"""Conditions that ask for live segments: three answers, refused at line and column, given in examples."""

import pytest

from scripts_library.branching import NOTHING_KNOWN, Known
from scripts_library.checks import check_unknowns
from scripts_library.condition_parsing import parse_condition
from scripts_library.condition_writing import write_condition
from scripts_library.run import list_open_choices, start_run
from scripts_library.script_parsing import parse_script, parse_stored
from scripts_library.script_problems import BrokenScript
from scripts_library.variables import ANY_SEGMENT_TYPES, Variables, type_segments
from tests.scripts_library.conftest import WriteScript
from tests.scripts_library.sample_types import TYPES

WITH_LOYAL = {**TYPES, **type_segments(["loyal", "angry"])}
BODY = """
## ask: Ask
> Hello.

- [1] A gift -> sort if in_segment("loyal")
- [2] No gift -> sort if !in_segment("loyal")
- [3] Go on -> sort

## sort: Nobody sees this
-> calm if in_segment("angry")
-> end

## calm: Calm
> I hear you.

-> end
"""


def open_keys(known: Variables, write_script: WriteScript) -> list[str]:
    script = parse_script(write_script(BODY), "card-lost.en.md", WITH_LOYAL)
    run, asked = start_run(script), Known(known)
    return [choice.key for choice in list_open_choices(run, script, asked)]


def test_it_has_three_answers(write_script: WriteScript) -> None:
    assert open_keys({"segment.loyal": True}, write_script) == ["1", "3"]
    assert open_keys({"segment.loyal": False}, write_script) == ["2", "3"]
    assert open_keys({}, write_script) == ["3"], "nobody was asked yet: neither it nor its negation holds"
    assert open_keys({"segment.loyal": "yes"}, write_script) == ["3"], "what is no answer is none"


@pytest.mark.parametrize(
    ("condition", "column", "words"),
    [
        (
            'in_segment("loyl")',
            11,
            'There is no live segment "loyl": make it live first, or take it out. Did',
        ),
        ("in_segment(loyal)", 11, "The id of a segment is missing"),
        ("segment.loyal == true", 0, '"segment.loyal" is not known'),
        ('"loyal" in segment.loyal', 11, '"segment.loyal" is not known'),
        ('in_segment("*")', 11, "There is no live segment"),
    ],
)
def test_what_is_no_live_segment_is_refused_where_it_stands(
    condition: str, column: int, words: str, write_script: WriteScript
) -> None:
    text = write_script(BODY.replace('in_segment("angry")', condition))
    with pytest.raises(BrokenScript) as caught:
        parse_script(text, "card-lost.en.md", WITH_LOYAL)
    (problem,) = caught.value.problems
    line = 1 + text[: text.index("-> calm")].count("\n")
    assert (problem.line, problem.column) == (line, 12 + column)
    assert words in problem.text


def test_the_head_asks_for_segments_too(write_script: WriteScript) -> None:
    text = write_script(BODY, """when = 'in_segment("loyal") && !in_segment("angry")'""")
    script = parse_script(text, "card-lost.en.md", WITH_LOYAL)
    assert script.when == parse_condition('in_segment("loyal") && !in_segment("angry")', WITH_LOYAL)
    assert not check_unknowns([script]), "who is in a segment is known, once it was counted"
    with pytest.raises(BrokenScript, match="There is no live segment"):
        parse_script(text, "card-lost.en.md", TYPES)


def test_it_is_written_as_its_author_wrote_it() -> None:
    text = 'in_segment("loyal") || !(in_segment("angry"))'
    assert write_condition(parse_condition(text, WITH_LOYAL)) == text


def test_a_run_goes_on_where_a_segment_is_gone(write_script: WriteScript) -> None:
    script = parse_stored(write_script(BODY), "card-lost.en.md", {**TYPES, **ANY_SEGMENT_TYPES})
    run = start_run(script)
    assert [choice.key for choice in list_open_choices(run, script, NOTHING_KNOWN)] == ["3"]
    bare = parse_stored(write_script(BODY), "card-lost.en.md", TYPES)  # nobody said which segments there may be
    assert [choice.key for choice in list_open_choices(run, bare, Known({"segment.loyal": True}))] == ["3"]


def test_an_example_gives_who_is_in_it(write_script: WriteScript) -> None:
    told = (
        '# Example: Angry\nGiven: in_segment("loyal") = yes; in_segment（“angry”）＝ yes\n- ask: [1]\n- calm\n- end\n'
    )
    parse_script(write_script(BODY + told), "card-lost.en.md", WITH_LOYAL)
    for given, words in (
        ('in_segment("loyl") = yes', 'asks for "in_segment("loyl")". Did you mean "in_segment("loyal")"?'),
        ('in_segment("loyal") = perhaps', "is of type yes_no"),
        ('in_segment("loyal") = no', "no choice [1]"),
    ):
        with pytest.raises(BrokenScript) as caught:
            parse_script(
                write_script(BODY + told.replace('in_segment("loyal") = yes', given)), "card-lost.en.md", WITH_LOYAL
            )
        assert words in caught.value.problems[0].text
