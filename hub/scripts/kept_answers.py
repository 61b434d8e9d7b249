"""The answers of an interaction's scripts that go into its customer's profile.

The rule of this file: it changes no profile; `hub.batch.learning` does. A run notes what the profile held before,
so that an answer on a way that is gone back leaves no trace.
"""

from typing import Any, NamedTuple

from hub.open_work.floor import OpenInteraction, Running
from hub.scripts.run_writes import RunWrites, change_run
from scripts_library.run import captured, forget_replaced, note_replaced
from scripts_library.script_parts import KeptIn, Script, WriteBack


class KeptAnswer(NamedTuple):
    """An answer for the profile, and the step of the script that asks for it."""

    script_id: str
    step_id: str
    name: str
    answer: str
    write_back: WriteBack


def list_kept_answers(interaction: OpenInteraction) -> list[KeptAnswer]:
    """The captured answers that go into the customer's profile."""
    return [
        KeptAnswer(running.script.id, _find_asking(running.script, field.name), field.name, answer, field.write_back)
        for running in interaction.runs.values()
        for field, answer in captured(running.run, running.script)
        if field.kept_in is KeptIn.PROFILE
        and (field.write_back is not WriteBack.ASK or running.run.confirmed.get(field.name) == answer)
    ]


def asks_for_profile(interaction: OpenInteraction) -> bool:
    """Whether the shown script has a field whose answer goes into the customer's profile."""
    running = interaction.running
    return running is not None and any(field.kept_in is KeptIn.PROFILE for field in running.script.fields)


def has_replaced(interaction: OpenInteraction, kept: KeptAnswer) -> bool:
    """Whether the run has changed this value of the profile."""
    return kept.script_id in interaction.runs and kept.name in interaction.runs[kept.script_id].run.replaced


def keep_replaced(writes: RunWrites, interaction: OpenInteraction, kept: KeptAnswer, value: Any) -> None:
    """Note what the profile held before the run changes it. `value`: as JSON has it; None: nothing."""
    running = interaction.runs[kept.script_id]
    run = note_replaced(running.run, kept.name, value)
    if run is not running.run:
        change_run(writes, interaction, Running(running.script, run))


def take_replaced(writes: RunWrites, interaction: OpenInteraction, kept: KeptAnswer) -> Any:
    """Return what the profile held before the run changed it, and note that it does again."""
    running = interaction.runs[kept.script_id]
    change_run(writes, interaction, Running(running.script, forget_replaced(running.run, kept.name)))
    return running.run.replaced[kept.name]


def _find_asking(script: Script, name: str) -> str:
    return next((step.id for step in script.steps if any(field.name == name for field in step.fields)), "")
