"""Whom the rules are to be asked about, tiers and stages that rules changed, and tiers that people fixed."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def of_customer(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=f"fk_{table}_customer_id")


def upgrade() -> None:
    op.create_table(
        "rule_due",
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("timed_at", sa.BigInteger(), nullable=True),
        sa.Column("changed", sa.Text(), nullable=False, server_default=""),
        sa.Column("marks", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_rule_due"),
        of_customer("rule_due"),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index("ix_rule_due_due_at", "rule_due", ["due_at"], sqlite_where=due, postgresql_where=due)
    op.create_table(
        "rule_round",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("rules", sa.String(64), nullable=False),
        sa.Column("after_id", sa.String(64), nullable=False, server_default=""),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_rule_round"),
    )
    op.create_table(
        "tier_move",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("old", sa.String(64), nullable=False),
        sa.Column("new", sa.String(64), nullable=False),
        sa.Column("moved_by", sa.String(16), nullable=False),
        sa.Column("mover_id", sa.String(320), nullable=False, server_default=""),
        sa.Column("reason", sa.Text(), nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("seq", name="pk_tier_move"),
        of_customer("tier_move"),
    )
    op.create_index("ix_tier_move_customer_id", "tier_move", ["customer_id", "seq"])
    op.create_index("ix_tier_move_at", "tier_move", ["at", "old", "new"])
    op.create_table(
        "tier_override",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("tier", sa.String(64), nullable=False),
        sa.Column("set_by", sa.String(64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(320), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_tier_override"),
        of_customer("tier_override"),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_tier_override_open",
        "tier_override",
        ["customer_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_tier_override_customer_id", "tier_override", ["customer_id", "set_at"])
    op.create_table(
        "stage_move",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("old", sa.String(64), nullable=False, server_default=""),
        sa.Column("new", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("seq", name="pk_stage_move"),
        of_customer("stage_move"),
    )
    op.create_index("ix_stage_move_customer_id", "stage_move", ["customer_id", "seq"])
    op.create_index("ix_stage_move_at", "stage_move", ["at", "old", "new"])
