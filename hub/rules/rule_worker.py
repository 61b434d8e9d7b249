"""Asks the rules anew about whoever is due, in the process that routes, as long as it does.

The rule of this file: slices. Facts are read and rules asked without a transaction; one short write then stores what
follows and takes the customers off the due list, all or nothing. Whoever changed in between stays due. So it may be
killed at any statement, and is never needed twice.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import structlog

from hub.clock import Clock
from hub.policies.stored_versions import load_book
from hub.rules.delay_measuring import RuleDelays
from hub.rules.evaluating import Asked, Decision, Evaluator, RuleUser
from hub.rules.rule_set import Rule, RuleSet
from hub.storage import lease, rule_due, rule_rounds
from hub.storage.database import Connection, Database, StorageUnavailable
from hub.storage.rule_due import Due, Settled
from routing.model import SECOND

SLICE: Final = 25  # customers of one write: well under 50 ms (P11)
QUIET_SLICE: Final = 50  # the same while there is no live work, which would wait for it
MARKED_AT_ONCE: Final = 200  # customers of a round: whoever changes meanwhile waits for no more
POLL_SECONDS: Final = 0.25  # other processes change customers too
GATHER_SECONDS: Final = 0.1  # customers change one by one, and are asked about together: a tenth of what P11 allows
AWAY_SECONDS: Final = 0.5
PAUSE_SHARE: Final = 0.5  # of the time that a slice took: live work comes first
BEHIND_SHARE: Final = 2.0  # the same while thousands are due who changed together: live work must not wait for them
QUIET_SHARE: Final = 0.1  # the same while there is no live work
LIVE_FOR: Final = 5 * SECOND  # after an interaction went on: the next one is soon

log = structlog.get_logger()


class RuleWorker:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        users: Sequence[RuleUser],
        on_stored: Callable[[], None] = lambda: None,
        work_idle: Sequence[Callable[[], Awaitable[bool]]] = (),
        work_beside: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """`on_stored`: called after each write; live work may have to hear of it. `work_beside`: has a slice after
        each slice of other work, however many are due. `work_idle`: a little work each for when nobody is due, the
        most urgent first. Each returns whether it did something."""
        self._db, self._clock, self._users = db, clock, tuple(users)
        self._delays = RuleDelays(db, clock)
        self._on_stored, self._work_idle, self._work_beside = on_stored, work_idle, work_beside
        self._awake = asyncio.Event()
        self._evaluator: Evaluator | None = None
        self._owned: tuple[frozenset[str], ...] = ()  # for each user: the ids of its rules
        self._known_as: object = None
        self._fingerprint = ""
        self._signed_round: str | None = None  # the rules about which all customers have been asked
        self._look_at = 0.0
        self._due: Sequence[Due] = ()  # of the last slice
        self._most = SLICE  # customers of the last slice at most
        self._is_going_round = True
        self._live_until = 0

    @property
    def evaluator(self) -> Evaluator | None:
        """Of the rules as they were read last; None: they were not read yet."""
        return self._evaluator

    def wake(self, is_live: bool = False) -> None:
        """Somebody may be due. `is_live`: an interaction went on, so for a while most of the time is left to live
        work."""
        if is_live:
            self._live_until = self._clock.now() + LIVE_FOR
        self._awake.set()

    def look_again(self) -> None:
        """Rules have changed: read them at once. Without this they are read within POLL_SECONDS."""
        self._look_at = 0.0
        self._awake.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._awake.clear()
            began = time.monotonic()
            try:
                worked = await self.work_once()
            except StorageUnavailable as error:
                log.warning("rules wait for the database", error=str(error))
                await asyncio.sleep(AWAY_SECONDS)
                continue
            if worked:
                await asyncio.sleep(self.choose_pause(time.monotonic() - began))
            else:
                await self._sleep()

    def choose_pause(self, took: float) -> float:
        """Seconds until the next slice, after one that took so many seconds."""
        has_more = self._is_going_round or len(self._due) == self._most
        return find_pause(took, self._due, has_more, is_live=self.is_live())

    def is_live(self) -> bool:
        """Whether an interaction went on a moment ago."""
        return self._clock.now() < self._live_until

    async def _sleep(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._awake.wait()
            await asyncio.sleep(GATHER_SECONDS)
        except TimeoutError:
            pass

    async def work_once(self) -> bool:
        """A slice of what is most urgent, and one of the work beside it. False: there was neither. Raises
        StorageUnavailable."""
        worked = await self._work_first()
        if self._work_beside is not None:
            worked = await self._work_beside() or worked
        if not worked:
            await self._delays.store()
        return worked

    async def _work_first(self) -> bool:
        """Ask about the next few customers; other work only if nobody is due."""
        now = self._clock.now()
        async with self._db.read(is_snapshot=False) as connection:
            self._most = SLICE if self.is_live() else QUIET_SLICE
            self._due = due = await rule_due.list_due(connection, now, self._most)
            if due or time.monotonic() >= self._look_at:
                await self._refresh(connection)
        if self._evaluator is None:  # no policy is in force
            return False
        if due:
            await self._work(self._evaluator, due, now)
            return True
        if await self._go_round(self._evaluator, now):
            return True
        for work in self._work_idle:
            if await work():
                return True
        return False

    async def _refresh(self, connection: Connection) -> None:
        """Read the rules again if they have changed."""
        self._look_at = time.monotonic() + POLL_SECONDS
        version = await lease.find_policy_in_force(connection)
        known_as = (version, [await user.find_version(connection) for user in self._users])
        if known_as == self._known_as:
            return
        book = await load_book(connection, version or None)
        if book is None:
            return
        rules = [tuple(await user.read_rules(connection, book)) for user in self._users]
        self._owned = tuple(frozenset(rule.id for rule in some) for some in rules)
        everything = [rule for some in rules for rule in some]
        self._evaluator = Evaluator(RuleSet(everything, book.zone), book)
        self._known_as, self._fingerprint = known_as, _sign(everything, book.document.time_zone)

    async def _work(self, evaluator: Evaluator, every: Sequence[Due], now: int) -> None:
        """What changed of somebody who is merged is asked of the one who stands for them, in the next slice."""
        due, merged = [one for one in every if not one.merged_into], [one for one in every if one.merged_into]
        answers = await evaluator.ask_all(self._db, due, now)
        decisions = await self._decide(answers, now)
        by_id = {one.customer.id: one for one in answers}
        settled = [Settled(one.customer_id, one.marks, _find_next(one, by_id, decisions)) for one in due]
        settled += [Settled(one.customer_id, one.marks, None) for one in merged]
        passed_on = _gather_changes(merged)

        async def unit(connection: Connection) -> None:
            stand = await rule_due.settle(connection, settled)
            await rule_due.mark_due(connection, passed_on, now)
            for user, made in zip(self._users, decisions, strict=True):
                if kept := [one for one in made if one.customer_id in stand]:
                    await user.store(connection, kept, now)

        await self._db.write(unit)
        if any(decisions):
            self._on_stored()
        await self._delays.note(due, now)

    async def _decide(self, answers: Sequence[Asked], now: int) -> list[list[Decision]]:
        """The decisions of each user."""
        decisions: list[list[Decision]] = []
        for user, owned in zip(self._users, self._owned, strict=True):
            mine = [one for one in answers if not owned.isdisjoint(one.answers)]
            made: list[Decision | None] = []
            if mine:
                async with self._db.read(is_snapshot=False) as connection:
                    known = await user.load(connection, [one.customer.id for one in mine], now)
                made = [user.decide(one, known, now) for one in mine]
            decisions.append([one for one in made if one is not None])
        return decisions

    async def _go_round(self, evaluator: Evaluator, now: int) -> bool:
        """Mark the next customers if the rules have changed since all were asked. False: all have been."""
        self._is_going_round = self._signed_round != self._fingerprint and await self._mark_next(evaluator, now)
        return self._is_going_round

    async def _mark_next(self, evaluator: Evaluator, now: int) -> bool:
        async with self._db.read(is_snapshot=False) as connection:
            done = await rule_rounds.find(connection)
        if done is not None and done.rules == self._fingerprint and done.ended_at is not None:
            self._signed_round = self._fingerprint
            return False
        after = done.after_id if done is not None and done.rules == self._fingerprint else ""
        rules = self._fingerprint
        if all(rule.is_counted for rule in evaluator.rules.rules):
            if done is not None:
                await self._db.write(lambda connection: rule_rounds.note_none(connection, rules, now))
            self._signed_round = rules
            return False
        await self._db.write(lambda connection: rule_rounds.mark_next(connection, rules, after, now, MARKED_AT_ONCE))
        return True


def find_pause(took: float, asked: Sequence[Due], has_more: bool, *, is_live: bool) -> float:
    """Seconds until the next slice, after one of these customers that took so many seconds. `has_more`: others wait
    already; else those who change one by one come together meanwhile."""
    is_behind = has_more and not all(one.is_single for one in asked)
    share = QUIET_SHARE if not is_live else BEHIND_SHARE if is_behind else PAUSE_SHARE
    return took * share if has_more or not asked else max(took * share, GATHER_SECONDS)


def _find_next(due: Due, answers: Mapping[str, Asked], decisions: Sequence[Sequence[Decision]]) -> int | None:
    """When time alone may change something of this customer. What was not asked is due as it was before."""
    instants = [due.timed_at] if due.changed and rule_due.ALL not in due.changed else []
    if (asked := answers.get(due.customer_id)) is not None:
        instants.append(asked.next_at)
    instants += [one.due_at for made in decisions for one in made if one.customer_id == due.customer_id]
    return min((at for at in instants if at is not None), default=None)


def _gather_changes(merged: Sequence[Due]) -> dict[str, set[str]]:
    """By the one who stands for them: what changed. Time is looked after for the one who stands."""
    changed: dict[str, set[str]] = {}
    for one in merged:
        changed.setdefault(one.merged_into or one.customer_id, set()).update(one.changed)
    return changed


def _sign(rules: Sequence[Rule], time_zone: str) -> str:
    """A fingerprint: it differs if any rule does."""
    told = "\n".join([time_zone, *(f"{rule.id} {rule.condition!r}" for rule in rules if not rule.is_counted)])
    return hashlib.sha256(told.encode()).hexdigest()
