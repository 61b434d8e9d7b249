"""What was begun with a customer in an earlier interaction, and goes on in this one.

The rule of this file: the newest run of a script counts, if it was not brought to its end and its interaction is
closed. It is offered as long as the script in force says, unless the agent has begun the script anew. The new run
names the interaction of the old one, which stays as it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from agent_console.script_views import EarlierAnswerView, EarlierRunView, ScriptView
from hub.clock import to_millis
from hub.open_work.floor import OpenInteraction, Running
from hub.open_work.run_steps import resume_visits
from hub.scripts.open_runs import restore_running
from hub.scripts.run_writes import RunWrites, change_run, view_state
from hub.scripts.script_runs import ScriptRefused, Scripts, find_moment
from hub.scripts.script_view import ScriptReader
from hub.storage import script_runs
from hub.storage.connection import Connection
from hub.storage.script_runs import EarlierRun
from routing.model import DAY, SECOND, Micros
from scripts_library.continuing import continue_run, is_begun, may_continue
from scripts_library.field_answers import show_answer
from scripts_library.run import ScriptRun, captured
from scripts_library.script_parsing import parse_stored
from scripts_library.script_parts import Script
from scripts_library.statements import witness

HOUR: Final = 3_600 * SECOND
LONGEST: Final = 8_760  # hours: the most that a script may say
LONGEST_WORK: Final = 30 * DAY  # from the beginning of a run to its last step
MOST_OFFERED: Final = 3


@dataclass(frozen=True, slots=True)
class Continuable:
    stored: EarlierRun
    running: Running
    in_force: Script


async def load_earlier_runs(
    conn: Connection, interaction: OpenInteraction, now: Micros, longest_hours: int = LONGEST
) -> list[EarlierRun]:
    """Of its customer, the newest first. `longest_hours`: the most that a script in force says; 0: none is looked
    for."""
    if not longest_hours:
        return []
    since = now - longest_hours * HOUR - LONGEST_WORK
    return await script_runs.list_of_customer(conn, interaction.customer.ids, since)


def list_continuable(
    scripts: Scripts, interaction: OpenInteraction, stored: Sequence[EarlierRun], now: Micros
) -> list[EarlierRunView]:
    """As the desk offers them. `stored`: the runs of the customer, the newest first."""
    return [_view(one) for one in _find(scripts, interaction, stored, now)][:MOST_OFFERED]


def continue_earlier(
    scripts: Scripts,
    writes: RunWrites,
    interaction: OpenInteraction,
    reader: ScriptReader,
    stored: Sequence[EarlierRun],
    wanted: tuple[str, str],
    now: Micros,
) -> ScriptView:
    """Go on in this interaction. `wanted`: the earlier interaction and the script. Raises ScriptRefused."""
    found = _find(scripts, interaction, stored, now)
    one = next((one for one in found if (one.stored.interaction_id, one.stored.script_id) == wanted), None)
    if one is None:
        raise ScriptRefused("invalid", "continues")
    old, known = one.running, scripts.know(interaction)
    script, run = continue_run(old.run, old.script, one.in_force, one.stored.interaction_id, now, known)
    _put(writes, interaction, script, run, now)
    view = scripts.view(interaction, reader)
    if view is None:
        raise ScriptRefused("wrong_state")
    return view


def _put(writes: RunWrites, interaction: OpenInteraction, script: Script, run: ScriptRun, now: Micros) -> None:
    """Show the run, in the place of one of the same script that nobody has gone on with."""
    before = interaction.runs.get(script.id)
    if before is not None:  # what the screen has shown stays proven
        run = replace(run, proofs=(*run.proofs, *before.run.proofs))
    run = witness(run, script, None, now, interaction.agent_id or "", find_moment(interaction, now))
    visits = resume_visits(before.visits if before is not None else (), run, now)
    running = interaction.runs[script.id] = Running(script, run, visits)
    interaction.script_id = script.id
    writes.touch(interaction)
    if before is not None:
        change_run(writes, interaction, running)
    else:
        writes.script_runs[(interaction.id, script.id)] = view_state(interaction, running, now)


def _find(
    scripts: Scripts, interaction: OpenInteraction, stored: Sequence[EarlierRun], now: Micros
) -> Iterator[Continuable]:
    in_force = {(one.id, one.language): one for one in scripts.all if one.continue_hours}
    seen: set[str] = set()
    for one in stored:
        if one.interaction_id == interaction.id or one.script_id in seen:
            continue
        seen.add(one.script_id)
        mine = interaction.runs.get(one.script_id)
        if one.closed_at is None or (mine is not None and is_begun(mine.run)):
            continue
        if all(key[0] != one.script_id for key in in_force):  # before its text is read, which takes long
            continue
        running = restore_running(parse_stored(one.source, one.file, scripts.types), one.run, "[]")
        script = in_force.get((one.script_id, running.run.language))
        if script is not None and may_continue(running.run, script, now):
            yield Continuable(one, running, script)


def _view(one: Continuable) -> EarlierRunView:
    script, run = one.running.script, one.running.run
    step = script.find_step(run.step_id or "")
    return EarlierRunView(
        interaction_id=one.stored.interaction_id,
        script_id=script.id,
        title=script.title,
        language=run.language,
        step_title=step.title if step is not None else "",
        channel=one.stored.channel,
        at=to_millis(run.stepped_at),
        answers=[
            EarlierAnswerView(label=field.label, value=show_answer(field, answer), type=field.type.value)
            for field, answer in captured(run, script)
        ],
    )
