"""The tables of calls that the hub places: how many each agent has asked for, and those agreed for a later time.

The rule of this file: as in `hub.storage.tables`, from which all other modules import these tables.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from hub.storage.columns import at, metadata, only, short

# One row for each agent: the calls to people outside that they asked for on the last day on which they asked for one
agent_calls = Table(
    "agent_calls",
    metadata,
    Column("agent_id", String(64), ForeignKey("staff.id"), primary_key=True),
    Column("day", String(10), nullable=False),  # of the organisation's calendar, as 2026-11-22
    Column("calls", Integer, nullable=False),
)

# A call to a customer that was agreed for a time, by the wall clock. Once it is due, it is an interaction
appointment = Table(
    "appointment",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    short("address"),
    short("our_address"),
    Column("queue", String(64), nullable=False),
    Column("language", String(16), nullable=False, server_default=""),
    Column("wall_at", BigInteger, nullable=False),
    Column("agent_id", String(64), nullable=False, server_default=""),  # who is asked first; empty: anybody
    Column("made_by", String(64), nullable=False, server_default=""),  # an agent; empty: the customer themselves
    Column("note", Text, nullable=False, server_default=""),
    at("made_at"),
    at("ended_at", nullable=True),  # when it was due, cancelled or refused
    Column("asked_in", String(64), nullable=False, server_default=""),  # the chat or call; empty: an agent made it
    Column("time_zone", String(64), nullable=False, server_default=""),  # where the customer said they are
    Column("refused", String(32), nullable=False, server_default=""),  # why it was not agreed; the customer is told
)
Index("ix_appointment_open", appointment.c.customer_id, **only(appointment.c.ended_at.is_(None)))
Index("ix_appointment_customer_id", appointment.c.customer_id)
Index("ix_appointment_asked_in", appointment.c.asked_in, appointment.c.made_at)
Index("ix_appointment_address", appointment.c.address, appointment.c.made_at)
