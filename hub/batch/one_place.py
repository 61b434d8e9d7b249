"""The invariant over the whole floor: every open interaction is in a queue, tier and channel of the policy in force.
It is in exactly one place, and router and shell agree on that place.

The rule of this file: it reads memory alone and changes nothing. Tests check it after every decision, `/metrics` at
every read.
"""

from hub.open_work.floor import Floor
from hub.policies.in_force import PolicyBook
from routing.misplaced import Misplacement, find_misplacement
from routing.model import InteractionId, QueueId, TierId
from routing.router import Router


def find_misplaced(floor: Floor, router: Router, book: PolicyBook) -> dict[str, Misplacement]:
    """The open interactions without a place, each with one fault."""
    found = {str(one): fault for one, fault in router.find_misplaced().items()}
    standings = dict(router.list_standings())
    for one in floor.interactions.values():
        standing = standings.pop(InteractionId(one.id), None)
        if one.routing is None:  # a chat without a message: it waits nowhere and no agent has it
            fault = find_misplacement(book.routing, QueueId(one.queue), one.channel, TierId(one.tier), False)
            if fault is not None or standing is not None:
                found[one.id] = fault or Misplacement.NOT_IN_ONE_PLACE
        elif standing != (one.queue, one.tier, one.state, one.agent_id):
            found.setdefault(one.id, Misplacement.NOT_IN_ONE_PLACE)
    return found | dict.fromkeys(standings, Misplacement.NOT_IN_ONE_PLACE)
