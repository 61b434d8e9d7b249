"""What a script does beside words and values: a mark, a tier, a mail, an agreed call, the start of a recording."""

from pathlib import Path

import orjson
import pytest

from hub.rules.rule_worker import RuleWorker
from hub.rules.stages import StageRules
from hub.rules.tiers import TierRules
from hub.scripts.script_publishing import NotPublished, Wished, publish_texts
from hub.storage import tables
from hub.storage.tier_moves import TierOverride, fix_tier
from routing.model import DAY
from tests.hub.calls.recorded_calls import record, settle, shown, talk_recorded
from tests.hub.flows import hold_text
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, SAM_MAIL, mail, text
from tests.hub.rules.asking import make_segment
from tests.hub.scripts.test_desk_scripts import folder as folder
from tests.hub.scripts.test_desk_scripts import parts, script_of, use, write
from tests.hub.scripts.test_script_actions import act, action_of
from tests.hub.scripts.test_scripts_of_segments import Counted

WRITTEN = """+++
id = "lost"
version = 1
title = "Lost card"
language = "en"

[actions.wants]
label = "Wants a loan"
do = "mark"
mark = "wants_loan"

[actions.better]
label = "Gold for a month"
do = "tier"
tier = "gold"
days = 30
why = "We lost the card twice"

[actions.form]
label = "Mail the form"
do = "mail"
subject = "The form for {{ customer.name | fallback: 'you' }}"
text = "Here it is."

[actions.call]
label = "Call in four weeks"
do = "callback"
after_hours = 672

[actions.record]
label = "Record from here on"
do = "start_recording"
+++

## do: Do it

{{ action: wants }}
{{ action: better }}
{{ action: form }}
{{ action: call }}
{{ action: record }}

-> end
"""


async def use_written(house: House, folder: Path) -> None:
    write(folder, "lost", WRITTEN)
    await use(house, folder)


@BOTH
async def test_a_mark_is_counted_by_segments(house: House, folder: Path) -> None:
    await use_written(house, folder)
    await make_segment(house, "borrower", 'count("mark/wants_loan", within("30 days")) >= 1')
    held, counted = await hold_text(house), Counted(house)
    await counted.settle()
    assert house.state.floor.interactions[held["id"]].customer.memberships == {"borrower": False}
    assert not await act(house, held, "wants")
    assert action_of(house, held, "wants") == ("done", "", False)
    await counted.settle()
    assert house.state.floor.interactions[held["id"]].customer.memberships == {"borrower": True}
    await house.check_screens()
    await house.check_restored()


@BOTH
async def test_a_tier_is_fixed_for_some_days_with_who_and_why(house: House, folder: Path) -> None:
    await use_written(house, folder)
    held = await hold_text(house)
    assert not await act(house, held, "better")
    assert action_of(house, held, "better") == ("done", "", False)
    (row,) = await house.rows(tables.tier_override)
    wanted = ("sam", "gold", "ada", "We lost the card twice", 30 * DAY)
    assert (row["customer_id"], row["tier"], row["set_by"], row["why"], row["until_at"] - row["set_at"]) == wanted
    (entry,) = await house.rows(tables.audit, tables.audit.c.action == "tier.fix")
    assert entry["staff_id"] == "ada"
    assert orjson.loads(entry["detail"]) == {"from": "standard", "to": "gold", "reason": "We lost the card twice"}
    worker = RuleWorker(house.db, house.clock, [StageRules(), TierRules()])
    while await worker.work_once():
        pass
    await house.until_heard()
    assert house.screens["ada"].find(held["id"])["tier"] == "gold", "live work hears of it"
    await house.check_screens()
    await house.check_restored()


async def test_a_script_never_lowers_a_tier_and_leaves_what_a_supervisor_fixed(house: House, folder: Path) -> None:
    await use_written(house, folder)
    await house.seat("ada")
    await house.take(text("Hej", PIA))
    pia = await house.accept("ada")
    assert not await act(house, pia, "better")
    assert action_of(house, pia, "better") == ("failed", "tier_not_better", True)
    await house.take(text("Hej"))
    sam = await house.accept("ada")
    now = house.clock.now()
    fixed = TierOverride(
        id="t1", customer_id="sam", tier="gold", set_by="dot", why="Board", set_at=now, until_at=now + DAY
    )
    await house.db.write(lambda conn: fix_tier(conn, fixed))
    assert not await act(house, sam, "better")
    assert action_of(house, sam, "better") == ("failed", "tier_fixed", True)
    house.clock.at += 2 * DAY
    assert not await act(house, sam, "better"), "the other one has run out"
    assert action_of(house, sam, "better") == ("done", "", False)


async def test_a_mail_goes_out_with_its_subject_where_the_customer_writes_mails(house: House, folder: Path) -> None:
    await use_written(house, folder)
    held = await hold_text(house)
    assert not await act(house, held, "form")
    assert action_of(house, held, "form") == ("failed", "wrong_channel", True)
    await house.take(mail("Hej", SAM_MAIL))
    mailed = await house.accept("ada")
    (form,) = [one for one in parts(script_of(house, mailed), "action") if one["name"] == "form"]
    assert (form["subject"], form["text"]) == ("The form for Sam Okoye", "Here it is.")
    assert not await act(house, mailed, "form")
    (sent,) = [one for one in await house.requests("TextOut") if one.to_address == SAM_MAIL]
    assert (sent.subject, sent.text) == ("The form for Sam Okoye", "Here it is.")
    await house.check_screens()


async def test_a_call_is_agreed_at_the_desk(house: House, folder: Path) -> None:
    await use_written(house, folder)
    held = await hold_text(house)
    assert not await act(house, held, "call")
    assert action_of(house, held, "call") == ("done", "", False)
    (agreed,) = house.screens["ada"].find(held["id"])["appointments"]
    assert agreed["note"] == "Call in four weeks"
    (row,) = await house.rows(tables.appointment)
    assert abs(row["wall_at"] - house.clock.now() - house.state.book.wall_ahead - 28 * DAY) < DAY
    assert "appointment_made" in await house.said(held["id"], "fact")
    assert await act(house, held, "call") == "is_done"
    await house.check_screens()
    await house.check_restored()


async def test_a_recording_that_failed_is_begun_again_by_the_script(house: House, folder: Path) -> None:
    await use_written(house, folder)
    held = {"id": await talk_recorded(house)}
    assert not await act(house, held, "record")
    assert action_of(house, held, "record") == ("failed", "wrong_state", True), "it is asked for already"
    await settle(house, "StartRecording", "failed", error="21220")
    assert not await act(house, held, "record")
    assert action_of(house, held, "record") == ("done", "", False)
    assert len(await house.requests("StartRecording")) == 2
    await settle(house, "StartRecording", provider_id="RE2")
    assert shown(house, str(held["id"])) == ("recording", "")
    await house.check_screens()


async def test_nothing_is_recorded_but_a_call_of_a_queue_that_records(house: House, folder: Path) -> None:
    await use_written(house, folder)
    held = await hold_text(house)
    assert not await act(house, held, "record")
    assert action_of(house, held, "record") == ("failed", "not_recorded", True)
    await record(house)
    assert not await act(house, held, "record")
    assert action_of(house, held, "record") == ("failed", "not_recorded", False), "it is a text"


async def test_a_tier_that_the_policy_does_not_have_is_refused_at_publishing(house: House) -> None:
    source = WRITTEN.replace('tier = "gold"', 'tier = "golden"').replace("version = 1", "version = 1\npriority = 9")
    wished = Wished(file="lost.en.md", source=source, written_by=("ada",))
    with pytest.raises(NotPublished) as refused:
        await publish_texts(house.db, [wished], house.clock.now(), "ada", "Why not")
    words = 'lost.en.md:13:1: The action `better`: there is no tier "golden". Did you mean "gold"?'
    assert words in str(refused.value)
