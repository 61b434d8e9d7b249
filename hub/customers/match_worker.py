"""Looks for others who may be the same person as whoever has become known or has changed.

The rule of this file: slices, taken in turn with those of the rules. It reads without a transaction, and one short
write stores keys, pairs and how far it has come. Whoever changes in between is looked at again. It asks nobody: a
person confirms or refuses a pair.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from hub.clock import Clock
from hub.customers.likeness import Likeness, Refusal, list_keys, rank
from hub.storage import customers, merges, possible_matches
from hub.storage.changed_customers import announce_changes
from hub.storage.database import Connection, Database
from hub.storage.possible_matches import Pair, order
from hub.storage.profiles import BIRTHDAY
from routing.model import Micros

SLICE: Final = 16  # customers of one write: well under 50 ms (P11)
MOST_COMPARED: Final = 200  # others with whom one customer is compared
MOST_KEPT: Final = 10  # of one customer
NUMBER, MAILBOX = "phone", "email"  # kinds of addresses

Families = Mapping[str, Sequence[str]]  # by the one who stands for all: their ids


class MatchWorker:
    def __init__(self, db: Database, clock: Clock, on_stored: Callable[[], None] = lambda: None) -> None:
        """`on_stored`: called after a write that an open page shows."""
        self._db, self._clock, self._on_stored = db, clock, on_stored

    async def work_once(self) -> bool:
        """Look at the next few who have changed. False: nobody has. Raises StorageUnavailable."""
        async with self._db.read(is_snapshot=False) as connection:
            changed = await possible_matches.list_unmatched(connection, SLICE)
            if not changed:
                return False
            families = await _load_families(connection, [one.customer_id for one in changed])
            known = await load_likenesses(connection, families)
            keys = {each: list_keys(one) for each, one in known.items()}
            others = await _find_others(connection, keys)
            more = await _load_families(connection, {each for some in others.values() for each in some} - set(known))
            every = known | await load_likenesses(connection, more)
            pairs = await possible_matches.list_pairs(connection, [each for ids in families.values() for each in ids])
        now = self._clock.now()
        found, gone = _decide(known, every, others, pairs, {**families, **more}, now)
        open_before = {(one.one_id, one.other_id) for one in pairs if one.refused_at is None}
        turned = open_before ^ (open_before - set(gone) | {(one.one_id, one.other_id) for one in found})

        async def unit(connection: Connection) -> None:
            await possible_matches.set_keys(connection, keys)
            await possible_matches.put_pairs(connection, found, gone)
            await possible_matches.note_matched(connection, changed)
            await announce_changes(connection, {each for pair in turned for each in pair}, now)

        await self._db.write(unit)
        if turned:
            self._on_stored()
        return True


async def _load_families(connection: Connection, heads: Collection[str]) -> dict[str, Sequence[str]]:
    return {each: one.ids for each, one in (await customers.find(connection, heads)).items()} if heads else {}


async def load_likenesses(connection: Connection, families: Families) -> dict[str, Likeness]:
    """What is compared of each, with everything of those for whom they stand."""
    ids = [each for some in families.values() for each in some]
    if not ids:
        return {}
    people = await merges.find(connection, ids)
    belongings = await possible_matches.find_belongings(connection, ids)
    addresses: dict[str, list[tuple[str, str]]] = {}
    for one in await customers.list_addresses(connection, ids):
        addresses.setdefault(one.customer_id, []).append((one.kind, one.address))
    likenesses = {}
    for head, some in families.items():
        values = [people[each].values for each in some if each in people]
        known = [one for each in some for one in addresses.get(each, ())]
        likenesses[head] = Likeness(
            head,
            names=[str(one["name"]) for one in values if one.get("name")],
            numbers=[address for kind, address in known if kind == NUMBER],
            mailboxes=[address for kind, address in known if kind == MAILBOX],
            accounts=[number for each in some for number in belongings[each].accounts if number],
            birthdays=[str(one[BIRTHDAY]) for one in values if one.get(BIRTHDAY)],
            household=[other for each in some for other in belongings[each].household],
        )
    return likenesses


async def _find_others(connection: Connection, keys: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """By customer: those with a key in common. The keys of this slice are not stored yet."""
    sharing = await possible_matches.find_sharing(connection, {key for some in keys.values() for key in some})
    for each, some in keys.items():
        for key in some & set(sharing):
            sharing[key].add(each)
    fresh: dict[str, set[str]] = {}
    for each, some in keys.items():
        for key in some - set(sharing):
            fresh.setdefault(key, set()).add(each)
    of_all = {**fresh, **sharing}
    found = {}
    for each, some in keys.items():
        alike = {other for key in some for other in of_all.get(key, ())} - {each}
        found[each] = sorted(alike)[:MOST_COMPARED]
    return found


def _decide(
    known: Mapping[str, Likeness],
    every: Mapping[str, Likeness],
    others: Mapping[str, Sequence[str]],
    pairs: Sequence[Pair],
    families: Families,
    now: Micros,
) -> tuple[list[Pair], list[tuple[str, str]]]:
    """The pairs to keep, and those that are open and were not found again."""
    head_of = {each: head for head, some in families.items() for each in some}
    found: dict[tuple[str, str], Pair] = {}
    gone: set[tuple[str, str]] = set()
    for each, one in known.items():
        of_them = [pair for pair in pairs if each in (head_of.get(pair.one_id), head_of.get(pair.other_id))]
        refusals = [
            Refusal(head_of.get(other, other), frozenset(pair.reasons))
            for pair in of_them
            if pair.refused_at is not None
            for other in (pair.one_id, pair.other_id)
            if head_of.get(other) != each
        ]
        compared = (every[other] for other in others[each] if other in every)
        for maybe in rank(one, compared, refusals, MOST_KEPT):
            ids = order(each, maybe.customer_id)
            found[ids] = Pair(*ids, maybe.score, maybe.reasons, now)
        gone.update((pair.one_id, pair.other_id) for pair in of_them if pair.refused_at is None)
    return list(found.values()), sorted(gone - set(found))
