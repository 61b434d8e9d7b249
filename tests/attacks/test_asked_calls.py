"""Strangers who ask, in chats, for calls to other people's numbers: few calls to one number, few from one chat."""

import pytest

from channels.channel import AppointmentCancelled, AppointmentWished
from hub.calls.asked_appointments import MOST_IN_A_DAY, MOST_OPEN
from tests.hub.calls.test_asked_appointments import TEN, ask
from tests.hub.calls.test_asked_appointments import asked as asked
from tests.hub.house import House
from tests.hub.notices import GUS, PIA

ELEVEN = "2026-11-24T11:00"


async def test_many_chats_that_name_one_number_get_it_no_more_than_a_few_calls(asked: House) -> None:
    outcomes = [(await ask(asked, f"chat{n}")).refused for n in range(6)]
    assert outcomes == [""] * MOST_OPEN + ["too_many_appointments"] * (6 - MOST_OPEN)
    assert (await ask(asked, "chat9", number=f"{PIA[:3]} {PIA[3:5]}-{PIA[5:]}")).refused != ""
    assert (await ask(asked, "chat9", number=GUS)).refused == "", "others are not kept from theirs"


async def test_taking_calls_back_does_not_let_one_number_be_called_more_often(asked: House) -> None:
    outcomes = []
    for n in range(5):
        agreed = await ask(asked, f"chat{n}")
        outcomes.append(agreed.refused)
        await asked.take(AppointmentCancelled(f"webchat:chat{n}:back", f"chat{n}", agreed.id))
    assert outcomes == [""] * MOST_IN_A_DAY + ["too_many_appointments"] * (5 - MOST_IN_A_DAY)
    await asked.turn(86_401)
    assert (await ask(asked, "chat8")).refused == "", "on the next day its owner may ask again"


async def test_one_chat_has_few_calls_open_whatever_numbers_it_names(asked: House) -> None:
    numbers = [f"+4670174{n:04}" for n in range(1, 6)]
    outcomes = [(await ask(asked, "chat1", ELEVEN, number)).refused for number in numbers]
    assert outcomes == [""] * MOST_OPEN + ["too_many_appointments"] * (5 - MOST_OPEN)


async def test_naming_the_number_of_a_customer_tells_nothing_of_them_and_gives_nothing_of_theirs(
    asked: House,
) -> None:
    await ask(asked, "chat1", TEN, PIA)
    (row,) = await asked.host.list_asked_calls("chat1")
    assert (row.address, row.note) == (PIA, "定期存款")
    assert await asked.host.list_asked_calls("chat2") == []
    appointments = [one for one in asked.floor.appointments.values() if one.customer_id == "pia"]
    assert appointments == [], "it belongs to the one who asked"


@pytest.mark.parametrize("at", [0, 1, 2**53, 2**62])
async def test_times_that_are_none_are_refused(asked: House, at: int) -> None:
    await asked.take(AppointmentWished(f"webchat:chat1:call:{at}", "chat1", "w1", PIA, at, "en"))
    found = await asked.host.find_asked_call("chat1", "w1")
    assert found is not None and found.refused == "no_such_time"
    await asked.check_restored()
