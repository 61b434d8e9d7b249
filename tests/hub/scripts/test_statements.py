"""Statements that must be said bind: what was shown is said, or marked as not said, before the wrap-up is done."""

from pathlib import Path

import orjson
import pytest_asyncio

from hub.reports.wallboard import read_board
from hub.storage import tables
from tests.hub.notices import PIA_MAIL, call, customer_left, mail, text
from tests.hub.scenes import hold_text, talk
from tests.hub.scripts.binding import FIRST, SECOND, bind, complete, end, hold_terms, owed_of, proofs_of, settle
from tests.hub.scripts.test_desk_scripts import parts, pick, script_of, step
from tests.hub.stage import BOTH, Stage


@pytest_asyncio.fixture(autouse=True)
async def bound(stage: Stage, tmp_path: Path) -> None:
    await bind(stage, tmp_path)


@BOTH
async def test_wrap_up_is_not_completed_while_a_statement_that_was_shown_is_open(stage: Stage) -> None:
    held = await hold_terms(stage)
    await end(stage, held)
    refused = await complete(stage, held)
    assert (refused.code, refused.field) == ("statement_owed", FIRST)
    assert script_of(stage, held)["owed"][0]["text"] == "Dear Sam Okoye, it costs 5."
    assert not (await settle(stage, held, FIRST)).code
    assert (await complete(stage, held)).field == SECOND
    not_said = {"is_said": False, "reason": "customer_hung_up"}
    assert not (await settle(stage, held, SECOND, **not_said)).code
    assert owed_of(stage, held) == []
    assert not (await complete(stage, held)).code
    row = await stage.interaction(id=held["id"])
    assert (row["closed_as"], row["disposition"]) == ("handled", "solved")
    assert await proofs_of(stage, held) == [
        (FIRST, "shown", "ada", None, ""),
        (SECOND, "shown", "ada", None, ""),
        (FIRST, "acknowledged", "ada", None, ""),
        (SECOND, "not_said", "ada", "customer_hung_up", ""),
    ]
    assert "statement_not_said" in await stage.said(held["id"], "fact")


async def test_a_step_that_was_never_shown_owes_nothing(stage: Stage) -> None:
    held = await hold_text(stage)
    assert not (await step(stage, held, "choose", choice="2")).code
    await end(stage, held)
    assert not (await complete(stage, held)).code


async def test_a_step_that_was_shown_and_gone_back_from_owes_what_it_showed(stage: Stage) -> None:
    held = await hold_terms(stage)
    await step(stage, held, "back")
    await step(stage, held, "choose", choice="2")
    assert owed_of(stage, held) == [FIRST, SECOND]
    await end(stage, held)
    assert (await complete(stage, held)).code == "statement_owed"


async def test_who_says_why_it_was_not_said_may_go_on_and_may_still_say_it(stage: Stage) -> None:
    held = await hold_terms(stage)
    assert (await settle(stage, held, FIRST, is_said=False)).field == "reason"
    assert (await settle(stage, held, FIRST, is_said=False, reason="other", note=" ")).field == "note"
    assert not (await settle(stage, held, FIRST, is_said=False, reason="other", note="Säger det skriftligt")).code
    shown = parts(script_of(stage, held), "must_say")[0]
    assert (shown["acknowledged"], shown["not_said"], shown["note"]) == (False, "other", "Säger det skriftligt")
    assert (await settle(stage, held, FIRST, is_said=False, reason="customer_declined")).code == "is_settled"
    await step(stage, held, "acknowledge", must_say=SECOND)
    assert not (await step(stage, held, "next")).code
    assert not (await settle(stage, held, FIRST)).code
    assert [one[:2] for one in await proofs_of(stage, held)][-1] == (FIRST, "acknowledged")


async def test_what_was_not_shown_cannot_be_settled(stage: Stage) -> None:
    held = await hold_text(stage)
    assert (await settle(stage, held, FIRST)).code == "unknown_statement"
    assert (await settle(stage, held, FIRST, script_id="other")).code == "invalid"


async def test_only_who_holds_it_settles_it(stage: Stage) -> None:
    held = await hold_terms(stage)
    await stage.seat("cleo")
    said = {"script_id": "binding", "statement": FIRST, "is_said": True}
    refused = await stage.ask("cleo", "settle_statement", interaction_id=held["id"], version=held["version"], **said)
    assert refused.code == "not_yours"


@BOTH
async def test_a_wrap_up_that_runs_out_is_unfinished_and_the_supervisor_sees_it(stage: Stage) -> None:
    held = await hold_terms(stage)
    await settle(stage, held, FIRST)
    await end(stage, held)
    await stage.turn(121)
    row = await stage.interaction(id=held["id"])
    assert (row["state"], row["closed_as"], row["agent_id"]) == ("closed", "unfinished", "ada")
    removed = next(event for event in stage.screens["ada"].seen if event["kind"] == "interaction_removed")
    assert (removed["closed_as"], removed["today"]["handled"]) == ("unfinished", 1)
    m = tables.message
    (fact,) = await stage.rows(m, m.c.interaction_id == held["id"], m.c.fact == "closed_unfinished")
    assert orjson.loads(fact["data"])["text"] == "It is recorded."
    async with stage.db.read() as conn:
        board = await read_board(conn, stage.state.book, stage.clock.now())
    assert (board.total.counts["unfinished"], board.queues[0].line.counts["unfinished"]) == (1, 1)
    assert (board.total.abandoned, board.total.answered) == (0, 1)


async def test_a_wrap_up_that_runs_out_with_nothing_owed_is_handled(stage: Stage) -> None:
    held = await hold_terms(stage)
    for statement in (FIRST, SECOND):
        await settle(stage, held, statement)
    await end(stage, held)
    await stage.turn(121)
    assert (await stage.interaction(id=held["id"]))["closed_as"] == "handled"


async def test_the_statement_goes_with_a_transfer_and_is_owed_by_who_holds_it_at_the_end(stage: Stage) -> None:
    held = await hold_terms(stage)
    await settle(stage, held, FIRST)
    await stage.about("ada", held["id"], "transfer_interaction", queue="cards")
    await stage.seat("cleo")
    taken = await stage.accept("cleo")
    assert [one["statement"] for one in taken["script"]["owed"]] == [SECOND]
    await end(stage, taken, "cleo")
    assert (await complete(stage, taken, "cleo")).field == SECOND
    await settle(stage, taken, SECOND, "cleo")
    assert not (await complete(stage, taken, "cleo")).code
    assert await proofs_of(stage, held) == [
        (FIRST, "shown", "ada", None, ""),
        (SECOND, "shown", "ada", None, ""),
        (FIRST, "acknowledged", "ada", None, ""),
        (FIRST, "shown", "cleo", None, ""),
        (SECOND, "shown", "cleo", None, ""),
        (SECOND, "acknowledged", "cleo", None, ""),
    ]


async def test_a_supervisor_who_takes_it_over_owes_it(stage: Stage) -> None:
    held = await hold_terms(stage)
    dot = await stage.open("dot")
    await stage.do("dot", "set_state", state="available")
    version = stage.screens["ada"].find(held["id"])["version"]
    await stage.do("dot", "assign_interaction", interaction_id=held["id"], version=version, agent_id="dot")
    assert [one["statement"] for one in dot.find(held["id"])["script"]["owed"]] == [FIRST, SECOND]
    await end(stage, held, "dot")
    assert (await complete(stage, held, "dot")).code == "statement_owed"


async def test_a_script_that_was_left_for_another_one_still_binds(stage: Stage) -> None:
    held = await hold_terms(stage)
    assert not (await pick(stage, held, "other")).code
    assert owed_of(stage, held) == [FIRST, SECOND, "say.1"]
    assert not (await settle(stage, held, "say.1", script_id="other", is_said=False, reason="not_applicable")).code
    await pick(stage, held, "binding")
    for statement in (FIRST, SECOND):
        await settle(stage, held, statement)
    await end(stage, held)
    assert not (await complete(stage, held)).code


async def test_the_language_of_the_script_changes_nothing_of_what_is_owed(stage: Stage) -> None:
    held = await hold_terms(stage)
    await step(stage, held, "acknowledge", must_say=FIRST)
    assert not (await step(stage, held, "language", language="zh-CN")).code
    assert owed_of(stage, held) == [SECOND]


async def test_a_customer_who_hangs_up_leaves_a_call_that_is_unfinished_where_nobody_says_so(stage: Stage) -> None:
    ada = await talk(stage)
    (held,) = ada.held
    await step(stage, held, "choose", choice="1")
    await stage.take(customer_left("CA1"))
    assert ada.find(held["id"])["state"] == "wrap_up"
    assert (await complete(stage, held)).code == "statement_owed"
    await stage.turn(121)
    assert (await stage.interaction(id=held["id"]))["closed_as"] == "unfinished"


async def test_a_desk_that_is_lost_in_wrap_up_leaves_it_unfinished(stage: Stage) -> None:
    held = await hold_terms(stage)
    await end(stage, held)
    await stage.close("ada")
    await stage.turn(21)
    assert (await stage.interaction(id=held["id"]))["closed_as"] == "unfinished"


async def test_what_a_lost_desk_had_in_hand_waits_with_what_it_owes(stage: Stage) -> None:
    held = await hold_terms(stage)
    await stage.close("ada")
    await stage.turn(21)
    await stage.seat("ada")
    taken = await stage.accept("ada")
    assert (taken["id"], [one["statement"] for one in taken["script"]["owed"]]) == (held["id"], [FIRST, SECOND])


async def test_a_customer_who_comes_back_in_wrap_up_is_told_then(stage: Stage) -> None:
    held = await hold_terms(stage)
    await end(stage, held)
    await stage.take(text("Ett till"))
    assert stage.screens["ada"].find(held["id"])["state"] == "active"
    for statement in (FIRST, SECOND):
        assert not (await step(stage, held, "acknowledge", must_say=statement)).code
    await end(stage, held)
    assert not (await complete(stage, held)).code


async def test_a_mail_binds_as_a_call_does(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(mail("Mitt lån", PIA_MAIL))
    held = await stage.accept("ada")
    await step(stage, held, "choose", choice="1")
    await end(stage, held)
    await stage.turn(121)
    assert (await stage.interaction(id=held["id"]))["closed_as"] == "unfinished"


async def test_who_gives_up_before_a_script_was_shown_is_abandoned(stage: Stage) -> None:
    await stage.take(call("CA1"))
    await stage.turn(11)
    await stage.take(customer_left("CA1"))
    assert (await stage.interaction(provider_ref="CA1"))["closed_as"] == "abandoned"


async def test_what_is_owed_outlives_a_restart_in_wrap_up(stage: Stage) -> None:
    held = await hold_terms(stage)
    await end(stage, held)
    await stage.check_restored()
    await stage.dispatcher._restore()  # as another process does that takes over
    refused = await complete(stage, held)
    assert (refused.code, refused.field) == ("statement_owed", FIRST)
    await stage.turn(121)
    assert (await stage.interaction(id=held["id"]))["closed_as"] == "unfinished"
