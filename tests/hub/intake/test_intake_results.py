"""What became of what was sent: the sender's word and the provider's reports, late, twice and out of order."""

import pytest

from channels.channel import DeliveryState
from hub.storage import tables
from tests.hub.flows import wrap_up
from tests.hub.house import House
from tests.hub.notices import line, report, text

SENT, DELIVERED, READ, FAILED = (
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
    DeliveryState.FAILED,
)


async def reply(house: House, words: str = "Hej Sam 你好") -> str:
    """Ada answers Sam's text; the id of the request."""
    await house.seat("ada")
    await house.take(text("Hej"))
    held = await house.accept("ada")
    await house.about("ada", held["id"], "send_message", text=words)
    (out,) = await house.requests("TextOut")
    return str(out.outbox_id)


def shown(house: House, text: str = "Hej Sam 你好") -> tuple[str, str]:
    """How the reply stands on Ada's screen."""
    (message,) = [m for m in house.screens["ada"].held[0]["messages"] if m["text"] == text]
    return message["delivery"], message["error"]


@pytest.mark.parametrize(
    ("reports", "ends_as"),
    [
        ([SENT, DELIVERED], "delivered"),
        ([DELIVERED, SENT], "delivered"),
        ([DELIVERED, READ, DELIVERED], "read"),
        ([SENT, FAILED], "failed"),
        ([FAILED, SENT], "failed"),
        ([DELIVERED, FAILED], "delivered"),
        ([SENT, SENT], "sent"),
    ],
)
async def test_reports_move_a_message_forward_in_whatever_order_they_come(
    house: House, reports: list[DeliveryState], ends_as: str
) -> None:
    outbox_id = await reply(house)
    await house.take(house.result(outbox_id, "sms", "sent", provider_id="SM1"))
    for state in reports:
        await house.take(report(outbox_id, state))
    assert shown(house)[0] == ends_as


async def test_a_failure_says_why(house: House) -> None:
    outbox_id = await reply(house)
    await house.take(report(outbox_id, FAILED, "30003"))
    assert shown(house) == ("failed", "30003")


async def test_a_report_that_comes_before_the_answer_to_the_request_is_kept(house: House) -> None:
    outbox_id = await reply(house)
    await house.take(report(outbox_id, DELIVERED), house.result(outbox_id, "sms", "sent", provider_id="SM1"))
    assert shown(house) == ("delivered", "")
    (message,) = await house.rows(tables.message, tables.message.c.id == outbox_id)
    assert message["provider_id"] == "SM1"


@pytest.mark.promise("P7")
@pytest.mark.parametrize("state", [SENT, DELIVERED, FAILED])
async def test_a_report_settles_what_was_unknown(house: House, state: DeliveryState) -> None:
    outbox_id = await reply(house)
    await house.take(house.result(outbox_id, "sms", "unknown", error="no_answer"))
    assert shown(house) == ("unknown", "no_answer")
    await house.take(report(outbox_id, state))
    assert shown(house) == (state, "")


@pytest.mark.promise("P7")
@pytest.mark.parametrize(("state", "settled"), [(SENT, "sent"), (DELIVERED, "sent"), (FAILED, "failed")])
@pytest.mark.parametrize("comes_first", ["report", "time-out"])
async def test_a_request_that_a_report_has_settled_is_not_unknown(
    house: House, state: DeliveryState, settled: str, comes_first: str
) -> None:
    outbox_id = await reply(house)
    told = [report(outbox_id, state), house.result(outbox_id, "sms", "unknown", error="no_answer")]
    for what in told if comes_first == "report" else reversed(told):
        await house.take(what)
    (request,) = await house.rows(tables.outbox)
    assert (request["state"], shown(house)[0]) == (settled, state)


@pytest.mark.promise("P7")
async def test_a_report_on_the_first_attempt_settles_it_although_it_was_sent_again(house: House) -> None:
    first = await reply(house)
    await house.take(house.result(first, "sms", "unknown", error="no_answer"))
    held = house.screens["ada"].held[0]["id"]
    await house.about("ada", held, "resend_message", message_id=first)
    await house.take(report(first, DELIVERED))
    states = {row["id"]: row["state"] for row in await house.rows(tables.outbox)}
    assert states.pop(first) == "sent"
    assert list(states.values()) == ["queued"]


async def test_why_it_failed_is_not_forgotten_when_the_answer_comes_late(house: House) -> None:
    outbox_id = await reply(house)
    await house.take(report(outbox_id, FAILED, "30003"), house.result(outbox_id, "sms", "sent", provider_id="SM1"))
    assert shown(house) == ("failed", "30003")


@pytest.mark.promise("P7")
async def test_who_knows_is_believed_before_who_does_not(house: House) -> None:
    outbox_id = await reply(house)
    await house.take(report(outbox_id, SENT))
    await house.take(house.result(outbox_id, "sms", "unknown", error="no_answer"))
    assert shown(house) == ("sent", "")


async def test_a_report_after_the_end_is_kept(house: House) -> None:
    outbox_id = await reply(house)
    held = house.screens["ada"].held[0]["id"]
    await wrap_up(house, "ada", held)
    await house.take(report(outbox_id, DELIVERED))
    (message,) = await house.rows(tables.message, tables.message.c.id == outbox_id)
    assert message["delivery"] == "delivered"


async def test_a_report_about_nothing_of_ours_is_nothing(house: House) -> None:
    await house.take(report("m0123456789", DELIVERED), report("", FAILED))
    assert await house.count(tables.message) == 0


async def test_a_chat_line_has_arrived_when_its_page_says_so(house: House) -> None:
    await house.seat("dot")
    await house.take(line("Hej", "chat-1"))
    held = await house.accept("dot")
    await house.about("dot", held["id"], "send_message", text="Välkommen")
    message = house.screens["dot"].find(held["id"])["messages"][-1]
    assert message["delivery"] == "sent"  # stored is sent: the page fetches what it missed
    assert await house.requests("TextOut") == []
    await house.take(report(message["id"], READ))
    assert house.screens["dot"].find(held["id"])["messages"][-1]["delivery"] == "read"
