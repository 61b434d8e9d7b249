"""What the scripts of an interaction ask its customer to agree to.

The rule of this file: pure. It reads the runs and changes nothing; `hub.batch.learning` keeps what was answered.
"""

from typing import NamedTuple

from hub.open_work.floor import OpenInteraction
from scripts_library.run import captured
from scripts_library.script_parts import Field, WriteBack


class AskedConsent(NamedTuple):
    """A consent that a step asks for. `answer`: yes, no, or empty so far; where the agent is asked, what they kept
    last."""

    script_id: str
    step_id: str
    language: str
    field: Field
    answer: str


def list_asked(interaction: OpenInteraction) -> list[AskedConsent]:
    """In the order of the scripts and their steps, as far as they were walked."""
    found = []
    for running in interaction.runs.values():
        answers = {field.name: answer for field, answer in captured(running.run, running.script)}
        walked = {taken.step_id for taken in running.run.path} | {running.run.step_id}
        for step in running.script.steps:
            for field in step.fields:
                if step.id in walked and field.purpose is not None:
                    kept = running.run.confirmed if field.write_back is WriteBack.ASK else answers
                    answer = kept.get(field.name, "") if field.name in answers else ""
                    found.append(AskedConsent(running.script.id, step.id, running.run.language, field, answer))
    return found
