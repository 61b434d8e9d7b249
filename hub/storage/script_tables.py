"""The tables of scripts: their texts and runs, and drafts, versions, releases as authors make them.

The rule of this file: as in `tables.py`. Words stand in `script_text` alone, by their hash, and are never changed.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, literal_column

from hub.storage.columns import Serial, at, document, metadata, only, short
from hub.storage.proposal_tables import proposal as proposal

# A run goes on with the script text with which it began, even if the library changes
script_text = Table(
    "script_text",
    metadata,
    Column("ref", String(64), primary_key=True),  # SHA-256 of the text
    short("file"),
    Column("source", Text, nullable=False),
)

script_run = Table(
    "script_run",
    metadata,
    Column("interaction_id", String(64), ForeignKey("interaction.id"), primary_key=True),
    Column("script_id", String(120), primary_key=True),
    Column("script_version", Integer, nullable=False),
    Column("language", String(16), nullable=False),
    document("run"),  # "{}" once it was kept long enough, or its customer is erased; what follows stays for figures
    Column("script", String(64), ForeignKey("script_text.ref"), nullable=False),
    at("began_at"),
    at("ended_at", nullable=True),  # when its last step was left; null: it was not
    short("outcome"),
    document("steps", "[]"),  # which were shown, and when
    Column("tier", String(64), nullable=False, server_default=""),  # of the customer, as it began
    document("segments", "[]"),
    Column("comparison", String(64), nullable=False, server_default=""),  # that chose the version; empty: none
)
Index("ix_script_run_script_id", script_run.c.script_id, script_run.c.began_at)
Index(
    "ix_script_run_comparison",
    script_run.c.comparison,
    script_run.c.began_at,
    **only(script_run.c.comparison != literal_column("''")),
)

# Each change of what is in force. The largest number says whether a process has the scripts as they are
script_release = Table(
    "script_release",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    at("released_at"),
    Column("released_by", String(64), nullable=False),
    Column("note", Text, nullable=False, server_default=""),  # why, in the person's words
)

# Every version that was published or is to be, in one language
script_version = Table(
    "script_version",
    metadata,
    Column("script_id", String(120), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("script", String(64), ForeignKey("script_text.ref"), nullable=False),
    Column("state", String(16), nullable=False),  # scheduled, compared, published, replaced, retired, refused
    document("written_by", "[]"),  # ids of staff, in the order in which they began to write
    Column("approved_by", String(64), nullable=False, server_default=""),
    Column("published_by", String(64), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("problem", Text, nullable=False, server_default=""),  # why it did not come into force at its time
    at("begins_at"),  # when it came or comes into force
    at("ended_at", nullable=True),
)
for _state in ("published", "scheduled"):  # at most one of each
    Index(
        f"ix_script_version_{_state}",
        script_version.c.script_id,
        script_version.c.language,
        unique=True,
        **only(script_version.c.state == literal_column(f"'{_state}'")),
    )

# What authors work at; one for each file
script_draft = Table(
    "script_draft",
    metadata,
    Column("script_id", String(120), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("script", String(64), ForeignKey("script_text.ref"), nullable=False),
    Column("revision", Integer, nullable=False),  # grows with each change, also when the next draft begins
    Column("state", String(16), nullable=False),  # draft, review, over
    document("written_by", "[]"),
    Column("changed_by", String(64), nullable=False),
    at("changed_at"),
    short("sentence"),  # what the review is asked for, or why it was sent back
)

# Every text of a draft that was saved, so that nobody's words are lost
script_save = Table(
    "script_save",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("script_id", String(120), nullable=False),
    Column("language", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("script", String(64), ForeignKey("script_text.ref"), nullable=False),
    Column("saved_by", String(64), nullable=False),
    at("saved_at"),
)
Index("ix_script_save_script_id", script_save.c.script_id, script_save.c.language, script_save.c.revision)

# What agents said of a step that did not fit, at most once for each agent, run and step
script_note = Table(
    "script_note",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("interaction_id", String(64), ForeignKey("interaction.id"), nullable=False),
    Column("script_id", String(120), nullable=False),
    Column("script_version", Integer, nullable=False),
    Column("language", String(16), nullable=False),
    Column("step_id", String(160), nullable=False),
    Column("written_by", String(64), nullable=False),
    at("written_at"),
    short("words"),
    Column("settled_by", String(64), nullable=False, server_default=""),  # the author who has seen to it
    at("settled_at", nullable=True),
    short("answer"),
)
Index(
    "ix_script_note_interaction_id",
    script_note.c.interaction_id,
    script_note.c.script_id,
    script_note.c.step_id,
    script_note.c.written_by,
    unique=True,
)
Index("ix_script_note_script_id", script_note.c.script_id, script_note.c.id)
Index(
    "ix_script_note_open",
    script_note.c.script_id,
    script_note.c.step_id,
    **only(script_note.c.settled_at.is_(None)),
)

# Two versions that are compared: the one in force and a candidate. One at a time for each script
script_comparison = Table(
    "script_comparison",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("script_id", String(120), nullable=False),
    Column("base_version", Integer, nullable=False),
    Column("candidate_version", Integer, nullable=False),
    short("outcome"),  # that counts; empty: any end of the script
    Column("base_rate", Integer, nullable=False),  # as expected at the start, in hundredths of a per cent
    Column("smallest", Integer, nullable=False),  # the difference worth seeing, in the same unit
    Column("needed", Integer, nullable=False),  # finished runs of each version, as said at the start
    Column("state", String(16), nullable=False),  # running, published, kept
    Column("started_by", String(64), nullable=False),
    at("started_at"),
    short("sentence"),
    Column("ended_by", String(64), nullable=False, server_default=""),
    at("ended_at", nullable=True),
    short("word"),
)
Index("ix_script_comparison_script_id", script_comparison.c.script_id, script_comparison.c.started_at)
Index(
    "ix_script_comparison_running",
    script_comparison.c.script_id,
    unique=True,
    **only(script_comparison.c.state == literal_column("'running'")),
)
