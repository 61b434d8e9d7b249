"""The tables of imports: each file, its lines as they are to become customers, and how columns were read before.

The rule of this file: as in `tables.py`. The state of an import is one word; a line is worked on in the order of its
number, and how far that has come stands in the same row.
"""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from hub.storage.columns import at, document, metadata, short

customer_import = Table(
    "customer_import",
    metadata,
    Column("id", String(64), primary_key=True),
    short("file_name"),
    Column("state", String(16), nullable=False),  # as `hub.storage.imports.State`
    document("mapping"),
    Column("started_by", String(64), nullable=False),
    at("started_at"),
    at("applied_at", nullable=True),  # when it began to be seen
    at("ended_at", nullable=True),
    Column("at_line", Integer, nullable=False, server_default="0"),  # staged, applied or taken back up to here
    document("counts"),  # by outcome, once it is staged; what was done, once it has ended
)
import_line = Table(
    "import_line",
    metadata,
    Column("import_id", String(64), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("outcome", String(8), nullable=False),  # add, change, same, refuse
    Column("customer_id", String(64), nullable=False, server_default=""),
    document("body"),  # addresses and values as they are to be, or the problem; empty once it is applied
    Column("undo", Text, nullable=True),  # what was there before, once it is applied
)

Index("ix_import_line_customer_id", import_line.c.customer_id)

# Customers as an import makes them, until it is seen
import_ready = Table(
    "import_ready",
    metadata,
    Column("import_id", String(64), primary_key=True),
    Column("customer_id", String(64), primary_key=True),
    short("name"),
    Column("language", String(16), nullable=False, server_default=""),
    document("profile"),
    Column("version", Integer, nullable=False, server_default="0"),  # of the customer's row; 0: to be added
    document("addresses", "[]"),
)
Index("ix_import_ready_customer_id", import_ready.c.customer_id)

# How the columns of a header were mapped the last time
import_mapping = Table(
    "import_mapping",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    document("mapping"),
    at("used_at"),
)

# The file itself while it may be read again, in the order in which it came, as base64
import_part = Table(
    "import_part",
    metadata,
    Column("import_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("data", Text, nullable=False),
)
