"""Asks the rules about customers: which must be asked anew, with what is known, and until when the answers hold.

The rule of this file: it decides nothing and writes nothing. What follows from the answers is the work of the parts
that own the rules (`RuleUser`). Nobody is too large for it: of a customer with very many activities the database
counts, in a thread.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

import orjson

from hub.policies.in_force import PolicyBook
from hub.policies.rule_variables import list_rule_types, list_run_outs, read_consents, read_variables
from hub.rules.compiled_rules import RuleCompiler
from hub.rules.rule_set import Rule, RuleSet, list_kinds
from hub.storage import activities, customers
from hub.storage.connection import Connection
from hub.storage.consent_columns import NewestWish, find_newest
from hub.storage.customers import StoredCustomer
from hub.storage.database import Database
from hub.storage.rule_due import ALL, RULES, Due
from scripts_library.activity_index import ActivityIndex
from scripts_library.condition_binding import list_measures
from scripts_library.conditions import Activity, BoundMeasure, Facts, Measured
from scripts_library.variables import VariableTypes

MOST_ACTIVITIES: Final = 2_000  # that are read at once; of one customer with more, the database counts


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rules say of one customer. `answers`: by rule id, of those that were asked; None: unknown."""

    customer: StoredCustomer
    profile: Mapping[str, Any]
    answers: Mapping[str, bool | None]
    facts: Facts  # what the rules read
    next_at: int | None  # when time alone may change one of the answers; None: never
    changed: frozenset[str] = frozenset()  # names that changed since they were asked; empty: time is the cause

    @property
    def is_by_rules(self) -> bool:
        """Nothing of the customer has changed: other rules have come into force."""
        return self.changed == {ALL, RULES}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a part makes of the answers. `what`: its own. `due_at`: when to ask again though nothing changes."""

    customer_id: str
    what: Any
    due_at: int | None = None


class RuleUser(Protocol):
    """A part that owns rules and acts on their answers: tiers, stages, segments."""

    async def find_version(self, connection: Connection) -> object:
        """Differs from the last one if `read_rules` may give other rules under the same policy. A quick read."""

    async def read_rules(self, connection: Connection, book: PolicyBook) -> Sequence[Rule]:
        """The rules, in the order in which they are asked."""

    async def load(self, connection: Connection, ids: Collection[str], now: int) -> Any:
        """What else a decision about these customers needs. `decide` gets it as `known`."""

    def decide(self, asked: Asked, known: Any, now: int) -> Decision | None:
        """None: nothing follows from the answers. Called only if at least one of the part's rules was asked."""

    async def store(self, connection: Connection, decisions: Sequence[Decision], now: int) -> None:
        """In the transaction that takes the customers off the due list. May be called twice: it touches nothing but
        the connection."""


class Evaluator:
    """One policy's attributes and consents, and the rules of all parts."""

    def __init__(self, rules: RuleSet, book: PolicyBook) -> None:
        self.rules = rules
        self._attributes, self._consents = book.attributes, book.consents
        self.types: VariableTypes = list_rule_types(book.attributes)
        self._compiler = RuleCompiler(rules, self.types)

    async def ask_all(self, db: Database, due: Sequence[Due], now: int) -> list[Asked]:
        """Ask about each of them the rules that may answer otherwise than before. Lets others work in between. Raises
        StorageUnavailable. Customers who are gone are left out."""
        wanted = {one.customer_id: self._find_rules(one, now) for one in due}
        ready = [
            self._compiler.compile(rules, now) for rules in {id(rules): rules for rules in wanted.values()}.values()
        ]
        kinds = frozenset[str]().union(*(one.kinds for one in ready))
        async with db.read(is_snapshot=False) as connection:
            known = {one.id: one for one in (await customers.find(connection, list(wanted))).values()}
            ids = [each for one in known.values() if wanted.get(one.id) for each in one.ids]
            found = await activities.list_activities(connection, ids, kinds, MOST_ACTIVITIES)
            wishes = await find_newest(connection, ids) if any(one.reads_consents for one in ready) else {}
        if found is None and len(due) > 1:
            half = len(due) // 2
            return [*await self.ask_all(db, due[:half], now), *await self.ask_all(db, due[half:], now)]
        changed = {one.customer_id: one.changed for one in due}
        answers = []
        for customer_id, rules in wanted.items():
            if (customer := known.get(customer_id)) is None:
                continue
            if found is not None:
                counted: Measured = ActivityIndex(gather_activities(customer, found))
            else:
                counted = await self.count(db, customer, rules, now)
            told = gather_wishes(customer, wishes)
            answers.append(self.ask(customer, rules, counted, now, changed[customer_id], told))
            await asyncio.sleep(0)
        return answers

    def _find_rules(self, due: Due, now: int) -> tuple[Rule, ...]:
        is_time_due = due.timed_at is not None and due.timed_at <= now
        affected = self.rules.find_affected(due.changed)
        if not (due.changed and is_time_due):
            return affected
        return tuple(rule for rule in self.rules.rules if rule in affected or rule in self.rules.timed)

    def ask(
        self,
        customer: StoredCustomer,
        rules: Sequence[Rule],
        counted: Measured,
        now: int,
        changed: frozenset[str] = frozenset(),
        wishes: Sequence[NewestWish] = (),
    ) -> Asked:
        """Ask these rules about a customer of whom everything is known."""
        ready = self._compiler.compile(rules, now)
        profile: dict[str, Any] = orjson.loads(customer.profile)
        fixed = {"name": customer.name, "tier": customer.tier, "language": customer.language}
        variables = read_variables(self._attributes, fixed, profile, ready.names)
        if wishes:
            variables = {**variables, **read_consents(wishes, self._consents, now)}
        answers = ready.answer(variables, counted)
        changes = [ready.find_next(variables, counted, now)]
        if ready.reads_consents:
            changes += [at for at in list_run_outs(wishes, self._consents) if at > now]
        next_at = min((at for at in changes if at is not None), default=None)
        return Asked(customer, profile, answers, Facts(variables, counted), next_at, changed)

    async def count(self, db: Database, one: StoredCustomer, rules: Sequence[Rule], now: int) -> Measured:
        """What these rules may ask of the activities of one customer."""
        async with db.read(is_snapshot=False) as connection:
            few = await activities.list_activities(connection, one.ids, list_kinds(rules), MOST_ACTIVITIES)
        if few is not None:
            return ActivityIndex(gather_activities(one, few))
        measures = {each for rule in rules for each in list_measures(rule.condition, now, self.rules.zone)}
        async with db.read(is_slow=True) as connection:
            return _Counted(await activities.measure_all(connection, one.ids, sorted(measures, key=repr)))


def gather_activities(one: StoredCustomer, by_id: Mapping[str, Sequence[Activity]]) -> list[Activity]:
    """Their own, and those of the customers for whom they stand after merges."""
    return [activity for each in one.ids for activity in by_id.get(each, ())]


def gather_wishes(one: StoredCustomer, by_id: Mapping[str, Sequence[NewestWish]]) -> list[NewestWish]:
    """Of their own addresses, and of those of the customers for whom they stand after merges."""
    return [wish for each in one.ids for wish in by_id.get(each, ())] if by_id else []


class _Counted:
    def __init__(self, found: Mapping[BoundMeasure, int | Decimal | None]) -> None:
        self._found = found

    def measure(self, wanted: BoundMeasure) -> int | Decimal | None:
        return self._found[wanted]
