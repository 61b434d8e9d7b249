"""Merging two customers into one, and undoing it.

The rule of this file: everything is checked and written in one transaction, under a lock on the rows of all customers
in it; it writes a few rows, however much was said (`hub.storage.merges`). The one who stands for the others is the
*winner*. Both screens of two people who merge at once saw versions; the second is refused as `stale`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from hub.customers.merge_preview import find_fixed_tiers
from hub.customers.merged_values import MERGE, Family
from hub.policies.in_force import PolicyBook
from hub.storage import merges, possible_matches, profiles, segment_members
from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection
from hub.storage.merges import COLUMNS, TIER, LoggedValue, Merge, MergedCustomer
from hub.storage.profiles import ValueChange
from hub.storage.rule_due import ALL, mark_due
from hub.storage.search_index import index_customers
from routing.model import Micros

MOST: Final = 50  # customers who are one: more are an error of an import
_LAST: Final = 2**62
LEFT_BY_MERGE: Final = "merged"  # the clause with which they leave their segments
STAGE: Final = "stage"
PROSPECT: Final = "prospect"
STRICT: Final = "do_not_"  # yes/no attributes whose names begin so: whoever forbids it wins

Choice = Literal["winner", "loser", "both"]
Why = Literal["only", "same", "newest", "both", "stricter", "better_tier", "override", "winner", "customer", "unseen"]


class MergeRefused(Exception):
    """`code`: unknown, same, stale, merged (into another already), too_many, undone, invalid (with `field`)."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code, self.field = code, field


@dataclass(frozen=True, slots=True)
class FieldPreview:
    """One value of both sides, as JSON has it, and which the merge takes if nobody chooses, and why."""

    name: str
    winners: Any
    losers: Any
    choice: Choice
    why: Why


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is merged into whom. `versions`: by customer, as the screen saw them. `choices`: by field; others follow
    the rules."""

    winner_id: str
    loser_id: str
    versions: Mapping[str, int]
    choices: Mapping[str, Choice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Undoing:
    """What an undo does. `back`: by field, the value of the winner's that comes back; `stays`: by field, what was
    changed since and stays with `winner_id`. `parted`: the ids that stand with the loser from there on."""

    merge: Merge
    winner_id: str
    back: Mapping[str, Any]
    stays: Mapping[str, LoggedValue]
    parted: tuple[str, ...]


async def load_family(connection: Connection, ids: Collection[str], *, is_locked: bool) -> Family:
    """Everybody who is one with these customers. Raises MergeRefused("unknown")."""
    first = await merges.find(connection, ids)
    if set(ids) - set(first):
        raise MergeRefused("unknown")
    heads = await merges.find(connection, {one.merged_into or one.id for one in first.values()})
    every = {each for one in heads.values() for each in (one.id, *one.merged_ids)}
    customers = await (merges.lock if is_locked else merges.find)(connection, every | set(ids))
    known = {name for one in customers.values() for name in one.values} | set(COLUMNS)
    return Family(
        customers,
        await merges.list_in_force(connection, customers),
        await merges.list_values(connection, customers, known),
    )


async def list_overridden(connection: Connection, ids: Collection[str], now: Micros) -> set[str]:
    """Those of these customers whose tier a person has fixed, which outweighs a choice."""
    return set(await find_fixed_tiers(connection, ids, now))


def preview(
    family: Family, winner_id: str, loser_id: str, book: PolicyBook, overridden: Collection[str] = ()
) -> list[FieldPreview]:
    """Every value that one of the two has, in the order of the card. `overridden`: whose tier a person has fixed."""
    winner, loser = family.customers[winner_id], family.customers[loser_id]
    names = [*COLUMNS, *book.attributes]
    names += sorted({*winner.values, *loser.values} - set(names))
    shown = []
    for name in names:
        mine, theirs = winner.values.get(name), loser.values.get(name)
        if mine is None and theirs is None:
            continue
        choice, why = _decide(family, winner, loser, name, book, overridden)
        shown.append(FieldPreview(name, mine, theirs, choice, why))
    return shown


def _decide(
    family: Family,
    winner: MergedCustomer,
    loser: MergedCustomer,
    name: str,
    book: PolicyBook,
    overridden: Collection[str],
) -> tuple[Choice, Why]:
    mine, theirs = winner.values.get(name), loser.values.get(name)
    if mine is None or theirs is None:
        return ("loser" if mine is None else "winner"), "only"
    if mine == theirs:
        return "winner", "same"
    if name == "tier":
        if overridden:
            return ("winner" if winner.id in overridden else "loser"), "override"
        order = {tier.id: tier.order for tier in book.document.tiers}
        is_better = order.get(theirs, -1) > order.get(mine, -1)
        return ("loser" if is_better else "winner"), "better_tier"
    if isinstance(mine, list) and isinstance(theirs, list):
        return "both", "both"
    if name == STAGE and PROSPECT in (mine, theirs):  # a rule may have said so of a stranger a moment ago
        return ("loser" if mine == PROSPECT else "winner"), "customer"
    if name.startswith(STRICT) and isinstance(mine, bool):
        return ("winner" if mine else "loser"), "stricter"
    newest = [family.find_newest(one.id, name) for one in (winner, loser)]
    if newest == [0, 0]:
        return "winner", "winner"
    return ("loser" if newest[1] > newest[0] else "winner"), "newest"


async def merge(
    connection: Connection,
    wish: Wish,
    merge_id: str,
    now: Micros,
    by: str,
    book: PolicyBook,
) -> Merge:
    """Raises MergeRefused, and then nothing is written."""
    if wish.winner_id == wish.loser_id:
        raise MergeRefused("same")
    family = await load_family(connection, (wish.winner_id, wish.loser_id), is_locked=True)
    winner, loser = family.customers[wish.winner_id], family.customers[wish.loser_id]
    if winner.merged_into == loser.id or loser.merged_into == winner.id:
        raise MergeRefused("same")
    if winner.merged_into is not None or loser.merged_into is not None:
        raise MergeRefused("merged")
    if any(wish.versions.get(one.id) != one.version for one in (winner, loser)):
        raise MergeRefused("stale")
    if len(winner.merged_ids) + len(loser.merged_ids) + 2 > MOST:
        raise MergeRefused("too_many")
    overridden = await list_overridden(connection, (winner.id, loser.id), now)
    fields = preview(family, winner.id, loser.id, book, overridden)
    if any(one.why == "override" and wish.choices.get(one.name, one.choice) != one.choice for one in fields):
        raise MergeRefused("invalid", TIER)
    if unknown := set(wish.choices) - {one.name for one in fields}:
        raise MergeRefused("invalid", min(unknown))
    family = await _note_unlogged(connection, family, (winner.id, loser.id), now)
    choices = {one.name: wish.choices.get(one.name, one.choice) for one in fields}
    newest = await merges.find_newest_change(connection)
    made = Merge(merge_id, winner.id, loser.id, now, by, choices, newest, seq=_LAST)
    await merges.add(connection, made)
    after = family.add(made)
    await _set_values(connection, after, winner.id, list(choices), made, now, by, book)
    await _set_standing(connection, after, [winner.id])
    await possible_matches.forget_open(connection, loser.id)
    await segment_members.leave_all(connection, loser.id, LEFT_BY_MERGE, now)
    await index_customers(connection, [winner.id, loser.id])
    await mark_due(connection, {winner.id: [ALL]}, now)
    await announce_changes(connection, after.customers, now)
    return made


async def find_undoing(connection: Connection, merge_id: str, *, is_locked: bool = False) -> tuple[Undoing, Family]:
    """What the undo of this merge would do at this moment, and the family without it. Raises MergeRefused."""
    made = await merges.find_merge(connection, merge_id)
    if made is None:
        raise MergeRefused("unknown")
    if made.undone_at is not None:
        raise MergeRefused("undone")
    family = await load_family(connection, (made.loser_id,), is_locked=is_locked)
    if all(one.id != merge_id for one in family.merges):
        raise MergeRefused("undone")
    above = family.list_above(made.winner_id)
    parted = (made.loser_id, *family.list_standing(made.loser_id))
    without = family.remove(merge_id)
    head = above[-1]
    back = {
        name: value
        for name in made.choices
        if (value := without.find_value(head, name)) != family.customers[head].values.get(name)
        and not _is_unlogged(family, head, name)
    }
    return Undoing(made, head, back, family.list_changed_since(made), parted), without


async def undo(connection: Connection, merge_id: str, now: Micros, by: str, book: PolicyBook) -> Undoing:
    """Both are as they were; what was changed since stays with the winner. Raises MergeRefused."""
    done, without = await find_undoing(connection, merge_id, is_locked=True)
    if not await merges.end(connection, merge_id, now, by):
        raise MergeRefused("undone")
    with_it = replace(without, merges=[*without.merges, done.merge])
    for each in with_it.list_above(done.merge.winner_id):
        names = [name for name in done.merge.choices if not _is_unlogged(with_it, each, name)]
        await _set_values(connection, without, each, names, done.merge, now, by, book)
    await _set_standing(connection, without, [done.winner_id, done.merge.loser_id])
    await index_customers(connection, [done.winner_id, done.merge.loser_id])
    await possible_matches.note_parted(connection, done.merge.winner_id, done.merge.loser_id, now, by)
    await mark_due(connection, {done.winner_id: [ALL], done.merge.loser_id: [ALL]}, now)
    await announce_changes(connection, without.customers, now)
    return done


def _is_unlogged(family: Family, customer_id: str, name: str) -> bool:
    """Whether a column was changed without a row of history, as rules change tiers."""
    if name not in COLUMNS:
        return False
    return bool(family.find_value(customer_id, name) != family.customers[customer_id].values.get(name))


async def _note_unlogged(connection: Connection, family: Family, ids: Collection[str], now: Micros) -> Family:
    """Give what was changed without a row of history its row, so that the fold of the history has it."""
    noted = [(each, name) for each in ids for name in COLUMNS if _is_unlogged(family, each, name)]
    for each, name in noted:
        old, new = family.find_value(each, name), family.customers[each].values.get(name)
        await merges.note_value(connection, each, name, old, new, {"at": now, "changed_by": "rule"})
    if not noted:
        return family
    names = {name for _, name in noted}
    return replace(family, log={**family.log, **await merges.list_values(connection, family.customers, names)})


async def _set_values(
    connection: Connection,
    family: Family,
    customer_id: str,
    names: Collection[str],
    of: Merge,
    now: Micros,
    by: str,
    book: PolicyBook,
) -> None:
    """Let the row of this customer have these values as the family gives them."""
    own = family.customers[customer_id].values
    new = {name: value for name in names if (value := family.find_value(customer_id, name)) != own.get(name)}
    log = {"at": now, "changed_by": MERGE, "changer_id": by, "source": of.id}
    if (tier := new.pop(TIER, None)) is not None:
        await merges.change_tier(connection, customer_id, own[TIER], tier, log)
    await profiles.change_profiles(
        connection,
        [
            ValueChange(
                customer_id=customer_id,
                name=name,
                new=value,
                known=book.attributes[name].read(value) if value is not None and name in book.attributes else None,
                at=now,
                changed_by=MERGE,
                changer_id=by,
                source=of.id,
            )
            for name, value in new.items()
        ],
    )


async def _set_standing(connection: Connection, family: Family, heads: Collection[str]) -> None:
    stands: dict[str, tuple[str | None, list[str]]] = {}
    for head in heads:
        above = family.list_above(head)[-1]
        below = family.list_standing(above)
        stands[above] = (None, below)
        stands |= {each: (above, family.list_standing(each)) for each in below}
    await merges.set_standing(connection, stands)
