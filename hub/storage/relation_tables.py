"""The tables of what customers hold, and of whom they know.

The rule of this file: as in `tables.py`.
"""

from sqlalchemy import Column, ForeignKey, Index, String, Table, UniqueConstraint

from hub.storage.columns import at, metadata, short

# Accounts and products of a customer. One that has ended stays
holding = Table(
    "holding",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False),
    short("product"),  # its name
    Column("number", String(64), nullable=False, server_default=""),  # of the account, the card, the contract
    Column("began_on", String(10), nullable=False, server_default=""),  # 2026-11-29; empty: not known
    Column("ended_on", String(10), nullable=False, server_default=""),  # empty: it is held
    at("changed_at"),
)
Index("ix_holding_customer_id", holding.c.customer_id)

# A line between two customers, read from both sides: `customer_id` works for `other_id`, was referred by them, or
# lives in one household with them
relation = Table(
    "relation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # household, referred_by, works_for
    Column("other_id", String(64), ForeignKey("customer.id"), nullable=False),
    at("since"),
    UniqueConstraint("customer_id", "kind", "other_id", name="uq_relation_customer_id"),
)
Index("ix_relation_other_id", relation.c.other_id)
