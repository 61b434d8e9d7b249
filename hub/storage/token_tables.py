"""The tables of programs that may write customers: their tokens, and the answers that they got lately.

The rule of this file: as in `tables.py`. Of a token only its hash stands here.
"""

from sqlalchemy import Column, Integer, String, Table

from hub.storage.columns import at, document, metadata, short

api_token = Table(
    "api_token",
    metadata,
    Column("id", String(64), primary_key=True),
    short("name"),  # of the program, as the administrator calls it
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256; a token is 256 bits of chance
    Column("scope", String(32), nullable=False),  # what it may do: customers.upsert
    Column("made_by", String(64), nullable=False),
    at("made_at"),
    at("expires_at"),
    at("used_at", nullable=True),
    at("revoked_at", nullable=True),
)

# By the key that the program gave with the request: the same request again gets the same answer
api_answer = Table(
    "api_answer",
    metadata,
    Column("token_id", String(64), primary_key=True),
    Column("request_key", String(128), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    document("answer"),
    at("at"),
)
