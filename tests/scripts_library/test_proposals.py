"""Catalogues of proposals: how they are read and checked, and which of them a customer is shown."""

import random
from datetime import date, timedelta

import pytest

from scripts_library.loader import load_texts
from scripts_library.proposals import Proposal, Replied, choose
from scripts_library.run import RunError, start_run
from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import Propose
from scripts_library.script_problems import BrokenScript
from scripts_library.suggestions import note_reply
from scripts_library.variables import VARIABLES, VariableType

TYPES = {**VARIABLES, "customer.city": VariableType.TEXT, "customer.segments": VariableType.LIST}
OFFERS = """+++
kind = "proposals"
id = "offers"
version = 1
title = "What we suggest"
language = "en"

[proposals.plan]
when = '!("saver" in customer.segments) && count("complaint", within("30 days")) == 0'
why = "No plan yet"
priority = 10
purpose = "marketing"
declined_days = 90
valid_until = 2027-06-30

[proposals.card]
why = "Everybody may have one"
+++

## plan: A savings plan

> Dear {{ customer.name | fallback: "customer" }}, a plan saves for you.

## plan/families: A plan for the children

> A plan that grows with your children.

## card: A second card

> One more card, free of charge.
"""
ASKS = """+++
id = "ask"
version = 1
title = "Ask"
language = "en"
+++

## show: What fits

{{ proposals: offers, 2 }}

-> thank if proposal.plan == "accepted"
-> end

## thank: Thank you

> Thank you.

-> end
"""


def problems(text: str, file: str = "offers.en.md", **texts: str) -> list[str]:
    with pytest.raises(BrokenScript) as broken:
        parse_script(text, file, TYPES, texts)
    return [str(one) for one in broken.value.problems]


def test_a_catalogue_is_read_and_a_script_shows_it() -> None:
    library = load_texts({"offers.en.md": OFFERS, "ask.en.md": ASKS}, TYPES)
    assert library.problems == ()
    [catalogue], [asking] = library.shared, library.scripts
    plan, card = catalogue.proposals
    assert (plan.id, plan.priority, plan.declined_days, plan.valid_until) == ("plan", 10, 90, date(2027, 6, 30))
    assert plan.rule.startswith("consent.marketing == true && (")
    assert (card.rule, card.again_days) == ("", None)
    [part] = asking.steps[0].parts
    assert isinstance(part, Propose)
    assert (part.most, [one.id for one in part.words]) == (2, ["plan", "plan/families", "card"])
    assert [script.id for script in library.list_users("offers")] == ["ask"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("customer.segments)", "customer.segmnts)", '9:22: `when`, character 14: "customer.segmnts" is not known.'),
        ('why = "No plan yet"\n', "", "8:1: `proposals.plan.why` is missing."),
        ("priority = 10", 'priority = "10"', "11:1: `proposals.plan.priority` must be a whole number"),
        (
            "priority = 10",
            "prioriti = 10",
            '11:1: `proposals.plan.prioriti` is not known here. Did you mean "priority"?',
        ),
        ("2027-06-30", '"2027-06-30"', "14:1: `proposals.plan.valid_until` must be a date without quotes"),
        ("valid_until", "valid_from = 2028-01-01\nvalid_until", 'Nobody can get "plan": `valid_until` is before'),
        ("## card: A", "## cart: A", 'The head declares no proposal "cart". Did you mean "card"?'),
        ("> A plan that grows with your children.", "", 'The words of "plan/families" are missing'),
        ("> One more", "-> end\n\n> One more", "they have no way on"),
        ("{{ customer.name |", "{{ customer.nam |", "22:8:"),
        ('kind = "proposals"', 'kind = "script"', 'A file of kind = "script" has no [proposals].'),
        ("[proposals.card]", '[fields.x]\nlabel = "X"\ntype = "text"\n[proposals.card]', "takes no `fields`"),
    ],
)
def test_what_is_wrong_with_a_catalogue_is_named_at_its_line(old: str, new: str, said: str) -> None:
    found = problems(OFFERS.replace(old, new, 1))
    assert any(said in one for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "offers, 2",
            "offer, 2",
            'ask.en.md:10:15: There is no file offer.en.md to take this from. Did you mean "offers"?',
        ),
        ("offers, 2", "offers, 9", "ask.en.md:10:15: A step shows from 1 to 3 proposals"),
        ("proposal.plan ==", "proposal.plam ==", 'ask.en.md:12:13: "proposal.plam" is not known.'),
        ("{{ proposals: offers, 2 }}", "{{ proposals: offers, 2 }}\n\n{{ proposals: offers }}", "of one catalogue"),
    ],
)
def test_what_a_script_asks_of_a_catalogue_is_checked(old: str, new: str, said: str) -> None:
    found = problems(ASKS.replace(old, new, 1), "ask.en.md", **{"offers.en.md": OFFERS})
    assert any(said in one for one in found), found


def test_a_reply_is_to_a_proposal_that_the_step_shows() -> None:
    script = parse_script(ASKS, "ask.en.md", TYPES, {"offers.en.md": OFFERS})
    with pytest.raises(RunError, match="unknown_proposal"):
        note_reply(start_run(script), script, "plan", "accepted", "", date(2026, 1, 1), 1, "ada")


def test_what_is_shown_follows_a_plain_model() -> None:
    """Random catalogues and histories: the same as counted by hand, day by day."""
    rng = random.Random(7)
    for _ in range(400):
        names = [f"p{number}" for number in range(rng.randint(1, 6))]
        catalogue = [
            Proposal(
                name,
                "",
                "",
                priority=rng.randint(0, 2),
                valid_from=rng.choice([None, date(2026, 1, 10)]),
                valid_until=rng.choice([None, date(2026, 2, 20)]),
                declined_days=rng.randint(0, 30),
                later_days=rng.randint(0, 10),
                again_days=rng.choice([None, 0, 20]),
            )
            for name in names
        ]
        fitting = frozenset(name for name in names if rng.random() < 0.8)
        said: list[Replied] = []
        barred: dict[str, set[date]] = {name: set() for name in names}
        days = [date(2026, 1, 1) + timedelta(days=number) for number in range(70)]
        for place, today in enumerate(days):
            shown = choose(catalogue, fitting, said, today, 2)
            may = [
                one
                for one in catalogue
                if one.id in fitting
                and today not in barred[one.id]
                and not (one.valid_from and today < one.valid_from)
                and not (one.valid_until and today > one.valid_until)
            ]
            best = sorted(may, key=lambda one: (-one.priority, catalogue.index(one)))[:2]
            assert [one.id for one in shown] == [one.id for one in best]
            for one in shown:
                reply = rng.choice(["accepted", "declined", "later", ""])
                until = (
                    today + timedelta(days=rng.randint(1, 15)) if reply == "later" and rng.random() < 0.5 else None
                )
                if reply:
                    said.append(Replied(one.id, reply, today, place, until))
                    length = {"accepted": one.again_days, "declined": one.declined_days, "later": one.later_days}[
                        reply
                    ]
                    end = until or (today + timedelta(days=length) if length is not None else date.max)
                    barred[one.id] = {day for day in days if today <= day < end}
