"""Supervisors listen in on calls: who hears them, whom the agent sees, who may, and what becomes of the leg."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from agent_console.commands import CommandAnswer
from hub.administration.seeding import add_staff
from hub.administration.staff_phones import set_number, set_softphone
from hub.policies.document import ListeningPolicy
from hub.policies.stored_versions import publish_policy
from hub.settings.demo_data import SampleStaff
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from tests.hub.flows import talk
from tests.hub.house import House
from tests.hub.notices import PIA, agent_joined, agent_left, call, customer_left, text

ADA, DOT, MONITOR, WHISPER, BARGE = "ada", "dot", "monitor", "whisper", "barge"
OPEN: Mapping[str, Any] = {"is_muted": False, "coaches": ""}


async def talking(house: House) -> str:
    await talk(house)
    return str(house.screens[ADA].held[0]["id"])


async def ask(house: House, kind: str, held: str, who: str = DOT, **fields: Any) -> CommandAnswer:
    version = (await house.interaction(id=held))["version"]
    return await house.ask(who, kind, interaction_id=held, **{"version": version, **fields})


async def listen(house: House, held: str, way: str) -> str:
    """The party's id. Dot's telephone has been answered."""
    assert await ask(house, "listen_in", held, way=way) == CommandAnswer()
    party_id = str((await house.requests("ConnectParty"))[-1].outbox_id)
    await house.take(agent_joined("CA1", "CA-dot", party_id))
    return party_id


def parties(house: House, held: str, agent: str = ADA) -> list[tuple[str, str, str]]:
    call = house.screens[agent].find(held)["call"]
    return [(one["name"], one["role"], one["state"]) for one in call["parties"]]


async def settings(house: House) -> list[tuple[str, bool | None, str | None]]:
    """What the provider was asked to make of legs, in order."""
    return [(one.leg_id, one.is_muted, one.coaches) for one in await house.requests("UpdateParty")]


async def audits(house: House) -> list[tuple[str, str, dict[str, Any]]]:
    rows = await house.rows(tables.audit, tables.audit.c.action.like("wallboard.%"))
    return [(row["staff_id"], row["action"], orjson.loads(row["detail"])) for row in rows]


async def change_policy(house: House, **fields: Any) -> None:
    document = replace(house.state.book.document, listening=ListeningPolicy(**fields))
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    if version is not None:  # it is what was in force
        await house.take(PolicyPublished(version))


@pytest.mark.parametrize(
    ("way", "is_muted", "coaches"), [(MONITOR, True, ""), (WHISPER, False, "CA-ada"), (BARGE, False, "")]
)
async def test_a_supervisor_is_called_into_the_room_as_they_want_to_be_heard(
    house: House, way: str, is_muted: bool, coaches: str
) -> None:
    held = await talking(house)
    await listen(house, held, way)
    (request,) = await house.requests("ConnectParty")
    assert (request.to_address, request.is_muted, request.coaches) == ("client:dot", is_muted, coaches)
    assert await settings(house) == [("CA-dot", is_muted, coaches)]
    assert parties(house, held) == [("Dot Mbeki", way, "present")]
    assert await audits(house) == [(DOT, "wallboard.listen_in", {"way": way})]
    await house.check_screens()
    await house.check_restored()


async def test_the_supervisors_own_desk_knows_of_the_leg_that_rings_and_answers_it(house: House) -> None:
    held = await talking(house)
    dot = await house.open(DOT)

    def shown() -> list[tuple[str, str, str]]:
        return [(one["way"], one["state"], one["customer_name"]) for one in dot.shown["listening"]]

    assert not (await ask(house, "listen_in", held, way=MONITOR)).code
    assert shown() == [(MONITOR, "calling", "Sam Okoye")]
    await house.check_screens()
    await house.take(agent_joined("CA1", "CA-dot", (await house.requests("ConnectParty"))[-1].outbox_id))
    assert shown() == [(MONITOR, "present", "Sam Okoye")]
    assert not (await ask(house, "listen_in", held, way=WHISPER)).code
    assert shown() == [(WHISPER, "present", "Sam Okoye")]
    await house.check_screens()
    assert not (await ask(house, "stop_listening", held)).code
    assert shown() == []
    await house.check_screens()


async def test_the_same_leg_changes_from_one_way_to_another(house: House) -> None:
    held = await talking(house)
    await listen(house, held, MONITOR)
    for way in (WHISPER, BARGE, MONITOR):
        assert not (await ask(house, "listen_in", held, way=way)).code
        assert parties(house, held) == [("Dot Mbeki", way, "present")]
        await house.check_restored()
    assert len(await house.requests("ConnectParty")) == 1
    asked = sorted(set(await settings(house)), key=str)
    assert asked == [("CA-dot", False, ""), ("CA-dot", False, "CA-ada"), ("CA-dot", True, "")]
    assert [detail["way"] for *_, detail in await audits(house)] == [MONITOR, WHISPER, BARGE, MONITOR]


async def test_a_supervisor_who_changes_their_mind_while_it_rings_is_heard_as_they_chose_last(house: House) -> None:
    held = await talking(house)
    assert not (await ask(house, "listen_in", held, way=BARGE)).code
    assert not (await ask(house, "listen_in", held, way=MONITOR)).code
    assert await settings(house) == []
    (request,) = await house.requests("ConnectParty")
    await house.take(agent_joined("CA1", "CA-dot", request.outbox_id))
    assert await settings(house) == [("CA-dot", True, "")]


async def test_a_change_that_is_carried_out_late_is_set_right(house: House) -> None:
    held = await talking(house)
    await listen(house, held, MONITOR)
    for way in (BARGE, MONITOR):
        assert not (await ask(house, "listen_in", held, way=way)).code
    late = next(one for one in await house.requests("UpdateParty") if f".{BARGE}." in one.outbox_id)
    count = len(await settings(house))
    await house.take(house.result(late.outbox_id, "phone", "sent", kind="UpdateParty", interaction_id=held))
    assert len(await settings(house)) == count + 1
    assert (await settings(house)).count(("CA-dot", True, "")) == 3


@pytest.mark.parametrize("state", ["failed", "unknown"])
async def test_a_leg_that_cannot_be_set_is_hung_up(house: House, state: str) -> None:
    held = await talking(house)
    await listen(house, held, BARGE)
    assert not (await ask(house, "listen_in", held, way=MONITOR)).code
    last = next(one for one in await house.requests("UpdateParty") if f".{MONITOR}." in one.outbox_id)
    await house.take(house.result(last.outbox_id, "phone", state, kind="UpdateParty", interaction_id=held))
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-dot"]
    assert parties(house, held) == []
    assert house.screens[ADA].find(held)["call"]["state"] == "talking"


@pytest.mark.parametrize(
    ("shown", "seen"),
    [("always", [MONITOR, WHISPER, BARGE]), ("whisper_and_barge", [WHISPER, BARGE]), ("never", [BARGE])],
)
async def test_the_agent_sees_who_listens_as_the_policy_says(house: House, shown: str, seen: list[str]) -> None:
    held = await talking(house)
    await change_policy(house, shown_to_agent=shown)
    for way in (MONITOR, WHISPER, BARGE):
        facts = await house.said(held, "fact")
        party_id = await listen(house, held, way)
        assert [role for _, role, _ in parties(house, held)] == ([way] if way in seen else [])
        await house.check_screens()
        await house.take(agent_left("CA1", "CA-dot", "completed", party_id))
        told = (await house.said(held, "fact"))[len(facts) :]
        assert told == (["party_joined", "party_left"] if way in seen else [])


async def test_an_unseen_supervisor_who_barges_is_told_from_then_on(house: House) -> None:
    held = await talking(house)
    await change_policy(house, shown_to_agent="never")
    await listen(house, held, MONITOR)
    assert not (await ask(house, "listen_in", held, way=BARGE)).code
    assert parties(house, held) == [("Dot Mbeki", BARGE, "present")]
    assert (await house.said(held, "fact"))[-1] == "party_joined"
    await house.check_screens()


async def test_a_supervisor_who_stops_is_hung_up_and_the_call_goes_on(house: House) -> None:
    held = await talking(house)
    await listen(house, held, WHISPER)
    assert not (await ask(house, "stop_listening", held, version=0)).code, "also a screen that is behind"
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-dot"]
    assert (parties(house, held), house.screens[ADA].find(held)["call"]["state"]) == ([], "talking")
    assert (await audits(house))[-1] == (DOT, "wallboard.stop_listening", {})
    assert (await ask(house, "stop_listening", held)).code == "not_listening"


async def test_a_supervisor_goes_on_to_another_call_and_stays_where_they_are_if_that_is_refused(house: House) -> None:
    held = await talking(house)
    await house.seat("ben")
    await house.take(call("CA2", PIA))
    other = str((await house.accept("ben"))["id"])
    await house.take(agent_joined("CA2", "CA-ben"))
    going = {"way": MONITOR, "instead_of": held}
    assert (await ask(house, "listen_in", other, **going)).code == "not_listening", "the screen was behind"
    await listen(house, held, WHISPER)
    assert (await ask(house, "listen_in", other, way=MONITOR)).code == "in_another_call"
    assert (await ask(house, "listen_in", other, version=0, **going)).code == "stale"
    assert (parties(house, held), await house.requests("HangUp")) == ([("Dot Mbeki", WHISPER, "present")], [])
    assert not (await ask(house, "listen_in", other, **going)).code
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-dot"]
    assert (parties(house, held), parties(house, other, "ben")) == ([], [("Dot Mbeki", MONITOR, "calling")])
    assert [(what, detail) for _, what, detail in (await audits(house))[-2:]] == [
        ("wallboard.stop_listening", {}),
        ("wallboard.listen_in", {"way": MONITOR}),
    ]
    await house.check_screens()
    await house.check_restored()


async def test_a_supervisor_has_gone_when_the_call_ends(house: House) -> None:
    held = await talking(house)
    await listen(house, held, MONITOR)
    await house.take(customer_left("CA1"))
    assert "CA-dot" in [one.leg_id for one in await house.requests("HangUp")]
    assert house.floor.interactions[held].parties == {}


async def test_a_supervisor_costs_no_points_and_no_place_in_the_call(house: House) -> None:
    held = await talking(house)
    await house.open(DOT)
    await listen(house, held, MONITOR)
    assert house.screens[DOT].shown["agent"]["load"] == 0
    numbers = [f"+4670174099{last}" for last in range(4)]
    codes = [(await house.about(ADA, held, "call_third_party", number=one)).code for one in numbers]
    assert codes == ["", "", "", "call_is_full"]


async def test_the_agent_cannot_send_a_supervisor_away_or_silence_them(house: House) -> None:
    held = await talking(house)
    party_id = await listen(house, held, BARGE)
    for kind, more in (("drop_party", {}), ("mute_party", {"on": True}), ("hold_party", {"on": True})):
        assert (await house.about(ADA, held, kind, party_id=party_id, **more)).code == "party_gone"


async def test_a_supervisor_takes_the_call_over_and_nobody_waits(house: House) -> None:
    held = await talking(house)
    await house.open(DOT)
    await house.do(DOT, "set_state", state="unavailable", reason="meeting")
    party_id = await listen(house, held, WHISPER)
    assert not (await ask(house, "take_over", held)).code
    taken = house.screens[DOT].find(held)
    assert (house.screens[ADA].held, taken["state"], taken["call"]["state"]) == ([], "active", "talking")
    assert (await settings(house)).count(("CA-dot", False, "")) == 1
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ada"]
    assert await house.requests("HoldCall") == []
    assert (house.screens[DOT].shown["agent"]["load"], taken["call"]["parties"]) == (100, [])
    assert (await audits(house))[-1] == (DOT, "wallboard.take_over", {"agent": ADA})
    assert (await house.said(held, "fact"))[-1] == "assigned"
    await house.check_screens()
    await house.check_restored()
    await house.take(agent_left("CA1", "CA-ada", "completed"), agent_joined("CA1", "CA-dot", party_id))
    assert house.screens[DOT].find(held)["call"]["state"] == "talking"


async def test_nobody_takes_over_a_call_that_they_are_not_in_or_while_they_are_offline(house: House) -> None:
    held = await talking(house)
    await house.open(DOT)
    assert (await ask(house, "take_over", held)).code == "not_listening"
    assert not (await ask(house, "listen_in", held, way=MONITOR)).code
    assert (await ask(house, "take_over", held)).code == "not_listening", "their telephone still rings"
    await house.take(agent_joined("CA1", "CA-dot", (await house.requests("ConnectParty"))[-1].outbox_id))
    assert (await ask(house, "take_over", held)).code == "you_are_offline"


async def test_who_whispers_is_heard_by_the_next_holder(house: House) -> None:
    held = await talking(house)
    await listen(house, held, WHISPER)
    await house.seat("ben")
    assert not (await house.about(ADA, held, "consult_colleague", agent_id="ben", note="", takes_over=True)).code
    (consult,) = house.screens["ben"].shown["consults"]
    await house.do("ben", "answer_consult", party_id=consult["party_id"], accepts=True)
    await house.take(agent_joined("CA1", "CA-ben", consult["party_id"]))
    assert ("CA-dot", False, "CA-ben") in await settings(house)
    assert parties(house, held, "ben") == [("Dot Mbeki", WHISPER, "present")]


@pytest.mark.parametrize("way", [MONITOR, WHISPER, BARGE, "take_over"])
async def test_each_way_is_a_right_of_its_own(house: House, way: str) -> None:
    held = await talking(house)
    await house.open(DOT)
    await house.do(DOT, "set_state", state="unavailable", reason="meeting")
    await change_policy(house, **{way: ("somebody",)})
    asked = [one for one in (MONITOR, WHISPER, BARGE) if one != way]
    await listen(house, held, asked[0])
    for other in asked[1:]:
        assert not (await ask(house, "listen_in", held, way=other)).code
    if way != "take_over":
        assert (await ask(house, "listen_in", held, way=way)).code == "may_not_listen"
        assert not (await ask(house, "take_over", held)).code
    else:
        assert (await ask(house, "take_over", held)).code == "may_not_listen"


async def test_who_is_no_supervisor_of_the_queue_does_not_listen_in(house: House) -> None:
    roles = ("supervisor", "agent")
    nova = SampleStaff(id="nova", name="Nova 诺娃", roles=roles, language="en", queues=("cards",), phone="")
    await add_staff(house.db, nova, "a first password", house.clock.now())
    house.inbox.stored += 1  # that somebody was added is told to the router
    await house.until_handled()
    held = await talking(house)
    assert (await ask(house, "listen_in", held, who="ben", way=MONITOR)).code == "may_not"
    assert (await ask(house, "listen_in", held, who="nova", way=MONITOR)).code == "unknown_interaction"
    assert (await audits(house), await house.requests("ConnectParty")) == ([], [])


@pytest.mark.parametrize("has_number", [True, False])
async def test_a_supervisor_without_a_telephone_in_the_browser_is_told_so(house: House, has_number: bool) -> None:
    held = await talking(house)
    if has_number:
        await set_number(house.db, DOT, "+46701740123", house.clock.now(), DOT)
    else:
        await set_softphone(house.db, DOT, house.clock.now(), is_usable=False)
    house.inbox.stored += 1  # the router is told of it
    await house.until_handled()
    assert (await ask(house, "listen_in", held, way=MONITOR)).code == "no_softphone"
    assert (await audits(house), await house.requests("ConnectParty")) == ([], [])


async def test_only_what_is_talked_on_a_telephone_is_listened_in_on(house: House) -> None:
    held = await talking(house)
    assert (await ask(house, "listen_in", held, way=MONITOR, version=99)).code == "stale"
    await house.take(text("Hej", PIA))
    waiting = str((await house.interaction(address=PIA))["id"])
    assert (await ask(house, "listen_in", waiting, way=MONITOR)).code == "wrong_state"
