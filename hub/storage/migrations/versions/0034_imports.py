"""Imports of customers: each file, its lines, and how the columns of a header were read the last time."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "customer_import",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("file_name", sa.String(320), nullable=False, server_default=""),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("started_by", sa.String(64), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("at_line", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("counts", sa.Text(), nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_import"),
    )
    op.create_table(
        "import_line",
        sa.Column("import_id", sa.String(64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False, server_default=""),
        sa.Column("body", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("undo", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", "line", name="pk_import_line"),
    )
    op.create_index("ix_import_line_customer_id", "import_line", ["customer_id"])
    op.create_index("ix_appointment_customer_id", "appointment", ["customer_id"])
    op.create_table(
        "import_mapping",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_import_mapping"),
    )
