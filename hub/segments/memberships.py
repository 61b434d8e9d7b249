"""The segments in which a customer stands, as one person may see them.

The rule of this file: a segment whose rule reads what is hidden from this person is left out, because
whoever is in it shows what is hidden. If a rule cannot be used, it is unknown what it reads: it is left out as well.
"""

from collections.abc import Sequence
from typing import Final

from agent_console.customer_views import MembershipView
from hub.clock import to_millis
from hub.policies.in_force import PolicyBook
from hub.policies.masking import Sight
from hub.rules.rule_set import list_names
from hub.segments.segment_definitions import read_definitions
from hub.storage import segment_members, segments
from hub.storage.connection import Connection
from hub.storage.segment_members import NOBODY, find_bits, has_bit
from hub.storage.segments import LIVE, StoredSegment

CHANGES: Final = 200  # that are looked through for the day on which they entered


async def list_memberships(
    conn: Connection, book: PolicyBook, customer_id: str, sight: Sight
) -> list[MembershipView]:
    """By id of the segment. A segment that was never counted whole has nobody yet."""
    bits = (await find_bits(conn, [customer_id])).get(customer_id, NOBODY)
    if bits == NOBODY:
        return []
    live = [one for one in await segments.list_all(conn) if one.state == LIVE and one.place is not None]
    seen = _leave_out_hidden(book, live, sight)
    entered = {
        one.segment_id: one
        for one in reversed(await segment_members.list_changes_of(conn, customer_id, CHANGES))
        if one.has_entered
    }
    found = []
    for one in seen:
        if one.place is not None and has_bit(bits, one.place):
            change = entered.get(one.id)
            found.append(
                MembershipView(
                    segment_id=one.id,
                    names=dict(one.names),
                    since=None if change is None else to_millis(change.at),
                    clause="" if change is None else change.clause,
                )
            )
    return found


def _leave_out_hidden(book: PolicyBook, live: Sequence[StoredSegment], sight: Sight) -> Sequence[StoredSegment]:
    hidden = sight.list_hidden()
    if not hidden:
        return live
    rules = read_definitions(book, live).rules
    return [one for one in live if one.id in rules and hidden.isdisjoint(list_names(rules[one.id].condition))]
