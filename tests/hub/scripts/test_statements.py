"""Statements that must be said bind: what was shown is said, or marked as not said, before the wrap-up is done."""

from pathlib import Path

import orjson
import pytest_asyncio

from hub.reports.wallboard_figures import read_board
from hub.storage import tables
from tests.hub.flows import hold_text, talk
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA_MAIL, call, customer_left, mail, text
from tests.hub.scripts.binding import FIRST, SECOND, bind, complete, end, hold_terms, owed_of, proofs_of, settle
from tests.hub.scripts.test_desk_scripts import parts, pick, script_of, step


@pytest_asyncio.fixture(autouse=True)
async def bound(house: House, tmp_path: Path) -> None:
    await bind(house, tmp_path)


@BOTH
async def test_wrap_up_is_not_completed_while_a_statement_that_was_shown_is_open(house: House) -> None:
    held = await hold_terms(house)
    await end(house, held)
    refused = await complete(house, held)
    assert (refused.code, refused.field) == ("statement_owed", FIRST)
    assert script_of(house, held)["owed"][0]["text"] == "Dear Sam Okoye, it costs 5."
    assert not (await settle(house, held, FIRST)).code
    assert (await complete(house, held)).field == SECOND
    not_said = {"is_said": False, "reason": "customer_hung_up"}
    assert not (await settle(house, held, SECOND, **not_said)).code
    assert owed_of(house, held) == []
    assert not (await complete(house, held)).code
    row = await house.interaction(id=held["id"])
    assert (row["closed_as"], row["disposition"]) == ("handled", "solved")
    assert await proofs_of(house, held) == [
        (FIRST, "shown", "ada", None, ""),
        (SECOND, "shown", "ada", None, ""),
        (FIRST, "acknowledged", "ada", None, ""),
        (SECOND, "not_said", "ada", "customer_hung_up", ""),
    ]
    assert "statement_not_said" in await house.said(held["id"], "fact")


async def test_a_step_that_was_never_shown_owes_nothing(house: House) -> None:
    held = await hold_text(house)
    assert not (await step(house, held, "choose", choice="2")).code
    await end(house, held)
    assert not (await complete(house, held)).code


async def test_a_step_that_was_shown_and_gone_back_from_owes_what_it_showed(house: House) -> None:
    held = await hold_terms(house)
    await step(house, held, "back")
    await step(house, held, "choose", choice="2")
    assert owed_of(house, held) == [FIRST, SECOND]
    await end(house, held)
    assert (await complete(house, held)).code == "statement_owed"


async def test_who_says_why_it_was_not_said_may_go_on_and_may_still_say_it(house: House) -> None:
    held = await hold_terms(house)
    assert (await settle(house, held, FIRST, is_said=False)).field == "reason"
    assert (await settle(house, held, FIRST, is_said=False, reason="other", note=" ")).field == "note"
    assert not (await settle(house, held, FIRST, is_said=False, reason="other", note="Säger det skriftligt")).code
    shown = parts(script_of(house, held), "must_say")[0]
    assert (shown["acknowledged"], shown["not_said"], shown["note"]) == (False, "other", "Säger det skriftligt")
    assert (await settle(house, held, FIRST, is_said=False, reason="customer_declined")).code == "is_settled"
    await step(house, held, "acknowledge", must_say=SECOND)
    assert not (await step(house, held, "next")).code
    assert not (await settle(house, held, FIRST)).code
    assert [one[:2] for one in await proofs_of(house, held)][-1] == (FIRST, "acknowledged")


async def test_what_was_not_shown_cannot_be_settled(house: House) -> None:
    held = await hold_text(house)
    assert (await settle(house, held, FIRST)).code == "unknown_statement"
    assert (await settle(house, held, FIRST, script_id="other")).code == "invalid"


async def test_only_who_holds_it_settles_it(house: House) -> None:
    held = await hold_terms(house)
    await house.seat("cleo")
    said = {"script_id": "binding", "statement": FIRST, "is_said": True}
    refused = await house.ask("cleo", "settle_statement", interaction_id=held["id"], version=held["version"], **said)
    assert refused.code == "not_yours"


@BOTH
async def test_a_wrap_up_that_runs_out_is_unfinished_and_the_supervisor_sees_it(house: House) -> None:
    held = await hold_terms(house)
    await settle(house, held, FIRST)
    await end(house, held)
    await house.turn(121)
    row = await house.interaction(id=held["id"])
    assert (row["state"], row["closed_as"], row["agent_id"]) == ("closed", "unfinished", "ada")
    removed = next(event for event in house.screens["ada"].seen if event["kind"] == "interaction_removed")
    assert (removed["closed_as"], removed["today"]["handled"]) == ("unfinished", 1)
    m = tables.message
    (fact,) = await house.rows(m, m.c.interaction_id == held["id"], m.c.fact == "closed_unfinished")
    assert orjson.loads(fact["data"])["text"] == "It is recorded."
    async with house.db.read() as conn:
        board = await read_board(conn, house.state.book, house.clock.now())
    assert (board.total.counts["unfinished"], board.queues[0].line.counts["unfinished"]) == (1, 1)
    assert (board.total.abandoned, board.total.answered) == (0, 1)


async def test_a_wrap_up_that_runs_out_with_nothing_owed_is_handled(house: House) -> None:
    held = await hold_terms(house)
    for statement in (FIRST, SECOND):
        await settle(house, held, statement)
    await end(house, held)
    await house.turn(121)
    assert (await house.interaction(id=held["id"]))["closed_as"] == "handled"


async def test_the_statement_goes_with_a_transfer_and_is_owed_by_who_holds_it_at_the_end(house: House) -> None:
    held = await hold_terms(house)
    await settle(house, held, FIRST)
    await house.about("ada", held["id"], "transfer_interaction", queue="cards")
    await house.seat("cleo")
    taken = await house.accept("cleo")
    assert [one["statement"] for one in taken["script"]["owed"]] == [SECOND]
    await end(house, taken, "cleo")
    assert (await complete(house, taken, "cleo")).field == SECOND
    await settle(house, taken, SECOND, "cleo")
    assert not (await complete(house, taken, "cleo")).code
    assert await proofs_of(house, held) == [
        (FIRST, "shown", "ada", None, ""),
        (SECOND, "shown", "ada", None, ""),
        (FIRST, "acknowledged", "ada", None, ""),
        (FIRST, "shown", "cleo", None, ""),
        (SECOND, "shown", "cleo", None, ""),
        (SECOND, "acknowledged", "cleo", None, ""),
    ]


async def test_a_supervisor_who_takes_it_over_owes_it(house: House) -> None:
    held = await hold_terms(house)
    dot = await house.open("dot")
    await house.do("dot", "set_state", state="available")
    version = house.screens["ada"].find(held["id"])["version"]
    await house.do("dot", "assign_interaction", interaction_id=held["id"], version=version, agent_id="dot")
    assert [one["statement"] for one in dot.find(held["id"])["script"]["owed"]] == [FIRST, SECOND]
    await end(house, held, "dot")
    assert (await complete(house, held, "dot")).code == "statement_owed"


async def test_a_script_that_was_left_for_another_one_still_binds(house: House) -> None:
    held = await hold_terms(house)
    assert not (await pick(house, held, "other")).code
    assert owed_of(house, held) == [FIRST, SECOND, "say.1"]
    assert not (await settle(house, held, "say.1", script_id="other", is_said=False, reason="not_applicable")).code
    await pick(house, held, "binding")
    for statement in (FIRST, SECOND):
        await settle(house, held, statement)
    await end(house, held)
    assert not (await complete(house, held)).code


async def test_the_language_of_the_script_changes_nothing_of_what_is_owed(house: House) -> None:
    held = await hold_terms(house)
    await step(house, held, "acknowledge", must_say=FIRST)
    assert not (await step(house, held, "language", language="zh-CN")).code
    assert owed_of(house, held) == [SECOND]


async def test_a_customer_who_hangs_up_leaves_a_call_that_is_unfinished_where_nobody_says_so(house: House) -> None:
    ada = await talk(house)
    (held,) = ada.held
    await step(house, held, "choose", choice="1")
    await house.take(customer_left("CA1"))
    assert ada.find(held["id"])["state"] == "wrap_up"
    assert (await complete(house, held)).code == "statement_owed"
    await house.turn(121)
    assert (await house.interaction(id=held["id"]))["closed_as"] == "unfinished"


async def test_a_desk_that_is_lost_in_wrap_up_leaves_it_unfinished(house: House) -> None:
    held = await hold_terms(house)
    await end(house, held)
    await house.close("ada")
    await house.turn(21)
    assert (await house.interaction(id=held["id"]))["closed_as"] == "unfinished"


async def test_what_a_lost_desk_had_in_hand_waits_with_what_it_owes(house: House) -> None:
    held = await hold_terms(house)
    await house.close("ada")
    await house.turn(21)
    await house.seat("ada")
    taken = await house.accept("ada")
    assert (taken["id"], [one["statement"] for one in taken["script"]["owed"]]) == (held["id"], [FIRST, SECOND])


async def test_a_customer_who_comes_back_in_wrap_up_is_told_then(house: House) -> None:
    held = await hold_terms(house)
    await end(house, held)
    await house.take(text("Ett till"))
    assert house.screens["ada"].find(held["id"])["state"] == "active"
    for statement in (FIRST, SECOND):
        assert not (await step(house, held, "acknowledge", must_say=statement)).code
    await end(house, held)
    assert not (await complete(house, held)).code


async def test_a_mail_binds_as_a_call_does(house: House) -> None:
    await house.seat("ada")
    await house.take(mail("Mitt lån", PIA_MAIL))
    held = await house.accept("ada")
    await step(house, held, "choose", choice="1")
    await end(house, held)
    await house.turn(121)
    assert (await house.interaction(id=held["id"]))["closed_as"] == "unfinished"


async def test_who_gives_up_before_a_script_was_shown_is_abandoned(house: House) -> None:
    await house.take(call("CA1"))
    await house.turn(11)
    await house.take(customer_left("CA1"))
    assert (await house.interaction(provider_ref="CA1"))["closed_as"] == "abandoned"


async def test_what_is_owed_outlives_a_restart_in_wrap_up(house: House) -> None:
    held = await hold_terms(house)
    await end(house, held)
    await house.check_restored()
    await house.dispatcher._restore()  # as another process does that takes over
    refused = await complete(house, held)
    assert (refused.code, refused.field) == ("statement_owed", FIRST)
    await house.turn(121)
    assert (await house.interaction(id=held["id"]))["closed_as"] == "unfinished"
