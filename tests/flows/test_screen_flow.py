"""Old snapshot + events = fresh snapshot, after every kind of command; and what a screen that is behind may do."""

import asyncio
from typing import get_args

import pytest

from agent_console.commands import Command
from tests.flows.cast import Cast, OpenCast
from tests.flows.desk import Desk, comparable, find_held
from tests.hub.calls.conftest import OF_CALLS

pytestmark = pytest.mark.promise("P6")


async def agrees(desk: Desk) -> None:
    assert await desk.is_what_a_fresh_one_shows(), desk.describe()


async def do(desk: Desk, kind: str, **fields: object) -> None:
    await desk.do(kind, **fields)
    await agrees(desk)


async def about(desk: Desk, held_id: str, kind: str, **fields: object) -> None:
    await desk.about(held_id, kind, **fields)
    await agrees(desk)


async def test_every_command_leaves_a_screen_as_a_fresh_one_would_be(open_cast: OpenCast) -> None:
    cast = await open_cast(policy={"timing": {"lone_retry_seconds": 600}})  # what she declines does not come back
    ada, sam, done = await cast.desk("ada", is_available=False), cast.customer("sam"), set[str]()
    ask = ada.ask

    async def counted(kind: str, **fields: object) -> dict[str, object]:
        done.add(kind)
        return await ask(kind, **fields)

    ada.ask = counted
    await agrees(ada)
    await do(ada, "act_here")
    await do(ada, "set_state", state="unavailable", reason="lunch")
    await do(ada, "set_state", state="available")
    await sam.mail("Lån 贷款", "Hej")
    offer = await ada.is_offered()
    await agrees(ada)
    await do(ada, "decline_offer", offer_id=offer["id"])
    await do(ada, "set_state", state="available")
    await sam.text("Hej 你好")
    text = await ada.accept()
    await agrees(ada)
    await about(ada, text["id"], "add_note", text="Ringde i går 昨天来过电话")
    await sam.text("Är du där?")
    await ada.sees(text["id"], "Är du där?")
    await about(ada, text["id"], "keep_consent", address=text["address"], purpose="marketing", is_given=True)
    await agrees(ada)
    for customer in ("pia", "sam"):
        await about(ada, text["id"], "name_customer", customer_id=customer, reason="Says so")
    await cast.add_fault("text", "failed")
    await about(ada, text["id"], "send_message", text="Ja")
    failed = await ada.sees(text["id"], "Ja", delivery="failed")
    await agrees(ada)
    await about(ada, text["id"], "resend_message", message_id=failed["id"])
    await ada.sees(text["id"], "Ja", delivery="delivered")
    await agrees(ada)
    step = find_held(ada.screen, text["id"])["script"]
    shown = {"script_id": step["script_id"], "step_id": step["step_id"]}
    await about(ada, text["id"], "advance_script", **shown, action="language", language="zh-CN")
    assert find_held(ada.screen, text["id"])["script"]["language"] == "zh-CN"
    await about(ada, text["id"], "advance_script", **shown, action="choose", choice="2", values={"topic": "card"})
    (owed,) = find_held(ada.screen, text["id"])["script"]["owed"]
    said = {"script_id": owed["script_id"], "statement": owed["statement"], "is_said": False}
    await about(ada, text["id"], "settle_statement", **said, reason="other", note="Hann inte 来不及")
    await about(ada, text["id"], "pick_script", script_id="complaint")
    assert find_held(ada.screen, text["id"])["script"]["title"] == "投诉受理"
    await agrees(ada)
    await sam.call()
    await ada.do("set_state", state="unavailable", reason="break", after_current=True)
    await agrees(ada)
    await ada.do("set_state", state="available")
    call = await ada.accept()
    await ada.talks(call["id"])
    await agrees(ada)
    await about(ada, call["id"], "hold_call", on=True)
    await about(ada, call["id"], "hold_call", on=False)
    await about(ada, call["id"], "end_interaction")
    await about(ada, call["id"], "complete_wrap_up", disposition="solved", note="Klart")
    await about(ada, text["id"], "transfer_interaction", queue="cards", note="Kortfråga")
    await agrees(ada)
    await do(ada, "set_state", state="unavailable", reason="lunch")
    await cast.customer("pia").text("Och jag? 我呢")
    await ada.until(
        lambda _: {"service": 2}.items() <= {line["queue"]: line["waiting"] for line in ada.queues}.items()
    )
    await do(ada, "take_next")
    assert find_held(ada.screen, ada.screen["interactions"][-1]["id"])["reason"]["chosen_by"] == "pulled"
    kinds = {get_args(command.model_fields["kind"].annotation)[0] for command in get_args(get_args(Command)[0])}
    assert done | OF_CALLS == kinds


async def test_a_desk_that_was_away_gets_what_it_missed_once_and_in_order(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    held = await ada.accept()
    other = await cast.desk("ada", is_available=False)  # by this one we know what the first has missed
    await ada.line.close()
    for n in range(5):
        await sam.text(f"Nummer {n}")
    await other.sees(held["id"], "Nummer 4")
    await ada.line.connect(ada.url, Cookie=ada.cookie)
    answer = await ada.resume()
    assert answer["snapshot"] is None
    assert [e["event"]["message"]["text"] for e in answer["events"]] == [f"Nummer {n}" for n in range(5)]
    assert comparable(ada.screen) == comparable(other.screen)


async def test_desks_that_open_in_the_middle_of_it_miss_nothing(cast: Cast) -> None:
    ada, desks = await cast.desk("ada"), list[Desk]()
    await cast.customer("sam").text("Hej")
    held = await ada.accept()

    async def talk() -> None:
        for n in range(40):
            assert await cast.provider.send_sms("+46701740301", f"Nummer {n}") == 200

    talking = asyncio.create_task(talk())
    try:
        while not talking.done() and len(desks) < 12:
            desks.append(Desk(ada.url, ada.cookie))
            await desks[-1].connect()
        await talking
        for desk in (ada, *desks):  # nothing comes after it that would show a gap
            await desk.sees(held["id"], "Nummer 39")
            assert comparable(desk.screen) == comparable(ada.screen)
    finally:
        for desk in desks:
            await desk.close()


async def test_a_desk_that_reads_a_number_of_the_future_gets_a_snapshot(cast: Cast) -> None:
    ada = await cast.desk("ada")
    answer = await ada.line.ask("resume", {"number": 1_000_000})
    assert (answer["events"], answer["snapshot"]["staff"]["id"]) == (None, "ada")


async def test_a_screen_that_is_behind_cannot_act(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    held = await ada.accept()
    await ada.about(held["id"], "end_interaction")
    behind = await ada.ask("send_message", interaction_id=held["id"], version=held["version"], text="För sent")
    assert behind["code"] == "stale"
    ben = await cast.desk("ben")
    version = find_held(ada.screen, held["id"])["version"]
    stranger = await ben.ask("complete_wrap_up", interaction_id=held["id"], version=version, disposition="solved")
    assert stranger["code"] == "not_yours"
    assert await sam.texts_received() == []


@pytest.mark.promise("P2")
async def test_the_same_command_twice_is_one_command_and_has_one_answer(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    held = await ada.accept()
    seen = {"interaction_id": held["id"], "version": held["version"]}
    answers = [await ada.ask("send_message", command_id="reply-1", text="En gång 一次", **seen) for _ in range(3)]
    assert answers == [{"code": "", "field": ""}] * 3
    await ada.sees(held["id"], "En gång 一次", delivery="delivered")
    await sam.gets_text("En gång 一次")
    seen["version"] = 1
    refused = [await ada.ask("send_message", command_id="reply-2", text="Nej", **seen) for _ in range(2)]
    assert [answer["code"] for answer in refused] == ["stale", "stale"]


@pytest.mark.promise("P5")
async def test_an_agent_whose_desk_has_gone_gets_nothing_and_keeps_what_they_hold(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    held = await ada.accept()
    await ada.line.close()
    ben = await cast.desk("ben")
    await cast.customer("gus").text("Nästa")
    assert (await ben.is_offered())["customer_name"] == "Gus Moreau"
    await ada.reconnect()
    await ada.reply(held["id"], "Här igen")
    await sam.gets_text("Här igen")
