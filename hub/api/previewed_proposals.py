"""What a script would propose to the customer of a preview, by what is known of them before the walk.

The rule of this file: it reads and writes nothing down. Whoever may not see all of a chosen customer gets what
follows from what they see: a rule over a hidden value holds for nobody. A made-up customer has done nothing and
agrees to everything, so that an author sees all that may be shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import orjson

from hub.policies.in_force import PolicyBook
from hub.rules.evaluating import Evaluator, gather_wishes
from hub.rules.proposal_rules import choose_suggested, list_proposal_rules
from hub.rules.rule_set import RuleSet, reads_consents
from hub.rules.rules_of_policy import read_live_segments
from hub.scripts.script_preview import Previewed
from hub.storage.consent_columns import NewestWish, find_newest
from hub.storage.customers import StoredCustomer
from hub.storage.database import Database
from scripts_library.proposals import MOST_SHOWN, Suggested
from scripts_library.script_parts import END, Place, Propose, Script, Step, Way
from scripts_library.walking import WALKER

_PURPOSES: Final = ("service", "marketing", "recording", "page_trail")


async def find_previewed(
    db: Database, book: PolicyBook, script: Script, whom: Previewed, customer_ids: Sequence[str], now: int
) -> Mapping[str, tuple[Suggested, ...]]:
    """By catalogue that the script shows. `customer_ids`: of a chosen customer of whom nothing is hidden; empty: of
    anybody else. `now`: hub time."""
    parts = {part.catalogue: part for step in script.steps for part in step.parts if isinstance(part, Propose)}
    if not parts:
        return {}
    found = {}
    async with db.read(is_snapshot=False) as conn:
        live = await read_live_segments(conn, book.document)
    today = date.fromisoformat(book.day_of(now))
    for name, part in parts.items():
        rules = list(list_proposal_rules(part, live))
        evaluator = Evaluator(RuleSet(rules, book.zone), book)
        one = _describe(whom, book, customer_ids)
        counted = await evaluator.count(db, one, rules, now)
        wishes = [NewestWish(purpose, "given", now) for purpose in _PURPOSES]
        if whom.sight is not None:
            wishes = []
            if customer_ids and reads_consents(rules):
                async with db.read(is_snapshot=False) as conn:
                    wishes = gather_wishes(one, await find_newest(conn, one.ids))
        holds = evaluator.ask(one, rules, counted, now, wishes=wishes).answers
        found[name] = tuple(choose_suggested(part, holds, (), today, now, WALKER))
    return found


def show_catalogue(script: Script) -> Script:
    """A script of one step that shows what this catalogue proposes: a catalogue by itself is walked by nobody."""
    part = Propose(script.id, MOST_SHOWN, script.proposals, script.steps)
    step = Step("catalogue", script.title, (part,), exits=(Way("", END, "", Place()),))
    return replace(script, kind="script", steps=(step,), proposals=())


def _describe(whom: Previewed, book: PolicyBook, customer_ids: Sequence[str]) -> StoredCustomer:
    """As far as whoever previews may see them."""
    facts, sight = whom.facts, whom.sight
    profile: dict[str, Any] = dict(facts.profile)
    if sight is not None:
        profile = {name: value for name, value in profile.items() if not sight.hides(name)}
    first, others = (customer_ids[0], list(customer_ids[1:])) if customer_ids else (WALKER, [])
    return StoredCustomer(
        first,
        facts.name,
        facts.tier,
        facts.language,
        orjson.dumps(profile, default=str).decode(),
        version=1,
        merged_ids=orjson.dumps(others).decode(),
    )
