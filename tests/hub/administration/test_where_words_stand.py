"""Where a customer's words and answers stand in the database, and where never: shown by canaries in a day's work.

The rule of this file: WHERE is the whole list. A column in which a canary turns up and that it does not name fails,
so that nobody stores words in a journal or a trail unseen.
"""

from typing import Final

from hub.routing_process.routing_loop import forget_slice
from hub.storage import desk_events, inbox, tables
from routing.model import DAY
from tests.hub.administration.test_privacy import find_canaries
from tests.hub.flows import wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import SAM_MAIL, mail, text
from tests.hub.scripts.test_desk_scripts import folder as folder
from tests.hub.scripts.test_desk_scripts import step

WORD, CARD, STREET = "canaryword", "4929881177223344", "Canarystreet 7"
# Of the work itself, for as long as the policy keeps it
OF_WORK: Final = {
    "message.text": "what the customer wrote and the agent noted",
    "message.html": "a mail as it came",
    "interaction.subject": "of a mail",
    "message.subject": "of a mail",
    "script_run.run": "the answers to a script",
    "profile_change.new": "the history of a value",
    "customer.profile": "what is known",
    "rule_value": "the same as rules compare it, in the column of its attribute",
}
# For a few days, so that a crash loses nothing: each is pruned by its age
IN_PASSING: Final = {"inbox.body": "what came in", "desk_event.event": "what a desk was shown"}
WHERE: Final = {**OF_WORK, **IN_PASSING}
NEVER: Final = ("journal", "journal_start", "audit", "offer", "agent_routing", "interaction_place")


@BOTH
async def test_words_answers_and_card_numbers_stand_in_no_journal_and_no_trail(house: House) -> None:
    await house.seat("ada")
    await house.take(text(f"{WORD}, my card is {CARD}"))
    held = await house.accept("ada")
    await step(house, held, "choose", choice="1", values={"card_ending": CARD[-4:]})
    assert not (await step(house, held, "answer", values={"street": STREET})).code
    assert not (await house.about("ada", str(held["id"]), "add_note", text=f"{WORD} {CARD}")).code
    await house.take(mail(f"{WORD} {CARD}", SAM_MAIL, html=f"<p>{WORD} {CARD}</p>", subject=f"{WORD} {CARD}"))
    other = await house.accept("ada")
    for one in (held, other):
        await wrap_up(house, "ada", str(one["id"]))
    found = await find_canaries(house, WORD, CARD, STREET)
    columns = {"rule_value" if one.startswith("rule_value.") else one for one in found}
    assert columns - WHERE.keys() == set() == WHERE.keys() - columns
    assert {one.partition(".")[0] for one in found}.isdisjoint(NEVER)
    assert await house.count(tables.journal) > 5, "the journal is there"
    later = house.state.latest_now + DAY
    for prune in (inbox.prune, desk_events.prune):
        while await forget_slice(house.db, prune, later):
            pass
    left = {one.partition(".")[0] for one in await find_canaries(house, WORD, CARD, STREET)}
    assert left <= {one.partition(".")[0] for one in OF_WORK}
    house.screens.clear()  # their events are pruned
