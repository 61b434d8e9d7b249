"""Waiting moves: what is due for an interaction that waits, and calls that go back to the agent who transferred them.

The rule of this file: as in `interaction_moves.py`. A call that was transferred goes back once: where its queue
closes, is about to send it away, or has nobody left who could take it. It goes back only if its giver is free for it
at that moment; otherwise it waits or is sent away like any other.
"""

from routing import interaction_moves
from routing.callback_hours import is_over
from routing.decisions import ChosenBy
from routing.effects import TransferReturned
from routing.lifecycle import WAITING, Cause
from routing.live_agents import Agent
from routing.live_interactions import Interaction
from routing.live_state import LiveState
from routing.matching import Match, find_best_agent, find_seat
from routing.model import ClosedAs, Micros, Occasion
from routing.overflow_rules import sends_away


def look_at_waiting(live: LiveState, interaction: Interaction, at: Micros) -> None:
    """Do what is due for a waiting interaction at `at`: apply an overflow rule, close a callback whose last hour is
    over, or find its lane again."""
    due = live.overflow.find_next_rule(interaction, live.now)
    if due is not None and due[0] <= at:
        rule = due[1]
        interaction.overflowed = (*interaction.overflowed, rule.occasion)
        live.changed_interactions[interaction.id] = interaction
        if not (sends_away(rule) and _give_back(live, interaction, rule.occasion)):
            interaction_moves.overflow(live, interaction, rule)
    if interaction.callback is not None and is_over(interaction.callback, at):
        interaction_moves.close(live, interaction, Cause.GAVE_UP, ClosedAs.FAILED)
    if interaction.state is WAITING:
        live.look_again(interaction)


def give_back_unstaffed(live: LiveState) -> None:
    """Somebody has come to work or left it: give back the calls that nobody could take any more."""
    for interaction in [*live.given.values()]:
        if interaction.given_by is None or live.interactions.get(interaction.id) is not interaction:
            del live.given[interaction.id]
            continue
        giver = live.index.agents[interaction.given_by[0]]
        if interaction.state is WAITING and not live.index.is_anyone_staffed(interaction, but=giver):
            _give_back(live, interaction, Occasion.UNSTAFFED)


def _give_back(live: LiveState, interaction: Interaction, occasion: Occasion) -> bool:
    """Offer the call to its giver, in the queue it came from. False if they are not free for it now."""
    if interaction.given_by is None:
        return False
    agent_id, queue = interaction.given_by
    giver = live.index.agents[agent_id]
    if queue not in live.policy.queues or not _is_free(live, giver, interaction):
        return False
    live.effects.append(TransferReturned(interaction.id, occasion, queue, giver.id))
    live.take_out(interaction)
    interaction.given_by = None
    interaction.excluded = tuple(each for each in interaction.excluded if each[0] != giver.id)
    interaction_moves.change_queue(live, interaction, queue)
    live.wait(interaction)
    best = find_best_agent(live.index, interaction)
    match = Match(giver, ChosenBy.PREFERRED, best.eligible if best else 0)
    interaction_moves.give_to_agent(live, interaction, match)
    return True


def _is_free(live: LiveState, giver: Agent, interaction: Interaction) -> bool:
    has_room = live.index.numbers[interaction.channel] in find_seat(giver).fitting
    return giver.is_open and has_room and giver.reserved in (None, interaction)
