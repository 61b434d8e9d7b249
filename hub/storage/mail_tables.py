"""The tables that only mail needs.

The rule of this file: as in `tables.py`.
"""

from sqlalchemy import Column, Index, String, Table, Text

from hub.storage.columns import Serial, at, metadata, short

# Mails from programs that only inform and answer no mail of ours: no work, and no new customer
filed_mail = Table(
    "filed_mail",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    at("at"),
    Column("kind", String(16), nullable=False),  # bounce, absence, receipt, feedback, calendar
    Column("customer_id", String(64), nullable=True),  # the customer with the sender's address, if there was one
    short("address"),
    short("our_address"),
    Column("subject", Text, nullable=False, server_default=""),
    short("raw"),
)
Index("ix_filed_mail_at", filed_mail.c.at)
