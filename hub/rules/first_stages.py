"""The stage of a stranger, with their row: what the rules say of somebody about whom nothing is known.

The rule of this file: it decides as the worker of rules does, by the same rules, and reads nothing. The worker asks
about the stranger as about anybody else, and finds the stage as it is to be; where the rules in use are not those of
the policy that the batch decides by, it alone decides. Of a stranger nothing has happened, so no time changes what
the rules say, and strangers of whom they read the same are decided alike.
"""

from dataclasses import replace
from typing import Final

from hub.rules.evaluating import Evaluator
from hub.rules.rule_set import list_variables
from hub.rules.rule_worker import RuleWorker
from hub.rules.stages import StageRules
from hub.storage.customers import StoredCustomer
from hub.storage.rule_due import ALL
from hub.storage.tier_moves import StageMove
from scripts_library.activity_index import ActivityIndex

MOST_KNOWN: Final = 1_000
OF_ROWS: Final = ("name", "language", "tier")  # what may differ from stranger to stranger


class FirstStages:
    def __init__(self, worker: RuleWorker, stages: StageRules) -> None:
        self._worker, self._stages = worker, stages
        self._known: dict[tuple[str, ...], StageMove | None] = {}  # by what the rules read of a stranger's row
        self._known_of: Evaluator | None = None

    def find(self, stranger: StoredCustomer, now: int, policy: int) -> StageMove | None:
        """`policy`: its version. None: no stage, or the worker decides."""
        evaluator = self._worker.evaluator
        rules = None if evaluator is None else self._stages.find_rules(policy, evaluator.rules.rules)
        if evaluator is None or not rules:
            return None
        if evaluator is not self._known_of or len(self._known) > MOST_KNOWN:
            self._known, self._known_of = {}, evaluator
        reads = list_variables(rules)
        key = tuple(getattr(stranger, name) for name in OF_ROWS if name in reads)
        if key not in self._known:
            asked = evaluator.ask(stranger, rules, ActivityIndex([]), now, frozenset({ALL}))
            decision = self._stages.decide(asked, None, now)
            self._known[key] = None if decision is None else decision.what
        move = self._known[key]
        return None if move is None else replace(move, customer_id=stranger.id, at=now)
