"""The tables in which customers are looked for: what is searched of each, and the tokens of it.

The rule of this file: as in `tables.py`. Each database finds tokens in its own way: PostgreSQL by a GIN index over
the column, SQLite by an FTS5 table that holds no text of its own. FTS5's ways of its own are declared as SQL here.
"""

from typing import Final

from sqlalchemy import DDL, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, event, false, text
from sqlalchemy.dialects.postgresql import ARRAY

from hub.storage.columns import Serial, metadata, only

# One row of each customer; its id is its place in the order of change: the greatest has changed last
customer_search = Table(
    "customer_search",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False, unique=True),
    Column("tier", String(64), nullable=False),
    # null: not written yet. Bytes decide on the order of names, as in SQLite, so that one begins another
    Column("name", Text().with_variant(Text(collation="C"), "postgresql"), nullable=True),
    Column("words", Text, nullable=False, server_default=""),
    Column("digits", Text, nullable=False, server_default=""),
    Column("tokens", ARRAY(Integer).with_variant(Text(), "sqlite"), nullable=True),  # on PostgreSQL alone
    # false: it has changed since somebody looked for others who may be the same person
    Column("is_matched", Boolean, nullable=False, server_default=text("false")),
)
Index("ix_customer_search_name", customer_search.c.name, customer_search.c.tier, customer_search.c.id)
Index("ix_customer_search_tier", customer_search.c.tier, customer_search.c.id)
_s = customer_search.c
Index("ix_customer_search_to_match", _s.is_matched, _s.id, **only(_s.is_matched == false()))
Index("ix_customer_search_to_write", customer_search.c.id, **only(customer_search.c.name.is_(None)))

# fastupdate would leave fresh rows in a list that every search reads from end to end
FIND_IN_POSTGRES: Final = (
    "CREATE INDEX ix_customer_token ON customer_search USING gin (tokens) WITH (fastupdate = off)"
)
FIND_IN_SQLITE: Final = (
    "CREATE VIRTUAL TABLE customer_token USING fts5(tokens, content='', columnsize=0, detail=none, tokenize='ascii')"
)

for _when, _sql, _dialect in (
    ("after_create", FIND_IN_POSTGRES, "postgresql"),
    ("after_create", FIND_IN_SQLITE, "sqlite"),
    ("before_drop", "DROP TABLE customer_token", "sqlite"),
):
    _ddl: DDL = DDL(_sql)  # type: ignore[no-untyped-call]  # SQLAlchemy says no types of it
    event.listen(customer_search, _when, _ddl.execute_if(dialect=_dialect))
