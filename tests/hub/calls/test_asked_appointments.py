"""Calls that customers ask for themselves, in a chat, in a menu and while they wait: agreed, refused, taken back."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from channels.channel import AppointmentCancelled, AppointmentWished, AskedCall, MenuState
from channels.phone.menu_pages import NO_MENU
from hub.sending.may_send import SendRules
from hub.sending.quiet_hours import QuietHours
from hub.sending.spending import Limits
from hub.storage import tables
from routing.model import SECOND
from tests.channel_names import PHONE
from tests.hub.calls.test_menu_choices import MENU_NUMBER, Caller, dial
from tests.hub.house import House
from tests.hub.notices import PIA, SAM, call, line, opening

SHOWN = "+46850005000"
RULES = SendRules(call_numbers=(SHOWN,), limits={PHONE: Limits(countries=frozenset({"SE"}), ours=frozenset({SHOWN}))})
TEN = "2026-11-24T10:00"  # the house begins on Sunday 22 November 2026 at 13:00 in Stockholm
TO_TEN = 1 * 86_400 + 21 * 3600
ADVISER = "emre"
_numbers = count(1)


@pytest.fixture
async def asked(house: House) -> AsyncIterator[House]:
    house.dispatcher._rules = RULES
    yield house


async def ask(house: House, chat_id: str = "chat1", local_at: str = TEN, number: str = PIA) -> AskedCall:
    wish_id = f"w{next(_numbers)}"
    wish = AppointmentWished(
        f"webchat:{chat_id}:call:{wish_id}",
        chat_id,
        wish_id,
        number,
        house.state.book.read_local(local_at),
        "zh-CN",
        "定期存款",
        "Europe/Stockholm",
        chat_id,
        name_claimed="Ming",
    )
    await house.take(wish)
    found = await house.host.find_asked_call(chat_id, wish_id)
    assert found is not None
    return found


async def test_a_chat_asks_for_a_time_of_the_list_and_is_called_then(asked: House) -> None:
    times = await asked.host.list_call_times("webchat", "chat1")
    said = [asked.state.book.write_local(at) for at in times]
    assert (said[0], TEN in said, len(said) > 20) == ("2026-11-23T08:00", True, True)
    assert not [at for at in said if not "08:00" <= at[11:] < "18:00" or at[:10] in ("2026-11-28", "2026-11-29")]
    agreed = await ask(asked)
    assert (agreed.refused, agreed.address, agreed.note) == ("", PIA, "定期存款")
    assert [one.id for one in await asked.host.list_asked_calls("chat1")] == [agreed.id]
    assert await asked.interactions() == [], "an agreed time is no work yet"
    await asked.check_restored()
    adviser = await asked.seat(ADVISER)
    await asked.turn(TO_TEN)
    row = await asked.interaction(channel="phone")
    assert (row["queue"], row["address"], row["subject"], row["language"]) == ("deposits", PIA, "定期存款", "zh-CN")
    assert row["customer_id"] != "pia", "who asks is nobody until they are known"
    assert len(adviser.offers) == 1, "that queue asks the agent first"
    assert await asked.host.list_asked_calls("chat1") == []


async def test_the_page_that_asked_takes_it_back_and_no_other(asked: House) -> None:
    agreed = await ask(asked)
    await asked.take(AppointmentCancelled("webchat:chat2:1", "chat2", agreed.id))
    assert len(await asked.host.list_asked_calls("chat1")) == 1
    await asked.take(AppointmentCancelled("webchat:chat1:1", "chat1", agreed.id))
    assert await asked.host.list_asked_calls("chat1") == []
    await asked.check_restored()
    await asked.turn(TO_TEN)
    assert await asked.interactions(channel="phone") == []


async def test_an_agent_who_has_the_chat_reads_what_was_agreed(asked: House) -> None:
    await asked.seat("dot")
    await asked.take(opening("chat1"), line("Hello", "chat1"))
    held = await asked.accept("dot")
    await ask(asked)
    assert (await asked.said(held["id"], "fact"))[-1] == "appointment_made"
    await asked.check_screens()


@pytest.mark.parametrize(
    ("local_at", "number", "code"),
    [
        ("2026-11-22T12:00", PIA, "no_such_time"),
        ("2027-11-24T10:00", PIA, "no_such_time"),
        ("2026-11-28T10:00", PIA, "outside_hours"),
        (TEN, "+4670", "no_number"),
        (TEN, "call me", "no_number"),
        (TEN, "+46112", "emergency_number"),
        (TEN, "+46939123456", "costly_number"),
        (TEN, "+8613800138000", "region_not_allowed"),
        (TEN, SHOWN, "own_number"),
    ],
)
async def test_what_may_not_be_called_is_refused_with_its_reason(
    asked: House, local_at: str, number: str, code: str
) -> None:
    assert (await ask(asked, local_at=local_at, number=number)).refused == code
    assert await asked.host.list_asked_calls("chat1") == []
    await asked.check_restored()


async def test_nobody_is_called_where_it_is_quiet(asked: House) -> None:
    asked.dispatcher._rules = SendRules(call_numbers=(SHOWN,), quiet_hours=QuietHours.read("09:30-10:30"))
    assert (await ask(asked)).refused == "quiet_hours"


async def test_a_caller_chooses_a_time_in_the_menu_hears_it_back_and_is_served(asked: House) -> None:
    caller = await dial(asked)
    turn = await caller.answer("4")
    assert (turn.option, caller.heard[0]) == ("4", "When may we call you?")
    assert caller.heard[1:4] == [
        "For tomorrow, Monday 23 November, at 8 in the morning, press 1.",
        "For tomorrow, Monday 23 November, at 1 in the afternoon, press 2.",
        "For Tuesday 24 November, at 8 in the morning, press 3.",
    ]
    await caller.answer("3")
    assert caller.heard == [
        "We call you on Tuesday 24 November, at 8 in the morning. Press 1 if that is right, or 2 for another time."
    ]
    await caller.answer("2")
    await caller.answer("2")
    await caller.answer("1")
    assert caller.page is not None and caller.page.is_end
    assert caller.heard == ["It is agreed: we call you tomorrow, Monday 23 November, at 1 in the afternoon. Goodbye."]
    row = await asked.interaction(provider_ref="CA1")
    assert (row["state"], row["closed_as"]) == ("closed", "self_served")
    (made,) = await asked.rows(tables.appointment)
    assert (made["address"], made["queue"], made["wall_at"] // SECOND) == (SAM, "deposits", 1_795_435_200)
    assert (await asked.said(row["id"], "fact"))[-1] == "appointment_made"
    await asked.check_restored()


@pytest.mark.parametrize("first", [[], ["1"]])
async def test_after_three_keys_that_are_none_a_person_takes_the_caller(asked: House, first: list[str]) -> None:
    ada = await asked.seat("ada")
    caller = await dial(asked)
    for key in ["4", *first, "9", ""]:
        await caller.answer(key)
        assert caller.page is not None
    turn = await caller.answer("8")
    assert turn.page is None
    assert (await asked.interaction(provider_ref="CA1"))["queue"] == "service"
    assert len(ada.offers) == 1
    assert await asked.rows(tables.appointment) == []


async def test_a_time_that_is_refused_after_all_is_said_and_another_may_be_chosen(asked: House) -> None:
    caller = await dial(asked)
    await caller.answer("4")
    await caller.answer("1")
    asked.dispatcher._rules = SendRules(call_numbers=(SHOWN,), quiet_hours=QuietHours.read("07:30-10:30"))
    await caller.answer("1")
    assert caller.heard[:2] == ["We cannot call you at that time.", "When may we call you?"]
    await caller.answer("2")
    await caller.answer("1")
    assert caller.heard[0].startswith("It is agreed")


async def test_a_caller_who_waits_keeps_the_place_until_the_time_is_agreed(asked: House) -> None:
    await asked.take(call("CA1", SAM, to_address=MENU_NUMBER))
    caller = await waiting(asked)
    assert caller.heard[0] == "When may we call you?"
    assert (await asked.interaction(provider_ref="CA1"))["state"] == "waiting"
    await caller.answer("1")
    await caller.answer("1")
    assert caller.page is not None and caller.page.is_end
    row = await asked.interaction(provider_ref="CA1")
    assert (row["state"], row["closed_as"]) == ("closed", "self_served")
    assert len(await asked.rows(tables.appointment)) == 1
    await asked.check_restored()


async def test_a_caller_whom_an_agent_has_taken_meanwhile_talks_instead(asked: House) -> None:
    await asked.take(call("CA1", SAM, to_address=MENU_NUMBER))
    caller = await waiting(asked)
    await caller.answer("1")
    await asked.seat("ada")
    await asked.accept("ada")
    turn = await caller.answer("1")
    assert turn.page is None, "into the room, where the agent is"
    assert (await asked.interaction(provider_ref="CA1"))["state"] == "active"


async def waiting(house: House) -> Caller:
    """The caller has pressed the key for a time while they wait."""
    caller = Caller(house, call("CA1", SAM, to_address=MENU_NUMBER))
    turn = await house.host.answer_menu(MenuState(NO_MENU, "en", 1, 0), "", "", caller.arrival)
    caller.page = turn.page
    return caller


async def test_after_a_refusal_the_same_chat_may_ask_for_another(asked: House) -> None:
    assert (await ask(asked, number="+4670")).refused == "no_number"
    assert (await ask(asked)).refused == ""
    await asked.check_restored()
