"""Which of two compared versions a customer gets.

The rule of this file: it depends on the customer and the comparison alone, so it is the same in every process and on
every day. Another comparison divides the customers anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from scripts_library.script_parts import Script


@dataclass(frozen=True, slots=True)
class Trial:
    """A comparison that runs. `candidates`: by language; in the others everybody gets what is in force."""

    comparison: str
    base_version: int
    candidates: Mapping[str, Script]


def assigns_candidate(comparison: str, unit: str) -> bool:
    """`unit`: the id of the customer, or of the interaction of somebody unknown."""
    return bool(sha256(f"{comparison}\0{unit}".encode()).digest()[0] & 1)


def assign(trial: Trial | None, script: Script, unit: str) -> tuple[Script, str]:
    """The version that this unit gets, and the comparison that has assigned it; empty: none has."""
    candidate = trial.candidates.get(script.language) if trial is not None else None
    if trial is None or candidate is None or script.version != trial.base_version:
        return script, ""
    return (candidate if assigns_candidate(trial.comparison, unit) else script), trial.comparison
