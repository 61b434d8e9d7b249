"""The hand-over card: what the receiver of a transfer or a consult sees before the line opens.

The rule of this file: it is built from facts in the hub when the giver acts, and stored as it was then.
"""

from agent_console.hand_over import CardMessage, HandOverView
from hub.batch.batch import Batch
from hub.clock import to_millis
from hub.open_work.floor import OpenInteraction

MOST_MESSAGES = 5


def build_card(batch: Batch, interaction: OpenInteraction, giver: str, note: str) -> HandOverView:
    """`giver`: the id of the agent who hands it over. The transcript has been looked up."""
    answers, statements = batch.scripts.list_card_parts(interaction)
    messages = [one for one in batch.transcript_of(interaction) if one.kind != "fact" and one.text]
    return HandOverView(
        giver=batch.name_of(giver),
        queue=interaction.queue,
        note=note.strip(),
        answers=answers,
        statements=statements,
        messages=[
            CardMessage.model_validate(
                {"kind": one.kind, "author": one.author, "text": one.text[:500], "at": to_millis(one.at)}
            )
            for one in messages[-MOST_MESSAGES:]
        ],
    )
