"""The schema of the first release."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(320), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "caught_up",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_caught_up"),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(320), server_default="", nullable=False),
        sa.Column("tier", sa.String(64), nullable=False),
        sa.Column("language", sa.String(16), server_default="", nullable=False),
        sa.Column("profile", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
    )
    op.create_table(
        "desk_counter",
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_desk_counter"),
    )
    op.create_table(
        "desk_event",
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "number", name="pk_desk_event"),
    )
    op.create_index("ix_desk_event_at", "desk_event", ["at"])
    op.create_table(
        "desk_presence",
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("process", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "process", name="pk_desk_presence"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), server_default="{}", nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("key", name="uq_inbox_key"),
    )
    op.create_index("ix_inbox_pending", "inbox", ["id"], **only("state = 0"))
    op.create_index("ix_inbox_commands", "inbox", ["id"], **only("state = 0 AND kind = 'command'"))
    op.create_index("ix_inbox_set_aside", "inbox", ["id"], **only("state = 2"))
    op.create_table(
        "estimate",
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("first_wait", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("wait", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_estimate"),
    )
    op.create_index("ix_estimate_first_at", "estimate", ["first_at"])
    op.create_table(
        "journal",
        sa.Column("number", serial, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("input", sa.Text(), server_default="{}", nullable=False),
        sa.Column("effects", sa.Text(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_journal"),
    )
    op.create_table(
        "journal_part",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("number", "part", name="pk_journal_part"),
    )
    op.create_table(
        "journal_start",
        sa.Column("number", serial, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_journal_start"),
    )
    op.create_table(
        "lease",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("batch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("holder", sa.String(320), server_default="", nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("next_journal", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("performed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("latest_now", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("policy_version", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lease"),
    )
    op.create_table(
        "media",
        sa.Column("ref", sa.String(80), nullable=False),
        sa.Column("name", sa.String(320), server_default="", nullable=False),
        sa.Column("content_type", sa.String(320), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_media"),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", serial, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(80), nullable=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("body", sa.Text(), server_default="{}", nullable=False),
        sa.Column("state", sa.String(16), server_default="queued", nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.String(400), server_default="", nullable=False),
        sa.Column("error", sa.String(320), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
    )
    op.create_index("ix_outbox_interaction_id", "outbox", ["interaction_id"])
    op.create_index(
        "ix_outbox_to_do",
        "outbox",
        ["channel", "due_at"],
        **only("state IN ('queued', 'sending')"),
    )
    op.create_table(
        "policy_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(320), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_policy_version"),
    )
    op.create_table(
        "script_text",
        sa.Column("ref", sa.String(64), nullable=False),
        sa.Column("file", sa.String(320), server_default="", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_script_text"),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("sign_in_name", sa.String(200), nullable=False),
        sa.Column("name", sa.String(320), server_default="", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("roles", sa.Text(), server_default="[]", nullable=False),
        sa.Column("language", sa.String(16), server_default="en", nullable=False),
        sa.Column("profile", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("sign_in_name", name="uq_staff_sign_in_name"),
    )
    op.create_table(
        "suppression",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(320), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", name="pk_suppression"),
    )
    op.create_table(
        "address",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("address", sa.String(320), server_default="", nullable=False),
        sa.Column("identity_level", sa.String(16), server_default="claimed", nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_address_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_address"),
        sa.UniqueConstraint("kind", "address", name="uq_address_kind"),
    )
    op.create_index("ix_address_customer_id", "address", ["customer_id"])
    op.create_table(
        "agent_routing",
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("load", sa.Integer(), server_default="0", nullable=False),
        sa.Column("routing", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["staff.id"], name="fk_agent_routing_agent_id"),
        sa.PrimaryKeyConstraint("agent_id", name="pk_agent_routing"),
    )
    op.create_table(
        "agent_span",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["staff.id"], name="fk_agent_span_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agent_span"),
    )
    op.create_index("ix_agent_span_ended_at", "agent_span", ["ended_at"])
    op.create_table(
        "interaction",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("tier", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("address", sa.String(320), server_default="", nullable=False),
        sa.Column("our_address", sa.String(320), server_default="", nullable=False),
        sa.Column("identity_level", sa.String(16), server_default="claimed", nullable=False),
        sa.Column("language", sa.String(16), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_ref", sa.String(320), server_default="", nullable=False),
        sa.Column("leg_ref", sa.String(320), server_default="", nullable=False),
        sa.Column("call_state", sa.String(16), server_default="", nullable=False),
        sa.Column("call_since", sa.BigInteger(), nullable=True),
        sa.Column("call_until", sa.BigInteger(), nullable=True),
        sa.Column("given_back_at", sa.BigInteger(), nullable=True),
        sa.Column("reply_token", sa.String(64), nullable=True),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_customer_gone", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_as", sa.String(16), nullable=True),
        sa.Column("agent_id", sa.String(64), nullable=True),
        sa.Column("reason", sa.Text(), server_default="{}", nullable=False),
        sa.Column("disposition", sa.String(64), nullable=True),
        sa.Column("wrap_up_note", sa.Text(), nullable=True),
        sa.Column("in_time", sa.Boolean(), nullable=True),
        sa.Column("wrap_up_deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("rank_band", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rank_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rank_sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("routing", sa.Text(), nullable=True),
        sa.Column("script_id", sa.String(120), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_interaction_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_interaction"),
        sa.UniqueConstraint("reply_token", name="uq_interaction_reply_token"),
    )
    op.create_index(
        "ix_interaction_closed",
        "interaction",
        ["customer_id", "closed_at"],
        sqlite_where=sa.text("closed_at IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index("ix_interaction_closed_at", "interaction", ["closed_at"], **only("closed_at IS NOT NULL"))
    op.create_index("ix_interaction_entered_at", "interaction", ["entered_at"])
    op.create_index("ix_interaction_open", "interaction", ["customer_id", "channel"], **only("closed_at IS NULL"))
    op.create_index("ix_interaction_open_agent", "interaction", ["agent_id"], **only("closed_at IS NULL"))
    op.create_index("ix_interaction_provider_ref", "interaction", ["provider_ref"])
    op.create_table(
        "profile_value",
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_profile_value_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "name", name="pk_profile_value"),
    )
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_session_staff_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_staff_session"),
    )
    op.create_index("ix_staff_session_staff_id", "staff_session", ["staff_id"])
    op.create_table(
        "message",
        sa.Column("seq", serial, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(320), server_default="", nullable=False),
        sa.Column("author_id", sa.String(64), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("html", sa.Text(), server_default="", nullable=False),
        sa.Column("raw", sa.String(320), server_default="", nullable=False),
        sa.Column("media", sa.Text(), server_default="[]", nullable=False),
        sa.Column("provider_id", sa.String(400), server_default="", nullable=False),
        sa.Column("delivery", sa.String(16), nullable=True),
        sa.Column("error", sa.String(320), server_default="", nullable=False),
        sa.Column("is_automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("fact", sa.String(320), server_default="", nullable=False),
        sa.Column("data", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name="fk_message_interaction_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_message"),
        sa.UniqueConstraint("id", name="uq_message_id"),
    )
    op.create_index("ix_message_customer", "message", ["customer_id", "at"])
    op.create_index("ix_message_interaction", "message", ["interaction_id", "seq"])
    op.create_index("ix_message_provider_id", "message", ["provider_id"], **only("provider_id != ''"))
    op.create_table(
        "offer",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_as", sa.String(16), nullable=True),
        sa.Column("decision", sa.Text(), server_default="{}", nullable=False),
        sa.Column("view", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name="fk_offer_interaction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_offer"),
    )
    op.create_index("ix_offer_agent", "offer", ["agent_id"], **only("ended_at IS NULL"))
    op.create_index("uq_offer_open", "offer", ["interaction_id"], unique=True, **only("ended_at IS NULL"))
    op.create_table(
        "participant",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name="fk_participant_interaction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_participant"),
    )
    op.create_index(
        "uq_participant_owner",
        "participant",
        ["interaction_id"],
        unique=True,
        **only("left_at IS NULL AND role = 'owner'"),
    )
    op.create_table(
        "script_run",
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("script_id", sa.String(120), nullable=False),
        sa.Column("script_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("run", sa.Text(), server_default="{}", nullable=False),
        sa.Column("script", sa.String(64), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name="fk_script_run_interaction_id"),
        sa.ForeignKeyConstraint(["script"], ["script_text.ref"], name="fk_script_run_script"),
        sa.PrimaryKeyConstraint("interaction_id", "script_id", name="pk_script_run"),
    )
