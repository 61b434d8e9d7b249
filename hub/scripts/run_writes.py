"""How a script run is kept while a batch is decided.

The rule of this file: a run is a row for each interaction and script, written once for each batch.
"""

from dataclasses import replace
from typing import Protocol

import orjson

from hub.open_work.floor import OpenInteraction, Running
from hub.open_work.run_steps import add_visits, write_visits
from hub.scripts.script_texts import text_ref
from hub.storage.script_runs import RunState
from routing.model import Micros
from scripts_library.run import find_outcome, run_to_dict


class RunWrites(Protocol):
    """The runs that the batch writes, by (interaction, script): those that began, and those that changed."""

    @property
    def script_runs(self) -> dict[tuple[str, str], RunState]: ...

    @property
    def script_runs_changed(self) -> dict[tuple[str, str], RunState]: ...

    def touch(self, interaction: OpenInteraction) -> None: ...


def change_run(writes: RunWrites, interaction: OpenInteraction, running: Running) -> None:
    """Keep a run that has changed, with the steps that it has shown since."""
    script_id = running.script.id
    if (before := interaction.runs.get(script_id)) is not None:
        running = replace(running, visits=add_visits(before.visits, before.run, running.run))
    interaction.runs[script_id] = running
    key = (interaction.id, script_id)
    begun = writes.script_runs.get(key)
    if begun is not None:
        state = view_state(interaction, running, begun.began_at, begun.comparison)
        writes.script_runs[key] = replace(state, tier=begun.tier, segments=begun.segments)
    else:
        writes.script_runs_changed[key] = view_state(interaction, running)


def view_state(
    interaction: OpenInteraction, running: Running, began_at: Micros = 0, comparison: str = ""
) -> RunState:
    """The row of a run. `began_at` and `comparison`: set only for a run that begins. Tier and segments are those of
    this moment."""
    run, segments = running.run, interaction.customer.profile.get("segments")
    return RunState(
        interaction_id=interaction.id,
        script_id=running.script.id,
        began_at=began_at,
        run=orjson.dumps(run_to_dict(run)).decode(),
        language=run.language,
        script=text_ref(running.script),
        script_version=run.version,
        steps=write_visits(running.visits),
        outcome=find_outcome(run, running.script),
        ended_at=run.stepped_at if run.step_id is None else None,
        tier=interaction.tier,
        segments=orjson.dumps(segments if isinstance(segments, list) else []).decode(),
        comparison=comparison,
    )
