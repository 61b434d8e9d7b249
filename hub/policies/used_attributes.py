"""Attributes that scripts use: a policy that takes one away, or gives it another type, must not break a script.

The rule of this file: a script that was broken before is no reason to refuse a policy.
"""

from pathlib import Path

from hub.policies.attributes import list_variable_types
from hub.policies.document import PolicyDocument
from hub.storage.connection import StorageError
from scripts_library.loader import load_scripts
from scripts_library.script_problems import Severity


class AttributeInUse(StorageError):
    """The policy was not published. The text names each script that would break, with its line, and what to do."""


def check_scripts(folder: Path, before: PolicyDocument, after: PolicyDocument) -> None:
    """Raises AttributeInUse if a script of the folder can be read with the attributes of `before` and not with those
    of `after`."""
    old, new = (list_variable_types(document.all_attributes) for document in (before, after))
    gone = sorted(name for name, type_ in old.items() if new.get(name) is not type_)
    if not gone:
        return
    known = set(load_scripts(folder, old).problems)
    problems = [one for one in load_scripts(folder, new).problems if one.severity is Severity.ERROR]
    if broken := [one for one in problems if one not in known]:
        lines = [
            "The policy was not published: scripts use attributes that it lacks or that have another type in it.",
            *(f"  {one}" for one in broken),
            f"Keep {', '.join(gone)} as before, or change these scripts first.",
        ]
        raise AttributeInUse("\n".join(lines))
