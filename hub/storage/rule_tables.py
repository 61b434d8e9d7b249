"""The tables of what rules decide: who is to be asked anew, tiers and stages that changed, tiers that people fixed.

The rule of this file: as in `tables.py`. Moves are only added. A customer has one fixed tier at a time, by an index.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text, true

from hub.storage.columns import Serial, at, document, metadata, only, short

# Whom the rules are to be asked about, and when. A row stays, so `marks` only grows
rule_due = Table(
    "rule_due",
    metadata,
    Column("customer_id", String(64), ForeignKey("customer.id"), primary_key=True),
    at("due_at", nullable=True),  # the earlier of `timed_at` and the time of the first change; NULL: never
    at("timed_at", nullable=True),  # when time alone may change an answer
    Column("changed", Text, nullable=False, server_default=""),  # names, with a space after each
    Column("marks", BigInteger, nullable=False, server_default="0"),  # grows with each change, and when it is settled
    # true: they changed by themselves, not with thousands of others, and go before those
    Column("is_single", Boolean, nullable=False, server_default=text("false")),
)
Index("ix_rule_due_due_at", rule_due.c.due_at, **only(rule_due.c.due_at.is_not(None)))
Index("ix_rule_due_single", rule_due.c.due_at, **only(rule_due.c.is_single == true()))

# How far all customers have been asked anew since the rules changed
rule_round = Table(
    "rule_round",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("rules", String(64), nullable=False),  # their fingerprint
    Column("after_id", String(64), nullable=False, server_default=""),  # customers up to this id are marked
    at("ended_at", nullable=True),
)

tier_move = Table(
    "tier_move",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False),
    at("at"),
    Column("old", String(64), nullable=False),
    Column("new", String(64), nullable=False),
    Column("moved_by", String(16), nullable=False),  # rule, staff, or policy, which removed the tier
    short("mover_id"),  # the key of the rule, or the person
    document("reason"),
)
Index("ix_tier_move_customer_id", tier_move.c.customer_id, tier_move.c.seq)
Index("ix_tier_move_at", tier_move.c.at, tier_move.c.old, tier_move.c.new)

tier_override = Table(
    "tier_override",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False),
    Column("tier", String(64), nullable=False),
    Column("set_by", String(64), nullable=False),
    Column("why", Text, nullable=False),
    at("set_at"),
    at("until_at", nullable=True),  # NULL: until somebody ends it
    at("ended_at", nullable=True),
    short("ended_by"),  # a person; empty: it ran out
)
Index(
    "uq_tier_override_open",
    tier_override.c.customer_id,
    unique=True,
    **only(tier_override.c.ended_at.is_(None)),
)
Index("ix_tier_override_customer_id", tier_override.c.customer_id, tier_override.c.set_at)

stage_move = Table(
    "stage_move",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False),
    at("at"),
    Column("old", String(64), nullable=False, server_default=""),
    Column("new", String(64), nullable=False),
    document("reason"),
)
Index("ix_stage_move_customer_id", stage_move.c.customer_id, stage_move.c.seq)
Index("ix_stage_move_at", stage_move.c.at, stage_move.c.old, stage_move.c.new)

# How late what the rules decide follows a change, by minute: [[class, number], ...] of `rule_delays.py`
rule_delay = Table(
    "rule_delay",
    metadata,
    Column("minute", Integer, primary_key=True, autoincrement=False),  # since 1970
    document("counts"),
)
