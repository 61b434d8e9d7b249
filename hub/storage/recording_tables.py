"""The table of recordings: calls that were recorded by policy, and messages that customers left.

The rule of this file: as in `tables.py`.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, text

from hub.storage.columns import at, metadata, only, short

# A recording, from the moment it is asked for. The row stays when its sound is deleted
recording = Table(
    "recording",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("interaction_id", String(64), ForeignKey("interaction.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # call, voicemail
    Column("channel", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    at("since"),
    short("call_ref"),  # the provider's id of the customer's leg
    short("provider_ref"),  # the provider's id of the recording; empty: not known yet
    at("asked_at"),
    at("began_at", nullable=True),
    at("ended_at", nullable=True),
    Column("duration_ms", BigInteger, nullable=False, server_default="0"),
    Column("channels", SmallInteger, nullable=False, server_default="1"),
    short("media"),  # its sound in the media store; empty: not fetched, or deleted
    Column("sha256", String(64), nullable=False, server_default=""),
    Column("keep_days", Integer, nullable=False, server_default="0"),  # 0: for good
    Column("is_paused_by_script", Boolean, nullable=False, server_default=text("false")),
    Column("problem", String(40), nullable=False, server_default=""),  # what was asked of the provider in vain
    Column("tries", SmallInteger, nullable=False, server_default="0"),  # to fetch it, or to delete it there
    at("due_at", nullable=True),  # when the provider is asked again
    at(
        "settled_at", nullable=True
    ),  # nothing is left to ask the provider: it has the sound no more, or never had any
    at("delete_at", nullable=True),  # when its sound is to be deleted here
    at("deleted_at", nullable=True),  # by retention
)
Index("ix_recording_interaction", recording.c.interaction_id)
Index("ix_recording_asked_at", recording.c.asked_at)
Index("ix_recording_unsettled", recording.c.asked_at, **only(recording.c.settled_at.is_(None)))
Index(
    "ix_recording_expiring",
    recording.c.delete_at,
    **only(recording.c.deleted_at.is_(None) & recording.c.delete_at.is_not(None)),
)
