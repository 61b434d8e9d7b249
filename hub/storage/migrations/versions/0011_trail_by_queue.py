"""The audit trail by queue, also for moves by a supervisor or a policy, with the customer.

An earlier look at a whole conversation does not name the queues of its interactions: it stays without a queue.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("audit", sa.Column("queue", sa.String(64), server_default="", nullable=False))
    op.execute("UPDATE audit SET queue = substr(subject, 1, 64) WHERE action IN ('waiting.read', 'held.read')")
    op.execute("""
        UPDATE audit SET
            queue = COALESCE((SELECT i.queue FROM interaction i WHERE i.id = audit.subject), ''),
            customer_id = COALESCE((SELECT i.customer_id FROM interaction i WHERE i.id = audit.subject), customer_id)
        WHERE action IN (
            'explanation.read', 'candidates.read', 'wallboard.assign_interaction', 'wallboard.move_interaction',
            'wallboard.boost_interaction', 'policy.move_interaction', 'policy.change_tier'
        )
    """)
    op.execute("""
        UPDATE audit SET queue = COALESCE((
            SELECT i.queue FROM message m JOIN interaction i ON i.id = m.interaction_id WHERE m.id = audit.subject
        ), '')
        WHERE action IN ('message.read', 'media.read')
    """)
    of_work = sa.text("queue != ''")
    op.create_index("ix_audit_queue", "audit", ["queue", "id"], sqlite_where=of_work, postgresql_where=of_work)
