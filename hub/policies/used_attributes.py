"""Attributes, kinds of activities and webhooks that scripts and segments use: a policy that takes one away, or makes
another of it, must not break them.

The rule of this file: what was broken before is no reason to refuse a policy. The policy's own rules stand in the
policy and are checked with it.
"""

from collections.abc import Mapping

from hub.policies.attributes import list_variable_types
from hub.policies.document import PolicyDocument
from hub.policies.named_segments import say_place
from hub.policies.rule_variables import list_rule_types
from hub.storage.connection import StorageError
from scripts_library.condition_parsing import parse_condition
from scripts_library.condition_tokens import ConditionError
from scripts_library.loader import load_texts
from scripts_library.script_problems import Severity
from scripts_library.variables import ANY_SEGMENT_TYPES
from scripts_library.webhook_parts import check_webhooks


class AttributeInUse(StorageError):
    """The policy was not published. The text names each script or segment that would break, with its line and
    character, and what to do."""


def check_scripts(texts: Mapping[str, str], before: PolicyDocument, after: PolicyDocument) -> None:
    """`texts`: of the published scripts, by file name. Raises AttributeInUse if one can be read with the attributes
    of `before` and not with those of `after`."""
    old, new = ({**list_variable_types(document.all_attributes), **ANY_SEGMENT_TYPES} for document in (before, after))
    gone = sorted(name for name, type_ in old.items() if new.get(name) is not type_)
    if not gone:
        return
    known = set(load_texts(texts, old).problems)
    problems = [one for one in load_texts(texts, new).problems if one.severity is Severity.ERROR]
    if broken := [one for one in problems if one not in known]:
        lines = [
            "The policy was not published: scripts use attributes that it lacks or that have another type in it.",
            *(f"  {one}" for one in broken),
            f"Keep {', '.join(gone)} as before, or change these scripts first.",
        ]
        raise AttributeInUse("\n".join(lines))


def check_called(texts: Mapping[str, str], before: PolicyDocument, after: PolicyDocument) -> None:
    """As `check_scripts`, for the webhooks that these scripts call. Raises AttributeInUse."""
    changed = sorted(name for name, one in before.all_webhooks.items() if after.all_webhooks.get(name) != one)
    if not changed:
        return
    library = load_texts(texts, {**list_variable_types(after.all_attributes), **ANY_SEGMENT_TYPES})
    scripts = (*library.scripts, *library.shared)
    known = set(check_webhooks(scripts, before.all_webhooks))
    if broken := [one for one in check_webhooks(scripts, after.all_webhooks) if one not in known]:
        lines = [
            "The policy was not published: scripts call webhooks that it lacks or that are others in it.",
            *(f"  {one}" for one in broken),
            f"Keep {', '.join(changed)} as before, or change these scripts first.",
        ]
        raise AttributeInUse("\n".join(lines))


def check_segments(definitions: Mapping[str, str], before: PolicyDocument, after: PolicyDocument) -> None:
    """`definitions`: by the id of the segment. Raises AttributeInUse if one can be read under `before` and not under
    `after`."""
    old, new = (list_rule_types(document.all_attributes) for document in (before, after))
    gone = sorted(name for name, type_ in old.items() if new.get(name) is not type_)
    kinds = sorted(before.all_activities.keys() - after.all_activities.keys())
    if not gone and not kinds:
        return
    broken = []
    for segment_id, text in sorted(definitions.items()):
        if _find_problem(text, before, definitions) is None:
            problem = _find_problem(text, after, definitions)
            if problem is not None:
                broken.append(f'  segment "{segment_id}", {say_place(text, problem.column)}: {problem}')
    if broken:
        kept = ", ".join([*gone, *(f'the activity "{kind}"' for kind in kinds)])
        lines = [
            "The policy was not published: segments use attributes or activities that it lacks or that have another "
            "type in it.",
            *broken,
            f"Keep {kept} as before, or change or retire these segments first.",
        ]
        raise AttributeInUse("\n".join(lines))


def _find_problem(text: str, document: PolicyDocument, others: Mapping[str, str]) -> ConditionError | None:
    try:
        parse_condition(text, list_rule_types(document.all_attributes), document.all_activities, others)
    except ConditionError as error:
        return error
    return None
