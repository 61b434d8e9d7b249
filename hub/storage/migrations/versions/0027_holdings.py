"""What customers hold and whom they know, and the slots of the attributes that every hub has."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

MORE = {
    "given_name": "text",
    "do_not_contact": "yes_no",
    "contact_hours": "text",
    "time_zone": "text",
    "owner": "text",
}


def upgrade() -> None:
    op.create_table(
        "holding",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("product", sa.String(320), nullable=False, server_default=""),
        sa.Column("number", sa.String(64), nullable=False, server_default=""),
        sa.Column("began_on", sa.String(10), nullable=False, server_default=""),
        sa.Column("ended_on", sa.String(10), nullable=False, server_default=""),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_holding"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_holding_customer_id"),
    )
    op.create_index("ix_holding_customer_id", "holding", ["customer_id"])
    op.create_table(
        "relation",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("other_id", sa.String(64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relation"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_relation_customer_id"),
        sa.ForeignKeyConstraint(["other_id"], ["customer.id"], name="fk_relation_other_id"),
        sa.UniqueConstraint("customer_id", "kind", "other_id", name="uq_relation_customer_id"),
    )
    op.create_index("ix_relation_other_id", "relation", ["other_id"])
    _give_slots()


def _give_slots() -> None:
    """A database whose policy was published before has slots for the older attributes alone."""
    table = sa.table("attribute", sa.column("name"), sa.column("type"), sa.column("slot"))
    connection = op.get_bind()
    known = {row.name: row.slot for row in connection.execute(sa.select(table.c.name, table.c.slot))}
    for name, type_ in MORE.items():
        if not known or name in known:
            continue
        kind = "text" if type_ == "text" else "number"
        slot = next((one for n in range(1, 41) if (one := f"{kind}_{n}") not in known.values()), None)
        if slot is not None:
            known[name] = slot
            connection.execute(sa.insert(table).values(name=name, type=type_, slot=slot))
