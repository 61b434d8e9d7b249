"""The proposals that a run has shown, and what the customer said to each.

The rule of this file: as in `run.py`, a run is a value. What was shown once stays as it was shown, so that nothing
moves under the agent's hand; whoever goes on to a later interaction is asked anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

from scripts_library.proposals import MOST_DAYS, Reply, Suggested, name_variable
from scripts_library.run import RunError, RunErrorCode, ScriptRun, get_current_step
from scripts_library.script_parts import Propose, Script


def find_shown_catalogue(run: ScriptRun, script: Script) -> Propose | None:
    """The catalogue of the current step; None: it shows none."""
    step = get_current_step(run, script)
    return next((part for part in (step.parts if step else ()) if isinstance(part, Propose)), None)


def find_unchosen(run: ScriptRun, script: Script) -> Propose | None:
    """The catalogue of the current step of which nothing was chosen yet; None: there is none."""
    part = find_shown_catalogue(run, script)
    return part if part is not None and part.catalogue not in run.suggested else None


def note_suggested(run: ScriptRun, catalogue: str, chosen: Sequence[Suggested]) -> ScriptRun:
    return replace(run, suggested={**run.suggested, catalogue: tuple(chosen)})


def note_reply(
    run: ScriptRun, script: Script, proposal_id: str, reply: str, until: str, today: date, at: int, by: str
) -> ScriptRun:
    """Return the run with what the customer said to a proposal of the current step. A later word replaces an earlier
    one. `until`: the day on which they want to hear of it again, as 2026-12-24; empty: they named none. Raises
    `RunError`."""
    part = find_shown_catalogue(run, script)
    shown = run.suggested.get(part.catalogue, ()) if part is not None else ()
    if part is None or all(one.id != proposal_id for one in shown):
        raise RunError(RunErrorCode.UNKNOWN_PROPOSAL, proposal_id)
    if reply not in get_args(Reply):
        raise RunError(RunErrorCode.BAD_ANSWER, "choice")
    named = until.strip() if reply == "later" else ""
    if named and not _is_possible(named, today):
        raise RunError(RunErrorCode.BAD_DAY, "until")
    said: dict[str, Any] = {"reply": reply, "replied_at": at, "by": by, "until": named}
    replied = [replace(one, **said) if one.id == proposal_id else one for one in shown]
    return note_suggested(run, part.catalogue, replied)


def list_suggested(runs: Iterable[ScriptRun]) -> dict[str, Suggested]:
    """By proposal: what the runs of an interaction have shown of it. Where two have shown it, the later answer
    counts."""
    found: dict[str, Suggested] = {}
    for one in (one for run in runs for shown in run.suggested.values() for one in shown):
        known = found.get(one.id)
        if known is None or one.replied_at > known.replied_at:
            found[one.id] = one
    return found


def list_replies(runs: Iterable[ScriptRun]) -> dict[str, str]:
    """By variable: what the customer said in this interaction."""
    return {name_variable(one.id): one.reply for one in list_suggested(runs).values() if one.reply}


def _is_possible(text: str, today: date) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-12-24") and today < day <= today + timedelta(days=MOST_DAYS)
