"""The table of what scripts have proposed to customers.

The rule of this file: as in `tables.py`. A row names no customer: it belongs to its interaction.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from hub.storage.columns import at, metadata

# What a script has proposed in an interaction, once each, and what the customer said
proposal = Table(
    "proposal",
    metadata,
    Column("interaction_id", String(64), ForeignKey("interaction.id"), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("catalogue", String(64), nullable=False),
    Column("title", String(200), nullable=False),
    Column("script_id", String(120), nullable=False),
    Column("script_version", Integer, nullable=False),
    Column("language", String(16), nullable=False),
    at("offered_at"),
    Column("offered_to", String(64), nullable=False),
    Column("reply", String(16), nullable=False, server_default=""),  # accepted, declined, later
    at("replied_at", nullable=True),
    Column("replied_by", String(64), nullable=False, server_default=""),
    Column("until", String(10), nullable=False, server_default=""),  # the day that the customer named
)
Index("ix_proposal_catalogue", proposal.c.catalogue, proposal.c.proposal, proposal.c.reply)
