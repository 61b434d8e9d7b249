"""Publishes a new version of the policy, also while a hub runs. First it checks the version against all open work.

The rule of this file: a version that removes a queue, a channel or a tier is published only if every interaction and
customer in it has a new place. The moves are stored with the version, and the process that takes the version into use
carries them out. Interactions that arrive in between get their place from `hub.routing_process.policy_change`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import orjson

from channels.registry import REGISTRY
from channels.wording import say_count
from hub.open_work.staff import load_staff
from hub.policies.document import PolicyDocument
from hub.policies.document_text import dump_policy
from hub.policies.in_force import PolicyBook, PolicyMoves
from hub.policies.named_segments import check_policy
from hub.policies.stored_versions import add_version, load_book
from hub.policies.used_attributes import check_called, check_scripts, check_segments
from hub.storage import audit, customers, inbox, interactions, lease, policies, script_versions, segments
from hub.storage.audit import Entry
from hub.storage.connection import StorageError
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, PolicyPublished
from hub.storage.inbox import Arrival
from routing.model import ChannelName, Micros

NO_MOVES = PolicyMoves()


class NoPlace(StorageError):
    """The policy was not published. The text says why, which work has no place, and what to type."""


class PolicyMoved(StorageError):
    """The policy was not published: there is a newer version than the one that was changed."""


@dataclass(frozen=True, slots=True)
class OpenWork:
    """How many open interactions there are of one kind. A customer who waits for a callback needs a queue that calls
    back."""

    queue: str
    channel: ChannelName
    tier: str
    is_to_be_called: bool
    count: int

    @property
    def kind(self) -> str:
        return f"{self.channel} to be called back" if self.is_to_be_called else str(self.channel)


async def apply_policy(
    db: Database,
    document: PolicyDocument,
    now: Micros,
    by: str,
    moves: PolicyMoves = NO_MOVES,
    *,
    seen: int | None = None,
    note: Entry | None = None,
) -> int | None:
    """Store a new version and notify the running hub, in one transaction. Return the version, or None if the newest
    one is the same. `seen`: the version that was changed, which must still be the newest. `note`: for the trail, in
    the same transaction. Raises `NoPlace`, `AttributeInUse`, `SegmentMissing` and `PolicyMoved`."""
    tiers = [tier.id for tier in document.tiers]
    async with db.read() as conn:  # before the transaction: there may be very many, and a policy takes long to read
        book = await load_book(conn)
        by_tier = await customers.count_by_tier(conn, except_for=tiers, with_merged=True)
        known = await segments.list_all(conn)
        scripts = {one.file: one.source for one in await script_versions.list_files(conn)}
    if book is not None:
        check_scripts(scripts, book.document, document)
        check_called(scripts, book.document, document)
        in_use = {one.id: one.definition for one in known if one.state != segments.RETIRED}
        check_segments(in_use, book.document, document)
        check_policy(document, {one.id: one.definition for one in known if one.state == segments.LIVE})

    async def unit(conn: Connection) -> int | None:
        newest = await load_book(conn)
        if seen is not None and (newest is None or newest.version != seen):
            raise PolicyMoved(seen)
        if newest is not None and dump_policy(newest.document) == dump_policy(document) and moves == NO_MOVES:
            return None
        in_force = await lease.find_policy_in_force(conn)
        book = PolicyBook(0, document, moves)
        if newest is not None:
            book = replace(book, moves=_keep_moves(newest, document, moves, is_pending=newest.version != in_force))
        _check(newest, book, moves, await _read_open_work(conn), by_tier)
        kept = (
            policies.NO_MOVES
            if book.moves == NO_MOVES
            else orjson.dumps(book.moves, option=orjson.OPT_SORT_KEYS).decode()
        )
        version = await add_version(conn, document, now, by, kept)
        if version is not None:
            body = ARRIVALS.encode(PolicyPublished(version))
            await inbox.put(conn, [Arrival(f"policy:{version}", PolicyPublished.__name__, body, now)])
            await audit.add(conn, [note] if note is not None else [])
        return version

    return await db.write(unit)


async def _read_open_work(conn: Connection) -> list[OpenWork]:
    return [
        OpenWork(one.queue, ChannelName(one.channel), one.tier, one.is_to_be_called, one.count)
        for one in await interactions.count_open(conn)
    ]


def _keep_moves(newest: PolicyBook, document: PolicyDocument, moves: PolicyMoves, *, is_pending: bool) -> PolicyMoves:
    """The new moves, and those earlier ones that may still be needed: moves out of a removed queue or tier, and every
    move of the newest version if no hub has taken it into use yet (`is_pending`)."""
    queues, tiers = {queue.id for queue in document.queues}, {tier.id for tier in document.tiers}
    kept_queues = {k: v for k, v in newest.moves.queues.items() if is_pending or k.partition("/")[0] not in queues}
    kept_tiers = {k: v for k, v in newest.moves.tiers.items() if is_pending or k not in tiers}
    return PolicyMoves({**kept_queues, **moves.queues}, {**kept_tiers, **moves.tiers})


# ---- what is wrong, in sentences -----------------------------------------------------------------------------------


def _check(
    newest: PolicyBook | None,
    book: PolicyBook,
    moves: PolicyMoves,
    work: list[OpenWork],
    customers: Mapping[str, int],
) -> None:
    unplaced = [one for one in work if book.find_moved(one.queue, one.channel, one.is_to_be_called) is None]
    unknown = {one.tier for one in work} | customers.keys()
    lost = sorted(tier for tier in unknown if book.find_moved_tier(tier) is None)
    old_queues, old_tiers = _find_known(newest)
    wrong = [
        *_check_queue_moves(book, moves, work, old_queues | {one.queue for one in work}),
        *_check_tier_moves(book, moves, old_tiers | unknown),
    ]
    if wrong:
        raise NoPlace("\n".join(["The policy was not published.", *wrong]))
    if unplaced or lost:
        raise NoPlace("\n".join(_say_unplaced(book, moves, unplaced, lost, work, customers)))


def _find_known(newest: PolicyBook | None) -> tuple[set[str], set[str]]:
    """The queues and the tiers that the newest version has or moves."""
    if newest is None:
        return set(), set()
    queues = {queue.id for queue in newest.document.queues} | {key.partition("/")[0] for key in newest.moves.queues}
    return queues, {tier.id for tier in newest.document.tiers} | newest.moves.tiers.keys()


def _check_queue_moves(
    book: PolicyBook, moves: PolicyMoves, work: list[OpenWork], known: Iterable[str]
) -> Iterator[str]:
    for key, target in moves.queues.items():
        said, (source, _, channel) = f"--move {key}={target}", key.partition("/")
        if source not in known:
            yield f'{said}: there is no queue "{source}".'
        elif channel and channel not in REGISTRY:
            yield f'{said}: there is no channel "{channel}". The channels are {_join(REGISTRY)}.'
        elif book.find_queue(target) is None:
            queues = _join(queue.id for queue in book.document.queues)
            yield f'{said}: this policy has no queue "{target}". It has {queues}.'
        else:
            mine = [one for one in work if one.queue == source and channel in ("", one.channel)]
            homeless = [one for one in mine if not book.takes(source, one.channel, one.is_to_be_called)]
            if book.find_queue(source) is not None and not homeless:
                yield (
                    f'{said}: "{source}" stays in the policy and keeps its interactions. Take this option away. '
                    "A supervisor can move single interactions on the wallboard."
                )
            yield from (_say_refused(said, target, one, book) for one in homeless if not _goes_to(book, one, target))


def _goes_to(book: PolicyBook, one: OpenWork, target: str) -> bool:
    """Whether the interactions fit into `target`, or another move decides about them: a channel may have its own."""
    named = book.moves.queues.get(f"{one.queue}/{one.channel}", book.moves.queues.get(one.queue))
    return named != target or book.takes(target, one.channel, one.is_to_be_called)


def _say_refused(said: str, target: str, one: OpenWork, book: PolicyBook) -> str:
    if book.takes(target, one.channel, False):
        waiting = say_count(one.count, "interaction waits", "interactions wait")
        what = f'has no callback, and in "{one.queue}" {waiting} for one. Name a queue that has one.'
        return f'{said}: "{target}" {what}'
    what = f'does not take {one.channel}, and "{one.queue}" has {one.count} open. Name a queue that does.'
    return f'{said}: "{target}" {what}'


def _check_tier_moves(book: PolicyBook, moves: PolicyMoves, known: Iterable[str]) -> Iterator[str]:
    tiers = [tier.id for tier in book.document.tiers]
    for source, target in moves.tiers.items():
        said = f"--move-tier {source}={target}"
        if source not in known:
            yield f'{said}: there is no tier "{source}".'
        elif source in tiers:
            yield f'{said}: "{source}" stays in the policy, and its customers keep it. Take this option away.'
        elif target not in tiers:
            yield f'{said}: this policy has no tier "{target}". It has {_join(tiers)}.'


def _say_unplaced(
    book: PolicyBook,
    moves: PolicyMoves,
    unplaced: list[OpenWork],
    lost: list[str],
    work: list[OpenWork],
    customers: Mapping[str, int],
) -> Iterator[str]:
    yield "The policy was not published: it has no place for this open work or these customers."
    kinds = dict.fromkeys((one.queue, one.kind) for one in unplaced)
    for queue, kind in kinds:
        mine = [one for one in unplaced if (one.queue, one.kind) == (queue, kind)]
        count, of_tiers = sum(one.count for one in mine), ", ".join(f"{one.count} {one.tier}" for one in mine)
        yield f'  queue "{queue}", {kind}: {count} open ({of_tiers}); {_say_why(book, mine[0])}'
    for tier in lost:
        count = sum(one.count for one in work if one.tier == tier)
        of_them = say_count(customers.get(tier, 0), "customer")
        yield f'  tier "{tier}": {count} open, {of_them}; the policy has no such tier'
    words, hints = list[str](), list[str]()
    for queue in dict.fromkeys(one.queue for one in unplaced):
        _suggest(book, queue, [one for one in unplaced if one.queue == queue], words, hints)
    words += [f"--move {key}={target}" for key, target in moves.queues.items()]
    words += [f"--move-tier {source}={target}" for source, target in moves.tiers.items()]
    tiers = [tier.id for tier in book.document.tiers]
    words += [f"--move-tier {tier}={book.document.default_tier}" for tier in lost]
    hints += [f'"{tier}" may become {_join(tiers, "or")}.' for tier in lost]
    if words:
        yield "Name the new queue or tier, for example:"
        yield f"  python -m hub apply {' '.join(words)}"
    yield from hints


def _suggest(book: PolicyBook, queue: str, mine: list[OpenWork], words: list[str], hints: list[str]) -> None:
    """Add a move of the whole queue if one queue can take all of it, else a move for each channel."""
    parts = [(queue, mine)]
    if not _find_targets(book, mine):
        channels = dict.fromkeys(one.channel for one in mine)
        parts = [(f"{queue}/{channel}", [one for one in mine if one.channel == channel]) for channel in channels]
    for key, some in parts:
        targets = _find_targets(book, some)
        if targets:
            words.append(f"--move {key}={targets[0]}")
            hints.append(f'"{key}" may go to {_join(targets, "or")}.')
        else:
            wanted = "calls back" if any(one.is_to_be_called for one in some) else f"takes {some[0].channel}"
            hints.append(
                f'No queue of this policy {wanted}: keep one that does until all interactions in "{key}" are closed.'
            )


def _find_targets(book: PolicyBook, work: list[OpenWork]) -> list[str]:
    queues = (queue.id for queue in book.document.queues)
    return [queue for queue in queues if all(book.takes(queue, one.channel, one.is_to_be_called) for one in work)]


def _say_why(book: PolicyBook, one: OpenWork) -> str:
    if book.find_queue(one.queue) is None:
        return "the policy has no such queue"
    if book.takes(one.queue, one.channel, False):
        return "the queue calls nobody back"
    return f"the queue does not take {one.channel}"


def _join(words: Iterable[str], last: str = "and") -> str:
    *first, end = [str(word) for word in words]
    return f"{', '.join(first)} {last} {end}" if first else end


async def say_unserved(db: Database, document: PolicyDocument) -> list[str]:
    """A line for each agent whose profile names a queue that the policy lacks. It names the queues that they keep."""
    async with db.read() as conn:
        staff = await load_staff(conn)
    queues = {queue.id for queue in document.queues}
    lines = []
    for member in sorted(staff.values(), key=lambda one: one.id):
        named = member.profile.queues if member.profile is not None else ()
        if gone := [queue for queue in named if queue not in queues]:
            left = [queue for queue in named if queue in queues]
            what = f"still serves {_join(left)}" if left else "serves no queue: give this agent another queue"
            lines.append(f"{member.name} ({member.id}) served {_join(gone)}, and {what}.")
    return lines
