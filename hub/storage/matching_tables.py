"""The tables of customers who are or may be one person: merges, possible matches, and addresses that several use.

The rule of this file: as in `tables.py`. A merge changes no row of what its customers have said or done, so that it
takes as long for fifty thousand messages as for none, and an undo leaves every row where it always was.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from hub.storage.columns import Serial, at, document, metadata, only

# `loser_id` is read as `winner_id` until the merge is undone. Both are as they were when somebody merged them: the
# winner may have been merged into another later
customer_merge = Table(
    "customer_merge",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),  # the order of merges
    Column("id", String(64), nullable=False, unique=True),
    Column("winner_id", String(64), ForeignKey("customer.id"), nullable=False),
    Column("loser_id", String(64), ForeignKey("customer.id"), nullable=False),
    at("merged_at"),
    Column("merged_by", String(64), nullable=False),
    document("choices"),  # by field: "winner" or "loser", whose value the winner has from here on
    Column("after_change", BigInteger, nullable=False),  # the newest `profile_change` before it
    at("undone_at", nullable=True),
    Column("undone_by", String(64), nullable=False, server_default=""),
)
Index("ix_customer_merge_winner_id", customer_merge.c.winner_id)
_in_force = customer_merge.c.undone_at.is_(None)
Index("uq_customer_merge_loser", customer_merge.c.loser_id, unique=True, **only(_in_force))
