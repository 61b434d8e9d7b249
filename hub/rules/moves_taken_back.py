"""Tiers, stages and early signs that rules gave because of values which are taken back since.

The rule of this file: what came by values that are taken back holds nothing. So neither the minimum stay keeps such
a tier, nor that what is unknown moves nobody: the customer is where they were before, and from there the rules are
asked anew. What a person decided since stays.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.policies.document import PolicyDocument
from hub.rules.stages import SIGN, STAGE
from hub.storage import customers, profiles, tier_moves
from hub.storage.activities import NAME
from hub.storage.connection import Connection
from hub.storage.profiles import PastValue, ValueChange
from hub.storage.tier_moves import StageMove, TierMove

TAKEN_BACK: Final = "taken_back"


async def take_moves_back(
    conn: Connection, names: Mapping[str, set[str]], since: int, now: int, document: PolicyDocument
) -> list[ValueChange]:
    """`names`: by customer, the values that are put back, and `activity/` with the kinds of activities. `since`: when
    they began to be seen. Moves the tiers and notes moves of stages; returns the changes of profiles that are to be
    made."""
    stored = {asked: one for asked, one in (await customers.find(conn, names)).items() if asked == one.id}
    known = {tier.id for tier in document.tiers}
    moved = await tier_moves.list_moves_since(conn, list(stored), since)
    backs = []
    for customer_id, their in moved.items():
        first, here = _find_caused(their, names[customer_id]), stored[customer_id].tier
        is_left = any(move.moved_by != "rule" for move in their) or their[-1].new != here
        if first is None or is_left or first.old == here or first.old not in known:
            continue
        given: dict[str, Any] = {"at": now, "moved_by": "rule", "mover_id": here, "reason": {"because": TAKEN_BACK}}
        backs.append(TierMove(customer_id=customer_id, old=here, new=first.old, **given))
    await tier_moves.move_tiers(conn, backs, now)
    return await _put_values_back(conn, {one: names[one] for one in stored}, since, now)


async def _put_values_back(
    conn: Connection, names: Mapping[str, set[str]], since: int, now: int
) -> list[ValueChange]:
    """Of stages and signs: what rules made of them since. Rules that still hold give them again."""
    made: dict[tuple[str, str], list[PastValue]] = {}
    for customer_id, past in await profiles.list_values_since(conn, list(names), [STAGE, SIGN], since):
        if past.name not in names[customer_id]:
            made.setdefault((customer_id, past.name), []).append(past)
    changes, stages = [], []
    for (customer_id, name), their in made.items():
        old, new = their[0].old, their[-1].new
        if old == new or any(one.changed_by != "rule" for one in their):
            continue
        given: dict[str, Any] = {"at": now, "changed_by": "rule", "changer_id": TAKEN_BACK}
        changes.append(ValueChange(customer_id=customer_id, name=name, new=old, known=old, **given))
        if name == STAGE:
            stages.append(StageMove(customer_id, now, str(new or ""), str(old or ""), {"because": TAKEN_BACK}))
    await tier_moves.keep_stage_moves(conn, stages)
    return changes


def _find_caused(moves: Sequence[TierMove], names: set[str]) -> TierMove | None:
    """The first move whose rule read one of these."""
    for move in moves:
        if any(_name_of(clause) in names for clause in move.reason.get("clauses", ())):
            return move
    return None


def _name_of(clause: Mapping[str, Any]) -> str:
    of = clause.get("of", {})
    return NAME + str(of["activity"]) if "activity" in of else str(of.get("attribute", ""))
