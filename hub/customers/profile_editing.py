"""A person changes what is known of a customer: values, what they hold, whom they know.

The rule of this file: a change is checked before it is kept, and refused whole. It is refused where somebody else has
changed the same value since it was seen; changes of other values do no harm. Open work hears of it by an arrival of
the same transaction.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from hub.customers.customer_names import compose_name
from hub.customers.profile_page import OWNER, list_attributes
from hub.policies.attribute_values import ValueProblem, find_value_problem, name_problem
from hub.policies.attributes import AttributePolicy
from hub.policies.in_force import PolicyBook
from hub.storage import customers, profiles
from hub.storage import staff as stored_staff
from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection
from hub.storage.profiles import PastValue, ValueChange
from hub.storage.relations import Author

NAMES = ("given_name", "family_name")


class ValueRefused(Exception):
    """Nothing was changed: this value is wrong."""

    def __init__(self, name: str, problem: ValueProblem) -> None:
        super().__init__(problem.sentence)
        self.name, self.problem = name, problem


class StaleChange(Exception):
    """Nothing was changed: somebody has changed one of these values since they were seen."""

    def __init__(self, changes: Sequence[PastValue]) -> None:
        super().__init__("changed by somebody else")
        self.changes = changes


async def change_values(
    conn: Connection, book: PolicyBook, customer_id: str, values: Mapping[str, Any], seen: int, by: Author
) -> bool:
    """Give the customer these values, as JSON; None takes one away. `seen`: the newest change that the person saw.
    False if there is no such customer. Raises ValueRefused and StaleChange."""
    if not await profiles.lock_customer(conn, customer_id):
        return False
    since = await profiles.list_past_values(conn, customer_id, limit=1_000, after=seen)
    if stale := [one for one in since if one.name in values]:
        raise StaleChange(stale)
    attributes = list_attributes(book)
    for name, value in values.items():
        await _check(conn, name, attributes.get(name), value)
    wanted = {**await _find_name(conn, customer_id, values), **values}
    changes = [
        ValueChange(
            customer_id=customer_id,
            name=name,
            new=value,
            known=None if value is None else attributes[name].read(value),
            at=by.at,
            changed_by=by.changed_by,
            changer_id=by.changer_id,
            source=by.source,
        )
        for name, value in wanted.items()
    ]
    await profiles.change_profiles(conn, changes)
    await announce_changes(conn, [customer_id], by.at)
    return True


async def _check(conn: Connection, name: str, attribute: AttributePolicy | None, value: Any) -> None:
    if attribute is None:
        raise ValueRefused(name, name_problem("no_attribute"))
    problem = find_value_problem(name, attribute, value)
    if problem is None and name == "name" and value is None:
        problem = name_problem("needed")
    if problem is None and name == OWNER and value is not None and await stored_staff.find(conn, value) is None:
        problem = name_problem("not_staff")
    if problem is not None:
        raise ValueRefused(name, problem)


async def _find_name(conn: Connection, customer_id: str, values: Mapping[str, Any]) -> dict[str, str]:
    """The customer's name, where one of its parts changes and not the whole."""
    if "name" in values or not any(part in values for part in NAMES):
        return {}
    customer = (await customers.find(conn, [customer_id]))[customer_id]
    given, family = (values.get(part, orjson.loads(customer.profile).get(part)) or "" for part in NAMES)
    name = compose_name(given, family)
    return {"name": name} if name else {}
