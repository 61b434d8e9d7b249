"""Chooses what suits a customer, where a step that has come onto a desk in this batch shows proposals.

The rule of this file: nothing is read where no step asks. What this batch has learned of the customer is newer than
what is stored. A rule that cannot be asked, or whose answer is not known, holds for nobody. What was chosen stays in
the run, so the same step shows the same on every screen and after a restart.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import orjson

from agent_console.events import ScriptChanged
from hub.batch.batch import Batch
from hub.open_work.floor import Customer, OpenInteraction, Running
from hub.rules.evaluating import Evaluator, gather_wishes
from hub.rules.proposal_rules import choose_suggested, list_proposal_rules
from hub.rules.rule_set import Rule, RuleSet, reads_consents
from hub.rules.rules_of_policy import read_live_segments
from hub.scripts.proposal_rows import keep_rows
from hub.scripts.run_writes import change_run
from hub.storage import given_proposals
from hub.storage.consent_columns import NewestWish, find_newest
from hub.storage.customers import StoredCustomer
from hub.storage.database import Database
from hub.storage.given_proposals import EarlierReply
from routing.model import Micros
from scripts_library.proposals import Replied, Suggested
from scripts_library.script_parts import Propose
from scripts_library.suggestions import find_unchosen, list_suggested, note_suggested


async def propose(db: Database, batch: Batch) -> None:
    """Choose for every step of this batch that shows proposals, and show them to whoever has the interaction."""
    for interaction, part in _list_waiting(batch):
        chosen = await _choose(db, batch, interaction, part)
        running = interaction.running
        if running is None:
            continue
        change_run(
            batch.writes, interaction, Running(running.script, note_suggested(running.run, part.catalogue, chosen))
        )
        keep_rows(batch.writes, interaction, part)
        if (view := batch.view_script(interaction)) is not None:
            batch.tell_holder(interaction, ScriptChanged(interaction_id=interaction.id, script=view))


def _list_waiting(batch: Batch) -> list[tuple[OpenInteraction, Propose]]:
    ids = dict.fromkeys(key[0] for key in (*batch.writes.script_runs, *batch.writes.script_runs_changed))
    found = []
    for interaction in (batch.floor.interactions.get(one) for one in ids):
        running = interaction.running if interaction is not None and interaction.is_held else None
        part = find_unchosen(running.run, running.script) if running is not None else None
        if interaction is not None and part is not None:
            found.append((interaction, part))
    return found


async def _choose(db: Database, batch: Batch, interaction: OpenInteraction, part: Propose) -> list[Suggested]:
    customer, today = interaction.customer, date.fromisoformat(batch.book.day_of(batch.now))
    async with db.read(is_snapshot=False) as conn:
        live = await read_live_segments(conn, batch.book.document)
        earlier = await given_proposals.list_replies(conn, customer.ids)
    rules = list(list_proposal_rules(part, live))
    holds = await _ask(db, batch, customer, rules)
    said = [*(_read(batch, one) for one in earlier), *_list_elsewhere(batch, interaction)]
    return choose_suggested(part, holds, said, today, batch.now, interaction.agent_id or "")


async def _ask(db: Database, batch: Batch, customer: Customer, rules: Sequence[Rule]) -> Mapping[str, bool | None]:
    """By rule: whether it holds for this customer."""
    evaluator = Evaluator(RuleSet(rules, batch.book.zone), batch.book)
    one = StoredCustomer(
        customer.id,
        customer.name,
        customer.tier,
        customer.language,
        orjson.dumps(customer.profile).decode(),
        version=1,
        merged_ids=orjson.dumps(customer.merged_ids).decode(),
    )
    counted = await evaluator.count(db, one, rules, batch.now)
    wishes: list[NewestWish] = []
    if reads_consents(rules):
        async with db.read(is_snapshot=False) as conn:
            wishes = gather_wishes(one, await find_newest(conn, one.ids))
        wishes = _hear(batch, customer, wishes)
    return evaluator.ask(one, rules, counted, batch.now, wishes=wishes).answers


def _hear(batch: Batch, customer: Customer, stored: Sequence[NewestWish]) -> list[NewestWish]:
    """What this batch has heard of a purpose stands for all that was said of it before."""
    heard = {
        one.purpose: NewestWish(one.purpose, one.act, one.at)
        for one in batch.writes.consents
        if one.customer_id in customer.ids and one.act != "asked"
    }
    return [*(one for one in stored if one.purpose not in heard), *heard.values()]


def _read(batch: Batch, one: EarlierReply) -> Replied:
    until = date.fromisoformat(one.until) if one.until else None
    return Replied(one.proposal, one.reply, _day_of(batch, one.at), one.at, until)


def _list_elsewhere(batch: Batch, interaction: OpenInteraction) -> Iterable[Replied]:
    """What the customer said in open interactions, and in other scripts of this one."""
    for other in batch.floor.interactions.values():
        if other.customer.id == interaction.customer.id and other.runs:
            for one in list_suggested(running.run for running in other.runs.values()).values():
                if one.reply:
                    until = date.fromisoformat(one.until) if one.until else None
                    yield Replied(one.id, one.reply, _day_of(batch, one.replied_at), one.replied_at, until)


def _day_of(batch: Batch, at: Micros) -> date:
    return date.fromisoformat(batch.book.day_of(at))
