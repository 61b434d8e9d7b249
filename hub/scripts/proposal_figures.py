"""How often each proposal of a catalogue was shown, and what customers said.

The rule of this file: pure. It counts every interaction, whatever version of the catalogue was in force.
"""

from collections.abc import Mapping
from datetime import date

from agent_console.script_editing_views import ProposalFigures
from scripts_library.loader import Library
from scripts_library.proposals import is_over


def count_proposals(
    library: Library, catalogue: str, counted: Mapping[str, Mapping[str, int]], today: date
) -> list[ProposalFigures]:
    """In the order of the catalogue, then those that it has no more. `counted`: by proposal and reply. `today`: of
    the organisation's calendar. Empty: the file is no catalogue."""
    script = next((one for one in library.shared if one.id == catalogue and one.proposals), None)
    over = {one.id: str(one.valid_until) for one in script.proposals if is_over(one, today)} if script else {}
    counts = {one.id: one.counts for one in script.proposals} if script is not None else {}
    titles = {step.id: step.title for step in script.steps} if script is not None else {}
    return [
        ProposalFigures(
            id=one,
            title=titles.get(one, one),
            shown=sum(replies.values()),
            accepted=replies.get("accepted", 0),
            later=replies.get("later", 0),
            declined=replies.get("declined", 0),
            successes=sum(replies.get(reply, 0) for reply in counts.get(one, ())),
            is_gone=one not in counts,
            ended_on=over.get(one, ""),
        )
        for one in (*counts, *sorted(counted.keys() - counts.keys()))
        for replies in (counted.get(one, {}),)
    ]
