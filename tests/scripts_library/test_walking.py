"""A walk leads where its deeds lead, stops at the first that is not possible, and never does anything."""

import pytest

from scripts_library.run import AcknowledgeStatement, GoBack, RecordAnswer, RunErrorCode, TakeChoice, TakeOnlyWay
from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import NotSaid
from scripts_library.statements import list_owed
from scripts_library.variables import VARIABLES
from scripts_library.walking import Settle, TryAction, walk

TEXT = """+++
id = "cover"
version = 1
title = "Cover"
language = "en"

[fields.region]
label = "Where to"
type = "text"

[actions.form]
label = "Send the form"
do = "text"
text = "Here is the form."

[outcomes.sold]
label = "Sold"
after = ["terms"]

[outcomes.no]
label = "Not wanted"
+++

## ask: Where to

{{ field: region }}
{{ action: form }}

- [1] Yes -> terms
- [2] No -> end: no

## terms: The terms

!> It ends after a year.

-> end: sold
"""
SCRIPT = parse_script(TEXT, "cover.en.md", VARIABLES)
SAID = [RecordAnswer("region", "the world"), TakeChoice("1"), AcknowledgeStatement("terms.1"), TakeOnlyWay()]


def test_a_walk_ends_where_its_deeds_lead() -> None:
    found = walk(SCRIPT, SAID)
    assert (found.taken, found.refusal, found.run.step_id) == (4, None, None)
    assert [one.step_id for one in found.run.path] == ["ask", "terms"]
    assert found.run.answers == {"region": "the world"}


@pytest.mark.parametrize(
    ("deeds", "taken", "code"),
    [
        ([TakeChoice("7"), TakeChoice("1")], 0, RunErrorCode.UNKNOWN_CHOICE),
        ([TakeChoice("1"), TakeOnlyWay()], 1, RunErrorCode.NOT_SAID),
        ([TakeChoice("1"), Settle("terms.1", NotSaid.CUSTOMER_HUNG_UP), TakeOnlyWay()], 2, RunErrorCode.NOT_SAID),
        ([TakeChoice("1"), Settle("terms.1", NotSaid.OTHER, " ")], 1, RunErrorCode.FIELD_MISSING),
        ([TryAction("form"), TryAction("form")], 1, RunErrorCode.IS_DONE),
        ([GoBack()], 0, RunErrorCode.NO_WAY_BACK),
    ],
)
def test_it_stops_at_the_first_deed_that_is_not_possible(deeds: list, taken: int, code: RunErrorCode) -> None:
    found = walk(SCRIPT, deeds)
    assert found.refusal is not None
    assert (found.taken, found.refusal.code) == (taken, code)
    assert found.run == walk(SCRIPT, deeds[:taken]).run


def test_a_statement_is_owed_until_it_is_settled() -> None:
    assert list_owed(walk(SCRIPT, [TakeChoice("1")]).run) == ("terms.1",)
    assert list_owed(walk(SCRIPT, [TakeChoice("1"), GoBack()]).run) == ("terms.1",)
    assert list_owed(walk(SCRIPT, [TakeChoice("1"), GoBack(), Settle("terms.1")]).run) == ()


def test_an_action_is_marked_and_nothing_more() -> None:
    found = walk(SCRIPT, [TryAction("form")])
    assert found.run.deeds["form"].is_done
    assert found.run.answers == {}
