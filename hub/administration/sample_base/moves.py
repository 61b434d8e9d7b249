"""Who of the sample base moved between tiers and stages within the last year, as the policy's own rules moved them.

The rule of this file: the rules that are asked at work are asked here, about what was known at each instant. The last
move of a customer leads to the tier and the stage that they have from then on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property, partial
from random import Random
from typing import Any, Final

import orjson

from hub.policies.stored_versions import load_book
from hub.rules.evaluating import Evaluator
from hub.rules.rule_set import Rule, RuleSet
from hub.rules.stages import STAGE, StageRules
from hub.rules.tiers import KnownTiers, TierRules
from hub.storage import activities, customers, tier_moves
from hub.storage.activities import NewActivity
from hub.storage.customers import StoredCustomer, TierChange
from hub.storage.database import Connection, Database
from hub.storage.profiles import ValueChange, change_profiles
from hub.storage.tier_moves import StageMove, TierMove
from scripts_library.activity_index import ActivityIndex
from scripts_library.conditions import Activity

STEP: Final = 91 * 86_400_000_000
STEPS: Final = 4  # back from now
AT_ONCE: Final = 500  # customers of one transaction
YEAR: Final = 365 * 86_400_000_000
HALF_YEAR: Final = 185 * 86_400_000_000
_FIRST, _LAST = "b", "b~"  # the ids of the sample base are between these


@dataclass(slots=True)
class _Moved:
    tier: str = ""  # that they have at last
    stage: str = ""
    missing: list[Activity] = field(default_factory=list)  # without which they would be new at present
    tiers: list[TierMove] = field(default_factory=list)
    stages: list[StageMove] = field(default_factory=list)


class _PastRule(Rule):
    """A rule of which nobody asks when time will change its answer, which takes most of the time."""

    @cached_property
    def is_timed(self) -> bool:
        return False


class _Past:
    """Asks the rules about some customers, instant by instant: a rule is bound once for all of them."""

    def __init__(self, evaluator: Evaluator, tiers: TierRules, stages: StageRules, rules: Sequence[Rule]) -> None:
        self._evaluator, self._tiers, self._stages, self._rules = evaluator, tiers, stages, rules
        self._random = Random(STEPS)  # noqa: S311  # invented people

    def ask(
        self, some: Sequence[StoredCustomer], happened: Mapping[str, Sequence[Activity]], now: int
    ) -> dict[str, _Moved]:
        moved = {one.id: _Moved() for one in some}
        profiles: dict[str, dict[str, Any]] = {one.id: orjson.loads(one.profile) for one in some}
        before = {one.id: [*_list_before(profiles[one.id], now), *happened.get(one.id, ())] for one in some}
        for one in some:
            first = min((each.at for each in happened.get(one.id, ()) if each.kind == "payment"), default=0)
            moved[one.id].missing = _list_before(profiles[one.id], now) if first > now - HALF_YEAR else []
        for step in range(STEPS, -1, -1):
            at = now - step * STEP
            for one in some:
                values = profiles[one.id] | (_value(profiles[one.id], before[one.id], at) if step else {})
                self._step(one, values, [each for each in before[one.id] if each.at <= at], at, moved[one.id])
        return moved

    def _step(
        self, one: StoredCustomer, values: dict[str, Any], known: list[Activity], at: int, moved: _Moved
    ) -> None:
        profile = orjson.dumps(values | {STAGE: moved.stage}).decode()
        then = replace(one, tier=moved.tier or one.tier, profile=profile)
        asked = self._evaluator.ask(then, self._rules, ActivityIndex(known), at)
        turned = at - int(self._random.random() * STEP)
        tier = self._tiers.decide(asked, KnownTiers({}, {}), at)
        if tier is not None and (move := tier.what.move) is not None:
            if moved.tier:  # else they begin with this tier
                moved.tiers.append(replace(move, at=turned))
            moved.tier = move.new
        moved.tier = moved.tier or one.tier
        stage = self._stages.decide(asked, None, at)
        if stage is not None:
            if moved.stage:
                moved.stages.append(replace(stage.what, at=turned))
            moved.stage = stage.what.new


async def sow_moves(db: Database, now: int) -> None:
    """Add the moves of the last year, if there are rules and nobody has moved between stages yet."""
    async with db.read(is_slow=True) as connection:
        book = await load_book(connection)
        if book is None or not book.document.stages or await tier_moves.list_newest_stage_moves(connection, 0, 1):
            return
        tiers, stages = TierRules(), StageRules()
        read = [*await tiers.read_rules(connection, book), *await stages.read_rules(connection, book)]
        rules = [_PastRule(one.id, one.condition, one.group) for one in read]
        people = await customers.list_between(connection, _FIRST, _LAST)
    past = _Past(Evaluator(RuleSet(rules, book.zone), book), tiers, stages, rules)
    for begins in range(0, len(people), AT_ONCE):
        some = people[begins : begins + AT_ONCE]
        async with db.read(is_slow=True) as connection:
            kinds = list(book.document.all_activities)
            happened = await activities.list_activities(connection, [one.id for one in some], kinds, 10**6) or {}
        moved = past.ask(some, happened, now)

        await db.write(partial(_keep, some=some, moved=moved, now=now))


async def _keep(
    connection: Connection, some: Sequence[StoredCustomer], moved: Mapping[str, _Moved], now: int
) -> None:
    fresh = [
        NewActivity(customer_id=one.id, kind=each.kind, at=each.at) for one in some for each in moved[one.id].missing
    ]
    await activities.add(connection, fresh, now)
    await tier_moves.add_past(connection, [each for one in moved.values() for each in one.tiers])
    await tier_moves.keep_stage_moves(connection, [each for one in moved.values() for each in one.stages])
    await _settle(connection, some, moved, now)


async def _settle(
    connection: Connection, some: Sequence[StoredCustomer], moved: Mapping[str, _Moved], now: int
) -> None:
    """Everybody has the tier and the stage to which their last move led."""
    tiers, changes = list[TierChange](), list[ValueChange]()
    for one in some:
        mine = moved[one.id]
        if mine.tier != one.tier:
            tiers.append(TierChange(one.id, one.tier, mine.tier))
        if mine.stage and mine.stage != orjson.loads(one.profile).get(STAGE):
            at = mine.stages[-1].at if mine.stages else now
            changes.append(
                ValueChange(
                    customer_id=one.id,
                    name=STAGE,
                    new=mine.stage,
                    known=mine.stage,
                    at=at,
                    changed_by="rule",
                    changer_id=f"stage:{mine.stage}",
                )
            )
    await customers.change_tiers(connection, tiers)
    await change_profiles(connection, changes)


def _list_before(profile: dict[str, Any], now: int) -> list[Activity]:
    """A payment from when they became a customer, if that is longer ago than the base tells."""
    year = profile.get("since_year", 9999)
    is_old = year < datetime.fromtimestamp(now / 1e6, UTC).year - 1
    return [Activity("payment", int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000)] if is_old else []


def _value(profile: dict[str, Any], happened: Sequence[Activity], at: int) -> dict[str, int]:
    """Past and present value as they were then."""
    paid = [(one.at, one.amount) for one in happened if one.amount is not None]
    since = sum((amount for when, amount in paid if when > at), Decimal())
    return {
        "value_now": int(sum((amount for when, amount in paid if at - YEAR < when <= at), Decimal())),
        "value_past": max(0, int(profile.get("value_past", 0) - since)),
    }
