"""Tiers on the wire: their rules and how many customers have them, who moved, and why one customer has theirs.

The rule of this file: instants are milliseconds of hub time, months are written 2026-11, and numbers count customers.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_console.private_data import Words
from agent_console.views import ChannelView, Names, TierView
from agent_console.wire_model import Wire


class TierLine(Wire):
    """`up`, `keeps`: conditions as the policy has them; empty: there is none. `up_words`, `keeps_words`: the same in
    words."""

    id: str
    names: Names
    order: int
    up: str
    keeps: str
    up_words: str
    keeps_words: str
    minimum_days: int
    customers: int


class MovedInMonth(Wire):
    month: str
    old: str
    new: str
    count: int
    is_up: bool


class TiersView(Wire):
    """GET /api/tiers?language=zh-CN. `policy`: the version whose rules these are. `head_starts`, `boost_cap_seconds`:
    from them follows how far one tier may overtake another. `months`: of the last year, the oldest first. `asked`:
    after a change of the rules, how many of all customers have been asked about them so far; null: all have.
    `may_fix`: the reader may list, fix and release fixed tiers; `may_change`: change head starts."""

    policy: int
    asked: int | None
    default_tier: str
    tiers: list[TierLine]
    months: list[str]
    moves: list[MovedInMonth]
    head_starts: list[TierView]
    boost_cap_seconds: float
    channels: list[ChannelView]
    may_fix: bool
    may_change: bool


class FixedTierLine(Wire):
    """A fixed tier that holds, with its customer."""

    customer_id: str
    customer_name: str
    tier: str
    set_by_name: str
    why: Words
    set_at: int
    until_at: int | None


class FixedTiersView(Wire):
    """GET /api/fixed-tiers: first those that end first, then those that somebody has to end."""

    tiers: list[FixedTierLine]
    has_more: bool
    wall_ahead: int


class StageLine(Wire):
    """`at`: its place in the order in which the rules are asked, from 1."""

    id: str
    names: Names
    group: Literal["acquire", "activate", "anti_attrition"]
    at: int
    when: str
    when_words: str
    customers: int


class StageFlow(Wire):
    """`old` empty: they had no stage. `after`: what turned, in words without values, the most frequent first."""

    old: str
    new: str
    count: int
    after: list[str]


class WarningLine(Wire):
    """`customers`: of whom it is shown at present."""

    id: str
    names: Names
    when: str
    when_words: str
    boost_seconds: int
    customers: int


class LifecycleView(Wire):
    """GET /api/lifecycle?language=zh-CN&days=90. `stages`: from the first to the last of a customer's life.
    `unknown`: customers without one of these stages. `flows`: of the last so many days. `months`, `moves`: of the
    last year; a move up is one towards an established customer."""

    policy: int
    asked: int | None
    days: int
    customers: int
    unknown: int
    stages: list[StageLine]
    flows: list[StageFlow]
    months: list[str]
    moves: list[MovedInMonth]
    warnings: list[WarningLine]


class FixedTier(Wire):
    """`set_by_name`: of the person whose id is in `set_by`."""

    tier: str
    set_by: str
    set_by_name: str
    why: Words
    set_at: int
    until_at: int | None


class TierReason(Wire):
    """GET /api/customers/{id}/tier?language=zh-CN. `sentence`: why they have this tier, in that language.
    `moved_by`: rule or staff; empty: they had it from the start or by an import. `clauses`: the comparisons that
    decided, in words, with the values at that time; what the reader's roles may not see is left out of them.
    `may_fix`: the reader may fix the tier and release it; `tiers`: to choose from."""

    tier: str
    sentence: Words
    since: int | None
    moved_by: Literal["", "rule", "staff"]
    because: str
    clauses: list[str]
    fixed: FixedTier | None
    may_fix: bool = False
    tiers: list[TierView] = []


class FixTierRequest(Wire):
    """`until_at`: null: until somebody ends it."""

    tier: Annotated[str, Field(max_length=64)]
    why: Annotated[str, Field(min_length=3, max_length=500)]
    until_at: int | None = None
