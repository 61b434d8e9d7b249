"""What had to be said in an interaction, and the proof of each statement: for those who answer for it.

The rule of this file: it reads runs and changes none. Words are those of the script that the agent had, with nothing
of the customer's in them; what an agent wrote is masked as any text.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import orjson

from agent_console.recorded import ProofView, StatementView
from hub.clock import to_millis
from hub.scripts.script_view import plain_text
from hub.storage.script_runs import StoredRun
from scripts_library.proofs import Proof, ProofKind
from scripts_library.run import ScriptRun, run_from_dict
from scripts_library.script_parsing import parse_stored
from scripts_library.script_parts import Script
from scripts_library.variables import VariableTypes

_KINDS: Final[Mapping[ProofKind, Literal["shown", "acknowledged", "not_said"]]] = {
    ProofKind.SHOWN: "shown",
    ProofKind.ACKNOWLEDGED: "acknowledged",
    ProofKind.NOT_SAID: "not_said",
}


def list_proven(
    stored: Sequence[StoredRun], types: VariableTypes, people: Mapping[str, str], recording_ref: str | None = None
) -> list[StatementView]:
    """In the order in which they were first shown. `people`: names by id. `recording_ref`: of the recording that is
    heard; a proof of another one has no second in it. None: a proof has the second of whichever it was."""
    found: list[StatementView] = []
    for one in stored:
        run = run_from_dict(orjson.loads(one.run))
        if run.proofs:  # before the text is read, which takes long
            found += _list(run, parse_stored(one.source, one.file, types), people, recording_ref)
    return sorted(found, key=lambda one: one.proofs[0].at)


def _list(
    run: ScriptRun, script: Script, people: Mapping[str, str], recording_ref: str | None
) -> list[StatementView]:
    words = {one.id: plain_text(one.blocks) for step in script.steps for one in step.statements}
    shown = dict.fromkeys(proof.statement for proof in run.proofs)
    return [
        StatementView(
            title=script.title,
            version=script.version,
            language=script.language,
            text=words.get(statement, ""),
            proofs=[_view(one, people, recording_ref) for one in run.proofs if one.statement == statement],
            is_owed=statement not in run.settled,
        )
        for statement in shown
    ]


def _view(one: Proof, people: Mapping[str, str], recording_ref: str | None) -> ProofView:
    is_here = one.moment is not None and recording_ref in (None, one.moment.recording)
    return ProofView(
        kind=_KINDS[one.kind],
        at=to_millis(one.at),
        by=people.get(one.by, one.by),
        second=one.moment.second if one.moment is not None and is_here else None,
        reason=one.reason,
        note=one.note,
    )
