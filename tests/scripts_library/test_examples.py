"""An example says how an agent walks a script; one that goes another way keeps the script from being used."""

import pytest

from scripts_library.example_parsing import MAX_EXAMPLES, MAX_MOVES
from scripts_library.examples import check_examples
from scripts_library.loader import load_scripts
from scripts_library.script_parsing import parse_stored
from scripts_library.script_parts import Example, Move
from tests.scripts_library.sample_types import TYPES

HEAD = """
[fields.region]
label = "Where to"
type = "choice"
required = true
options = { europe = "Europe", world = "Further" }

[fields.leaves_on]
label = "Leaves on"
type = "date"

[outcomes.sold]
label = "Sold"
after = ["terms"]

[outcomes.declined]
label = "Declined"
"""
BODY = """\
## ask: The journey
{{ field: region }}
{{ field: leaves_on }}

- [1] Wants cover -> terms
- [2] No, thank you -> end: declined

## terms: The terms
!> It begins tomorrow.

-> goodbye

## goodbye: Goodbye
> Enjoy it!

-> end: sold

"""
TAKES_IT = """\
# Example: Takes the cover
- ask: leaves_on = 2026-12-01; region = world; [1]
- terms
- goodbye
- end: sold
"""


def test_examples_are_walked_as_an_agent_walks(read_script):
    script = read_script(BODY + TAKES_IT + "\n# 例：不需要\n* ask：region＝europe；【2】\n- end: declined\n", HEAD)
    assert check_examples(script) == ()
    assert script.examples == (
        Example(
            "Takes the cover",
            (
                Move("ask", (("leaves_on", "2026-12-01"), ("region", "world")), "1"),
                Move("terms"),
                Move("goodbye"),
                Move("end", outcome="sold"),
            ),
        ),
        Example("不需要", (Move("ask", (("region", "europe"),), "2"), Move("end", outcome="declined"))),
    )


def test_an_example_may_stop_on_its_way(read_script):
    script = read_script(BODY + "# Example: So far\n- ask: region = world; [1]\n- terms\n", HEAD)
    assert len(script.examples[0].moves) == 2


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("- terms\n", "", 3, 'after ask → [1] the script is at "terms", not at "goodbye".'),
        ("- ask:", "- aks:", 2, 'at its beginning the script is at "ask", not at "aks". Did you mean "ask"?'),
        ("end: sold\n", "end: declined\n", 5, 'has the outcome "sold", not "declined".'),
        (
            "- goodbye\n- end: sold",
            "- goodbye\n- goodbye",
            5,
            'after ask → [1] → terms → goodbye the script is at "end"',
        ),
        (
            "world; [1]",
            "mars; [1]",
            2,
            '"region" of the step "ask" does not take this answer. It takes europe, world.',
        ),
        ("leaves_on", "leaves", 2, 'does not ask for "leaves". Did you mean "leaves_on"?'),
        ("; region = world", "", 2, 'the step "ask" needs an answer: write region = ... after its name.'),
        ("[1]", "[3]", 2, 'the step "ask" has no choice [3].'),
        ("; [1]", "", 2, 'the step "ask" has choices: write one, like [1].'),
        ("- terms\n", "- terms: [1]\n", 3, 'the step "terms" has no choice [1].'),
        ("- terms\n", "terms\n", 3, "An example has lines like - ask: region = world; [1]"),
        ("- terms\n", "- terms: go on\n", 3, "This is neither an answer nor one choice."),
        ("# Example: Takes the cover", "# Example:", 1, "An example has a name"),
        ("- end: sold\n", "- end: sold\n## late: Late\n-> end: sold", 6, "Steps stand before all examples."),
        ("- end: sold\n", "- end: sold\n# Example: Empty\n", 6, "This example is empty."),
    ],
)
def test_an_example_that_goes_another_way_is_named_with_the_step(problems_of, old, new, line, words):
    assert old in TAKES_IT
    problems = problems_of(BODY + TAKES_IT.replace(old, new, 1), HEAD)
    first = BODY.count("\n")
    assert any(at == first + line and words in text for at, text in problems), problems


def test_a_way_that_is_changed_makes_the_example_red(problems_of):
    changed = BODY.replace("-> goodbye", "-> end: sold").replace(
        "## goodbye: Goodbye\n> Enjoy it!\n\n-> end: sold\n", ""
    )
    [(line, text)] = problems_of(changed + TAKES_IT, HEAD)
    assert (changed + TAKES_IT).splitlines()[line - 1] == "- goodbye"
    assert text == ('Example "Takes the cover": after ask → [1] → terms the script is at "end", not at "goodbye".')


def test_examples_are_bounded(problems_of):
    many = "# Example: A\n- ask\n" * (MAX_EXAMPLES + 1)
    assert f"at most {MAX_EXAMPLES} examples" in problems_of(BODY + many, HEAD)[0][1]
    long = "# Example: A\n" + "- ask\n" * (MAX_MOVES + 1)
    assert f"at most {MAX_MOVES} lines" in problems_of(BODY + long, HEAD)[0][1]


def test_a_stored_text_is_used_whatever_its_examples_say(write_script):
    text = write_script(BODY + TAKES_IT.replace("- terms\n", ""), HEAD)
    assert parse_stored(text, "card-lost.en.md", TYPES).steps[0].id == "ask"


def test_a_translation_without_examples_is_walked_by_those_of_its_twin(tmp_path, write_script):
    (tmp_path / "card-lost.en.md").write_text(write_script(BODY + TAKES_IT, HEAD), "utf-8")
    chinese = tmp_path / "card-lost.zh-CN.md"
    chinese.write_text(write_script(BODY, HEAD, language="zh-CN"), "utf-8")
    assert load_scripts(tmp_path, TYPES).problems == ()
    shorter = BODY.replace("- [1] Wants cover -> terms", "- [1] Wants cover -> end: declined")
    chinese.write_text(
        write_script(shorter.replace("No, thank you -> end: declined", "No -> terms"), HEAD, language="zh-CN")
    )
    [found] = [one.text for one in load_scripts(tmp_path, TYPES).problems if "By the examples" in one.text]
    assert found.startswith("By the examples of card-lost.en.md, line ")
    assert found.endswith('after ask → [1] the script is at "end", not at "terms".')


def test_a_file_with_a_red_example_is_not_loaded(tmp_path, write_script):
    path = tmp_path / "card-lost.en.md"
    path.write_text(write_script(BODY + TAKES_IT, HEAD), "utf-8")
    library = load_scripts(tmp_path, TYPES)
    path.write_text(write_script(BODY + TAKES_IT.replace("[1]", "[2]"), HEAD, version=2), "utf-8")
    library = library.reload(TYPES)
    assert [script.version for script in library.scripts] == [1]
    assert any("Takes the cover" in str(one) for one in library.problems)
