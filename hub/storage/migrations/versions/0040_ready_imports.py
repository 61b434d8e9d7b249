"""Customers as an import makes them, until it is seen by one switch."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "import_ready",
        sa.Column("import_id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(320), nullable=False, server_default=""),
        sa.Column("language", sa.String(16), nullable=False, server_default=""),
        sa.Column("profile", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("addresses", sa.Text(), nullable=False, server_default="[]"),
        sa.PrimaryKeyConstraint("import_id", "customer_id", name="pk_import_ready"),
    )
    op.create_index("ix_import_ready_customer_id", "import_ready", ["customer_id"])
    op.create_index("ix_customer_merge_loser_id", "customer_merge", ["loser_id"])
    # one that was half applied by the release before is seen, and goes on to its end line by line
    op.execute("UPDATE customer_import SET state = 'applied' WHERE state = 'applying'")
