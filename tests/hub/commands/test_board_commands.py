"""What a supervisor does on the wallboard: give, take over, move, let go ahead; told, recorded, or refused."""

from typing import Any

import orjson
import pytest

from agent_console.commands import CommandAnswer
from hub.administration.seeding import add_staff
from hub.settings.demo_data import SampleStaff
from hub.storage import tables
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, PIA, SAM, agent_joined, call, line, opening, text


async def steer(house: House, kind: str, of: str, who: str = "dot", **fields: Any) -> CommandAnswer:
    """About the open interaction of this address, as it stands."""
    row = await house.interaction(address=of)
    fields = {"version": row["version"], **fields}
    return await house.ask(who, kind, interaction_id=row["id"], **fields)


async def facts(house: House, of: str) -> dict[str, dict[str, Any]]:
    row = await house.interaction(address=of)
    rows = await house.rows(tables.message, tables.message.c.interaction_id == row["id"])
    return {
        one["fact"]: {"author": one["author"], **orjson.loads(one["data"])} for one in rows if one["kind"] == "fact"
    }


async def audits(house: House) -> list[tuple[str, str, dict[str, Any]]]:
    rows = await house.rows(tables.audit, tables.audit.c.action.like("wallboard.%"))
    return [(row["staff_id"], row["action"], orjson.loads(row["detail"])) for row in rows]


@BOTH
async def test_what_waits_is_given_to_an_agent_who_is_offered_it(house: House) -> None:
    ada = await house.open("ada")
    await house.do("ada", "set_state", state="unavailable", reason="break")
    await house.take(text("Hej", SAM))
    assert await steer(house, "assign_interaction", SAM, agent_id="ada", note="她认识他 — bitte") == CommandAnswer()
    (offer,) = ada.offers
    assert offer["reason"]["chosen_by"] == "assigned"
    assert (await facts(house, SAM))["assigned"] == {"author": "Dot Mbeki", "agent": "Ada Holm", "overrides": ""}
    assert await house.said(offer["interaction_id"], "note") == ["她认识他 — bitte"]
    assert await audits(house) == [("dot", "wallboard.assign_interaction", {"agent": "ada", "overrides_fit": False})]


async def test_fit_is_obeyed_unless_it_is_overridden_and_that_is_recorded(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(call("CA1", PIA))
    await house.accept("ada")
    await house.take(call("CA2", GUS))
    assert (await steer(house, "assign_interaction", GUS, agent_id="ada")).code == "does_not_fit"
    assert await audits(house) == []
    assert "assigned" not in await facts(house, GUS)
    await steer(house, "assign_interaction", GUS, agent_id="ada", overrides_fit=True)
    assert [offer["customer_name"] for offer in ada.offers] == ["Gus Moreau"]
    assert (await facts(house, GUS))["assigned"]["overrides"] == "room"
    assert (await audits(house))[0][2]["overrides_fit"] is True


async def test_an_offer_is_moved_to_somebody_else(house: House) -> None:
    ada, ben = await house.seat("ada"), await house.open("ben")
    await house.do("ben", "set_state", state="unavailable", reason="paperwork")
    await house.take(text("Hej", SAM))
    assert len(ada.offers) == 1
    assert (await steer(house, "assign_interaction", SAM, agent_id="ben")).code == ""
    assert (ada.offers, len(ben.offers)) == ([], 1)


async def test_a_supervisor_takes_over_a_call_with_all_that_was_said(house: House) -> None:
    ada, dot = await house.seat("ada"), await house.open("dot")
    await house.do("dot", "set_state", state="unavailable", reason="meeting")
    await house.take(call("CA1", PIA))
    held = await house.accept("ada")
    await house.take(agent_joined("CA1", "CA-ada"))
    await house.about("ada", held["id"], "add_note", text="很生气 Förbannad")
    assert (await steer(house, "assign_interaction", PIA, agent_id="dot")).code == ""
    assert ada.shown["interactions"] == []
    taken = dot.find(held["id"])
    assert (taken["state"], taken["call"]["state"]) == ("active", "connecting")
    assert "很生气 Förbannad" in [message["text"] for message in taken["messages"]]
    assert [request.agent_address for request in await house.requests("ConnectAgent")] == ["client:ada", "client:dot"]
    owners = await house.rows(tables.participant)
    assert [(row["agent_id"], row["left_at"] is None) for row in owners] == [("ada", False), ("dot", True)]
    await house.check_screens()


async def test_what_waits_is_moved_to_another_queue_and_keeps_its_place(house: House) -> None:
    await house.take(text("Mitt kort?", SAM))
    before = await house.interaction(address=SAM)
    assert (await steer(house, "move_interaction", SAM, queue="cards", note="Kort")).code == ""
    after = await house.interaction(address=SAM)
    assert (after["queue"], after["rank_at"]) == ("cards", before["rank_at"])
    assert (await facts(house, SAM))["transferred"] == {"author": "Dot Mbeki", "from": "service", "to": "cards"}
    assert (await audits(house))[0][1:] == ("wallboard.move_interaction", {"from": "service", "to": "cards"})


async def test_a_boost_lets_it_go_ahead_to_the_cap_and_is_taken_back_by_none(house: House) -> None:
    await house.take(text("Hej", SAM))
    before = await house.interaction(address=SAM)
    assert (await steer(house, "boost_interaction", SAM, seconds=7200, reason="vulnerable 弱势")).code == ""
    after = await house.interaction(address=SAM)
    assert before["rank_at"] - after["rank_at"] == 600 * 1_000_000
    assert (await facts(house, SAM))["boosted"] == {
        "author": "Dot Mbeki",
        "seconds": 600,
        "reason": "vulnerable 弱势",
    }
    await steer(house, "boost_interaction", SAM, seconds=0, reason="a mistake")
    assert (await house.interaction(address=SAM))["rank_at"] == before["rank_at"]
    assert [detail["seconds"] for *_, detail in await audits(house)] == [600, 0]


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
    house: House, kind: str, fields: dict[str, Any], code: str, field: str
) -> None:
    await house.take(text("Hej", SAM))
    before = await facts(house, SAM)
    answer = await steer(house, kind, SAM, **fields)
    assert (answer.code, answer.field) == (code, field)
    assert (await facts(house, SAM), await audits(house)) == (before, [])


async def test_what_is_closed_or_has_not_begun_is_not_steered(house: House) -> None:
    await house.take(opening("chat-1"))  # nothing was said yet
    row = await house.interaction(channel="webchat")
    about = {"interaction_id": row["id"], "version": row["version"]}
    assert (await house.ask("dot", "boost_interaction", seconds=60, reason="x", **about)).code == "wrong_state"
    gone = {"interaction_id": "i0123", "version": 1}
    assert (await house.ask("dot", "move_interaction", queue="cards", **gone)).code == "unknown_interaction"
    await house.take(line("Hej", "chat-1"))
    await house.seat("ada")


async def test_the_same_command_twice_is_done_once(house: House) -> None:
    await house.take(text("Hej", SAM))
    row = await house.interaction(address=SAM)
    fields = {"interaction_id": row["id"], "version": row["version"], "queue": "cards"}
    for _ in range(2):
        assert (await house.ask("dot", "move_interaction", command_id="move-1", **fields)).code == ""
    assert len(await audits(house)) == 1


async def test_a_supervisor_steers_nothing_of_a_queue_that_is_not_theirs(house: House) -> None:
    """To move it into a queue of their own, or to take it over, would be to read it."""
    nova = SampleStaff(
        id="nova", name="Nova 诺娃", roles=("supervisor", "agent"), language="en", queues=("deposits",), phone=""
    )
    await add_staff(house.db, nova, "a first password", house.clock.now())
    house.inbox.stored += 1  # that somebody was added is told to the router
    await house.until_handled()
    await house.open("nova")
    await house.do("nova", "set_state", state="unavailable", reason="meeting")
    await house.take(text("Mitt hemliga ärende 我的秘密", SAM))
    assert (await house.interaction(address=SAM))["queue"] == "service"
    for kind, fields in (
        ("move_interaction", {"queue": "deposits"}),
        ("assign_interaction", {"agent_id": "nova", "overrides_fit": True}),
        ("boost_interaction", {"seconds": 60, "reason": "hurry"}),
    ):
        assert (await steer(house, kind, SAM, "nova", **fields)).code == "unknown_interaction", kind
    assert await house.said((await house.interaction(address=SAM))["id"], "note") == []
    assert await audits(house) == []
    assert (await steer(house, "boost_interaction", SAM, seconds=60, reason="hurry")).code == ""
