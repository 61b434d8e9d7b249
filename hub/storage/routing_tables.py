"""The tables of routing itself: which process routes, the router's inputs and decisions, and the policy.

The rule of this file: as in `hub.storage.tables`, from which all other modules import these tables.
"""

from sqlalchemy import BigInteger, Column, Integer, SmallInteger, String, Table

from hub.storage.columns import Serial, at, document, metadata, short

# One row. Each routing transaction raises `batch` if the epoch is its own; if no row matches, it does not commit.
lease = Table(
    "lease",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    Column("batch", BigInteger, nullable=False, server_default="0"),
    short("holder"),
    at("expires_at"),
    Column("next_sequence", BigInteger, nullable=False, server_default="1"),
    Column("next_journal", BigInteger, nullable=False, server_default="1"),
    Column("performed", BigInteger, nullable=False, server_default="0"),  # effects up to this journal number
    Column("latest_now", BigInteger, nullable=False, server_default="0"),
    Column("policy_version", Integer, nullable=False, server_default="0"),
    Column("wall_ahead", BigInteger, nullable=False, server_default="0"),  # of the wall clock, over hub time
    at("wall_moved_at", nullable=True),  # when the wall clock was last set, and by how much
    Column("wall_moved_by", BigInteger, nullable=False, server_default="0"),
    # hub time beside a boot clock and the database's clock, at one moment
    Column("clock_at", BigInteger, nullable=False, server_default="0"),
    Column("clock_boot_id", String(64), nullable=False, server_default=""),
    Column("clock_boot_at", BigInteger, nullable=False, server_default="0"),
    Column("clock_database_at", BigInteger, nullable=False, server_default="0"),
)

journal = Table(
    "journal",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    at("at"),
    document("input"),
    document("effects", "[]"),
)

# The router's rows as they were after an entry of the journal, in parts: a replay may begin there
journal_start = Table(
    "journal_start",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=False),  # the last entry whose changes they contain
    at("at"),
    Column("policy_version", Integer, nullable=False),
    Column("next_sequence", BigInteger, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("wall_ahead", BigInteger, nullable=False, server_default="0"),
)

journal_part = Table(
    "journal_part",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    document("rows"),
)

policy_version = Table(
    "policy_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    document("document"),
    at("created_at"),
    short("created_by"),
    document("moves"),  # where open work and customers go if the policy has no queue or tier for them
)
