"""The required statements of a run: which were shown, which are owed, and how one is settled.

The rule of this file: a function that changes something returns the next run or raises `RunError`, as in `run`. Time
and agent are arguments, because a proof names them.
"""

from dataclasses import replace

from scripts_library.proofs import Proof, ProofKind, RecordingMoment
from scripts_library.run import RunError, RunErrorCode, ScriptRun, get_current_step
from scripts_library.script_parts import NotSaid, Script


def witness(
    run: ScriptRun,
    script: Script,
    before: ScriptRun | None,
    at: int,
    by: str,
    moment: RecordingMoment | None = None,
) -> ScriptRun:
    """Return the run with proofs of the statements that it shows to this agent for the first time, and of those that
    were acknowledged since `before`."""
    known = {(proof.statement, proof.by) for proof in run.proofs if proof.kind is ProofKind.SHOWN}
    step = get_current_step(run, script)
    shown = [one.id for one in (step.statements if step else ()) if (one.id, by) not in known]
    earlier = before.acknowledged if before is not None else run.acknowledged
    said = [statement for statement in run.acknowledged if statement not in earlier]
    fresh = [Proof(one, ProofKind.SHOWN, at, by, moment=moment) for one in shown]
    fresh += [Proof(one, ProofKind.ACKNOWLEDGED, at, by, moment=moment) for one in said]
    return replace(run, proofs=(*run.proofs, *fresh)) if fresh else run


def list_owed(run: ScriptRun) -> tuple[str, ...]:
    """Return the statements that were shown and are not settled, in the order in which they were first shown."""
    shown = dict.fromkeys(proof.statement for proof in run.proofs if proof.kind is ProofKind.SHOWN)
    return tuple(statement for statement in shown if statement not in run.settled)


def acknowledge(run: ScriptRun, statement: str, at: int, by: str, moment: RecordingMoment | None = None) -> ScriptRun:
    """Acknowledge a statement of any step that was shown. To do so twice changes nothing. Raises `RunError` if it was
    not shown."""
    _check_shown(run, statement)
    if statement in run.acknowledged:
        return run
    proof = Proof(statement, ProofKind.ACKNOWLEDGED, at, by, moment=moment)
    return replace(run, acknowledged=(*run.acknowledged, statement), proofs=(*run.proofs, proof))


def mark_not_said(
    run: ScriptRun,
    statement: str,
    reason: NotSaid,
    note: str,
    at: int,
    by: str,
    moment: RecordingMoment | None = None,
) -> ScriptRun:
    """Give the reason why a statement was not said. Raises `RunError` if it was not shown or is settled."""
    _check_shown(run, statement)
    if statement in run.settled:
        raise RunError(RunErrorCode.IS_SETTLED, statement)
    return replace(run, proofs=(*run.proofs, Proof(statement, ProofKind.NOT_SAID, at, by, reason, note, moment)))


def find_not_said(run: ScriptRun, statement: str) -> Proof | None:
    """Return the proof that says why it was not said; None: it was said, or is owed."""
    if statement in run.acknowledged:
        return None
    marks = (p for p in run.proofs if p.kind is ProofKind.NOT_SAID and p.statement == statement)
    return next(marks, None)


def _check_shown(run: ScriptRun, statement: str) -> None:
    if all(proof.statement != statement or proof.kind is not ProofKind.SHOWN for proof in run.proofs):
        raise RunError(RunErrorCode.UNKNOWN_STATEMENT, statement)
