"""What the customer says to a proposal: accepted, declined, or later.

The rule of this file: the reply stands in the run, in its row and in the timeline, from one decision. The agent may
correct it while they have the interaction; what stands when it closes counts for the rules.
"""

from datetime import date
from typing import Final

from agent_console.fact_kinds import FactKind
from agent_console.script_views import ScriptView
from hub.batch.batch import Batch
from hub.open_work.floor import OpenInteraction, Running
from hub.scripts.proposal_rows import keep_rows
from hub.scripts.run_writes import change_run
from hub.scripts.script_runs import ScriptRefused
from hub.scripts.script_view import find_words
from routing.model import AgentId
from scripts_library.proposals import Reply
from scripts_library.run import RunError
from scripts_library.suggestions import find_shown_catalogue, list_suggested, note_reply

_FACTS: Final[dict[Reply, FactKind]] = {
    "accepted": "proposal_accepted",
    "declined": "proposal_declined",
    "later": "proposal_later",
}


def take_reply(
    batch: Batch, agent: AgentId, interaction: OpenInteraction, name: str, reply: str, until: str
) -> ScriptView:
    """`until`: the day that the customer named, as 2026-12-24; empty: none. Raises ScriptRefused if the step
    does not show this proposal, or if the day cannot be."""
    running = interaction.running
    if running is None:
        raise ScriptRefused("wrong_state")
    today = date.fromisoformat(batch.book.day_of(batch.now))
    before = list_suggested([running.run]).get(name)
    try:
        run = note_reply(running.run, running.script, name, reply, until, today, batch.now, agent)
    except RunError as error:
        raise ScriptRefused(error.code.value, error.subjects[0]) from error
    change_run(batch.writes, interaction, Running(running.script, run))
    part = find_shown_catalogue(run, running.script)
    said = list_suggested([run])[name]
    if part is not None and (before is None or (before.reply, before.until) != (said.reply, said.until)):
        keep_rows(batch.writes, interaction, part)
        words = find_words(part, said.id, said.segment)
        data = {"title": words.title[:200] if words is not None else said.id, "until": said.until}
        fact = next(kind for known, kind in _FACTS.items() if known == said.reply)
        batch.add_fact(interaction, fact, data, author=batch.name_of(agent))
    view = batch.view_script(interaction)
    if view is None:
        raise ScriptRefused("wrong_state")
    return view
