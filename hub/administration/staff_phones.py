"""Agents' telephones: their own numbers, and whether their browser can be one. Both are stored with the person and
reported to the routing hub.

The rule of this file: a number is stored only if the rules of `channels.phone` allow calls to it. Else the refusal
would come when a customer waits. The number and the notice of it in the inbox are stored together or not at all.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from hub.ids import new_id
from hub.open_work.staff import load_staff
from hub.policies.stored_versions import load_book
from hub.sending.agent_phones import find_unanswered, routing_profile
from hub.sending.may_send import SOFTPHONE, SendRules
from hub.sending.refusals import Refusal
from hub.sending.spending import may_reach
from hub.sending.telephone_numbers import normal_number
from hub.storage import inbox, staff
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, StaffChanged
from hub.storage.inbox import Arrival
from routing.model import Micros, QueueId

REFUSED_NUMBERS: Final[Mapping[Refusal, str]] = {  # for people who run the hub; the desk has its own words
    Refusal.NO_NUMBER: "it is not a telephone number. Write it with its country code, e.g. +46701234567.",
    Refusal.EMERGENCY_NUMBER: "it is an emergency number.",
    Refusal.COSTLY_NUMBER: "it is a premium-rate or special number.",
    Refusal.OWN_NUMBER: "it is one of the hub's own numbers.",
    Refusal.REGION_NOT_ALLOWED: "channels.phone.countries allows only {countries}.",
}


class NumberRefused(Exception):
    """`refusal`: one of those that `may_reach` returns."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def check_number(rules: SendRules, text: str) -> str:
    """The number in E.164, or "" for none. Raises NumberRefused."""
    number = normal_number(text.strip())
    if number and (refusal := may_reach(rules.calls, number)):
        raise NumberRefused(refusal)
    return number


async def set_number(db: Database, staff_id: str, number: str, now: Micros, by: str) -> bool:
    """Store a checked number; "" removes it. False if there is no such agent. Raises StorageError."""
    return await db.write(lambda conn: put_number(conn, staff_id, number, now, by))


async def put_number(conn: Connection, staff_id: str, number: str, now: Micros, by: str) -> bool:
    """As `set_number`, in a transaction of the caller's."""
    person = await staff.lock(conn, staff_id)
    profile = orjson.loads(person.profile) if person is not None and person.disabled_at is None else {}
    if "routing" not in profile:
        return False
    profile["phone"] = number or f"{SOFTPHONE}{staff_id}"
    await staff.set_profile(conn, staff_id, orjson.dumps(profile).decode())
    await staff.add_audit_entry(conn, now, by, "staff.phone", staff_id, number=number)
    await _report(conn, staff_id, now)
    return True


async def set_softphone(
    db: Database, staff_id: str, now: Micros, *, is_usable: bool, is_opened: bool = False
) -> bool:
    """Store whether the agent's browser can be their telephone, and whether it is one. Returns whether the first is a
    change. Raises StorageError."""

    async def unit(conn: Connection) -> bool:
        person = await staff.lock(conn, staff_id)
        profile = orjson.loads(person.profile) if person is not None and person.disabled_at is None else {}
        if "routing" not in profile:
            return False
        is_change = profile.get("softphone_unusable", False) is is_usable
        if is_change or profile.get("softphone_opened", False) is not is_opened:
            profile |= {"softphone_unusable": not is_usable, "softphone_opened": is_opened}
            await staff.set_profile(conn, staff_id, orjson.dumps(profile).decode())
        if is_change:
            await _report(conn, staff_id, now)
        return is_change

    return await db.write(unit)


async def note_no_softphone(db: Database, staff_id: str) -> None:
    """The agent's desk was given no token: none of their calls is heard in a page. Raises StorageError."""
    async with db.read() as conn:
        member = (await load_staff(conn)).get(staff_id)
    if member is None or not member.has_opened_softphone:
        return

    async def unit(conn: Connection) -> None:
        person = await staff.lock(conn, staff_id)
        if person is not None:
            profile = {**orjson.loads(person.profile), "softphone_opened": False}
            await staff.set_profile(conn, staff_id, orjson.dumps(profile).decode())

    await db.write(unit)


async def _report(conn: Connection, staff_id: str, now: Micros) -> None:
    body = ARRIVALS.encode(StaffChanged(staff_id))
    await inbox.put(conn, [Arrival(new_id("staff:"), StaffChanged.__name__, body, now)])


async def read_number(db: Database, staff_id: str) -> str:
    """The agent's own number; "" if they have none."""
    async with db.read() as conn:
        member = (await load_staff(conn)).get(staff_id)
    return "" if member is None or member.phone.startswith(SOFTPHONE) else member.phone


async def read_unanswered(conn: Connection, rules: SendRules) -> Sequence[QueueId]:
    """The queues of the newest policy that take calls and have no agent with a telephone."""
    book = await load_book(conn)
    if book is None:
        return ()
    profiles = [routing_profile(rules, member) for member in (await load_staff(conn)).values()]
    queues = [QueueId(queue.id) for queue in book.document.queues if queue.takes_calls]
    return find_unanswered(queues, [profile for profile in profiles if profile is not None])
