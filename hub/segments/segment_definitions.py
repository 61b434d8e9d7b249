"""The definitions of stored segments, under the policy in force.

The rule of this file: a segment may be defined over the policy's attributes, the kinds of activities, and the other
segments that are given.
"""

from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b

from hub.policies.in_force import PolicyBook
from hub.policies.masking import find_hidden_reads
from hub.policies.rule_variables import find_limits, list_rule_types
from hub.policies.segment_rules import SegmentRefused, SegmentRule, SegmentRules
from hub.policies.stored_versions import load_book
from hub.rules.rule_set import Rule, list_names, list_variables
from hub.storage import segments
from hub.storage.connection import Connection
from hub.storage.consents import NAME
from hub.storage.rule_columns import find_columns
from hub.storage.rule_sql import RuleColumns
from hub.storage.segments import RETIRED, StoredSegment
from scripts_library.variables import CUSTOMER


def read_definitions(book: PolicyBook, stored: Sequence[StoredSegment]) -> SegmentRules:
    return write_out(book, {one.id: one.definition for one in stored})


def write_out(book: PolicyBook, definitions: Mapping[str, str]) -> SegmentRules:
    """`definitions`: by id."""
    return SegmentRules(list_rule_types(book.attributes), book.document.all_activities, definitions)


def find_meaning(one: SegmentRule, book: PolicyBook) -> int:
    """A number that differs whenever customers may answer otherwise: by the segments that the rule names, by what the
    policy says of an attribute that it reads, or by the time zone. It is of 40 bits, so that the sum of all stays
    within the numbers of both databases, and never segments.BROKEN."""
    rule = Rule(one.id, one.condition)
    attributes = [(name, book.attributes.get(name)) for name in sorted(list_variables([rule]))]
    read: list[tuple[str, str, list[str]]] = [
        (name, known.type, [choice.value for choice in known.choices])
        for name, known in attributes
        if known is not None
    ]
    read += [
        (name, "consent", [str(policy.runs_out_days)])
        for purpose, policy in book.consents.items()
        if (name := NAME + purpose) in rule.reads
    ]
    told = repr((one.condition, read, book.document.time_zone if rule.is_timed else ""))
    return int.from_bytes(blake2b(told.encode(), digest_size=5).digest()) | 1


async def find_rule_columns(connection: Connection, book: PolicyBook, now: int) -> RuleColumns:
    """The columns of everything that rules read, as this policy reads it at this instant."""
    choices = {
        CUSTOMER + name: [choice.value for choice in one.choices]
        for name, one in book.attributes.items()
        if one.type == "choice"
    }
    limits = find_limits(book.consents, now)
    return await find_columns(connection, list_rule_types(book.attributes), choices, limits)


async def check_sight(connection: Connection, definitions: Mapping[str, str], roles: Collection[str]) -> None:
    """Raises SegmentRefused if one of these definitions, by id, reads an attribute that is hidden from these roles,
    itself or by a segment that it names: whom it finds would tell the value. What is broken is refused elsewhere."""
    book = await load_book(connection)
    if book is None or (sight := book.see_as(roles)).hides_nothing:
        return
    known = {one.id: one.definition for one in await segments.list_all(connection) if one.state != RETIRED}
    rules = write_out(book, {**known, **definitions})
    for segment_id, definition in definitions.items():
        try:
            rule = rules.read(segment_id, definition)
        except SegmentRefused:
            continue
        if hidden := find_hidden_reads(sight, set(list_names(rule.condition))):
            raise SegmentRefused(
                f'Your role may not see "{hidden[0]}", and whom this finds would tell it. Take it out, or ask '
                "somebody whose role sees it."
            )
