"""Supervisors listen in on texts: who reads what they write, whom the agent and the customer see, how it ends."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from agent_console.commands import CommandAnswer
from agent_console.wallboard_views import ListenerLine
from channels.channel import ChatMessage
from hub.administration.seeding import add_staff
from hub.administration.staff_changes import disable, set_roles
from hub.policies.document import ListeningPolicy
from hub.policies.stored_versions import load_book, publish_policy
from hub.reports.wallboard_figures import read_board
from hub.settings.demo_data import SampleStaff
from hub.storage import tables
from hub.storage.documents import PolicyPublished, WallboardSeen
from tests.hub.flows import hold_text, talk
from tests.hub.house import House
from tests.hub.notices import agent_joined, chat_left, line, mail, opening

EMRE, ADA, DOT, MONITOR, WHISPER, BARGE = "emre", "ada", "dot", "monitor", "whisper", "barge"
CHAT = "chat-1"


async def chatting(house: House) -> str:
    """Emre with a customer in a chat."""
    await house.seat(EMRE)
    await house.take(opening(CHAT), line("Hej", CHAT))
    return str((await house.accept(EMRE))["id"])


async def ask(house: House, kind: str, held: str, who: str = DOT, **fields: Any) -> CommandAnswer:
    version = (await house.interaction(id=held))["version"]
    return await house.ask(who, kind, interaction_id=held, **{"version": version, **fields})


async def read_along(house: House, held: str, way: str, who: str = DOT) -> None:
    assert await ask(house, "listen_in", held, who=who, way=way) == CommandAnswer()


def listeners(house: House, held: str, agent: str = EMRE) -> list[tuple[str, str]]:
    return [(one["name"], one["role"]) for one in house.screens[agent].find(held)["listeners"]]


async def on_board(house: House) -> list[ListenerLine]:
    async with house.db.read() as conn:
        book = await load_book(conn)
        assert book is not None
        return (await read_board(conn, book, house.clock.now())).listeners


async def page(house: House) -> list[tuple[str, str, str]]:
    """What the customer's page reads, from the beginning."""
    messages = await house.host.read_chat(CHAT, 0, 100)
    return [(one.author, one.author_name, one.text) for one in messages]


def told(house: House) -> list[ChatMessage]:
    """What the customer's page was told, as it happened."""
    return [message for batch in house.told for _, message in batch.chat_messages]


async def audits(house: House) -> list[tuple[str, str, dict[str, Any]]]:
    rows = await house.rows(tables.audit, tables.audit.c.action.like("wallboard.%"))
    return [(row["staff_id"], row["action"], orjson.loads(row["detail"])) for row in rows]


async def change_policy(house: House, **fields: Any) -> None:
    document = replace(house.state.book.document, listening=ListeningPolicy(**fields))
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    if version is not None:
        await house.take(PolicyPublished(version))


async def add_mia(house: House) -> None:
    queues = ("service", "deposits")
    mia = SampleStaff(id="mia", name="Mia Chen", roles=("supervisor",), language="en", queues=queues, phone="")
    await add_staff(house.db, mia, "a first password", house.clock.now())
    house.inbox.stored += 1  # that somebody was added is told to the router
    await house.until_handled()
    house._staff.clear()


async def test_a_whisper_is_a_note_for_the_agent_and_never_reaches_the_customer(house: House) -> None:
    held = await chatting(house)
    await read_along(house, held, WHISPER)
    before = (await page(house), len(told(house)), await house.interaction(id=held))
    assert not (await ask(house, "say_in", held, way=WHISPER, text="Erbjud rabatt 给折扣")).code
    note = house.screens[EMRE].find(held)["messages"][-1]
    assert (note["kind"], note["author"], note["text"]) == ("note", "Dot Mbeki", "Erbjud rabatt 给折扣")
    assert note["data"] == {"way": WHISPER}
    after = (await page(house), len(told(house)), await house.interaction(id=held))
    assert after == before, "nothing of it, not even a number that is missing"
    await house.take(line("Tack", CHAT))
    assert [one[2] for one in await page(house)] == ["Hej", "Tack"]
    assert await house.requests("TextOut") == []
    await house.check_screens()
    await house.check_restored()


async def test_whoever_joins_in_is_named_to_the_customer_and_writes_under_their_name(house: House) -> None:
    held = await chatting(house)
    await read_along(house, held, MONITOR)
    assert await page(house) == [("customer", "", "Hej")], "nobody is told of a supervisor who reads"
    await read_along(house, held, BARGE)
    assert not (await ask(house, "say_in", held, way=BARGE, text="Jag hjälper till")).code
    await read_along(house, held, WHISPER)
    expected = [("joined", "Dot Mbeki", ""), ("agent", "Dot Mbeki", "Jag hjälper till"), ("left", "Dot Mbeki", "")]
    assert (await page(house))[1:] == expected
    assert [(one.author, one.author_name, one.text) for one in told(house)][1:] == expected
    assert [one.number for one in told(house)] == [1, 2, 3, 4]
    assert listeners(house, held) == [("Dot Mbeki", WHISPER)]
    assert house.screens[EMRE].find(held)["messages"][-2]["author"] == "Dot Mbeki"
    await house.check_screens()
    await house.check_restored()


async def test_what_was_meant_for_the_agent_is_not_sent_to_the_customer(house: House) -> None:
    held = await chatting(house)
    assert (await ask(house, "say_in", held, way=WHISPER, text="?")).code == "not_listening"
    await read_along(house, held, MONITOR)
    assert (await ask(house, "say_in", held, way=WHISPER, text="?")).code == "other_way"
    await read_along(house, held, BARGE)
    assert (await ask(house, "say_in", held, way=WHISPER, text="?")).code == "other_way"
    await read_along(house, held, WHISPER)
    assert (await ask(house, "say_in", held, way=BARGE, text="?")).code == "other_way"
    assert await house.said(held, "note") == await house.said(held, "agent") == []


async def test_a_supervisor_takes_a_chat_over_and_the_customer_waits_for_nobody(house: House) -> None:
    held = await chatting(house)
    await house.open(DOT)
    await read_along(house, held, WHISPER)
    assert (await ask(house, "take_over", held)).code == "you_are_offline"
    await house.do(DOT, "set_state", state="unavailable", reason="meeting")
    moved = len(house.told)
    assert not (await ask(house, "take_over", held)).code
    taken = house.screens[DOT].find(held)
    assert (house.screens[EMRE].held, taken["state"], taken["listeners"]) == ([], "active", [])
    assert [one["text"] for one in taken["messages"] if one["kind"] == "customer"] == ["Hej"]
    states = [chat.state for batch in house.told[moved:] for chat in batch.chats_moved.values()]
    assert set(states) == {"active"}
    assert house.screens[DOT].shown["listening"] == []
    assert (await house.said(held, "fact"))[-1] == "assigned", "the agent is told why it has gone"
    assert (await audits(house))[-1] == (DOT, "wallboard.take_over", {"agent": EMRE})
    await house.check_screens()
    await house.check_restored()


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_on_texts_that_are_answered_later_a_supervisor_reads_whispers_and_takes_over(
    house: House, channel: str
) -> None:
    if channel == "sms":
        held = str((await hold_text(house, EMRE))["id"])
    else:
        await house.seat(EMRE)
        await house.take(mail("Paketet"))
        held = str((await house.accept(EMRE))["id"])
    await read_along(house, held, MONITOR)
    assert (await ask(house, "listen_in", held, way=BARGE)).code == "answered_later"
    await read_along(house, held, WHISPER)
    assert not (await ask(house, "say_in", held, way=WHISPER, text="Fråga om numret")).code
    assert await house.said(held, "note") == ["Fråga om numret"]
    assert await house.requests("TextOut") == []
    await house.open(DOT)
    await house.do(DOT, "set_state", state="unavailable", reason="meeting")
    assert not (await ask(house, "take_over", held)).code
    assert [one["id"] for one in house.screens[DOT].held] == [held]
    await house.check_screens()


@pytest.mark.parametrize(
    ("shown", "seen"),
    [("always", [MONITOR, WHISPER, BARGE]), ("whisper_and_barge", [WHISPER, BARGE]), ("never", [BARGE])],
)
async def test_the_agent_sees_who_reads_along_as_the_policy_says(house: House, shown: str, seen: list[str]) -> None:
    held = await chatting(house)
    await change_policy(house, shown_to_agent=shown)
    for way in (MONITOR, WHISPER, BARGE):
        await read_along(house, held, way)
        assert [role for _, role in listeners(house, held)] == ([way] if way in seen else [])
        await house.check_screens()
        assert not (await ask(house, "stop_listening", held)).code
        assert listeners(house, held) == []


async def test_a_policy_that_shows_everybody_shows_those_who_read_along_already(house: House) -> None:
    held = await chatting(house)
    await change_policy(house, shown_to_agent="never")
    await read_along(house, held, MONITOR)
    await change_policy(house, shown_to_agent="always")
    assert listeners(house, held) == [("Dot Mbeki", MONITOR)]
    await change_policy(house, monitor=("somebody",))
    assert (listeners(house, held), await on_board(house)) == ([], [])
    await house.check_screens()


async def test_two_supervisors_read_along_and_every_wallboard_shows_both(house: House) -> None:
    held = await chatting(house)
    await add_mia(house)
    await read_along(house, held, MONITOR, who="mia")
    await read_along(house, held, BARGE)
    shown = [(one.name, one.way, one.agent_id, one.interaction_id) for one in await on_board(house)]
    assert shown == [("Mia Chen", MONITOR, EMRE, held), ("Dot Mbeki", BARGE, EMRE, held)]
    assert not (await ask(house, "stop_listening", held, who="mia")).code
    assert listeners(house, held) == [("Dot Mbeki", BARGE)]


async def test_a_supervisor_whose_wallboard_is_gone_reads_along_no_more(house: House) -> None:
    held = await chatting(house)
    await read_along(house, held, BARGE)
    for _ in range(3):
        await house.turn(50)
        await house.take(WallboardSeen(DOT))
        assert listeners(house, held) == [("Dot Mbeki", BARGE)]
        await house.check_screens()
        await house.check_restored()
    await house.turn(61)
    assert listeners(house, held) == []
    assert (await page(house))[-1] == ("left", "Dot Mbeki", "")
    await house.check_screens()


@pytest.mark.parametrize("how", ["disabled", "role", "call"])
async def test_who_may_supervise_no_more_has_left(house: House, how: str) -> None:
    if how == "call":
        await talk(house)
        held = str(house.screens[ADA].held[0]["id"])
        await read_along(house, held, MONITOR)
        party_id = (await house.requests("ConnectParty"))[-1].outbox_id
        await house.take(agent_joined("CA1", "CA-dot", party_id))
    else:
        held = await chatting(house)
        await read_along(house, held, BARGE)
    if how == "role":
        await set_roles(house.db, DOT, ("agent",), house.clock.now(), "test")
    else:
        await disable(house.db, DOT, house.clock.now(), "test")
    house.inbox.stored += 1
    await house.until_handled()
    assert house.floor.interactions[held].parties == {}
    assert (await on_board(house)) == []
    if how == "call":
        assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-dot"]
    assert (await ask(house, "say_in", held, way=BARGE, text="Hej")).code in ("may_not", "wrong_channel")


@pytest.mark.parametrize("end", ["agent", "customer", "transfer"])
async def test_whoever_reads_along_has_gone_with_the_conversation(house: House, end: str) -> None:
    held = await chatting(house)
    await read_along(house, held, BARGE)
    if end == "customer":
        await house.take(chat_left(CHAT))
    elif end == "agent":
        assert not (await house.about(EMRE, held, "end_interaction")).code
    else:
        assert not (await house.about(EMRE, held, "transfer_interaction", queue="cards")).code
    assert (house.floor.interactions[held].parties, await on_board(house)) == ({}, [])
    assert (await page(house))[-1] == ("joined", "Dot Mbeki", ""), (
        "the chat has ended: nobody leaves it by themselves"
    )
    assert (await ask(house, "say_in", held, way=BARGE, text="Hej")).code == "wrong_state"
    assert (await ask(house, "stop_listening", held)).code == "not_listening"
    await house.check_restored()


@pytest.mark.parametrize("way", [MONITOR, WHISPER, BARGE, "take_over"])
async def test_each_way_is_a_right_of_its_own_on_texts_too(house: House, way: str) -> None:
    held = await chatting(house)
    await house.open(DOT)
    await house.do(DOT, "set_state", state="unavailable", reason="meeting")
    await change_policy(house, **{way: ("somebody",)})
    allowed = [one for one in (MONITOR, WHISPER, BARGE) if one != way]
    for other in allowed:
        await read_along(house, held, other)
    if way in (WHISPER, BARGE):
        assert (await ask(house, "say_in", held, way=way, text="Hej")).code == "may_not_listen"
    kind, more = ("take_over", {}) if way == "take_over" else ("listen_in", {"way": way})
    assert (await ask(house, kind, held, **more)).code == "may_not_listen"


async def test_each_thing_that_is_done_is_audited_and_the_look_has_its_ground(house: House) -> None:
    held = await chatting(house)
    await read_along(house, held, WHISPER)
    await ask(house, "say_in", held, way=WHISPER, text="Hej")
    await ask(house, "stop_listening", held)
    done = [(action, detail) for _, action, detail in await audits(house)]
    way = {"way": WHISPER}
    assert done == [
        ("wallboard.listen_in", way),
        ("wallboard.say_in", way),
        ("wallboard.stop_listening", {}),
    ]
    (look,) = await house.rows(
        tables.audit, tables.audit.c.staff_id == DOT, tables.audit.c.action == "interaction.read"
    )
    assert orjson.loads(look["detail"]) == {"grounds": ["supervised"]}


async def test_nobody_reads_along_in_their_own_work_or_writes_into_a_call(house: House) -> None:
    await house.seat(DOT)
    await house.take(opening(CHAT), line("Hej", CHAT))
    own = str((await house.accept(DOT))["id"])
    assert (await ask(house, "listen_in", own, way=MONITOR)).code == "in_this_call"
    await talk(house)
    held = str(house.screens[ADA].held[0]["id"])
    assert (await ask(house, "say_in", held, way=WHISPER, text="Hej")).code == "wrong_channel"
