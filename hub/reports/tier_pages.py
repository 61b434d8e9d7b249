"""What the page of the tiers and that of the life cycle show: rules in words, how many stand where, and who moved.

The rule of this file: figures name no customer. Every customer counts once, also one who was merged.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agent_console.rule_words import RuleWords
from agent_console.tier_views import (
    FixedTierLine,
    FixedTiersView,
    LifecycleView,
    MovedInMonth,
    StageFlow,
    StageLine,
    TierLine,
    TiersView,
    WarningLine,
)
from hub.clock import to_millis
from hub.customers.tier_reason import name_rules
from hub.policies.in_force import PolicyBook
from hub.policies.rule_variables import list_rule_types
from hub.reports.tier_figures import count_by_month, list_months
from hub.rules.reasons import describe
from hub.rules.stages import SIGN, STAGE
from hub.storage import customers, rule_rounds, staff, tier_moves
from hub.storage.connection import Connection
from hub.storage.tier_moves import CountedMove, StageMove
from routing.model import DAY, SECOND
from scripts_library.condition_parsing import ANY_SEGMENT, parse_condition

LIFE: Final = ("prospect", "new", "established", "at_risk", "lapsed")  # in the order of a customer's life
_BEST: Final = {stage: place for place, stage in enumerate(("lapsed", "prospect", "at_risk", "new", "established"))}
MOST_FIXED: Final = 200  # fixed tiers on the page
MOST_READ: Final = 5_000  # moves whose clauses are told apart
MOST_CLAUSES: Final = 3  # of one flow


async def read_tiers(
    connection: Connection, book: PolicyBook, language: str, now: int, *, may_fix: bool, may_change: bool
) -> TiersView:
    document, words = book.document, RuleWords(language, name_rules(book))
    numbers = await customers.count_by_tier(connection, except_for=())
    orders = {tier.id: tier.order for tier in document.tiers}
    ruled = {one.tier: one for one in document.tier_rules}
    lines = []
    for tier in sorted(document.tiers, key=lambda one: -one.order):
        rule = ruled.get(tier.id)
        up, keeps = (rule.up, str(rule.keeps)) if rule is not None else ("", "")
        line = TierLine(
            id=tier.id,
            names=dict(tier.names),
            order=tier.order,
            up=up,
            keeps=keeps,
            up_words=_say_rule(words, book, up),
            keeps_words=_say_rule(words, book, keeps),
            minimum_days=rule.minimum_days if rule is not None else 0,
            customers=numbers.get(tier.id, 0),
        )
        lines.append(line)
    return TiersView(
        policy=book.version,
        asked=await _count_asked(connection, sum(numbers.values())),
        default_tier=document.default_tier,
        tiers=lines,
        months=list_months(book, now),
        moves=_view_moves(await count_by_month(connection, book, now), orders),
        head_starts=book.view.tiers,
        boost_cap_seconds=book.routing.boost_cap / SECOND,
        channels=book.view.channels,
        may_fix=may_fix,
        may_change=may_change,
    )


async def read_fixed_tiers(connection: Connection, book: PolicyBook, now: int) -> FixedTiersView:
    found = await tier_moves.list_fixed(connection, now, MOST_FIXED + 1)
    people = {one.id: one.name for one in await staff.list_all(connection)}
    lines = [
        FixedTierLine(
            customer_id=one.customer_id,
            customer_name=name,
            tier=one.tier,
            set_by_name=people.get(one.set_by, one.set_by),
            why=one.why,
            set_at=to_millis(one.set_at),
            until_at=None if one.until_at is None else to_millis(one.until_at),
        )
        for one, name in found[:MOST_FIXED]
    ]
    return FixedTiersView(tiers=lines, has_more=len(found) > MOST_FIXED, wall_ahead=to_millis(book.wall_ahead))


async def read_lifecycle(
    connection: Connection, book: PolicyBook, language: str, now: int, days: int
) -> LifecycleView:
    """`days`: so far back the flows go."""
    document, words = book.document, RuleWords(language, name_rules(book))
    standing = await tier_moves.count_by_value(connection, STAGE)
    signs = await tier_moves.count_by_value(connection, SIGN)
    whole = sum((await customers.count_by_tier(connection, except_for=())).values())
    since = now - days * DAY
    counted = await tier_moves.count_moves(connection, since, now + 1, of_stages=True)
    read = await tier_moves.list_newest_stage_moves(connection, since, MOST_READ)
    stages = [
        StageLine.model_validate(
            {
                "id": stage.id,
                "names": dict(stage.names),
                "group": stage.group,
                "at": place,
                "when": stage.when,
                "when_words": _say_rule(words, book, stage.when),
                "customers": standing.get(stage.id, 0),
            }
        )
        for place, stage in enumerate(document.stages, 1)
    ]
    return LifecycleView(
        policy=book.version,
        asked=await _count_asked(connection, whole),
        days=days,
        customers=whole,
        unknown=max(0, whole - sum(one.customers for one in stages)),
        stages=sorted(stages, key=lambda one: LIFE.index(one.id)),
        flows=_view_flows(words, counted, read),
        months=list_months(book, now),
        moves=_view_moves(await count_by_month(connection, book, now, of_stages=True), _BEST),
        warnings=[
            WarningLine(
                id=one.id,
                names=dict(one.names),
                when=one.when,
                when_words=_say_rule(words, book, one.when),
                boost_seconds=one.boost_seconds,
                customers=signs.get(document.name_sign(one), 0),
            )
            for one in document.early_warnings
        ],
    )


async def _count_asked(connection: Connection, whole: int) -> int | None:
    asked = await rule_rounds.count_asked(connection)
    return None if asked is None else min(asked, whole)


def _say_rule(words: RuleWords, book: PolicyBook, text: str) -> str:
    if not text:
        return ""
    condition = parse_condition(text, list_rule_types(book.attributes), book.document.all_activities, ANY_SEGMENT)
    return words.say_condition(describe(condition))


def _view_moves(moves: Sequence[tuple[str, CountedMove]], orders: Mapping[str, int]) -> list[MovedInMonth]:
    return [
        MovedInMonth(
            month=month,
            old=one.old,
            new=one.new,
            count=one.count,
            is_up=orders.get(one.new, 0) > orders.get(one.old, 0),
        )
        for month, one in moves
    ]


def _view_flows(words: RuleWords, counted: Sequence[CountedMove], read: Sequence[StageMove]) -> list[StageFlow]:
    clauses: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for move in read:
        said = {_say_turned(words, clause) for clause in move.reason.get("clauses", [])}
        clauses[move.old, move.new].update(sorted(said))
    return [
        StageFlow(
            old=one.old,
            new=one.new,
            count=one.count,
            after=[text for text, _ in clauses[one.old, one.new].most_common(MOST_CLAUSES)],
        )
        for one in counted
    ]


def _say_turned(words: RuleWords, clause: Mapping[str, Any]) -> str:
    """The comparison that decided, as it was true: without the customer's value."""
    return words.say_condition(clause, is_so=clause["holds"] is not False)
