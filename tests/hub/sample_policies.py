"""Policies that take something away, applied beside a running hub, and what can be seen of it.

The rule of this file: `apply` is what the command does; whether the hub has taken it on is the test's to say.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from channels.channel import CallbackWished
from hub.policies.document import PolicyDocument
from hub.policies.in_force import PolicyMoves
from hub.policies.publishing import NoPlace, apply_policy
from hub.storage import tables
from tests.hub.house import House
from tests.hub.notices import PIA, call, customer_left

CARDS_NUMBER, CARDS_MAIL = "+46850005000", "cards@nordpost.example"


def document(house: House) -> PolicyDocument:
    return house.state.book.document


def without_menus(before: PolicyDocument) -> PolicyDocument:
    """Menus name queues and tiers; a policy without one of these has no menu that names it."""
    return replace(before, menus={}, entries=tuple(replace(entry, menu="") for entry in before.entries))


def without_queue(before: PolicyDocument, gone: str = "cards") -> PolicyDocument:
    before = without_menus(before)
    after = replace(
        before,
        queues=tuple(queue for queue in before.queues if queue.id != gone),
        entries=tuple(entry for entry in before.entries if entry.queue != gone),
        dispositions=tuple(replace(d, queues=tuple(q for q in d.queues if q != gone)) for d in before.dispositions),
    )
    assert gone not in [entry.queue for entry in after.entries]
    return after


def without_tier(before: PolicyDocument, gone: str = "platinum") -> PolicyDocument:
    tiers = tuple(tier for tier in before.tiers if tier.id != gone)
    rules = tuple(rule for rule in before.tier_rules if rule.tier != gone)
    return replace(without_menus(before), tiers=tiers, tier_rules=rules)


def with_queue(before: PolicyDocument, queue_id: str, **changes: Any) -> PolicyDocument:
    queues = tuple(replace(queue, **changes) if queue.id == queue_id else queue for queue in before.queues)
    return replace(without_menus(before), queues=queues)


async def apply(
    house: House,
    after: PolicyDocument,
    queues: Mapping[str, str] | None = None,
    tiers: Mapping[str, str] | None = None,
) -> int | None:
    moves = PolicyMoves(queues or {}, tiers or {})
    return await apply_policy(house.db, after, house.clock.now(), "hub apply", moves)


async def take_on(house: House) -> None:
    """What `apply` has put beside the hub is handled."""
    house.inbox.stored += 1
    await house.until_handled()


async def refusal(house: House, after: PolicyDocument, **moves: Any) -> str:
    versions = await house.count(tables.policy_version)
    with pytest.raises(NoPlace) as caught:
        await apply(house, after, **moves)
    assert await house.count(tables.policy_version) == versions
    assert await house.count(tables.inbox, tables.inbox.c.kind == "PolicyPublished") == 0
    return str(caught.value)


async def facts(house: House, interaction_id: str) -> dict[str, dict[str, Any]]:
    rows = await house.rows(tables.message, tables.message.c.interaction_id == interaction_id)
    return {row["fact"]: orjson.loads(row["data"]) for row in rows if row["kind"] == "fact"}


async def audits(house: House) -> list[tuple[str, str, str, dict[str, Any]]]:
    rows = await house.rows(tables.audit, tables.audit.c.action.like("policy.%"))
    return [(row["staff_id"], row["action"], row["subject"], orjson.loads(row["detail"])) for row in rows]


async def wait_for_callback(house: House) -> str:
    """A caller of "cards" who has given the line back; the interaction's id."""
    await house.take(call("CA1", PIA, to_address=CARDS_NUMBER))
    await house.take(CallbackWished("phone:AC1:CA1:callback:0", "CA1"))
    await house.take(customer_left("CA1"))
    row = await house.interaction(channel="phone")
    assert row["call_state"] == "given_back"
    return str(row["id"])
