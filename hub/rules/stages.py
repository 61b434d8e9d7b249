"""Life-cycle stages and early signs by rules: values of the profile that the hub itself keeps up.

The rule of this file: a stage or sign is a value like any other, with its history; `changed_by` says that a rule set
it. A sign that a person or an import wrote is theirs, and no rule takes it away.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from hub.policies.in_force import PolicyBook
from hub.policies.rule_variables import list_rule_types
from hub.rules.evaluating import Asked, Decision
from hub.rules.reasons import explain
from hub.rules.rule_set import Rule
from hub.rules.rules_of_policy import read_live_segments, read_rules
from hub.rules.standing import Place, choose
from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection
from hub.storage.profiles import ValueChange, change_profiles
from hub.storage.tier_moves import STAGE as STAGE
from hub.storage.tier_moves import StageMove, keep_stage_moves
from scripts_library.conditions import Condition

SIGN: Final = "early_sign"


class _Values:
    """What stages and signs have in common: one value of the profile, from rules of the policy."""

    def __init__(self) -> None:
        self._book: PolicyBook | None = None
        self._conditions: dict[str, Condition] = {}

    @property
    def _in_force(self) -> PolicyBook:
        """The policy whose rules were read. Raises RuntimeError before that."""
        if self._book is None:
            raise RuntimeError("the rules are read before anybody is asked")
        return self._book

    async def find_version(self, connection: Connection) -> object:
        return None

    async def load(self, connection: Connection, ids: Collection[str], now: int) -> Any:
        return None

    async def _read(self, connection: Connection, book: PolicyBook, texts: dict[str, str], group: str) -> list[Rule]:
        self._book = book
        self._conditions = read_rules(await read_live_segments(connection, book.document), texts)
        return [Rule(key, condition, group) for key, condition in self._conditions.items()]


class StageRules(_Values):
    def find_rules(self, version: int, rules: Sequence[Rule]) -> list[Rule] | None:
        """Its rules among those that are asked. None: they are not those of this version of the policy."""
        if self._book is None or self._book.version != version:
            return None
        mine = [rule for rule in rules if rule.id in self._conditions]
        is_whole = len(mine) == len(self._conditions)
        return mine if is_whole and all(self._conditions[rule.id] is rule.condition for rule in mine) else None

    async def read_rules(self, connection: Connection, book: PolicyBook) -> Sequence[Rule]:
        texts: dict[str, str] = {}
        for stage in book.document.stages:
            texts |= {f"stage:{stage.id}:when": stage.when, f"stage:{stage.id}:keeps": stage.keeps}
        rules = await self._read(connection, book, texts, "stages")
        self._places = [
            Place(stage.id, f"stage:{stage.id}:when", f"stage:{stage.id}:keeps" if stage.keeps else "")
            for stage in book.document.stages
        ]
        return rules

    def decide(self, asked: Asked, known: Any, now: int) -> Decision | None:
        here = str(asked.profile.get(STAGE) or "")
        target = choose(self._places, here, asked.answers, here)
        if target == here:
            return None
        condition, types = self._conditions[f"stage:{target}:when"], list_rule_types(self._in_force.attributes)
        clauses = explain(condition, asked.facts, now, self._in_force.zone, types)
        reason: dict[str, Any] = {"rule": target, "clauses": clauses, "policy": self._in_force.version}
        if asked.is_by_rules:
            reason["cause"] = "policy"
        return Decision(asked.customer.id, StageMove(asked.customer.id, now, here, target, reason))

    async def store(self, connection: Connection, decisions: Sequence[Decision], now: int) -> None:
        moves: list[StageMove] = [one.what for one in decisions]
        changes = [_change(one.customer_id, STAGE, one.new, now, f"stage:{one.new}") for one in moves]
        await change_profiles(connection, changes)
        await keep_stage_moves(connection, moves)
        await announce_changes(connection, [one.customer_id for one in moves], now)


class WarningRules(_Values):
    async def read_rules(self, connection: Connection, book: PolicyBook) -> Sequence[Rule]:
        warnings = book.document.early_warnings
        return await self._read(connection, book, {f"warning:{one.id}": one.when for one in warnings}, "warnings")

    def decide(self, asked: Asked, known: Any, now: int) -> Decision | None:
        document = self._in_force.document
        names = {one.id: document.name_sign(one) for one in document.early_warnings}
        here = asked.profile.get(SIGN)
        if here and here not in names.values():
            return None
        of_here = next((key for key, name in names.items() if name == here), "")
        places = [Place(one.id, f"warning:{one.id}") for one in document.early_warnings]
        target = choose(places, of_here, asked.answers, "")
        return Decision(asked.customer.id, (names.get(target), target)) if target != of_here else None

    async def store(self, connection: Connection, decisions: Sequence[Decision], now: int) -> None:
        changes = [_change(one.customer_id, SIGN, one.what[0], now, f"warning:{one.what[1]}") for one in decisions]
        await change_profiles(connection, changes)
        await announce_changes(connection, [one.customer_id for one in decisions], now)


def _change(customer_id: str, name: str, new: str | None, now: int, rule: str) -> ValueChange:
    return ValueChange(
        customer_id=customer_id, name=name, new=new, known=new, at=now, changed_by="rule", changer_id=rule
    )
