"""What a run has proposed, as rows.

The rule of this file: a row says what the run says; of a proposal that two runs of an interaction have shown, it says
what was answered last.
"""

from typing import Protocol

from hub.open_work.floor import OpenInteraction
from hub.scripts.script_view import find_words
from hub.storage.given_proposals import StoredProposal
from scripts_library.proposals import Suggested
from scripts_library.script_parts import Propose
from scripts_library.suggestions import list_suggested


class ProposalWrites(Protocol):
    """The rows that the batch writes, by (interaction, proposal)."""

    @property
    def proposals(self) -> dict[tuple[str, str], StoredProposal]: ...


def keep_rows(writes: ProposalWrites, interaction: OpenInteraction, part: Propose) -> None:
    """Write what the shown script has proposed of this catalogue."""
    known = list_suggested(running.run for running in interaction.runs.values())
    running = interaction.running
    for one in running.run.suggested.get(part.catalogue, ()) if running is not None else ():
        writes.proposals[(interaction.id, one.id)] = _build_row(interaction, part, known[one.id])


def _build_row(interaction: OpenInteraction, part: Propose, one: Suggested) -> StoredProposal:
    running = interaction.running
    words = find_words(part, one.id, one.segment)
    return StoredProposal(
        interaction_id=interaction.id,
        proposal=one.id,
        catalogue=part.catalogue,
        title=(words.title if words is not None else one.id)[:200],
        script_id=interaction.script_id,
        script_version=running.run.version if running is not None else 0,
        language=running.run.language if running is not None else "",
        offered_at=one.at,
        offered_to=one.to,
        reply=one.reply,
        replied_at=one.replied_at or None,
        replied_by=one.by,
        until=one.until,
    )
