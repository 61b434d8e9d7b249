"""The tables of calls that the hub places: how many each agent has asked for.

The rule of this file: as in `hub.storage.tables`, from which all other modules import these tables.
"""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from hub.storage.columns import metadata

# One row for each agent: the calls to people outside that they asked for on the last day on which they asked for one
agent_calls = Table(
    "agent_calls",
    metadata,
    Column("agent_id", String(64), ForeignKey("staff.id"), primary_key=True),
    Column("day", String(10), nullable=False),  # of the organisation's calendar, as 2026-11-22
    Column("calls", Integer, nullable=False),
)
