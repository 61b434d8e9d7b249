"""The table of whoever is in a call beside its customer and its agent.

The rule of this file: as in `tables.py`.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, text

from hub.storage.columns import at, metadata, only, short

# Everybody in a call beside its customer and the agent who holds it, while they are in it and afterwards
party = Table(
    "party",
    metadata,
    Column("id", String(64), primary_key=True),  # the label of the leg
    Column("interaction_id", String(64), ForeignKey("interaction.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("agent_id", String(64), nullable=False, server_default=""),
    short("name"),
    short("address"),
    Column("asked_by", String(64), nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("takes_over", Boolean, nullable=False, server_default=text("false")),
    Column("card", Text, nullable=False, server_default=""),
    at("asked_at"),
    Column("state", String(16), nullable=False),
    at("since"),
    at("deadline_at", nullable=True),
    short("leg_ref"),
    Column("is_muted", Boolean, nullable=False, server_default=text("false")),
    Column("is_shown", Boolean, nullable=False, server_default=text("true")),  # false: the holder is not told
    at("ended_at", nullable=True),
    Column("ended_as", String(40), nullable=True),
)
Index("ix_party_agent", party.c.agent_id, **only(party.c.ended_at.is_(None)))
Index("ix_party_open", party.c.interaction_id, **only(party.c.ended_at.is_(None)))
