"""What became of what was sent: the sender's word and the provider's reports, late, twice and out of order."""

import pytest

from channels.channel import DeliveryState
from hub.storage import tables
from tests.hub.notices import line, report, text
from tests.hub.scenes import wrap_up
from tests.hub.stage import Stage

SENT, DELIVERED, READ, FAILED = (
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
    DeliveryState.FAILED,
)


async def reply(stage: Stage, words: str = "Hej Sam 你好") -> str:
    """Ada answers Sam's text; the id of the request."""
    await stage.seat("ada")
    await stage.take(text("Hej"))
    held = await stage.accept("ada")
    await stage.about("ada", held["id"], "send_message", text=words)
    (out,) = await stage.requests("TextOut")
    return str(out.outbox_id)


def shown(stage: Stage, text: str = "Hej Sam 你好") -> tuple[str, str]:
    """How the reply stands on Ada's screen."""
    (message,) = [m for m in stage.screens["ada"].held[0]["messages"] if m["text"] == text]
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
    stage: Stage, reports: list[DeliveryState], ends_as: str
) -> None:
    outbox_id = await reply(stage)
    await stage.take(stage.result(outbox_id, "sms", "sent", provider_id="SM1"))
    for state in reports:
        await stage.take(report(outbox_id, state))
    assert shown(stage)[0] == ends_as


async def test_a_failure_says_why(stage: Stage) -> None:
    outbox_id = await reply(stage)
    await stage.take(report(outbox_id, FAILED, "30003"))
    assert shown(stage) == ("failed", "30003")


async def test_a_report_that_comes_before_the_answer_to_the_request_is_kept(stage: Stage) -> None:
    outbox_id = await reply(stage)
    await stage.take(report(outbox_id, DELIVERED), stage.result(outbox_id, "sms", "sent", provider_id="SM1"))
    assert shown(stage) == ("delivered", "")
    (message,) = await stage.rows(tables.message, tables.message.c.id == outbox_id)
    assert message["provider_id"] == "SM1"


@pytest.mark.promise("P7")
@pytest.mark.parametrize("state", [SENT, DELIVERED, FAILED])
async def test_a_report_settles_what_was_unknown(stage: Stage, state: DeliveryState) -> None:
    outbox_id = await reply(stage)
    await stage.take(stage.result(outbox_id, "sms", "unknown", error="no_answer"))
    assert shown(stage) == ("unknown", "no_answer")
    await stage.take(report(outbox_id, state))
    assert shown(stage) == (state, "")


@pytest.mark.promise("P7")
@pytest.mark.parametrize(("state", "settled"), [(SENT, "sent"), (DELIVERED, "sent"), (FAILED, "failed")])
@pytest.mark.parametrize("comes_first", ["report", "time-out"])
async def test_a_request_that_a_report_has_settled_is_not_unknown(
    stage: Stage, state: DeliveryState, settled: str, comes_first: str
) -> None:
    outbox_id = await reply(stage)
    told = [report(outbox_id, state), stage.result(outbox_id, "sms", "unknown", error="no_answer")]
    for what in told if comes_first == "report" else reversed(told):
        await stage.take(what)
    (request,) = await stage.rows(tables.outbox)
    assert (request["state"], shown(stage)[0]) == (settled, state)


@pytest.mark.promise("P7")
async def test_a_report_on_the_first_attempt_settles_it_although_it_was_sent_again(stage: Stage) -> None:
    first = await reply(stage)
    await stage.take(stage.result(first, "sms", "unknown", error="no_answer"))
    held = stage.screens["ada"].held[0]["id"]
    await stage.about("ada", held, "resend_message", message_id=first)
    await stage.take(report(first, DELIVERED))
    states = {row["id"]: row["state"] for row in await stage.rows(tables.outbox)}
    assert states.pop(first) == "sent"
    assert list(states.values()) == ["queued"]


async def test_why_it_failed_is_not_forgotten_when_the_answer_comes_late(stage: Stage) -> None:
    outbox_id = await reply(stage)
    await stage.take(report(outbox_id, FAILED, "30003"), stage.result(outbox_id, "sms", "sent", provider_id="SM1"))
    assert shown(stage) == ("failed", "30003")


@pytest.mark.promise("P7")
async def test_who_knows_is_believed_before_who_does_not(stage: Stage) -> None:
    outbox_id = await reply(stage)
    await stage.take(report(outbox_id, SENT))
    await stage.take(stage.result(outbox_id, "sms", "unknown", error="no_answer"))
    assert shown(stage) == ("sent", "")


async def test_a_report_after_the_end_is_kept(stage: Stage) -> None:
    outbox_id = await reply(stage)
    held = stage.screens["ada"].held[0]["id"]
    await wrap_up(stage, "ada", held)
    await stage.take(report(outbox_id, DELIVERED))
    (message,) = await stage.rows(tables.message, tables.message.c.id == outbox_id)
    assert message["delivery"] == "delivered"


async def test_a_report_about_nothing_of_ours_is_nothing(stage: Stage) -> None:
    await stage.take(report("m0123456789", DELIVERED), report("", FAILED))
    assert await stage.count(tables.message) == 0


async def test_a_chat_line_has_arrived_when_its_page_says_so(stage: Stage) -> None:
    await stage.seat("dot")
    await stage.take(line("Hej", "chat-1"))
    held = await stage.accept("dot")
    await stage.about("dot", held["id"], "send_message", text="Välkommen")
    message = stage.screens["dot"].find(held["id"])["messages"][-1]
    assert message["delivery"] == "sent"  # stored is sent: the page fetches what it missed
    assert await stage.requests("TextOut") == []
    await stage.take(report(message["id"], READ))
    assert stage.screens["dot"].find(held["id"])["messages"][-1]["delivery"] == "read"
