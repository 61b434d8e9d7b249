"""The table of hearings: who has heard which recording, and from where to where.

The rule of this file: as in `tables.py`.
"""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from hub.storage.columns import at, document, metadata, short

# A recording that somebody has opened to hear. The audit trail has its row before the first byte of sound is sent
hearing = Table(
    "hearing",
    metadata,
    Column("id", String(64), primary_key=True),
    at("opened_at"),
    Column("staff_id", String(64), nullable=False),
    Column("interaction_id", String(64), ForeignKey("interaction.id"), nullable=False),
    short("media"),  # the sound in the media store
    Column("content_type", String(64), nullable=False, server_default=""),
    document("spans", "[]"),  # what has been played: pairs of milliseconds, in order, no two of which touch
)
Index("ix_hearing_opened", hearing.c.opened_at)
