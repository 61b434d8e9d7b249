"""The tables of what is known of customers: declared attributes, their values as rules compare them, activities.

The rule of this file: as in `tables.py`. A value stands in a slot of its customer's row, so that one scan of a table
answers any number of rules: `text_n` has texts, choices and lists, `number_n` has numbers, amounts, dates and yes/no.
"""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from hub.storage.columns import Serial, at, document, metadata, short

SLOTS: Final = 40  # of each kind

# Where the values of an attribute stand. What an attribute is, says the policy
attribute = Table(
    "attribute",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("type", String(16), nullable=False),
    Column("slot", String(16), nullable=False, unique=True),
)

_slots: list[Column[Any]] = [Column(f"text_{n}", Text) for n in range(1, SLOTS + 1)]
_slots += [Column(f"number_{n}", BigInteger) for n in range(1, SLOTS + 1)]

rule_value = Table(
    "rule_value",
    metadata,
    Column("customer_id", String(64), ForeignKey("customer.id"), primary_key=True),
    *_slots,
)

# Every change of a value, as JSON
profile_change = Table(
    "profile_change",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False),
    Column("name", String(64), nullable=False),
    document("old", "null"),
    document("new", "null"),
    at("at"),
    Column("changed_by", String(16), nullable=False),  # agent, script, import, rule, api, merge
    short("changer_id"),
    short("source"),
    Column("interaction_id", String(64), nullable=False, server_default=""),
)
Index("ix_profile_change_customer_id", profile_change.c.customer_id, profile_change.c.seq)

# Dated facts that rules count
activity = Table(
    "activity",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("label", String(32), nullable=False, server_default=""),  # of a contact: the channel
    at("at"),
    Column("amount", BigInteger, nullable=True),  # in ten-thousandths
    Column("reference", String(128), nullable=True),  # of the program that told it, which may tell it again
    Column("import_id", String(64), nullable=True),  # that brought it
)
Index(
    "ix_activity_import_id",
    activity.c.import_id,
    activity.c.customer_id,
    sqlite_where=activity.c.import_id.is_not(None),
    postgresql_where=activity.c.import_id.is_not(None),
)
Index("ix_activity_customer_id", activity.c.customer_id, activity.c.kind, activity.c.at)
Index(
    "ix_activity_reference",
    activity.c.reference,
    activity.c.kind,
    unique=True,
    sqlite_where=activity.c.reference.is_not(None),
    postgresql_where=activity.c.reference.is_not(None),
)
