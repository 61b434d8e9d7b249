"""The history of every value of a profile. What scripts had learned goes into the profiles themselves."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    changes = op.create_table(
        "profile_change",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("old", sa.Text(), nullable=False, server_default="null"),
        sa.Column("new", sa.Text(), nullable=False, server_default="null"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(16), nullable=False),
        sa.Column("changer_id", sa.String(320), nullable=False, server_default=""),
        sa.Column("source", sa.String(320), nullable=False, server_default=""),
        sa.Column("interaction_id", sa.String(64), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("seq", name="pk_profile_change"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_profile_change_customer_id"),
    )
    op.create_index("ix_profile_change_customer_id", "profile_change", ["customer_id", "seq"])
    connection = op.get_bind()
    learned = connection.execute(
        sa.text(
            "SELECT v.customer_id, v.name, v.value, v.changed_at, v.interaction_id, c.profile"
            " FROM profile_value v JOIN customer c ON c.id = v.customer_id ORDER BY v.changed_at"
        )
    ).all()
    profiles = {row.customer_id: json.loads(row.profile) for row in learned}
    for row in learned:
        old = profiles[row.customer_id].get(row.name)
        profiles[row.customer_id][row.name] = row.value
        values = {
            "customer_id": row.customer_id,
            "name": row.name[:64],
            "old": json.dumps(old, ensure_ascii=False),
            "new": json.dumps(row.value, ensure_ascii=False),
            "at": row.changed_at,
            "changed_by": "script",
            "interaction_id": row.interaction_id,
        }
        connection.execute(sa.insert(changes).values(**values))
    for customer_id, profile in profiles.items():
        text = json.dumps(profile, ensure_ascii=False)
        update = sa.text("UPDATE customer SET profile = :profile WHERE id = :id")
        connection.execute(update, {"profile": text, "id": customer_id})
    op.drop_table("profile_value")
