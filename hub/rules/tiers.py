"""Tiers by rules: who moves, why, and who stays because it is too soon, unknown, or fixed by a person.

The rule of this file: a fixed tier outweighs every rule until its time runs out or somebody ends it. A rule moves
nobody who has had their tier for less than its minimum stay.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.policies.customer_rules import TIER
from hub.policies.in_force import PolicyBook
from hub.policies.rule_variables import list_rule_types
from hub.rules.evaluating import Asked, Decision
from hub.rules.moves_taken_back import TAKEN_BACK
from hub.rules.reasons import explain
from hub.rules.rule_set import Rule
from hub.rules.rules_of_policy import read_live_segments, read_rules
from hub.rules.standing import Place, choose
from hub.storage import tier_moves
from hub.storage.connection import Connection
from hub.storage.tier_moves import TierMove, TierOverride
from routing.model import DAY
from scripts_library.conditions import Condition, Has

_GROUP: Final = "tiers"


@dataclass(frozen=True, slots=True)
class KnownTiers:
    """By customer: fixed tiers that nobody has ended, and newest moves."""

    overrides: Mapping[str, TierOverride]
    moves: Mapping[str, TierMove]


@dataclass(frozen=True, slots=True)
class _Outcome:
    move: TierMove | None
    ended: TierOverride | None = None  # it has run out


class TierRules:
    """A part whose rules decide the tier of each customer."""

    def __init__(self) -> None:
        self._book: PolicyBook | None = None
        self._places: list[Place] = []
        self._conditions: dict[str, Condition] = {}
        self._minimum: dict[str, int] = {}

    @property
    def _in_force(self) -> PolicyBook:
        """The policy whose rules were read. Raises RuntimeError before that."""
        if self._book is None:
            raise RuntimeError("the rules are read before anybody is asked")
        return self._book

    async def find_version(self, connection: Connection) -> object:
        return None

    async def read_rules(self, connection: Connection, book: PolicyBook) -> Sequence[Rule]:
        document = book.document
        self._book = book
        live = await read_live_segments(connection, document)
        orders = {tier.id: tier.order for tier in document.tiers}
        # Always there: somebody may fix a tier where no rule decides, and that runs out with time
        self._conditions = {"tier:fixed": Has(TIER)}
        self._places, self._minimum = [], {}
        for rule in sorted(document.tier_rules, key=lambda one: -orders[one.tier]):
            place = Place(rule.tier, f"tier:{rule.tier}:up", f"tier:{rule.tier}:keeps" if rule.keeps else "")
            self._places.append(place)
            self._minimum[rule.tier] = rule.minimum_days * DAY
            texts = {place.enters: rule.up} | ({place.keeps: rule.keeps} if place.keeps else {})
            self._conditions |= read_rules(live, texts)
        return [Rule(key, condition, _GROUP, key == "tier:fixed") for key, condition in self._conditions.items()]

    async def load(self, connection: Connection, ids: Collection[str], now: int) -> Any:
        overrides = await tier_moves.find_overrides(connection, ids)
        return KnownTiers(overrides, await tier_moves.find_last_moves(connection, ids))

    def decide(self, asked: Asked, known: Any, now: int) -> Decision | None:
        assert isinstance(known, KnownTiers)
        customer_id, here = asked.customer.id, asked.customer.tier
        override, last = known.overrides.get(customer_id), known.moves.get(customer_id)
        if override is not None and (override.until_at is None or override.until_at > now):
            move = None
            if override.tier != here and any(tier.id == override.tier for tier in self._in_force.document.tiers):
                is_fixed = last is not None and last.moved_by == "staff" and last.new == here
                before = last.reason.get("before", here) if last is not None and is_fixed else here
                reason = {"because": "fixed", "why": override.why, "before": before}
                move = self._move(asked, override.tier, now, reason, override.set_by)
            return Decision(customer_id, _Outcome(move), override.until_at)
        target = self._choose(asked, last)
        if target == here:
            return Decision(customer_id, _Outcome(None, override)) if override is not None else None
        stays_until = self._find_end_of_stay(here, last)
        if stays_until > now and override is None:
            return Decision(customer_id, _Outcome(None), stays_until)
        move = self._move(asked, target, now, self._explain(asked, target, now))
        return Decision(customer_id, _Outcome(move, override))

    def _choose(self, asked: Asked, last: TierMove | None) -> str:
        """The tier by rules; without rules the one that the customer had before somebody fixed it."""
        here = asked.customer.tier
        if self._places:
            return choose(self._places, here, asked.answers, self._in_force.document.default_tier)
        if last is None or last.moved_by != "staff" or last.new != here:
            return here
        before = str(last.reason.get("before", here))
        return before if any(tier.id == before for tier in self._in_force.document.tiers) else here

    def _find_end_of_stay(self, here: str, last: TierMove | None) -> int:
        if last is None or last.moved_by != "rule" or last.new != here or last.reason.get("because") == TAKEN_BACK:
            return 0  # nobody has to stay where only an import that was taken back has left them
        return last.at + self._minimum.get(here, 0)

    def _explain(self, asked: Asked, target: str, now: int) -> dict[str, Any]:
        """The rule of the new tier, which holds; or that of the old one, which no longer does."""
        places = {place.id: place for place in self._places}
        is_reached = target in places and places[target].hold(asked.answers, is_here=False) is True
        decided = places.get(target if is_reached else asked.customer.tier)
        by: dict[str, Any] = {"policy": self._in_force.version}
        if asked.is_by_rules:
            by["cause"] = "policy"
        if decided is None:
            return {"because": "no_rule"} | by
        key = decided.enters if is_reached or not decided.keeps else decided.keeps
        types = list_rule_types(self._in_force.attributes)
        clauses = explain(self._conditions[key], asked.facts, now, self._in_force.zone, types)
        because = "reached" if is_reached else "lost"
        return {"because": because, "rule": decided.id, "clauses": clauses} | by

    def _move(self, asked: Asked, target: str, now: int, reason: dict[str, Any], by: str = "") -> TierMove:
        return TierMove(
            customer_id=asked.customer.id,
            at=now,
            old=asked.customer.tier,
            new=target,
            moved_by="staff" if by else "rule",
            mover_id=by or target,
            reason=reason,
        )

    async def store(self, connection: Connection, decisions: Sequence[Decision], now: int) -> None:
        for one in decisions:
            if one.what.ended is not None:
                await tier_moves.end_override(connection, one.what.ended, now)
        await tier_moves.move_tiers(
            connection, [one.what.move for one in decisions if one.what.move is not None], now
        )
