"""Every row of the table of a call's steps comes about in a hub, by notices and commands as they really come.

The rule of this file: a row has its way here, or it leaves the table.
"""

from collections.abc import Awaitable, Callable

import pytest

from hub import call_lifecycle
from hub.call_lifecycle import TRANSITIONS, CallState, CallStep
from routing.model import Occasion
from tests.hub.calls import test_appointments as appointments
from tests.hub.calls import test_callbacks as callbacks
from tests.hub.calls import test_calling_out as outbound
from tests.hub.calls import test_menu_choices as menus
from tests.hub.calls import test_spoken as spoken
from tests.hub.calls import test_voicemail as voicemails
from tests.hub.calls.lost_line_ways import LOST_WAYS
from tests.hub.calls.test_calling_hours import CARDS, DEPOSITS, leave_message, steer
from tests.hub.flows import talk
from tests.hub.house import House
from tests.hub.notices import (
    PIA,
    agent_joined,
    agent_left,
    call,
    call_answered,
    customer_left,
    customer_not_reached,
    voicemail,
)

Way = Callable[[House], Awaitable[object]]
WAYS: dict[tuple[CallState, CallStep], Way] = {**LOST_WAYS}
S = CallState


def way(before: CallState, step: CallStep) -> Callable[[Way], Way]:
    def add(one: Way) -> Way:
        WAYS[before, step] = one
        return one

    return add


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row[0] or 'none'}-{row[1]}".replace(" ", "_"))
async def test_the_step_is_taken(
    house: House, row: tuple[CallState, CallStep], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    find_state_after = call_lifecycle.find_state_after

    def note(before: CallState, step: CallStep) -> CallState | None:
        taken.append((before, step))
        return find_state_after(before, step)

    monkeypatch.setattr(call_lifecycle, "find_state_after", note)
    await WAYS[row](house)
    assert row in taken


def test_no_way_is_left_of_a_row_that_the_table_has_not() -> None:
    assert set(WAYS) <= set(TRANSITIONS)


# ---- a customer who waits on the line


@way(S.NONE, CallStep.ARRIVED)
async def arrive(house: House) -> None:
    await house.take(call("CA1", PIA))


@way(S.NONE, CallStep.GREETED)
async def hear_a_menu(house: House) -> menus.Caller:
    return await menus.dial(house)


@way(S.MENU, CallStep.SERVED)
async def hear_an_answer(house: House) -> menus.Caller:
    caller = await hear_a_menu(house)
    await caller.answer("3")
    return caller


@way(S.MENU, CallStep.ARRIVED)
async def choose_a_queue(house: House) -> None:
    await (await hear_a_menu(house)).answer("1")


@way(S.MENU, CallStep.ENDED)
async def hang_up_in_the_menu(house: House) -> None:
    await hear_a_menu(house)
    await house.take(customer_left("CA1"))


@way(S.SERVED, CallStep.SERVED)
async def hear_another_answer(house: House) -> None:
    await (await hear_an_answer(house)).answer("3")


@way(S.SERVED, CallStep.ARRIVED)
async def choose_a_queue_after_an_answer(house: House) -> None:
    await (await hear_an_answer(house)).answer("1")


@way(S.SERVED, CallStep.ENDED)
async def hang_up_after_an_answer(house: House) -> None:
    await hear_an_answer(house)
    await house.take(customer_left("CA1"))


@way(S.WAITING, CallStep.SPOKEN_TO)
async def hear_words_while_waiting(house: House) -> None:
    await spoken.adopt(house, spoken.rule(Occasion.WAITED, "auto_reply", after_seconds=60))
    await arrive(house)
    await house.turn(61)


@way(S.WAITING, CallStep.CONNECTED)
async def be_taken(house: House) -> str:
    await house.seat("ada")
    await arrive(house)
    return str((await house.accept("ada"))["id"])


@way(S.WAITING, CallStep.RECORDED)
async def be_asked_for_a_message(house: House) -> str:
    await house.take(call("CA1", PIA, to_address=DEPOSITS))
    return str((await house.interaction(channel="phone"))["id"])


@way(S.WAITING, CallStep.GIVEN_BACK)
async def press_the_key(house: House) -> None:
    await house.take(call("CA1", PIA, to_address=CARDS))
    await house.take(callbacks.wish())


@way(S.WAITING, CallStep.DISMISSED)
async def be_sent_away(house: House) -> None:
    await spoken.adopt(house, spoken.rule(Occasion.UNSTAFFED, "release"))
    await arrive(house)


@way(S.WAITING, CallStep.ENDED)
async def hang_up_while_waiting(house: House) -> None:
    await arrive(house)
    await house.take(customer_left("CA1"))


# ---- a message, and a line that is given back


@way(S.VOICEMAIL, CallStep.MESSAGE_TAKEN)
async def leave_a_message(house: House) -> str:
    held = await be_asked_for_a_message(house)
    await house.take(voicemail("CA1"))
    return held


@way(S.VOICEMAIL, CallStep.DIALLED)
async def be_called_though_no_message_was_reported(house: House) -> None:
    await voicemails.adopt(house)
    await arrive(house)
    await house.seat("ada")
    await house.turn(3601)
    assert len(await house.requests("CallCustomer")) == 1


@way(S.VOICEMAIL, CallStep.HANDED_OVER)
async def withhold_the_number_and_be_heard_of_no_more(house: House) -> None:
    await voicemails.adopt(house)
    await house.take(call("CA1", "anonymous:CA1"))
    ada = await house.seat("ada")
    await house.turn(3601)
    assert [held["call"]["state"] for held in ada.held] == ["over"]


@way(S.VOICEMAIL, CallStep.ENDED)
async def leave_no_message(house: House) -> None:
    held = await be_asked_for_a_message(house)
    await house.take(customer_left("CA1"))
    await voicemails.tell_what_was_found(house, held, "")


@way(S.GIVEN_BACK, CallStep.DIALLED)
async def be_called_back(house: House) -> str:
    await callbacks.adopt(house, tries=1)
    await callbacks.give_back(house)
    _, request = await callbacks.dialled(house)
    return request.outbox_id


@way(S.GIVEN_BACK, CallStep.HANDED_OVER)
async def have_the_message_given_to_an_agent(house: House) -> str:
    held = await leave_message(house)
    await house.seat("emre")
    await steer(house, held, "assign_interaction", agent_id="emre")
    await house.accept("emre")
    return held


@way(S.OVER, CallStep.GIVEN_BACK)
async def have_the_message_handed_on(house: House) -> None:
    held = await have_the_message_given_to_an_agent(house)
    assert not (await house.about("emre", held, "transfer_interaction", queue="deposits")).code


# ---- a customer who is called


@way(S.DIALLING, CallStep.CONNECTED)
async def answer(house: House) -> None:
    await house.take(call_answered(await be_called_back(house)))


@way(S.DIALLING, CallStep.UNREACHED)
async def let_it_ring(house: House) -> None:
    await be_called_back(house)
    await house.turn(36)


@way(S.DIALLING, CallStep.LINE_ENDED)
@way(S.OVER, CallStep.UNREACHED)
@way(S.GIVEN_BACK, CallStep.ENDED)
async def be_busy_at_the_only_try(house: House) -> None:
    await house.take(customer_not_reached(await be_called_back(house), "CA-out", "busy"))
    assert (await house.interaction(customer_id="pia"))["closed_as"] == "failed"


@way(S.NONE, CallStep.DUE)
async def be_called_at_the_agreed_time(house: House) -> None:
    await appointments.agree_on_office_hours(house)
    assert await appointments.about(house, "make_appointment", local_at=appointments.TEN) == ""
    await house.turn(appointments.TO_TEN)


# ---- an agent who calls out


@way(S.NONE, CallStep.CALLED_OUT)
async def be_called_by_an_agent(house: House) -> None:
    house.dispatcher._rules = outbound.RULES
    await house.seat("ada")
    await outbound.call_out(house)


@way(S.REACHING, CallStep.DIALLED)
async def be_rung_once_the_agent_is_there(house: House) -> str:
    await be_called_by_an_agent(house)
    return await outbound.reach(house)


@way(S.REACHING, CallStep.ENDED)
async def have_an_agent_who_gives_up_at_once(house: House) -> None:
    await be_called_by_an_agent(house)
    await house.about("ada", house.screens["ada"].held[0]["id"], "end_interaction")


@way(S.DIALLING, CallStep.ANSWERED)
async def answer_the_agent(house: House) -> None:
    await house.take(call_answered(f"{await be_rung_once_the_agent_is_there(house)}.call", "CA1"))


@way(S.DIALLING, CallStep.ENDED)
async def have_an_agent_who_lets_it_ring_no_longer(house: House) -> None:
    await be_rung_once_the_agent_is_there(house)
    await house.about("ada", house.screens["ada"].held[0]["id"], "end_interaction")


# ---- an agent who is called, and talks


@way(S.CONNECTING, CallStep.JOINED)
async def be_joined(house: House) -> str:
    await talk(house)
    return str(house.screens["ada"].held[0]["id"])


@way(S.CONNECTING, CallStep.RETURNED)
async def have_an_agent_who_does_not_answer(house: House) -> None:
    await be_taken(house)
    await house.take(agent_left("CA1", "CA-ada", "no-answer"))
    assert (await house.interaction(provider_ref="CA1"))["state"] == "waiting"


@way(S.CONNECTING, CallStep.ENDED)
async def hang_up_while_the_agent_is_called(house: House) -> None:
    await be_taken(house)
    await house.take(customer_left("CA1"))


@way(S.TALKING, CallStep.JOINED)
async def be_joined_by_a_second_leg(house: House) -> None:
    held = await be_joined(house)
    (connect,) = await house.requests("ConnectAgent")
    await house.take(agent_joined("CA1", "CA-ada-2", connect.outbox_id))
    assert house.screens["ada"].find(held)["call"]["state"] == "talking"
    assert (await house.interaction(id=held))["leg_ref"] == "CA-ada-2"


@way(S.TALKING, CallStep.HELD)
async def be_put_on_hold(house: House) -> str:
    held = await be_joined(house)
    assert not (await house.about("ada", held, "hold_call", on=True)).code
    return held


@way(S.TALKING, CallStep.RETURNED)
async def be_handed_on(house: House, queue: str = "service") -> str:
    held = await be_joined(house)
    return await hand_on(house, held, queue)


async def hand_on(house: House, held: str, queue: str = "service") -> str:
    await house.do("ada", "set_state", state="unavailable", reason="lunch", after_current=True)
    assert not (await house.about("ada", held, "transfer_interaction", queue=queue)).code
    row = await house.interaction(id=held)
    assert (row["state"], row["leg_ref"]) == ("waiting", "")
    return held


@way(S.TALKING, CallStep.ENDED)
async def be_done(house: House) -> None:
    held = await be_joined(house)
    assert not (await house.about("ada", held, "end_interaction")).code


# ---- a customer on hold, for an agent or in the order


@way(S.HELD, CallStep.JOINED)
async def be_joined_by_a_second_leg_while_on_hold(house: House) -> None:
    """The agent is heard again: the customer is taken off hold."""
    held = await be_put_on_hold(house)
    (connect,) = await house.requests("ConnectAgent")
    await house.take(agent_joined("CA1", "CA-ada-2", connect.outbox_id))
    assert house.screens["ada"].find(held)["call"]["state"] == "talking"
    assert [one.on for one in await house.requests("HoldCall")] == [True, False]


@way(S.HELD, CallStep.RESUMED)
async def be_taken_off_hold(house: House) -> None:
    held = await be_put_on_hold(house)
    assert not (await house.about("ada", held, "hold_call", on=False)).code


@way(S.HELD, CallStep.RETURNED)
async def be_handed_on_while_on_hold(house: House) -> None:
    held = await be_put_on_hold(house)
    await hand_on(house, held)
    last = (await house.requests("HoldCall"))[-1]
    assert (last.on, last.is_waiting) == (True, True), "they hear their place, and no music for a held call"


@way(S.HELD, CallStep.SPOKEN_TO)
async def hear_words_after_being_handed_on(house: House) -> None:
    await spoken.adopt(house, spoken.rule(Occasion.WAITED, "auto_reply", after_seconds=60))
    await be_handed_on(house)
    await house.turn(61)
    assert len(await house.requests("Speak")) == 1


@way(S.HELD, CallStep.CONNECTED)
async def be_taken_by_the_next_agent(house: House) -> None:
    await be_handed_on(house)
    await house.turn(61)
    await house.do("ada", "set_state", state="available")
    await house.accept("ada")


@way(S.HELD, CallStep.RECORDED)
async def be_asked_for_a_message_after_being_handed_on(house: House) -> None:
    held = await be_joined(house)
    await voicemails.adopt(house, Occasion.WAITED)
    await hand_on(house, held)
    await house.turn(31)
    assert (await house.interaction(id=held))["call_state"] == "voicemail"


@way(S.HELD, CallStep.GIVEN_BACK)
async def press_the_key_after_being_handed_on(house: House) -> None:
    held = await be_handed_on(house, "cards")
    await house.take(callbacks.wish())
    assert (await house.interaction(id=held))["call_state"] == "given_back"


@way(S.HELD, CallStep.DISMISSED)
async def be_sent_away_after_being_handed_on(house: House) -> None:
    await spoken.adopt(house, spoken.rule(Occasion.WAITED, "release", after_seconds=60))
    await be_handed_on(house)
    await house.turn(61)
    assert await house.requests("Speak") != []


@way(S.HELD, CallStep.ENDED)
async def hang_up_while_on_hold(house: House) -> None:
    await be_put_on_hold(house)
    await house.take(customer_left("CA1"))
