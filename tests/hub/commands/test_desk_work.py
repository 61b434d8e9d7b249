"""What agents do with what they hold: answer, note, send again, hand on, hold, end and wrap up."""

import pytest

from channels.channel import DeliveryState
from hub.storage import tables
from routing.model import SECOND
from tests.hub.notices import PIA_MAIL, SAM, call, customer_left, mail, report, text
from tests.hub.scenes import hold_text, talk
from tests.hub.stage import Stage


async def test_a_reply_is_written_down_and_on_its_way(stage: Stage) -> None:
    held = await hold_text(stage)
    assert not (await stage.about("ada", held["id"], "send_message", text="Hej Sam 你好")).code
    message = stage.screens["ada"].find(held["id"])["messages"][-1]
    assert (message["kind"], message["author"], message["delivery"]) == ("agent", "Ada Holm", "queued")
    (out,) = await stage.requests("TextOut")
    assert (out.outbox_id, out.text) == (message["id"], "Hej Sam 你好")


async def test_a_reply_by_mail_answers_what_was_written_under_its_subject(stage: Stage) -> None:
    await stage.seat("ada")
    first = mail("Hej", PIA_MAIL)
    await stage.take(first)
    held = await stage.accept("ada")
    await stage.about("ada", held["id"], "send_message", text="Hej Pia")
    await stage.about("ada", held["id"], "send_message", text="Och 另外", subject="Nytt ämne")
    one, two = await stage.requests("TextOut")
    token = (await stage.interaction(customer_id="pia"))["reply_token"]
    assert (one.to_address, one.subject, one.reply_token) == (PIA_MAIL, "Re: Fråga 问题", token)
    assert (one.answers, two.subject) == ((first.provider_id,), "Nytt ämne")


@pytest.mark.parametrize(
    ("words", "code"), [("  \n ", "nothing_to_say"), ("x" * 1601, "too_long")], ids=["nothing", "too much"]
)
async def test_what_may_not_be_sent_is_refused_and_leaves_no_trace(stage: Stage, words: str, code: str) -> None:
    held = await hold_text(stage)
    assert (await stage.about("ada", held["id"], "send_message", text=words)).code == code
    assert await stage.said(held["id"], "agent") == []
    assert await stage.requests("TextOut") == []


async def test_a_call_is_not_answered_in_writing(stage: Stage) -> None:
    ada = await talk(stage)
    answer = await stage.about("ada", ada.held[0]["id"], "send_message", text="Hej")
    assert answer.code == "wrong_channel"


async def test_nothing_is_sent_from_the_wrap_up(stage: Stage) -> None:
    held = await hold_text(stage)
    await stage.about("ada", held["id"], "end_interaction")
    assert (await stage.about("ada", held["id"], "send_message", text="Hej")).code == "wrong_state"


async def test_a_note_is_for_colleagues(stage: Stage) -> None:
    held = await hold_text(stage)
    assert not (await stage.about("ada", held["id"], "add_note", text="Ring efter 16 下午四点后")).code
    message = stage.screens["ada"].find(held["id"])["messages"][-1]
    assert (message["kind"], message["text"], message["author"]) == ("note", "Ring efter 16 下午四点后", "Ada Holm")
    assert await stage.requests("TextOut") == []


# ---- once more, because a person says so


@pytest.mark.promise("P7")
async def test_a_message_of_which_nobody_knows_goes_out_once_more_when_a_person_says_so(stage: Stage) -> None:
    held = await hold_text(stage)
    message_id = await send_and_lose(stage, held["id"], "unknown")
    assert not (await stage.about("ada", held["id"], "resend_message", message_id=message_id)).code
    first, again = await stage.requests("TextOut")
    assert (first.text, first.to_address) == (again.text, again.to_address)
    assert first.outbox_id != again.outbox_id
    assert stage.screens["ada"].find(held["id"])["messages"][-1]["delivery"] == "queued"
    await stage.take(report(again.outbox_id, DeliveryState.DELIVERED))
    assert stage.screens["ada"].find(held["id"])["messages"][-1]["delivery"] == "delivered"


@pytest.mark.promise("P7")
@pytest.mark.parametrize("state", ["queued", "sent"])
async def test_a_message_that_is_on_its_way_is_not_sent_again(stage: Stage, state: str) -> None:
    held = await hold_text(stage)
    message_id = await send_and_lose(stage, held["id"], state)
    assert (await stage.about("ada", held["id"], "resend_message", message_id=message_id)).code == "wrong_state"
    assert len(await stage.requests("TextOut")) == 1


async def test_only_ones_own_words_of_this_interaction_are_sent_again(stage: Stage) -> None:
    held = await hold_text(stage)
    customers = stage.screens["ada"].find(held["id"])["messages"][1]
    assert customers["kind"] == "customer"
    for message_id in ("m0123456789", customers["id"]):
        answer = await stage.about("ada", held["id"], "resend_message", message_id=message_id)
        assert (answer.code, answer.field) == ("invalid", "message_id")


async def test_a_message_is_not_sent_again_to_who_has_said_stop(stage: Stage) -> None:
    held = await hold_text(stage)
    message_id = await send_and_lose(stage, held["id"], "failed")
    await stage.take(text("STOP"))
    answer = await stage.about("ada", held["id"], "resend_message", message_id=message_id)
    assert answer.code == "customer_said_stop"


async def send_and_lose(stage: Stage, interaction_id: str, state: str) -> str:
    """A reply whose request ended as `state`; the message's id."""
    await stage.about("ada", interaction_id, "send_message", text="Hej Sam")
    (out,) = await stage.requests("TextOut")
    if state != "queued":
        await stage.take(stage.result(out.outbox_id, "sms", state))
    return str(out.outbox_id)


# ---- the end


async def test_an_interaction_is_ended_wrapped_up_and_let_go(stage: Stage) -> None:
    held = await hold_text(stage)
    assert not (await stage.about("ada", held["id"], "end_interaction")).code
    ada = stage.screens["ada"]
    wrapping = ada.find(held["id"])
    assert (wrapping["state"], wrapping["wrap_up_deadline_at"] - wrapping["state_since"]) == ("wrap_up", 120_000)
    await stage.turn(5)
    answer = await stage.about("ada", held["id"], "complete_wrap_up", disposition="solved", note="Allt klart 完成")
    assert not answer.code
    assert (ada.held, ada.shown["agent"]["load"]) == ([], 0)
    assert ada.shown["today"]["handled"] == ada.shown["today"]["in_time"] == 1
    closed = await stage.interaction(customer_id="sam")
    assert (closed["closed_as"], closed["disposition"], closed["wrap_up_note"]) == (
        "handled",
        "solved",
        "Allt klart 完成",
    )
    assert await stage.said(held["id"], "note") == ["Allt klart 完成"]
    (owner,) = await stage.rows(tables.participant)
    assert owner["left_at"] is not None


async def test_a_wrap_up_that_nobody_completes_ends_by_itself(stage: Stage) -> None:
    held = await hold_text(stage)
    await stage.about("ada", held["id"], "end_interaction")
    await stage.turn(121)
    assert stage.screens["ada"].held == []
    assert (await stage.interaction(customer_id="sam"))["closed_as"] == "handled"


@pytest.mark.promise("P4")
async def test_an_offer_that_is_due_is_not_put_off_by_reports_that_decide_nothing(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(text("Hallå?", SAM))
    stage.clock.at += 600 * SECOND
    before = len(stage.told)
    await stage.take(report("m-of-nobody", DeliveryState.DELIVERED))
    assert '"expired"' in "".join(event for _, _, event in stage.told[before].events)


async def test_what_has_not_ended_is_not_wrapped_up_and_what_has_is_not_ended_again(stage: Stage) -> None:
    held = await hold_text(stage)
    early = await stage.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    assert early.code == "wrong_state"
    await stage.about("ada", held["id"], "end_interaction")
    assert (await stage.about("ada", held["id"], "end_interaction")).code == "wrong_state"


@pytest.mark.parametrize(
    "disposition", ["", "nonsense", "card_replaced"], ids=["none", "unknown", "of another queue"]
)
async def test_a_disposition_is_one_of_the_queues(stage: Stage, disposition: str) -> None:
    held = await hold_text(stage)
    await stage.about("ada", held["id"], "end_interaction")
    answer = await stage.about("ada", held["id"], "complete_wrap_up", disposition=disposition)
    assert (answer.code, answer.field) == ("invalid", "disposition")
    assert (await stage.interaction(customer_id="sam"))["disposition"] is None


# ---- handing on


async def test_an_interaction_goes_to_another_queue_with_what_was_said(stage: Stage) -> None:
    held = await hold_text(stage)
    entered_at = held["entered_at"]
    answer = await stage.about("ada", held["id"], "transfer_interaction", queue="cards", note="Kortet är borta")
    assert not answer.code
    ada = stage.screens["ada"]
    assert (ada.held, ada.shown["agent"]["load"]) == ([], 0)
    removed = next(event for event in ada.seen if event["kind"] == "interaction_removed")
    assert removed["closed_as"] is None
    await stage.seat("cleo")
    taken = await stage.accept("cleo")
    assert (taken["id"], taken["queue"], taken["entered_at"]) == (held["id"], "cards", entered_at)
    assert "Kortet är borta" in [m["text"] for m in taken["messages"]]
    owners = await stage.rows(tables.participant)
    assert [(row["agent_id"], row["left_at"] is None) for row in owners] == [("ada", False), ("cleo", True)]


async def test_who_leaves_after_being_handed_on_is_no_work_of_whom_it_was_offered(stage: Stage) -> None:
    ada = await talk(stage)
    await stage.about("ada", ada.held[0]["id"], "transfer_interaction", queue="cards")
    cleo = await stage.seat("cleo")
    assert len(cleo.offers) == 1
    await stage.take(customer_left("CA1"))
    assert (await stage.open("cleo")).shown["today"]["handled"] == 0


@pytest.mark.parametrize("queue", ["nowhere", "deposits"], ids=["unknown", "takes no texts"])
async def test_a_queue_that_cannot_take_it_is_refused(stage: Stage, queue: str) -> None:
    held = await hold_text(stage)
    answer = await stage.about("ada", held["id"], "transfer_interaction", queue=queue)
    assert (answer.code, answer.field) == ("invalid", "queue")
    assert stage.screens["ada"].find(held["id"])["queue"] == "service"


async def test_what_is_being_wrapped_up_is_not_handed_on(stage: Stage) -> None:
    held = await hold_text(stage)
    await stage.about("ada", held["id"], "end_interaction")
    assert (await stage.about("ada", held["id"], "transfer_interaction", queue="cards")).code == "wrong_state"


# ---- calls


async def test_a_call_is_held_and_taken_back(stage: Stage) -> None:
    ada = await talk(stage)
    held = ada.held[0]["id"]
    for on, state in ((True, "held"), (True, "held"), (False, "talking"), (False, "talking")):
        assert not (await stage.about("ada", held, "hold_call", on=on)).code
        assert ada.find(held)["call"]["state"] == state
    asked = [(request.leg_id, request.on) for request in await stage.requests("HoldCall")]
    assert asked == [("CA1", True), ("CA1", False)]
    assert (await stage.said(held, "fact"))[-2:] == ["held", "resumed"]


async def test_what_is_no_call_is_not_held(stage: Stage) -> None:
    held = await hold_text(stage)
    assert (await stage.about("ada", held["id"], "hold_call", on=True)).code == "wrong_state"


async def test_a_call_whose_line_is_not_there_yet_is_not_held(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(call("CA1"))
    held = await stage.accept("ada")
    assert (await stage.about("ada", held["id"], "hold_call", on=True)).code == "wrong_state"


async def test_ending_a_call_hangs_up_on_the_customer(stage: Stage) -> None:
    ada = await talk(stage)
    await stage.about("ada", ada.held[0]["id"], "end_interaction")
    assert [request.leg_id for request in await stage.requests("HangUp")] == ["CA1"]
    assert ada.held[0]["call"]["state"] == "over"
