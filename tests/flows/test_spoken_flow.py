"""Callers who cannot be kept waiting: what they hear before the line ends."""

from typing import Any

from tests.flows.cast import OpenCast
from tests.flows.house import repository_settings

CLOSED = {"en": "We are closed now. Goodbye.", "zh-CN": "我们已下班，再见。"}


def with_overflow(*rules: dict[str, Any], **queue: Any) -> dict[str, Any]:
    """The sample policy, whose first queue has these rules."""
    policy = repository_settings()["policy"]
    first, *others = policy["queues"]
    messages = [*policy["messages"], {"id": "lines_closed", "texts": CLOSED}]
    return {"queues": [{**first, "overflow": list(rules), **queue}, *others], "messages": messages}


async def test_a_released_caller_hears_the_message_in_their_language_and_the_line_ends(
    open_cast: OpenCast,
) -> None:
    rule = {"occasion": "unstaffed", "action": "release", "channels": ["phone"], "message": "lines_closed"}
    cast = await open_cast(policy=with_overflow(rule))
    pia, lin = cast.customer("pia"), cast.customer("lin")
    await pia.call()
    await lin.call()
    await pia.hears("say", CLOSED["en"])
    await lin.hears("say", CLOSED["zh-CN"])
    for customer in (pia, lin):
        call = await customer.call_is(is_over=True, status="completed")
        assert [one["kind"] for one in call["transcript"]][-2:] == ["say", "ended"]
    ada = await cast.desk("ada")
    assert ada.screen["offers"] == []
