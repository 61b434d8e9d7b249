"""Tiers on the wire: their rules and how many customers have them, who moved, and why one customer has theirs.

The rule of this file: instants are milliseconds of hub time, months are written 2026-11, and numbers count customers.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_console.private_data import Words
from agent_console.views import TierView
from agent_console.wire_model import Wire


class TierLine(Wire):
    """`up`, `keeps`: conditions as the policy has them; empty: there is none."""

    id: str
    names: dict[str, str]
    order: int
    up: str
    keeps: str
    minimum_days: int
    customers: int


class MovedInMonth(Wire):
    month: str
    old: str
    new: str
    count: int
    is_up: bool


class TiersView(Wire):
    """GET /api/tiers. `policy`: the version whose rules these are. `bounds`: how far one tier may overtake another, a
    line for each channel and tier. `asked`: after a change of the rules, how many of all customers have been asked
    about them so far; null: all have."""

    policy: int
    asked: int | None
    tiers: list[TierLine]
    moves: list[MovedInMonth]
    stage_moves: list[MovedInMonth]
    bounds: list[str]


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
