"""The tables of segments: what they are, who is in them at present, and everybody who entered or left.

The rule of this file: as in `tables.py`. Who is in a segment is one bit of a row of the customer, at the segment's
place. So one row answers for a customer and one scan for a segment, and a recount compares within the database.
Changes are only added.
"""

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from hub.storage.columns import Serial, at, document, metadata, short

BITS: Final = 62  # of a column: a sum of them stays positive in both databases
COLUMNS: Final = 8
PLACES: Final = BITS * COLUMNS  # as many segments may be counted at a time

segment = Table(
    "segment",
    metadata,
    Column("id", String(64), primary_key=True),
    document("names"),  # by language
    document("purpose", ""),
    short("owner"),  # staff id
    Column("state", String(16), nullable=False),  # draft, live, retired
    Column("definition", Text, nullable=False),  # in the language of rules
    Column("version", Integer, nullable=False, server_default="1"),
    Column("place", Integer, nullable=True, unique=True),  # of its bit; NULL for a draft
    Column("size", Integer, nullable=False, server_default="0"),
    Column("counted_version", Integer, nullable=False, server_default="0"),  # about which all customers were asked
    Column("counted_to", String(64), nullable=False, server_default=""),  # about `version`: customers up to this id
    Column("counted_number", Integer, nullable=False, server_default="0"),  # how many these are
    Column("meaning", BigInteger, nullable=False, server_default="0"),  # of the rule that is asked; 0: it cannot be
    at("created_at"),
    at("live_at", nullable=True),
    at("retired_at", nullable=True),
    at("expires_at", nullable=True),
    at("read_at", nullable=True),  # somebody opened it last
    at("empty_at", nullable=True),  # since when nobody is in it
)

segment_version = Table(
    "segment_version",
    metadata,
    Column("segment_id", String(64), ForeignKey("segment.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("definition", Text, nullable=False),
    at("at"),
    short("changed_by"),  # staff id
)

_bits: list[Column[Any]] = [
    Column(f"bits_{n}", BigInteger, nullable=False, server_default="0") for n in range(1, COLUMNS + 1)
]

segment_member = Table(
    "segment_member",
    metadata,
    Column("customer_id", String(64), ForeignKey("customer.id"), primary_key=True),
    *_bits,
)

segment_change = Table(
    "segment_change",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("segment_id", String(64), ForeignKey("segment.id"), nullable=False),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False),
    at("at"),
    Column("has_entered", Boolean, nullable=False),  # false: left
    Column("clause", Text, nullable=False, server_default=""),  # of the definition, that turned
)
Index("ix_segment_change_segment_id", segment_change.c.segment_id, segment_change.c.at)
Index("ix_segment_change_customer_id", segment_change.c.customer_id, segment_change.c.seq)

# How many entered and left in a day of UTC: the size over time, without reading every change
segment_day = Table(
    "segment_day",
    metadata,
    Column("segment_id", String(64), ForeignKey("segment.id"), primary_key=True),
    Column("day", Integer, primary_key=True),  # since 1970
    Column("entered", Integer, nullable=False, server_default="0"),
    Column("left_it", Integer, nullable=False, server_default="0"),
)

# A fixed sample of the customers, from which sizes are estimated
segment_sample = Table(
    "segment_sample",
    metadata,
    Column("customer_id", String(64), ForeignKey("customer.id"), primary_key=True),
)
