"""The definitions of stored segments, under the policy in force.

The rule of this file: a segment may be defined over the policy's attributes, the kinds of activities, and the other
segments that are given.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from hub.customers.segment_rules import SegmentRules
from hub.policies.attributes import list_variable_types
from hub.policies.in_force import PolicyBook
from hub.storage.segments import StoredSegment

KINDS: Final = ("contact", "payment", "complaint", "visit")  # of activities


def read_definitions(book: PolicyBook, stored: Sequence[StoredSegment]) -> SegmentRules:
    return write_out(book, {one.id: one.definition for one in stored})


def write_out(book: PolicyBook, definitions: Mapping[str, str]) -> SegmentRules:
    """`definitions`: by id."""
    types = list_variable_types(book.attributes)
    known = {name: of_type for name, of_type in types.items() if name.startswith("customer.")}
    return SegmentRules(known, KINDS, definitions)
