"""Segments as a part that owns rules: which are asked, and what becomes of the answers.

The rule of this file: a customer is in a segment if its definition is true of them; an unknown answer is no. Whoever
enters or leaves is told with the clause that turned. A segment whose definition cannot be asked under the policy in
force keeps its members.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import structlog

from hub.policies.in_force import PolicyBook
from hub.policies.segment_rules import SegmentRule
from hub.rules.evaluating import Asked, Decision
from hub.rules.rule_set import Rule
from hub.segments.segment_clauses import find_clause
from hub.segments.segment_definitions import find_meaning, read_definitions
from hub.storage import segments
from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection
from hub.storage.segment_members import NOBODY, Answer, Bits, find_bits, has_bit, set_answers
from hub.storage.segments import LIVE, StoredSegment
from scripts_library.condition_binding import bind
from scripts_library.conditions import Condition, evaluate
from scripts_library.variables import VariableTypes

log = structlog.get_logger()

OF_SEGMENT: Final = "segment:"


@dataclass(frozen=True, slots=True)
class AskedSegment:
    """`meaning`: of the rule under the policy that was read; `stored.meaning` is that of the last count."""

    stored: StoredSegment
    rule: SegmentRule
    zone: tzinfo  # of the policy
    meaning: int


class SegmentUser:
    """A `RuleUser` (`hub.rules.evaluating`)."""

    def __init__(self) -> None:
        self.asked: Mapping[str, AskedSegment] = {}  # by id: the live ones whose definition can be used
        self._by_rule: Mapping[str, AskedSegment] = {}  # the same by the id of the rule
        self.broken: Sequence[StoredSegment] = ()  # the other live ones: their members stay as they are
        self.problems: Mapping[str, str] = {}  # why those cannot be asked, by id
        self.types: VariableTypes = {}
        self.book: PolicyBook | None = None
        self.mark: object = None  # the stored segments as they were read

    async def find_version(self, connection: Connection) -> object:
        return await segments.find_mark(connection)

    async def read_rules(self, connection: Connection, book: PolicyBook) -> Sequence[Rule]:
        self.mark = await segments.find_mark(connection)
        live = [one for one in await segments.list_all(connection) if one.state == LIVE]
        rules = read_definitions(book, live)
        for segment_id, problem in rules.problems.items():
            log.warning("a live segment cannot be asked", segment=segment_id, problem=problem)
        self.types, self.book = rules.types, book
        self.asked = {
            one.id: AskedSegment(one, rule, book.zone, find_meaning(rule, book))
            for one in live
            if (rule := rules.rules.get(one.id)) is not None
        }
        self._by_rule = {OF_SEGMENT + segment_id: one for segment_id, one in self.asked.items()}
        self.broken = [one for one in live if one.id in rules.problems]
        self.problems = rules.problems
        return [Rule(OF_SEGMENT + one.stored.id, one.rule.condition, is_counted=True) for one in self.asked.values()]

    async def load(self, connection: Connection, ids: Collection[str], now: int) -> Mapping[str, Bits]:
        return await find_bits(connection, ids)

    def decide(self, asked: Asked, known: Mapping[str, Bits], now: int) -> Decision | None:
        """All answers go on, since the bits may change until they are stored; those that turn get their clause."""
        customer_id, bits = asked.customer.id, known.get(asked.customer.id, NOBODY)
        answers = []
        for rule_id, answer in asked.answers.items():
            one = self._by_rule.get(rule_id)
            if one is None:
                continue
            place, is_counted = one.stored.place or 0, one.stored.counted_version != 0
            is_member, clause = answer is True, ""
            if is_counted and is_member is not has_bit(bits, place):
                clause = self._find_clause(one, asked, now)
            answers.append(Answer(customer_id, one.stored.id, place, is_member, clause, is_counted))
        return Decision(customer_id, answers) if answers else None

    async def store(self, connection: Connection, decisions: Sequence[Decision], now: int) -> None:
        turned = await set_answers(connection, [answer for decision in decisions for answer in decision.what], now)
        if turned:  # pages that are open show it
            await announce_changes(connection, {one.customer_id for one in turned}, now)

    def _find_clause(self, one: AskedSegment, asked: Asked, now: int) -> str:
        def holds(part: Condition) -> bool:
            return evaluate(bind(part, now, one.zone), asked.facts, self.types) is True

        return find_clause(one.rule.parsed, one.rule.condition, holds, asked.changed)
