"""Segments that the rules of the policy and scripts name: they ask for `in_segment("loyal")`.

The rule of this file: such a rule means the definition of the segment, written out, so it is asked, falls due and
compiles to SQL like any other. Only live segments may be named. A segment that reads what the rule decides, itself or
by another, is refused on both sides: with the policy, and with the segment.
"""

import re
from collections.abc import Iterator, Mapping

from hub.policies.customer_rules import check_circles, list_texts
from hub.policies.document import PolicyDocument
from hub.policies.rule_variables import list_rule_types
from hub.policies.segment_rules import SegmentRefused, SegmentRules
from hub.storage import script_versions
from hub.storage.connection import Connection, StorageError
from hub.storage.script_versions import PUBLISHED, SCHEDULED
from hub.toml_files.toml_lines import Key
from scripts_library.condition_parsing import ANY_SEGMENT, SEGMENTS, parse_condition
from scripts_library.condition_tokens import ConditionError
from scripts_library.conditions import Condition, Contains, list_leaves


class SegmentMissing(StorageError):
    """The policy was not published. The text names each rule, with its line and character, and what to do."""


def _list_texts(document: PolicyDocument) -> dict[Key, str]:
    return list_texts(document.tier_rules, document.stages, document.early_warnings)


def read_live(document: PolicyDocument, live: Mapping[str, str]) -> SegmentRules:
    """`live`: the definitions of the live segments, by id."""
    return SegmentRules(list_rule_types(document.all_attributes), document.all_activities, live)


def name_rule(document: PolicyDocument, key: Key) -> str:
    """As people call it: tier_rules of "gold", up."""
    table, place, name = key
    one = getattr(document, str(table))[place]
    return f'{table} of "{getattr(one, "tier", None) or one.id}", {name}'


def find_problems(document: PolicyDocument, live: Mapping[str, str]) -> Iterator[str]:
    """Why rules cannot be asked with these segments: one that is not live, or a circle."""
    rules = read_live(document, live)
    written: dict[Key, Condition] = {}
    for key, text in _list_texts(document).items():
        try:
            written[key] = rules.read_rule(text)
        except SegmentRefused as error:
            yield f"{name_rule(document, key)}, {say_place(text, error.column)}: {error}"
    for key, words in check_circles(written):
        named = ", ".join(f'"{one}"' for one in list_named(_list_texts(document)[key], document))
        if named:  # without a segment it is a problem of the document, which says so itself
            yield f"{name_rule(document, key)}, which names {named}: it {words}"


def check_policy(document: PolicyDocument, live: Mapping[str, str]) -> None:
    """Raises SegmentMissing."""
    if problems := [f"  {one}" for one in find_problems(document, live)]:
        told = "The policy was not published: its rules name segments with which they cannot be asked."
        raise SegmentMissing("\n".join([told, *problems, "Make these segments live, or take them out of the rules."]))


def list_readers(document: PolicyDocument, segment_id: str) -> list[str]:
    """The rules that name this segment, as people call them."""
    return [
        name_rule(document, key)
        for key, text in _list_texts(document).items()
        if segment_id in list_named(text, document)
    ]


async def list_scripts(conn: Connection, segment_id: str) -> list[str]:
    """The files of the scripts in force, or scheduled, that ask for this segment."""
    asked = re.compile(rf"""in_segment\s*\(\s*\\?["']{re.escape(segment_id)}\\?["']""")  # TOML may escape quotes
    files = [one for state in (PUBLISHED, SCHEDULED) for one in await script_versions.list_files(conn, state)]
    return sorted({one.file for one in files if asked.search(one.source)})


def list_named(text: str, document: PolicyDocument) -> list[str]:
    """The segments that a rule names, each once; empty if it cannot be read."""
    try:
        condition = parse_condition(
            text, list_rule_types(document.all_attributes), document.all_activities, ANY_SEGMENT
        )
    except ConditionError:
        return []
    leaves = list_leaves(condition)
    return list(dict.fromkeys(one.text for one in leaves if isinstance(one, Contains) and one.variable == SEGMENTS))


def say_place(text: str, column: int) -> str:
    """`column`: of the whole text, from 1."""
    before = text[: column - 1]
    return f"line {before.count(chr(10)) + 1}, character {len(before) - before.rfind(chr(10))}"
