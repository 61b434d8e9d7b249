"""Derived values, and answers from a list of the customer's."""

import pytest

from scripts_library.branching import Known, list_listed
from scripts_library.checks import check_translations
from scripts_library.rendering import render_current
from scripts_library.run import GoBack, RecordAnswer, RunError, TakeChoice, TakeOnlyWay, advance, start_run
from scripts_library.script_parsing import parse_stored
from tests.scripts_library.sample_types import TYPES

HEAD = """
[fields.product]
label = "Which product"
type = "choice"
options_from = "customer.products"
required = true
[fields.product.options]
other = "Something else"

[fields.sum]
label = "Sum"
type = "amount"

[scores.weight]
label = "Weight"
[scores.weight.points]
product = { other = 2 }

[derived.kind]
label = "Kind of product"
cases = ["card if answer.product in ['Visa', 'Mastercard']", "unknown if answer.product == 'other'", "account"]

[derived.size]
label = "Size"
cases = [
    "large if answer.sum >= 1000 && derived.kind == 'account'",
    "heavy 如果 score.weight >= 2",
    "loyal if customer.since_year < 2015",
]
"""
BODY = """## ask: Ask
{{ field: product }}
{{ field: sum }}

- [1] Go on -> sort
- [2] No -> tell

## sort: Nobody sees this
-> card if derived.kind == "card"
-> tell

## card: Card
> Your card.

-> tell

## tell: Tell
> {{ derived.kind | fallback: "?" }}, {{ derived.size | fallback: "ordinary" }}.

-> end
"""
PIA = Known({"customer.products": ("Current", "Visa"), "customer.since_year": 2011})


def walk(script, known, *actions):
    run = start_run(script, known)
    for action in actions:
        run = advance(run, script, action, known)
    return run


def words(script, run, known):
    [prompt] = render_current(script, run, {}, known).parts
    return "".join(span.text for span in prompt.blocks[0].spans)


def test_the_answer_is_kept_and_what_follows_from_it_decides(read_script):
    script = read_script(BODY, HEAD)
    run = walk(script, PIA, RecordAnswer("product", "Visa"), TakeChoice("1"))
    assert (run.step_id, run.answers["product"]) == ("card", "Visa")
    assert words(script, advance(run, script, TakeOnlyWay(), PIA), PIA) == "card, loyal."


@pytest.mark.parametrize(
    ("known", "answers", "said"),
    [
        (PIA, {"product": "Current", "sum": "1000"}, "account, large."),
        (PIA, {"product": "other"}, "unknown, heavy."),
        (Known({"customer.products": ("Current",)}), {"product": "Current"}, "account, ordinary."),
    ],
)
def test_the_first_case_that_holds_gives_the_value(read_script, known, answers, said):
    script = read_script(BODY, HEAD)
    given = [RecordAnswer(name, text) for name, text in answers.items()]
    assert words(script, walk(script, known, *given, TakeChoice("1")), known) == said


def test_what_was_answered_on_a_way_that_was_left_gives_no_value(read_script):
    script = read_script(BODY, HEAD)
    run = walk(script, PIA, RecordAnswer("product", "Visa"), TakeChoice("1"), GoBack(), RecordAnswer("product", ""))
    assert render_current(script, run, {}, PIA) is not None
    assert walk(script, PIA, RecordAnswer("product", "Current"), TakeChoice("2")).step_id == "tell"


def test_the_agent_chooses_from_what_the_customer_holds_or_from_the_options(read_script):
    script = read_script(BODY, HEAD)
    [product, _] = script.fields
    assert list_listed(product, PIA.variables) == ("Current", "Visa")
    for known in (Known(), Known({"customer.products": "hidden"}), Known({"customer.products": ()})):
        assert list_listed(product, known.variables) == ()
        assert walk(script, known, RecordAnswer("product", "other")).answers == {"product": "other"}
        with pytest.raises(RunError):
            walk(script, known, RecordAnswer("product", "Visa"))
    many = Known({"customer.products": tuple(f"P{n}" for n in range(500))})
    assert len(list_listed(product, many.variables)) == 30


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("customer.products", "customer.product", 'no list "customer.product". Did you mean "customer.products"?'),
        ("customer.products", "customer.city", 'there is no list "customer.city"'),
        (
            'type = "amount"',
            'type = "amount"\noptions_from = "customer.products"',
            "belongs to a field of type choice",
        ),
        ("[fields.product.options]\nother", "[fields.product.option]\nother", "is not known here"),
        ("derived.kind == 'account'", "derived.size == 'large'", "derived.size"),
        ('"account"]', '"account", "more"]', "the cases behind account never hold"),
        ("answer.sum >=", "answer.smu >=", "answer.smu"),
        ('"account"]', '""]', "a case is a text"),
    ],
)
def test_what_is_wrong_is_said(problems_of, old, new, words):
    found = problems_of(BODY, HEAD.replace(old, new, 1))
    assert any(words in text for _, text in found), found


def test_a_way_for_a_value_that_no_case_gives_is_never_taken(problems_of):
    [(line, words)] = problems_of(BODY.replace('== "card"', '== "crad"'), HEAD)
    assert (line, "holds for nobody" in words) == (9, True)


def test_a_run_goes_on_though_its_list_has_gone(read_script):
    source = read_script(BODY, HEAD).source
    types = {name: kind for name, kind in TYPES.items() if name not in ("customer.products", "customer.since_year")}
    script = parse_stored(source, "card-lost.en.md", types)
    assert (
        words(script, walk(script, PIA, RecordAnswer("product", "other"), TakeChoice("1")), PIA) == "unknown, heavy."
    )


def test_translations_derive_by_the_same_conditions(read_script):
    english, chinese = read_script(BODY, HEAD), read_script(BODY, HEAD, language="zh-CN")
    assert check_translations([english, chinese]) == ()
    other = read_script(BODY, HEAD.replace(">= 1000", ">= 999"), language="zh-CN")
    assert any("`derived` is not the same" in one.text for one in check_translations([english, other]))
