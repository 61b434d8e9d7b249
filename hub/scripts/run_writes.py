"""How a script run is kept while a batch is decided.

The rule of this file: a run is a row for each interaction and script, written once for each batch.
"""

from typing import Protocol

import orjson

from hub.open_work.floor import OpenInteraction, Running
from hub.scripts.script_texts import text_ref
from hub.storage.script_runs import RunState
from routing.model import Micros
from scripts_library.run import run_to_dict


class RunWrites(Protocol):
    """The runs that the batch writes, by (interaction, script): those that began, and those that changed."""

    @property
    def script_runs(self) -> dict[tuple[str, str], RunState]: ...

    @property
    def script_runs_changed(self) -> dict[tuple[str, str], RunState]: ...

    def touch(self, interaction: OpenInteraction) -> None: ...


def change_run(writes: RunWrites, interaction: OpenInteraction, running: Running) -> None:
    """Keep a run that has changed."""
    script_id = running.script.id
    interaction.runs[script_id] = running
    key = (interaction.id, script_id)
    begun = writes.script_runs.get(key)
    if begun is not None:
        writes.script_runs[key] = view_state(interaction, running, begun.began_at)
    else:
        writes.script_runs_changed[key] = view_state(interaction, running)


def view_state(interaction: OpenInteraction, running: Running, began_at: Micros = 0) -> RunState:
    """The row of a run. `began_at`: set only for a run that begins."""
    return RunState(
        interaction_id=interaction.id,
        script_id=running.script.id,
        began_at=began_at,
        run=orjson.dumps(run_to_dict(running.run)).decode(),
        language=running.run.language,
        script=text_ref(running.script),
        script_version=running.run.version,
    )
