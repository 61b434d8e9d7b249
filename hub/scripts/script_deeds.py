"""The actions of a script's step in an interaction: which may be tried, what a webhook is sent, what became of it.

The rule of this file: what is done is noted on the run that asked for it, in the interaction in which it was asked.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import assert_never

from agent_console.script_views import ScriptView
from hub.open_work.floor import OpenInteraction, Running
from hub.scripts.run_writes import RunWrites, change_run
from hub.scripts.script_runs import ScriptRefused, Scripts
from hub.scripts.script_view import ScriptReader
from routing.model import Micros
from scripts_library import deeds
from scripts_library.rendering import render_current
from scripts_library.run import RunError, find_answers
from scripts_library.script_parts import Do, FieldType, StepAction
from scripts_library.variables import ANSWER, VariableValue

SentValue = str | bool | list[str] | None


def find_action(scripts: Scripts, interaction: OpenInteraction, name: str) -> StepAction:
    """The action of the shown step that may be tried now, with its words filled in as the customer may read them.
    Raises ScriptRefused."""
    running = interaction.running
    if running is None:
        raise ScriptRefused("wrong_state")
    try:
        action = deeds.find_action(running.run, running.script, name)
    except RunError as error:
        raise ScriptRefused(error.code.value, name) from error
    shown = scripts.show_variables(interaction, ScriptReader())
    step = render_current(running.script, running.run, shown, scripts.know(interaction))
    parts = step.parts if step is not None else ()
    return next((one.action for one in parts if isinstance(one, Do) and one.action.name == name), action)


def note_deed(
    scripts: Scripts,
    writes: RunWrites,
    interaction: OpenInteraction,
    by: ScriptReader,
    name: str,
    code: str,
    now: Micros,
) -> ScriptView:
    """Note what became of an action. `code`: why it was not done; "": it was. Raises ScriptRefused."""
    if (running := interaction.running) is not None:
        run = deeds.note_deed(running.run, name, code, now, interaction.agent_id or "")
        change_run(writes, interaction, Running(running.script, run))
    return _get_view(scripts, interaction, by)


def note_asked(
    scripts: Scripts,
    writes: RunWrites,
    interaction: OpenInteraction,
    by: ScriptReader,
    name: str,
    request: str,
    fills: Iterable[str],
    now: Micros,
) -> ScriptView:
    """Note that an action waits for the answer to a request. Raises ScriptRefused."""
    if (running := interaction.running) is not None:
        run = deeds.note_asked(running.run, running.script, name, request, fills, now, interaction.agent_id or "")
        change_run(writes, interaction, Running(running.script, run))
    return _get_view(scripts, interaction, by)


def find_waiting(interaction: OpenInteraction, request: str) -> tuple[Running, str] | None:
    """The run, of any script of the interaction, and its action that waits for the answer to this request."""
    for running in interaction.runs.values():
        if name := deeds.find_waiting(running.run, request):
            return running, name
    return None


def list_sent(
    scripts: Scripts, interaction: OpenInteraction, by: ScriptReader, names: Iterable[str]
) -> tuple[dict[str, SentValue], list[str]]:
    """The values of these variables as JSON, None for one that is not known; and the fields without an answer."""
    running = interaction.running
    if running is None:
        raise ScriptRefused("wrong_state")
    variables = {**scripts.know(interaction).variables, "agent.name": by.name}
    answers, kinds = find_answers(running.run, running.script), {one.name: one.type for one in running.script.fields}
    sent: dict[str, SentValue] = {}
    unanswered = []
    for name in names:
        field = name.removeprefix(ANSWER)
        if field == name:
            sent[name] = _write(variables.get(name))
        elif field not in answers:
            unanswered.append(field)
        else:
            is_yes_no = kinds[field] is FieldType.YES_NO
            sent[name] = answers[field] == "yes" if is_yes_no else answers[field]
    return sent, unanswered


def _write(value: VariableValue | None) -> SentValue:
    """Numbers go as text: a JSON number of another system may lose digits."""
    match value:
        case "" | None:
            return None
        case bool() | str():
            return value
        case Decimal():
            return f"{value:f}"
        case int():
            return str(value)
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            assert_never(value)


def _get_view(scripts: Scripts, interaction: OpenInteraction, reader: ScriptReader) -> ScriptView:
    """Raises ScriptRefused if no script runs."""
    view = scripts.view(interaction, reader)
    if view is None:
        raise ScriptRefused("wrong_state")
    return view
