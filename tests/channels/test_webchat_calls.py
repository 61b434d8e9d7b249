"""A customer asks for a call in a chat: the times, the wish and its outcome, taking it back, and how often."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.channel import AppointmentCancelled, AppointmentWished, AskedCall
from channels.webchat.asked_calls import PER_CHAT
from tests.channels.webchat_house import WebchatHouse, Widget, open_house

AT = 1_795_510_800_000
WISH = {"id": "w1", "at": AT, "number": "+46 70 174 03 01", "topic": "A loan", "time_zone": "Europe/Stockholm"}


@pytest.fixture
async def house() -> AsyncIterator[WebchatHouse]:
    async with open_house() as house:
        yield house


async def visit(house: WebchatHouse) -> tuple[Widget, str]:
    sam = await house.visit()
    opened: dict[str, Any] = await sam.ask("open", {"language": "en", "name": "Sam"})
    return sam, opened["chat_id"]


def decide(house: WebchatHouse, chat_id: str, refused: str = "") -> None:
    house.hub.asked_calls[chat_id, "w1"] = AskedCall("a1", AT * 1000, "+46701740301", "A loan", refused)


async def test_the_times_are_given_with_what_was_asked_for_before(house: WebchatHouse) -> None:
    house.hub.call_times = [AT * 1000, AT * 1000 + 1_800_000_000]
    sam, chat_id = await visit(house)
    decide(house, chat_id)
    shown = {"id": "a1", "at": AT, "number": "+46701740301", "topic": "A loan"}
    assert await sam.ask("call_times") == {"times": [AT, AT + 1_800_000], "calls": [shown]}


async def test_a_wish_is_stored_once_and_asked_about_until_it_is_decided(house: WebchatHouse) -> None:
    sam, chat_id = await visit(house)
    assert await sam.ask("ask_call", WISH) == {"id": "w1", "call": None, "refused": ""}
    assert await sam.ask("ask_call", WISH) == {"id": "w1", "call": None, "refused": ""}
    (wish,) = house.hub.find(AppointmentWished)
    assert (wish.key, wish.asked_in, wish.address) == (f"webchat:{chat_id}:call:w1", chat_id, "+46 70 174 03 01")
    assert (wish.at, wish.note, wish.time_zone, wish.name_claimed) == (AT * 1000, "A loan", "Europe/Stockholm", "Sam")
    decide(house, chat_id)
    assert (await sam.ask("ask_call", WISH))["call"]["id"] == "a1"
    decide(house, chat_id, "quiet_hours")
    assert await sam.ask("ask_call", WISH) == {"id": "w1", "call": None, "refused": "quiet_hours"}


async def test_a_call_is_taken_back(house: WebchatHouse) -> None:
    sam, chat_id = await visit(house)
    assert await sam.ask("cancel_call", {"id": "a1"}) == {"ok": True}
    assert [(one.asked_in, one.appointment_id) for one in house.hub.find(AppointmentCancelled)] == [(chat_id, "a1")]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"at": "tomorrow"}, {"at": -1}, {"id": ""}, {"id": "a b"}, {"number": "1" * 41}, {"number": "1\0"}),
        *({"time_zone": "Europe/Stock holm"}, {"topic": "x" * 201}, {"more": 1}),
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(house: WebchatHouse, wrong: dict[str, Any]) -> None:
    sam, _ = await visit(house)
    assert await sam.ask("ask_call", {**WISH, **wrong}) == {"code": "bad_request"}
    assert house.hub.find(AppointmentWished) == []


async def test_a_chat_asks_for_a_few_calls_an_hour(house: WebchatHouse) -> None:
    sam, chat_id = await visit(house)
    for n in range(PER_CHAT + 2):
        house.time += 2.0
        house.hub.asked_calls.clear()
        answer = await ask_and_decide(house, sam, chat_id, f"w{n}")
        assert ("code" in answer) == (n >= PER_CHAT), n
    assert answer == {"code": "too_many_calls"}
    house.time += 3_700
    assert "code" not in await ask_and_decide(house, sam, chat_id, "w99")


async def ask_and_decide(house: WebchatHouse, sam: Widget, chat_id: str, wish_id: str) -> dict[str, Any]:
    """The hub decides while the wish is stored, as where one process does everything."""
    accept = house.hub.accept

    async def decide_at_once(notices: Any) -> None:
        await accept(notices)
        house.hub.asked_calls[chat_id, wish_id] = AskedCall("a1", AT * 1000, "+46701740301", "", "quiet_hours")

    house.hub.accept = decide_at_once
    answer: dict[str, Any] = await sam.ask("ask_call", {**WISH, "id": wish_id})
    house.hub.accept = accept
    return answer


async def test_nothing_is_asked_before_a_chat_is_open(house: WebchatHouse) -> None:
    sam = await house.visit()
    for event, data in (("call_times", {}), ("ask_call", WISH), ("cancel_call", {"id": "a1"})):
        assert await sam.ask(event, data) == {"code": "not_open"}
