"""What a supervisor does on the wallboard: give, take over, move, let go ahead; told, recorded, or refused."""

from typing import Any

import orjson
import pytest

from agent_console.commands import CommandAnswer
from hub.administration.seeding import add_staff
from hub.settings.demo_data import SampleStaff
from hub.storage import tables
from tests.hub.notices import GUS, PIA, SAM, agent_joined, call, line, opening, text
from tests.hub.stage import BOTH, Stage


async def steer(stage: Stage, kind: str, of: str, who: str = "dot", **fields: Any) -> CommandAnswer:
    """About the open interaction of this address, as it stands."""
    row = await stage.interaction(address=of)
    fields = {"version": row["version"], **fields}
    return await stage.ask(who, kind, interaction_id=row["id"], **fields)


async def facts(stage: Stage, of: str) -> dict[str, dict[str, Any]]:
    row = await stage.interaction(address=of)
    rows = await stage.rows(tables.message, tables.message.c.interaction_id == row["id"])
    return {
        one["fact"]: {"author": one["author"], **orjson.loads(one["data"])} for one in rows if one["kind"] == "fact"
    }


async def audits(stage: Stage) -> list[tuple[str, str, dict[str, Any]]]:
    rows = await stage.rows(tables.audit, tables.audit.c.action.like("wallboard.%"))
    return [(row["staff_id"], row["action"], orjson.loads(row["detail"])) for row in rows]


@BOTH
async def test_what_waits_is_given_to_an_agent_who_is_offered_it(stage: Stage) -> None:
    ada = await stage.open("ada")
    await stage.do("ada", "set_state", state="unavailable", reason="break")
    await stage.take(text("Hej", SAM))
    assert await steer(stage, "assign_interaction", SAM, agent_id="ada", note="她认识他 — bitte") == CommandAnswer()
    (offer,) = ada.offers
    assert offer["reason"]["chosen_by"] == "assigned"
    assert (await facts(stage, SAM))["assigned"] == {"author": "Dot Mbeki", "agent": "Ada Holm", "overrides": ""}
    assert await stage.said(offer["interaction_id"], "note") == ["她认识他 — bitte"]
    assert await audits(stage) == [("dot", "wallboard.assign_interaction", {"agent": "ada", "overrides_fit": False})]


async def test_fit_is_obeyed_unless_it_is_overridden_and_that_is_recorded(stage: Stage) -> None:
    ada = await stage.seat("ada")
    await stage.take(call("CA1", PIA))
    await stage.accept("ada")
    await stage.take(call("CA2", GUS))
    assert (await steer(stage, "assign_interaction", GUS, agent_id="ada")).code == "does_not_fit"
    assert await audits(stage) == []
    assert "assigned" not in await facts(stage, GUS)
    await steer(stage, "assign_interaction", GUS, agent_id="ada", overrides_fit=True)
    assert [offer["customer_name"] for offer in ada.offers] == ["Gus Moreau"]
    assert (await facts(stage, GUS))["assigned"]["overrides"] == "room"
    assert (await audits(stage))[0][2]["overrides_fit"] is True


async def test_an_offer_is_moved_to_somebody_else(stage: Stage) -> None:
    ada, ben = await stage.seat("ada"), await stage.open("ben")
    await stage.do("ben", "set_state", state="unavailable", reason="paperwork")
    await stage.take(text("Hej", SAM))
    assert len(ada.offers) == 1
    assert (await steer(stage, "assign_interaction", SAM, agent_id="ben")).code == ""
    assert (ada.offers, len(ben.offers)) == ([], 1)


async def test_a_supervisor_takes_over_a_call_with_all_that_was_said(stage: Stage) -> None:
    ada, dot = await stage.seat("ada"), await stage.open("dot")
    await stage.do("dot", "set_state", state="unavailable", reason="meeting")
    await stage.take(call("CA1", PIA))
    held = await stage.accept("ada")
    await stage.take(agent_joined("CA1", "CA-ada"))
    await stage.about("ada", held["id"], "add_note", text="很生气 Förbannad")
    assert (await steer(stage, "assign_interaction", PIA, agent_id="dot")).code == ""
    assert ada.shown["interactions"] == []
    taken = dot.find(held["id"])
    assert (taken["state"], taken["call"]["state"]) == ("active", "connecting")
    assert "很生气 Förbannad" in [message["text"] for message in taken["messages"]]
    assert [request.agent_address for request in await stage.requests("ConnectAgent")] == ["client:ada", "client:dot"]
    owners = await stage.rows(tables.participant)
    assert [(row["agent_id"], row["left_at"] is None) for row in owners] == [("ada", False), ("dot", True)]
    await stage.check_screens()


async def test_what_waits_is_moved_to_another_queue_and_keeps_its_place(stage: Stage) -> None:
    await stage.take(text("Mitt kort?", SAM))
    before = await stage.interaction(address=SAM)
    assert (await steer(stage, "move_interaction", SAM, queue="cards", note="Kort")).code == ""
    after = await stage.interaction(address=SAM)
    assert (after["queue"], after["rank_at"]) == ("cards", before["rank_at"])
    assert (await facts(stage, SAM))["transferred"] == {"author": "Dot Mbeki", "from": "service", "to": "cards"}
    assert (await audits(stage))[0][1:] == ("wallboard.move_interaction", {"from": "service", "to": "cards"})


async def test_a_boost_lets_it_go_ahead_to_the_cap_and_is_taken_back_by_none(stage: Stage) -> None:
    await stage.take(text("Hej", SAM))
    before = await stage.interaction(address=SAM)
    assert (await steer(stage, "boost_interaction", SAM, seconds=7200, reason="vulnerable 弱势")).code == ""
    after = await stage.interaction(address=SAM)
    assert before["rank_at"] - after["rank_at"] == 600 * 1_000_000
    assert (await facts(stage, SAM))["boosted"] == {
        "author": "Dot Mbeki",
        "seconds": 600,
        "reason": "vulnerable 弱势",
    }
    await steer(stage, "boost_interaction", SAM, seconds=0, reason="a mistake")
    assert (await stage.interaction(address=SAM))["rank_at"] == before["rank_at"]
    assert [detail["seconds"] for *_, detail in await audits(stage)] == [600, 0]


@pytest.mark.parametrize(
    ("kind", "fields", "code", "field"),
    [
        ("assign_interaction", {"agent_id": "ada", "version": 99}, "stale", ""),
        ("assign_interaction", {"agent_id": "nobody"}, "invalid", "agent_id"),
        ("assign_interaction", {"agent_id": "fay"}, "not_at_desk", ""),
        ("move_interaction", {"queue": "service"}, "invalid", "queue"),
        ("move_interaction", {"queue": "deposits"}, "invalid", "queue"),  # takes no texts
        ("move_interaction", {"queue": "nowhere"}, "invalid", "queue"),
        ("boost_interaction", {"seconds": 60, "reason": "x", "version": 0}, "stale", ""),
    ],
)
async def test_what_makes_no_sense_is_refused_and_leaves_no_trace(
    stage: Stage, kind: str, fields: dict[str, Any], code: str, field: str
) -> None:
    await stage.take(text("Hej", SAM))
    before = await facts(stage, SAM)
    answer = await steer(stage, kind, SAM, **fields)
    assert (answer.code, answer.field) == (code, field)
    assert (await facts(stage, SAM), await audits(stage)) == (before, [])


async def test_what_is_closed_or_has_not_begun_is_not_steered(stage: Stage) -> None:
    await stage.take(opening("chat-1"))  # nothing was said yet
    row = await stage.interaction(channel="webchat")
    about = {"interaction_id": row["id"], "version": row["version"]}
    assert (await stage.ask("dot", "boost_interaction", seconds=60, reason="x", **about)).code == "wrong_state"
    gone = {"interaction_id": "i0123", "version": 1}
    assert (await stage.ask("dot", "move_interaction", queue="cards", **gone)).code == "unknown_interaction"
    await stage.take(line("Hej", "chat-1"))
    await stage.seat("ada")


async def test_the_same_command_twice_is_done_once(stage: Stage) -> None:
    await stage.take(text("Hej", SAM))
    row = await stage.interaction(address=SAM)
    fields = {"interaction_id": row["id"], "version": row["version"], "queue": "cards"}
    for _ in range(2):
        assert (await stage.ask("dot", "move_interaction", command_id="move-1", **fields)).code == ""
    assert len(await audits(stage)) == 1


async def test_a_supervisor_steers_nothing_of_a_queue_that_is_not_theirs(stage: Stage) -> None:
    """To move it into a queue of their own, or to take it over, would be to read it."""
    nova = SampleStaff(
        id="nova", name="Nova 诺娃", roles=("supervisor", "agent"), language="en", queues=("deposits",), phone=""
    )
    await add_staff(stage.db, nova, "a first password", stage.clock.now())
    stage.inbox.stored += 1  # that somebody was added is told to the router
    await stage.settle()
    await stage.open("nova")
    await stage.do("nova", "set_state", state="unavailable", reason="meeting")
    await stage.take(text("Mitt hemliga ärende 我的秘密", SAM))
    assert (await stage.interaction(address=SAM))["queue"] == "service"
    for kind, fields in (
        ("move_interaction", {"queue": "deposits"}),
        ("assign_interaction", {"agent_id": "nova", "overrides_fit": True}),
        ("boost_interaction", {"seconds": 60, "reason": "hurry"}),
    ):
        assert (await steer(stage, kind, SAM, "nova", **fields)).code == "unknown_interaction", kind
    assert await stage.said((await stage.interaction(address=SAM))["id"], "note") == []
    assert await audits(stage) == []
    assert (await steer(stage, "boost_interaction", SAM, seconds=60, reason="hurry")).code == ""
