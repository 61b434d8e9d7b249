"""The table of consents: what customers have agreed to, and what they have taken back.

The rule of this file: as in `tables.py`. A row is added and never changed. Only the erasure of a customer takes rows
away, and an import that is taken back: of customers whom nobody else knows. What stands is the newest row of an
address and a purpose.
"""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from hub.storage.columns import Serial, at, metadata, short

consent_entry = Table(
    "consent_entry",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),  # of the address, as in the table `address`
    short("address"),
    Column("purpose", String(16), nullable=False),  # service, marketing, recording, page_trail
    Column("channel", String(16), nullable=False, server_default=""),  # it is about this channel alone; "": about all
    Column("act", String(16), nullable=False),  # given, withdrawn, asked, void
    Column(
        "source", String(16), nullable=False
    ),  # agent, widget, stop_word, start_word, provider, script, import, api
    short("by_id"),  # the agent, the script and its step, the import, the token
    Column("text_version", Integer, nullable=False, server_default="0"),  # of the policy's text; 0: no text was shown
    Column("language", String(16), nullable=False, server_default=""),  # of that text
    Column("said", Text, nullable=False, server_default=""),  # the customer's own words, or how an agent heard it
    at("at"),  # when the customer said so: an import may tell of another year
    at("recorded_at"),
    Column("customer_id", String(64), nullable=False, server_default=""),
    Column("interaction_id", String(64), nullable=False, server_default=""),
)
Index("ix_consent_entry_address", *(consent_entry.c[name] for name in ("kind", "address", "purpose", "seq")))
Index("ix_consent_entry_customer_id", consent_entry.c.customer_id)


def write_counting(name: str) -> str:
    """The SQL of the condition that a row is a wish, and not one of an import that was taken back since. `name`: of
    the table in the statement, a constant. A scalar subquery: of an EXISTS PostgreSQL may hash the whole ledger."""
    return f"""{name}.act IN ('given', 'withdrawn') AND ({name}.source <> 'import' OR {name}.seq > coalesce((
            SELECT max(later.seq) FROM consent_entry AS later WHERE later.kind = {name}.kind
                AND later.address = {name}.address AND later.purpose = {name}.purpose AND later.act = 'void'
                AND later.by_id = {name}.by_id), 0))"""  # noqa: S608  # names of the code alone
