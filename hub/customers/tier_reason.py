"""Why one customer has their tier, for one reader in their language: from the move that gave it, or the person who
fixed it.

The rule of this file: it shows what was kept when the tier was given, with the values of that time. What is
hidden from the reader is left out.
"""

from collections.abc import Mapping
from typing import Any

from agent_console.rule_words import RuleNames, RuleWords
from agent_console.tier_views import FixedTier, TierReason
from agent_console.tier_words import say_tier
from hub.clock import to_millis
from hub.customers.profile_page import list_attributes
from hub.policies.in_force import PolicyBook, view_attribute
from hub.policies.masking import Sight
from hub.storage import staff, tier_moves
from hub.storage.connection import Connection
from hub.storage.customers import StoredCustomer
from hub.storage.tier_moves import TierMove, TierOverride
from scripts_library.rule_time import find_date, find_time
from scripts_library.variables import CUSTOMER


def name_rules(book: PolicyBook) -> RuleNames:
    """The names of everything that rules of this policy may name."""
    document = book.document
    return RuleNames(
        attributes={name: view_attribute(name, one) for name, one in list_attributes(book).items()},
        activities={name: dict(one.names) for name, one in document.all_activities.items()},
        tiers={tier.id: dict(tier.names) for tier in document.tiers},
        stages={stage.id: dict(stage.names) for stage in document.stages},
        currency=document.currency,
    )


async def explain_tier(
    connection: Connection,
    book: PolicyBook,
    customer: StoredCustomer,
    sight: Sight,
    language: str,
    now: int,
) -> TierReason:
    """`sight`: the reader's, who may read the customer's data."""
    last = (await tier_moves.find_last_moves(connection, [customer.id])).get(customer.id)
    fixed = (await tier_moves.find_overrides(connection, [customer.id])).get(customer.id)
    if last is not None and last.new != customer.tier:
        last = None  # an import or the end of a tier has changed it since
    if fixed is not None and fixed.until_at is not None and fixed.until_at <= now:
        fixed = None
    people = {one.id: one.name for one in await staff.list_all(connection)} if fixed else {}
    words, clauses = RuleWords(language, name_rules(book)), list[str]()
    if last is not None:
        clauses = [_say_clause(words, one, sight) for one in last.reason.get("clauses", [])]
    if fixed is not None:
        sentence = _say_fixed(words, book, fixed, people)
    else:
        sentence = _say_move(words, book, customer.tier, last, words.join(clauses))
    return TierReason.model_validate(
        {
            "tier": customer.tier,
            "sentence": sentence,
            "since": to_millis(last.at) if last is not None else None,
            "moved_by": last.moved_by if last is not None else "",
            "because": str(last.reason.get("because", "")) if last is not None else "",
            "clauses": clauses,
            "fixed": view_fixed(fixed, people) if fixed is not None else None,
            "tiers": book.view.tiers,
        }
    )


def view_fixed(one: TierOverride, people: Mapping[str, str]) -> FixedTier:
    return FixedTier(
        tier=one.tier,
        set_by=one.set_by,
        set_by_name=people.get(one.set_by, one.set_by),
        why=one.why,
        set_at=to_millis(one.set_at),
        until_at=None if one.until_at is None else to_millis(one.until_at),
    )


def _say_clause(words: RuleWords, clause: Mapping[str, Any], sight: Sight) -> str:
    variable = f"{CUSTOMER}{clause['of'].get('attribute', '')}"
    return words.say_clause(clause, is_hidden=variable != CUSTOMER and sight.hides_variable(variable))


def _say_fixed(words: RuleWords, book: PolicyBook, one: TierOverride, people: Mapping[str, str]) -> str:
    by, day = people.get(one.set_by, one.set_by), find_date(one.set_at + book.wall_ahead, book.zone)
    if one.until_at is None:
        return say_tier(words, "fixed_open", tier=one.tier, day=day, by=by, why=one.why)
    until = find_time(one.until_at + book.wall_ahead, book.zone)
    return say_tier(words, "fixed", tier=one.tier, day=day, until=until, by=by, why=one.why)


def _say_move(words: RuleWords, book: PolicyBook, tier: str, move: TierMove | None, clauses: str) -> str:
    if move is None:
        return say_tier(words, "recorded", tier=tier)
    day = find_date(move.at + book.wall_ahead, book.zone)
    if move.moved_by == "staff":
        return say_tier(words, "was_fixed", tier=tier, day=day)
    because = str(move.reason.get("because", "no_rule"))
    rule = words.name_tier(str(move.reason.get("rule", "")))
    said = say_tier(words, because, tier=tier, day=day, rule=rule, clauses=clauses)
    if move.reason.get("cause") != "policy":
        return said
    return said + say_tier(words, "policy", tier=tier, version=str(move.reason["policy"]))
