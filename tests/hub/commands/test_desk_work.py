"""What agents do with what they hold: answer, note, send again, hand on, hold, end and wrap up."""

import pytest

from channels.channel import DeliveryState
from hub.storage import tables
from routing.model import SECOND
from tests.hub.flows import hold_text, talk
from tests.hub.house import House
from tests.hub.notices import PIA_MAIL, SAM, call, customer_left, mail, report, text


async def test_a_reply_is_written_down_and_on_its_way(house: House) -> None:
    held = await hold_text(house)
    assert not (await house.about("ada", held["id"], "send_message", text="Hej Sam 你好")).code
    message = house.screens["ada"].find(held["id"])["messages"][-1]
    assert (message["kind"], message["author"], message["delivery"]) == ("agent", "Ada Holm", "queued")
    (out,) = await house.requests("TextOut")
    assert (out.outbox_id, out.text) == (message["id"], "Hej Sam 你好")


async def test_a_reply_by_mail_answers_what_was_written_under_its_subject(house: House) -> None:
    await house.seat("ada")
    first = mail("Hej", PIA_MAIL)
    await house.take(first)
    held = await house.accept("ada")
    await house.about("ada", held["id"], "send_message", text="Hej Pia")
    await house.about("ada", held["id"], "send_message", text="Och 另外", subject="Nytt ämne")
    one, two = await house.requests("TextOut")
    token = (await house.interaction(customer_id="pia"))["reply_token"]
    assert (one.to_address, one.subject, one.reply_token) == (PIA_MAIL, "Re: Fråga 问题", token)
    assert (one.answers, two.subject) == ((first.provider_id,), "Nytt ämne")


@pytest.mark.parametrize(
    ("words", "code"), [("  \n ", "nothing_to_say"), ("x" * 1601, "too_long")], ids=["nothing", "too much"]
)
async def test_what_may_not_be_sent_is_refused_and_leaves_no_trace(house: House, words: str, code: str) -> None:
    held = await hold_text(house)
    assert (await house.about("ada", held["id"], "send_message", text=words)).code == code
    assert await house.said(held["id"], "agent") == []
    assert await house.requests("TextOut") == []


async def test_a_call_is_not_answered_in_writing(house: House) -> None:
    ada = await talk(house)
    answer = await house.about("ada", ada.held[0]["id"], "send_message", text="Hej")
    assert answer.code == "wrong_channel"


async def test_nothing_is_sent_from_the_wrap_up(house: House) -> None:
    held = await hold_text(house)
    await house.about("ada", held["id"], "end_interaction")
    assert (await house.about("ada", held["id"], "send_message", text="Hej")).code == "wrong_state"


async def test_a_note_is_for_colleagues(house: House) -> None:
    held = await hold_text(house)
    assert not (await house.about("ada", held["id"], "add_note", text="Ring efter 16 下午四点后")).code
    message = house.screens["ada"].find(held["id"])["messages"][-1]
    assert (message["kind"], message["text"], message["author"]) == ("note", "Ring efter 16 下午四点后", "Ada Holm")
    assert await house.requests("TextOut") == []


# ---- once more, because a person says so


@pytest.mark.promise("P7")
async def test_a_message_of_which_nobody_knows_goes_out_once_more_when_a_person_says_so(house: House) -> None:
    held = await hold_text(house)
    message_id = await send_and_lose(house, held["id"], "unknown")
    assert not (await house.about("ada", held["id"], "resend_message", message_id=message_id)).code
    first, again = await house.requests("TextOut")
    assert (first.text, first.to_address) == (again.text, again.to_address)
    assert first.outbox_id != again.outbox_id
    assert house.screens["ada"].find(held["id"])["messages"][-1]["delivery"] == "queued"
    await house.take(report(again.outbox_id, DeliveryState.DELIVERED))
    assert house.screens["ada"].find(held["id"])["messages"][-1]["delivery"] == "delivered"


@pytest.mark.promise("P7")
@pytest.mark.parametrize("state", ["queued", "sent"])
async def test_a_message_that_is_on_its_way_is_not_sent_again(house: House, state: str) -> None:
    held = await hold_text(house)
    message_id = await send_and_lose(house, held["id"], state)
    assert (await house.about("ada", held["id"], "resend_message", message_id=message_id)).code == "wrong_state"
    assert len(await house.requests("TextOut")) == 1


async def test_only_ones_own_words_of_this_interaction_are_sent_again(house: House) -> None:
    held = await hold_text(house)
    customers = house.screens["ada"].find(held["id"])["messages"][1]
    assert customers["kind"] == "customer"
    for message_id in ("m0123456789", customers["id"]):
        answer = await house.about("ada", held["id"], "resend_message", message_id=message_id)
        assert (answer.code, answer.field) == ("invalid", "message_id")


async def test_a_message_is_not_sent_again_to_who_has_said_stop(house: House) -> None:
    held = await hold_text(house)
    message_id = await send_and_lose(house, held["id"], "failed")
    await house.take(text("STOP"))
    answer = await house.about("ada", held["id"], "resend_message", message_id=message_id)
    assert answer.code == "customer_said_stop"


async def send_and_lose(house: House, interaction_id: str, state: str) -> str:
    """A reply whose request ended as `state`; the message's id."""
    await house.about("ada", interaction_id, "send_message", text="Hej Sam")
    (out,) = await house.requests("TextOut")
    if state != "queued":
        await house.take(house.result(out.outbox_id, "sms", state))
    return str(out.outbox_id)


# ---- the end


async def test_an_interaction_is_ended_wrapped_up_and_let_go(house: House) -> None:
    held = await hold_text(house)
    assert not (await house.about("ada", held["id"], "end_interaction")).code
    ada = house.screens["ada"]
    wrapping = ada.find(held["id"])
    assert (wrapping["state"], wrapping["wrap_up_deadline_at"] - wrapping["state_since"]) == ("wrap_up", 120_000)
    await house.turn(5)
    answer = await house.about("ada", held["id"], "complete_wrap_up", disposition="solved", note="Allt klart 完成")
    assert not answer.code
    assert (ada.held, ada.shown["agent"]["load"]) == ([], 0)
    assert ada.shown["today"]["handled"] == ada.shown["today"]["in_time"] == 1
    closed = await house.interaction(customer_id="sam")
    assert (closed["closed_as"], closed["disposition"], closed["wrap_up_note"]) == (
        "handled",
        "solved",
        "Allt klart 完成",
    )
    assert await house.said(held["id"], "note") == ["Allt klart 完成"]
    (owner,) = await house.rows(tables.participant)
    assert owner["left_at"] is not None


async def test_a_wrap_up_that_nobody_completes_ends_by_itself(house: House) -> None:
    held = await hold_text(house)
    await house.about("ada", held["id"], "end_interaction")
    await house.turn(121)
    assert house.screens["ada"].held == []
    assert (await house.interaction(customer_id="sam"))["closed_as"] == "handled"


@pytest.mark.promise("P4")
async def test_an_offer_that_is_due_is_not_put_off_by_reports_that_decide_nothing(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hallå?", SAM))
    house.clock.at += 600 * SECOND
    before = len(house.told)
    await house.take(report("m-of-nobody", DeliveryState.DELIVERED))
    assert '"expired"' in "".join(event for _, _, event in house.told[before].events)


async def test_what_has_not_ended_is_not_wrapped_up_and_what_has_is_not_ended_again(house: House) -> None:
    held = await hold_text(house)
    early = await house.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    assert early.code == "wrong_state"
    await house.about("ada", held["id"], "end_interaction")
    assert (await house.about("ada", held["id"], "end_interaction")).code == "wrong_state"


@pytest.mark.parametrize(
    "disposition", ["", "nonsense", "card_replaced"], ids=["none", "unknown", "of another queue"]
)
async def test_a_disposition_is_one_of_the_queues(house: House, disposition: str) -> None:
    held = await hold_text(house)
    await house.about("ada", held["id"], "end_interaction")
    answer = await house.about("ada", held["id"], "complete_wrap_up", disposition=disposition)
    assert (answer.code, answer.field) == ("invalid", "disposition")
    assert (await house.interaction(customer_id="sam"))["disposition"] is None


# ---- handing on


async def test_an_interaction_goes_to_another_queue_with_what_was_said(house: House) -> None:
    held = await hold_text(house)
    entered_at = held["entered_at"]
    answer = await house.about("ada", held["id"], "transfer_interaction", queue="cards", note="Kortet är borta")
    assert not answer.code
    ada = house.screens["ada"]
    assert (ada.held, ada.shown["agent"]["load"]) == ([], 0)
    removed = next(event for event in ada.seen if event["kind"] == "interaction_removed")
    assert removed["closed_as"] is None
    await house.seat("cleo")
    taken = await house.accept("cleo")
    assert (taken["id"], taken["queue"], taken["entered_at"]) == (held["id"], "cards", entered_at)
    assert "Kortet är borta" in [m["text"] for m in taken["messages"]]
    owners = await house.rows(tables.participant)
    assert [(row["agent_id"], row["left_at"] is None) for row in owners] == [("ada", False), ("cleo", True)]


async def test_who_leaves_after_being_handed_on_is_no_work_of_whom_it_was_offered(house: House) -> None:
    ada = await talk(house)
    await house.about("ada", ada.held[0]["id"], "transfer_interaction", queue="cards")
    cleo = await house.seat("cleo")
    assert len(cleo.offers) == 1
    await house.take(customer_left("CA1"))
    assert (await house.open("cleo")).shown["today"]["handled"] == 0


@pytest.mark.parametrize("queue", ["nowhere", "deposits"], ids=["unknown", "takes no texts"])
async def test_a_queue_that_cannot_take_it_is_refused(house: House, queue: str) -> None:
    held = await hold_text(house)
    answer = await house.about("ada", held["id"], "transfer_interaction", queue=queue)
    assert (answer.code, answer.field) == ("invalid", "queue")
    assert house.screens["ada"].find(held["id"])["queue"] == "service"


async def test_what_is_being_wrapped_up_is_not_handed_on(house: House) -> None:
    held = await hold_text(house)
    await house.about("ada", held["id"], "end_interaction")
    assert (await house.about("ada", held["id"], "transfer_interaction", queue="cards")).code == "wrong_state"


# ---- calls


async def test_a_call_is_held_and_taken_back(house: House) -> None:
    ada = await talk(house)
    held = ada.held[0]["id"]
    for on, state in ((True, "held"), (True, "held"), (False, "talking"), (False, "talking")):
        assert not (await house.about("ada", held, "hold_call", on=on)).code
        assert ada.find(held)["call"]["state"] == state
    asked = [(request.leg_id, request.on) for request in await house.requests("HoldCall")]
    assert asked == [("CA1", True), ("CA1", False)]
    assert (await house.said(held, "fact"))[-2:] == ["held", "resumed"]


async def test_what_is_no_call_is_not_held(house: House) -> None:
    held = await hold_text(house)
    assert (await house.about("ada", held["id"], "hold_call", on=True)).code == "wrong_state"


async def test_a_call_whose_line_is_not_there_yet_is_not_held(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1"))
    held = await house.accept("ada")
    assert (await house.about("ada", held["id"], "hold_call", on=True)).code == "wrong_state"


async def test_ending_a_call_hangs_up_on_the_customer(house: House) -> None:
    ada = await talk(house)
    await house.about("ada", ada.held[0]["id"], "end_interaction")
    assert [request.leg_id for request in await house.requests("HangUp")] == ["CA1"]
    assert ada.held[0]["call"]["state"] == "over"
