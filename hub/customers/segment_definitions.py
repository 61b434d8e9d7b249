"""The definitions of stored segments, under the policy in force.

The rule of this file: a segment may be defined over the policy's attributes, the kinds of activities, and the other
segments that are given.
"""

from collections.abc import Mapping, Sequence

from hub.customers.segment_rules import SegmentRules
from hub.policies.in_force import PolicyBook
from hub.policies.rule_variables import list_rule_types
from hub.storage.segments import StoredSegment


def read_definitions(book: PolicyBook, stored: Sequence[StoredSegment]) -> SegmentRules:
    return write_out(book, {one.id: one.definition for one in stored})


def write_out(book: PolicyBook, definitions: Mapping[str, str]) -> SegmentRules:
    """`definitions`: by id."""
    return SegmentRules(list_rule_types(book.attributes), book.document.all_activities, definitions)
