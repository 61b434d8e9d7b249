"""The tables of customers who are or may be one person: merges, possible matches, and addresses that several use.

The rule of this file: as in `tables.py`. A merge changes no row of what its customers have said or done, so that it
takes as long for fifty thousand messages as for none, and an undo leaves every row where it always was.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from hub.storage.columns import Serial, at, document, metadata, only, short

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

Index("ix_customer_merge_loser_id", customer_merge.c.loser_id)

# What two who may be one person have in common: the end of a number, a name in one order of its words, an account
match_key = Table(
    "match_key",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), primary_key=True),
)
Index("ix_match_key_customer_id", match_key.c.customer_id)

# Two who may be one person, or of whom somebody has said that they are two. `one_id` is the smaller id
possible_match = Table(
    "possible_match",
    metadata,
    Column("one_id", String(64), ForeignKey("customer.id"), primary_key=True),
    Column("other_id", String(64), ForeignKey("customer.id"), primary_key=True),
    Column("score", Integer, nullable=False),
    document("reasons", "[]"),  # if it is refused: those that were known then
    at("found_at"),
    at("refused_at", nullable=True),
    short("refused_by"),  # staff id
)
Index("ix_possible_match_other_id", possible_match.c.other_id)

# Who else uses an address beside the customer to whom it belongs: a family shares a telephone
shared_address = Table(
    "shared_address",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("address", String(320), primary_key=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), primary_key=True),
    at("since"),
    short("added_by"),  # staff id
)
Index("ix_shared_address_customer_id", shared_address.c.customer_id)
