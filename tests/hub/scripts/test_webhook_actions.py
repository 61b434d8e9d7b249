"""A script asks another system: the decision is stored, and the answer comes back as an arrival."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from agent_console.script_preview_views import PreviewMove
from channels.channel import AnswerKind, AnswerValue
from channels.webhooks import asking
from hub.policies.masking import MaskingPolicy
from hub.routing_process.send_again import REPEATABLE
from hub.routing_process.sender import recover
from hub.scripts.script_preview import Previewed, preview
from hub.scripts.script_publishing import NotPublished, Wished, publish_texts
from hub.scripts.script_variables import CustomerFacts
from hub.storage import outbox, tables
from hub.storage.documents import SendResult
from scripts_library import deeds
from tests.channels.webhook_receiver import says
from tests.hub.calls.recorded_calls import publish
from tests.hub.flows import wrap_up
from tests.hub.house import BOTH, House
from tests.hub.scripts.test_desk_scripts import folder as folder
from tests.hub.scripts.test_desk_scripts import script_of, step, words_of
from tests.hub.scripts.webhook_house import (
    CARD_STATUS,
    FILLED,
    GOOD,
    WRITTEN,
    act,
    action_of,
    cards,
    filled,
    hold_at_the_card,
    use_webhook,
)


def test_its_codes_are_the_same_on_both_sides() -> None:
    assert deeds.NO_ANSWER == asking.NO_ANSWER
    assert "CallWebhook" in REPEATABLE


@BOTH
async def test_the_answer_fills_the_step_and_the_card_at_once(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    async with cards(house, says(GOOD)) as system:
        assert not await act(house, held)
        assert await system.settled(held) == ("done", "", False)
        ((headers, body),) = system.receiver.got
    assert filled(house, held) == FILLED
    assert [one["key"] for one in script_of(house, held)["choices"]] == ["1", "2"], "conditions read it"
    assert house.screens["ada"].find(held["id"])["customer"]["attributes"]["street"] == ["Umeå"]
    said = orjson.loads(body)
    sent = {"answer.card_ending": "4417", "customer.tier": "standard", "customer.city": "Göteborg"}
    assert (said["webhook"], said["interaction"], said["action"]) == ("card-status", held["id"], "check")
    assert said["values"] == {**sent, "customer.city": said["values"]["customer.city"]}
    (row,) = await house.rows(tables.outbox, tables.outbox.c.kind == "CallWebhook")
    assert (row["id"], row["state"], row["channel"]) == (headers["webhook-id"], "sent", "webhook")
    assert await house.said(held["id"], "fact") != []
    changes = await house.rows(tables.profile_change, tables.profile_change.c.name == "street")
    assert [(one["changed_by"], one["changer_id"], one["source"]) for one in changes] == [
        ("script", "ada", "lost/ask")
    ]
    await house.check_screens()
    await house.check_restored()


async def test_the_trail_names_what_left_and_no_value(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    async with cards(house, says(GOOD)) as system:
        await act(house, held)
        await system.settled(held)
    (entry,) = await house.rows(tables.audit, tables.audit.c.action == "webhook.call")
    assert (entry["staff_id"], entry["subject"]) == ("ada", held["id"])
    assert orjson.loads(entry["detail"]) == {"webhook": "card-status", "sent": list(CARD_STATUS.sends)}
    for table in (tables.journal, tables.audit):
        rows = str(await house.rows(table))
        assert "4417" not in rows and "Umeå" not in rows and "1234" not in rows
    stored = str(await house.rows(tables.inbox)) + str(await house.rows(tables.script_run))
    assert "1234" not in stored, "what was not declared is kept nowhere"


@pytest.mark.parametrize(
    "answer",
    [
        {**GOOD, "state": "lost"},
        {**GOOD, "state": True},
        {**GOOD, "since": "02/11/2026"},
        {**GOOD, "since": 20261102},
        {**GOOD, "limit": "1200.50"},
        {**GOOD, "limit": -1},
        {**GOOD, "limit": 1e20},
        {**GOOD, "town": "x" * 3_000},
        {**GOOD, "town": "Ume\u0000å"},
        {**GOOD, "town": ["Umeå"]},
        {},
    ],
    ids=lambda value: str(value)[:40],
)
async def test_an_answer_that_does_not_fit_leaves_a_cross_and_nothing_of_itself(
    house: House, folder: Path, answer: dict[str, Any]
) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    async with cards(house, says(answer)) as system:
        await act(house, held)
        assert await system.settled(held) == ("failed", "webhook_bad_answer", True)
    assert filled(house, held) == {}
    assert "street" not in house.screens["ada"].find(held["id"])["customer"]["attributes"]
    assert "script_action_failed" in await house.said(held["id"], "fact")
    await house.check_screens()


async def test_what_the_other_system_leaves_out_is_left_to_the_agent(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    async with cards(house, says({"state": "active", "since": None})) as system:
        await act(house, held)
        assert await system.settled(held) == ("done", "", False)
    assert filled(house, held) == {"card_state": "active"}


@BOTH
async def test_a_person_asks_once_more_and_never_twice_at_a_time(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    go_on = asyncio.Event()

    async def late(_: web.Request) -> web.StreamResponse:
        await go_on.wait()
        return web.json_response({}, status=500)

    async with cards(house, late) as system:
        assert not await act(house, held)
        await system.receiver.has_got.wait()
        assert action_of(house, held) == ("asked", "", False)
        assert await act(house, held) == "under_way"
        await house.check_screens()
        await house.check_restored()
        go_on.set()
        assert await system.settled(held) == ("failed", "webhook_refused", True)
        system.receiver.answer = says(GOOD)
        assert not await act(house, held)
        assert await system.settled(held) == ("done", "", False)
        assert await act(house, held) == "is_done"
        first, second = [headers["webhook-id"] for headers, _ in system.receiver.got]
        assert first != second, "another try is another request"
    assert filled(house, held) == FILLED


async def test_no_answer_in_time_is_a_cross(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with cards(house, hang, time_limit_seconds=0.2) as system:
        await act(house, held)
        assert await system.settled(held) == ("failed", "webhook_no_answer", True)
    (row,) = await house.rows(tables.outbox, tables.outbox.c.kind == "CallWebhook")
    assert row["state"] == "unknown"


async def test_nothing_leaves_while_an_answer_that_is_sent_is_missing(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    await step(house, held, "answer", values={"card_ending": ""})
    assert not await act(house, held)
    assert action_of(house, held) == ("failed", "webhook_needs_answer", True)
    assert await house.requests("CallWebhook") == []


async def test_a_webhook_that_the_policy_has_no_more_is_a_cross(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    await publish(house, replace(house.state.book.document, webhooks={}))
    assert not await act(house, held)
    assert action_of(house, held) == ("failed", "webhook_unknown", True)


async def answer(house: House, held: dict[str, Any], *values: AnswerValue, state: str = "sent") -> None:
    (request, *_) = reversed(await house.requests("CallWebhook"))
    result = SendResult(request.outbox_id, "webhook", "CallWebhook", held["id"], state, answer=values)
    await house.take(result)


TOWN, STATE = AnswerValue("town", AnswerKind.TEXT, "Umeå"), AnswerValue("state", AnswerKind.TEXT, "blocked")


async def test_what_the_agent_has_answered_since_stays(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    await step(house, held, "answer", values={"street": "Lund"})
    await act(house, held)
    await step(house, held, "answer", values={"card_state": "active"})
    await answer(house, held, STATE, TOWN)
    assert action_of(house, held) == ("done", "", False)
    assert filled(house, held) == {"card_state": "active", "street": "Umeå"}


async def test_an_answer_finds_its_step_when_the_agent_has_gone_on(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    await act(house, held)
    await step(house, held, "choose", choice="2")
    await answer(house, held, TOWN, AnswerValue("since", AnswerKind.TEXT, "2026-11-02"))
    assert "since 2026-11-02" in words_of(script_of(house, held))
    assert house.screens["ada"].find(held["id"])["customer"]["attributes"]["street"] == ["Umeå"]
    await step(house, held, "back")
    assert filled(house, held) == {"blocked_on": "2026-11-02", "street": "Umeå"}
    await house.check_screens()
    await house.check_restored()


async def test_an_answer_on_a_way_that_was_gone_back_reaches_no_profile(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    await act(house, held)
    await step(house, held, "back")
    await answer(house, held, TOWN)
    assert "street" not in house.screens["ada"].find(held["id"])["customer"]["attributes"]
    await step(house, held, "next")
    assert filled(house, held) == {"street": "Umeå"}, "it waits for who goes that way"
    assert house.screens["ada"].find(held["id"])["customer"]["attributes"]["street"] == ["Umeå"]
    await house.check_screens()


@BOTH
async def test_an_answer_for_handed_over_work_comes_to_who_has_it(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    await act(house, held)
    await house.seat("ben")
    assert not (await house.about("ada", held["id"], "transfer_interaction", queue=held["queue"])).code
    await answer(house, held, TOWN)
    await house.accept("ben")
    assert action_of(house, held, "ben") == ("done", "", False)
    assert filled(house, held, "ben") == {"street": "Umeå"}
    await house.check_screens()
    await house.check_restored()


@BOTH
async def test_an_answer_for_closed_work_is_dropped_and_the_trail_says_so(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    await act(house, held)
    await wrap_up(house, "ada", held["id"])
    before = await house.rows(tables.script_run)
    await answer(house, held, TOWN)
    assert await house.rows(tables.script_run) == before
    (entry,) = await house.rows(tables.audit, tables.audit.c.action == "webhook.drop_answer")
    assert (entry["staff_id"], entry["subject"]) == ("hub", held["id"])
    assert await house.rows(tables.profile_change, tables.profile_change.c.name == "street") == []
    await house.check_restored()


async def test_an_answer_that_comes_twice_counts_once(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    await act(house, held)
    await answer(house, held, TOWN)
    await step(house, held, "answer", values={"street": "Lund"})
    await answer(house, held, TOWN)
    assert filled(house, held) == {"street": "Lund"}
    await house.check_screens()


async def test_numbers_in_a_text_are_hidden_where_the_policy_hides_them_from_some(house: House, folder: Path) -> None:
    await use_webhook(house, folder, masking=MaskingPolicy(texts_seen_by=("supervisor",)))
    held = await hold_at_the_card(house)
    await act(house, held)
    await answer(house, held, AnswerValue("town", AnswerKind.TEXT, "Account 1234567890 in Umeå"))
    assert filled(house, held) == {"street": "Account ••• 7890 in Umeå"}


# ---- a process that dies


@BOTH
@pytest.mark.promise("P7")
async def test_after_a_death_the_same_request_leaves_again_under_the_same_id(house: House, folder: Path) -> None:
    """Killed while the request was under way: its receiver may have got it, and knows it by its id."""
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    await act(house, held)
    (row,) = await outbox.claim(house.db, "webhook", house.clock.now(), 10, epoch=house.epoch)
    await recover(house.db, house.inbox, house.epoch, house.clock.now())
    async with cards(house, says(GOOD)) as system:
        assert await system.settled(held) == ("done", "", False)
        assert [headers["webhook-id"] for headers, _ in system.receiver.got] == [row.id]
    assert filled(house, held) == FILLED


async def test_after_a_long_absence_nothing_leaves_any_more(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    await act(house, held)
    await outbox.claim(house.db, "webhook", house.clock.now(), 10, epoch=house.epoch)
    await house.turn(31)
    await recover(house.db, house.inbox, house.epoch, house.clock.now())
    async with cards(house, says(GOOD)) as system:
        assert await system.settled(held) == ("failed", "webhook_no_answer", True)
        assert system.receiver.got == []


@pytest.mark.promise("P10")
async def test_a_request_under_way_is_finished_before_the_hub_ends(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    held = await hold_at_the_card(house)
    go_on = asyncio.Event()

    async def late(_: web.Request) -> web.StreamResponse:
        await go_on.wait()
        return web.json_response(GOOD)

    async with cards(house, late) as system:
        await act(house, held)
        await system.receiver.has_got.wait()
        system.receiver.has_got.clear()
        asyncio.get_running_loop().call_soon(go_on.set)
    assert action_of(house, held) == ("done", "", False)


# ---- publishing


async def refused(house: House, source: str) -> str:
    source = source.replace("version = 1", "version = 7\npriority = 9")
    wished = Wished(file="lost.en.md", source=source, written_by=("ada",))
    with pytest.raises(NotPublished) as raised:
        await publish_texts(house.db, [wished], house.clock.now(), "ada", "Why not")
    return str(raised.value)


@pytest.mark.parametrize(
    ("written", "instead", "words"),
    [
        ('webhook = "card-status"', 'webhook = "card-state"', 'there is no webhook "card-state".'),
        ('webhook = "card-status"', "", 'do = "webhook" needs `webhook`.'),
        ("{{ field: blocked_on }}\n", "", 'its step "ask" does not ask for it: write {{ field: blocked_on }} there.'),
        ('type = "amount"', 'type = "date"', 'example of the webhook "card-status" does not fit the field "limit".'),
        ("limit", "limits", 'fills "limit", and the head declares no such field.'),
        ("card_ending", "card_number", 'sends the answer to "card_ending", and the head declares no such field.'),
    ],
    ids=lambda value: value[:24],
)  # fmt: skip
async def test_what_cannot_work_is_refused_at_its_line(
    house: House, folder: Path, written: str, instead: str, words: str
) -> None:
    await use_webhook(house, folder)
    source = WRITTEN.replace(written, instead)
    said = await refused(house, source)
    line = source.splitlines().index("[actions.check]") + 2  # `priority` stands above it
    assert f"lost.en.md:{line}:1: The action `check`: " in said
    assert words in said


async def test_a_consent_is_the_customers_own_word(house: House, folder: Path) -> None:
    await use_webhook(house, folder, replace(CARD_STATUS, fills={"agrees": "agrees"}, example={"agrees": True}))
    asked = '[fields.agrees]\nlabel = "Agrees"\ntype = "yes_no"\nkept_in = "consent"\npurpose = "marketing"\n\n'
    source = WRITTEN.replace("[actions.check]", f"{asked}[actions.check]").replace(
        "{{ action: check }}", "{{ action: check }}\n{{ field: agrees }}"
    )
    assert "only the customer's own word is a consent." in await refused(house, source)


async def test_a_script_that_fits_is_published(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    source = WRITTEN.replace("version = 1", "version = 7\npriority = 9")
    wished = Wished(file="lost.en.md", source=source, written_by=("ada",))
    assert await publish_texts(house.db, [wished], house.clock.now(), "ada", "Why not")


async def test_a_preview_shows_the_example_and_asks_nobody(house: House, folder: Path) -> None:
    await use_webhook(house, folder)
    script = next(one for one in house.scripts.all if one.language == "en")
    moves = [PreviewMove(action="next"), PreviewMove(action="act", name="check")]
    shown = preview(script, moves, Previewed(CustomerFacts(), None, "sms", "service"), house.state.book, "Inês", 0)
    assert shown.script is not None and shown.refusal is None
    fields = [part for part in shown.script.parts if part.kind == "field"]
    assert {one.name: one.value for one in fields if one.value} == FILLED
    assert await house.requests("CallWebhook") == []
