"""A house whose script asks the cards' system about a card: the policy, the script, and what leaves and comes back.

The rule of this file: the webhook is asked over real HTTP by the hub's own sender; time is the test's.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from channels.webhooks.asking import NAME, Webhooks, WebhookSettings
from hub.policies.webhook_policies import WebhookPolicy
from hub.routing_process.sender import SendBell, Sender
from routing.model import SECOND
from tests.channels.webhook_receiver import Answer, Receiver, receive
from tests.hub.calls.recorded_calls import publish
from tests.hub.flows import hold_text
from tests.hub.house import House
from tests.hub.scripts.test_desk_scripts import parts, script_of, step, use, write

KEY = b"a key of twenty-four bytes and more"
CARD_STATUS = WebhookPolicy(
    sends=("answer.card_ending", "customer.tier", "customer.city"),
    fills={"card_state": "state", "blocked_on": "since", "limit": "limit", "street": "town"},
    example={"state": "blocked", "since": "2026-11-02", "limit": 1200.5, "town": "Umeå"},
)
GOOD = {"state": "blocked", "since": "2026-11-02", "limit": 1200.50, "town": "Umeå", "pin": "1234"}
WRITTEN = """+++
id = "lost"
version = 1
title = "Lost card"
language = "en"

[fields.card_ending]
label = "Last four digits"
type = "text"

[fields.card_state]
label = "State of the card"
type = "choice"
options = { active = "Active", blocked = "Blocked" }

[fields.blocked_on]
label = "Blocked on"
type = "date"

[fields.limit]
label = "Limit"
type = "amount"

[fields.street]
label = "Town"
type = "text"
kept_in = "profile"

[actions.check]
label = "Look the card up"
do = "webhook"
webhook = "card-status"
+++

## start: The beginning

-> ask

## ask: The card

{{ field: card_ending }}
{{ action: check }}
{{ field: card_state }}
{{ field: blocked_on }}
{{ field: limit }}
{{ field: street }}

- [1] It is blocked already -> told if answer.card_state == "blocked"
- [2] Go on -> told

## told: What we know

> It is blocked since {{ answer.blocked_on | fallback: "now" }}.

-> end
"""


async def use_webhook(house: House, folder: Path, webhook: WebhookPolicy = CARD_STATUS, **policy: Any) -> None:
    """The policy has the webhook, and the script that calls it is in force."""
    document = house.state.book.document
    await publish(house, replace(document, webhooks={"card-status": webhook}, **policy))
    write(folder, "lost", WRITTEN)
    await use(house, folder)


async def hold_at_the_card(house: House) -> dict[str, Any]:
    """Ada with Sam's text, at the step that asks about the card, whose number is answered."""
    held = await hold_text(house)
    await step(house, held, "next")
    assert not (await step(house, held, "answer", values={"card_ending": "4417"})).code
    return held


def action_of(house: House, held: dict[str, Any], agent: str = "ada") -> tuple[str, str, bool]:
    (one,) = parts(script_of(house, held, agent), "action")
    return one["state"], one["code"], one["may_try"]


def filled(house: House, held: dict[str, Any], agent: str = "ada") -> dict[str, str]:
    """What the fields of the shown step hold, without the card's number."""
    fields = parts(script_of(house, held, agent), "field")
    return {one["name"]: one["value"] for one in fields if one["value"] and one["name"] != "card_ending"}


FILLED = {"card_state": "blocked", "blocked_on": "2026-11-02", "limit": "1200.50", "street": "Umeå"}


async def act(house: House, held: dict[str, Any], agent: str = "ada") -> str:
    return (await step(house, held, "act", agent, name="check")).code


@dataclass
class Cards:
    house: House
    receiver: Receiver

    async def settled(self, held: dict[str, Any], agent: str = "ada") -> tuple[str, str, bool]:
        await until(lambda: action_of(self.house, held, agent)[0] != "asked")
        return action_of(self.house, held, agent)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0)


@asynccontextmanager
async def cards(house: House, answer: Answer, **more: Any) -> AsyncIterator[Cards]:
    """The cards' system, and a sender that asks it."""
    async with receive(answer) as receiver:
        networks = (ipaddress.ip_network("127.0.0.0/8"),)
        settings = replace(WebhookSettings(receiver.url, KEY, 5, 4_096, networks), **more)
        task = start_sender(house, settings)
        try:
            yield Cards(house, receiver)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await house.until_handled()


def start_sender(house: House, settings: WebhookSettings) -> "asyncio.Task[None]":
    bell = house.senders[NAME] = SendBell()
    sender = Sender(
        house.db,
        house.inbox,
        Webhooks({"card-status": settings}, lambda: house.clock.now() / SECOND),
        house.clock,
        house.epoch,
        house.dispatcher.wake,
        house.dispatcher.hand_over,
        lambda *_: None,
        lambda: house.state.book.consents,
    )
    return asyncio.create_task(sender.run(bell))
