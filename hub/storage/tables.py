"""The schema, alike for SQLite and PostgreSQL.

The rule of this file: instants are BIGINT microseconds since 1970 UTC and end in `_at`; ids are text. A JSON document
is text that orjson wrote; no query looks inside it. A condition that must hold under any race is an index or a key
here, not an `if` elsewhere.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hub.storage.calling_tables import agent_calls as agent_calls
from hub.storage.calling_tables import appointment as appointment
from hub.storage.columns import Serial, at, document, only, short
from hub.storage.columns import metadata as metadata  # with every table of this file in it
from hub.storage.consent_tables import consent_entry as consent_entry
from hub.storage.customer_tables import activity as activity
from hub.storage.customer_tables import attribute as attribute
from hub.storage.customer_tables import profile_change as profile_change
from hub.storage.customer_tables import rule_value as rule_value
from hub.storage.hearing_tables import hearing as hearing
from hub.storage.import_tables import customer_import as customer_import
from hub.storage.mail_tables import filed_mail as filed_mail
from hub.storage.matching_tables import customer_merge as customer_merge
from hub.storage.matching_tables import match_key as match_key
from hub.storage.matching_tables import possible_match as possible_match
from hub.storage.matching_tables import shared_address as shared_address
from hub.storage.party_tables import party as party
from hub.storage.recording_tables import recording as recording
from hub.storage.relation_tables import holding as holding
from hub.storage.relation_tables import relation as relation
from hub.storage.routing_tables import journal as journal
from hub.storage.routing_tables import journal_part as journal_part
from hub.storage.routing_tables import journal_start as journal_start
from hub.storage.routing_tables import lease as lease
from hub.storage.routing_tables import policy_version as policy_version
from hub.storage.rule_tables import rule_delay as rule_delay
from hub.storage.rule_tables import rule_due as rule_due
from hub.storage.rule_tables import rule_round as rule_round
from hub.storage.rule_tables import stage_move as stage_move
from hub.storage.rule_tables import tier_move as tier_move
from hub.storage.rule_tables import tier_override as tier_override
from hub.storage.script_tables import script_comparison as script_comparison
from hub.storage.script_tables import script_note as script_note
from hub.storage.script_tables import script_run as script_run
from hub.storage.script_tables import script_text as script_text
from hub.storage.script_tables import script_version as script_version
from hub.storage.search_tables import customer_search as customer_search
from hub.storage.segment_tables import segment as segment
from hub.storage.segment_tables import segment_change as segment_change
from hub.storage.segment_tables import segment_day as segment_day
from hub.storage.segment_tables import segment_member as segment_member
from hub.storage.segment_tables import segment_sample as segment_sample
from hub.storage.segment_tables import segment_version as segment_version
from hub.storage.staff_tables import acting_desk as acting_desk
from hub.storage.staff_tables import audit as audit
from hub.storage.staff_tables import server_key as server_key
from hub.storage.staff_tables import sign_in_budget as sign_in_budget
from hub.storage.staff_tables import staff as staff
from hub.storage.staff_tables import staff_session as staff_session
from hub.storage.token_tables import api_token as api_token

# ---- the way in ----------------------------------------------------------------------------------------

PENDING, DONE, SET_ASIDE, KEY_KEPT = 0, 1, 2, 3  # KEY_KEPT: handled long ago, and only the key is left

# Everything that enters, notice or command, once per delivery key (P2), handled in the order of its id (P1, P8).
inbox = Table(
    "inbox",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", String(400), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),  # the notice's class, or "command"
    document("body"),
    at("received_at"),
    Column("state", SmallInteger, nullable=False, server_default="0"),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("answer", Text, nullable=True),  # the answer to a command
    Column("problem", Text, nullable=True),
    at("handled_at", nullable=True),
)
Index("ix_inbox_pending", inbox.c.id, **only(inbox.c.state == 0))
_command_waits = (inbox.c.state == 0) & (inbox.c.kind == "command")
Index("ix_inbox_commands", inbox.c.id, **only(_command_waits))
Index("ix_inbox_set_aside", inbox.c.id, **only(inbox.c.state == 2))
Index("ix_inbox_key_kept", inbox.c.id, **only(inbox.c.state == 3))

# Until when the hub knows all events of each provider
caught_up = Table("caught_up", metadata, Column("channel", String(16), primary_key=True), at("at"))

# ---- routing: its tables that name no other are in routing_tables.py --------------------------------------

interaction = Table(
    "interaction",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("queue", String(64), nullable=False),
    Column("tier", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),  # grows with every change of state or holder
    Column("direction", String(8), nullable=False, server_default="in"),  # out: an agent called the customer
    short("address"),  # the customer's
    short("our_address"),
    short("reply_to"),  # where the customer wants mails, if not at `address`
    Column("is_automatic", Boolean, nullable=False, server_default=text("false")),  # a program wrote its newest mail
    Column("identity_level", String(16), nullable=False, server_default="claimed"),
    Column("language", String(16), nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    short("provider_ref"),  # call id or chat id
    short("leg_ref"),  # the agent's leg
    short("leg_request"),  # the outbox id of the request that called it, and its label
    Column("call_state", String(16), nullable=False, server_default=""),
    at("call_since", nullable=True),
    at("call_until", nullable=True),  # of a call to the customer, our last words, or a wait for the agent
    at("given_back_at", nullable=True),  # the line, for a callback: from then on nobody waits on a line
    short("recording_ref"),  # the provider's id of the latest recording of this call
    at("recording_began_at", nullable=True),  # null: no recording is running
    Column("announced", String(64), nullable=False, server_default=""),  # which words on recording the customer heard
    Column("purpose", String(64), nullable=False, server_default=""),  # as the caller chose it in a menu
    Column("reply_token", String(64), nullable=True, unique=True),
    Column("last_number", Integer, nullable=False, server_default="0"),  # the chat's newest message's number
    Column("is_customer_gone", Boolean, nullable=False, server_default=text("false")),
    at("entered_at"),
    at("state_at"),
    at("accepted_at", nullable=True),  # by its present agent
    at("answered_at", nullable=True),  # first accepted: service levels use it
    at("ended_at", nullable=True),  # the customer has gone or the agent ended it: wrap-up began
    at("closed_at", nullable=True),
    Column("closed_as", String(16), nullable=True),
    Column("agent_id", String(64), nullable=True),  # the agent who holds it or held it last
    document("reason"),  # the view of the last decision
    Column("disposition", String(64), nullable=True),
    Column("wrap_up_note", Text, nullable=True),
    Column("in_time", Boolean, nullable=True),  # accepted within the queue's threshold
    at("wrap_up_deadline_at", nullable=True),
    Column("rank_band", Integer, nullable=False, server_default="0"),
    Column("rank_at", BigInteger, nullable=False, server_default="0"),
    Column("rank_sequence", BigInteger, nullable=False, server_default="0"),
    Column("routing", Text, nullable=True),  # routing.model.InteractionRow while open
    Column("script_id", String(120), nullable=False, server_default=""),  # the script whose run the desk shows
    Column("hand_over", Text, nullable=False, server_default=""),  # the card of its last transfer, as JSON
)
_open = interaction.c.closed_at.is_(None)
Index("ix_interaction_open", interaction.c.customer_id, interaction.c.channel, **only(_open))
Index("ix_interaction_open_agent", interaction.c.agent_id, **only(_open))
Index("ix_interaction_provider_ref", interaction.c.provider_ref)
Index("ix_interaction_entered_at", interaction.c.entered_at)
_closed = interaction.c.closed_at.is_not(None)
Index("ix_interaction_closed_at", interaction.c.closed_at, sqlite_where=_closed, postgresql_where=_closed)
# of all: whoever deletes a customer asks whether an interaction refers to them, open or closed
Index("ix_interaction_customer_id", interaction.c.customer_id, interaction.c.closed_at)

# P3: one open offer and one owner, under any race
offer = Table(
    "offer",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("interaction_id", String(64), ForeignKey("interaction.id"), nullable=False),
    Column("agent_id", String(64), nullable=False),
    at("made_at"),
    at("deadline_at"),
    at("ended_at", nullable=True),
    Column("ended_as", String(16), nullable=True),
    document("decision"),
    document("view"),  # the offer as the desk shows it
)
_offer_open = offer.c.ended_at.is_(None)
Index("uq_offer_open", offer.c.interaction_id, unique=True, **only(_offer_open))
Index("ix_offer_agent", offer.c.agent_id, **only(_offer_open))

# Estimates of the wait, for customers on the phone and in chats
estimate = Table(
    "estimate",
    metadata,
    Column("interaction_id", String(64), primary_key=True),
    at("first_at"),
    Column("first_wait", BigInteger, nullable=True),  # told or not: it is compared with the real wait
    at("at"),
    Column("position", Integer, nullable=False),
    Column("wait", BigInteger, nullable=True),  # from `at` on; null: the customer is told no wait
)
Index("ix_estimate_first_at", estimate.c.first_at)

participant = Table(
    "participant",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("interaction_id", String(64), ForeignKey("interaction.id"), nullable=False),
    Column("agent_id", String(64), nullable=False),  # "" for a person who is not staff
    Column("role", String(16), nullable=False),  # owner, consult, monitor; sender: another person with a reply token
    short("address"),  # a sender's
    short("name"),
    at("joined_at"),
    at("left_at", nullable=True),
)
_owner = (participant.c.left_at.is_(None)) & (participant.c.role == "owner")
Index("uq_participant_owner", participant.c.interaction_id, unique=True, **only(_owner))
Index("ix_participant_interaction", participant.c.interaction_id, participant.c.agent_id)
_sender = [participant.c.interaction_id, participant.c.address]
Index("uq_participant_sender", *_sender, unique=True, **only(participant.c.role == "sender"))

agent_routing = Table(
    "agent_routing",
    metadata,
    Column("agent_id", String(64), ForeignKey("staff.id"), primary_key=True),
    Column("version", BigInteger, nullable=False, server_default="1"),
    Column("state", String(16), nullable=False),
    Column("load", Integer, nullable=False, server_default="0"),  # points held; changed by version (P3)
    document("routing"),  # routing.model.AgentRow
)

# The past states of agents; the present one is in agent_routing
agent_span = Table(
    "agent_span",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("agent_id", String(64), ForeignKey("staff.id"), nullable=False),
    Column("state", String(16), nullable=False),
    at("began_at"),
    at("ended_at"),
)
Index("ix_agent_span_ended_at", agent_span.c.ended_at)

# ---- customers -----------------------------------------------------------------------------------------

customer = Table(
    "customer",
    metadata,
    Column("id", String(64), primary_key=True),
    short("name"),
    Column("tier", String(64), nullable=False, index=True),
    Column("language", String(16), nullable=False, server_default=""),
    document("profile"),
    at("created_at"),
    Column("version", Integer, nullable=False, server_default="1"),
    # the one who stands for them; null: they stand for themselves; "": nobody does, they go with an import
    Column("merged_into", String(64), nullable=True),
    document("merged_ids", "[]"),  # those for whom they stand, also over several merges
)
Index("ix_customer_merged_into", customer.c.merged_into, customer.c.id, **only(customer.c.merged_into.is_not(None)))

address = Table(
    "address",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("customer_id", String(64), ForeignKey("customer.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # phone (calls and SMS), email, chat
    short("address"),  # E.164, a mailbox in lower case, a chat identity
    Column("identity_level", String(16), nullable=False, server_default="claimed"),
    Column("language", String(16), nullable=False, server_default=""),  # that somebody chose in a phone menu
    UniqueConstraint("kind", "address", name="uq_address_kind"),
)

# STOP and the like: nothing leaves to an address that is here
suppression = Table(
    "suppression",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("address", String(320), primary_key=True),
    at("created_at"),
    short("cause"),
)

# ---- messages ------------------------------------------------------------------------------------------

message = Table(
    "message",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),  # the order of the transcript
    Column("id", String(80), nullable=False, unique=True),
    Column("interaction_id", String(64), ForeignKey("interaction.id"), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # customer, participant, agent, note, fact
    Column("channel", String(16), nullable=False),
    Column("number", Integer, nullable=False, server_default="0"),  # its number in a chat
    at("at"),
    short("author"),
    short("address"),  # the sender's
    Column("identity_level", String(16), nullable=False, server_default=""),  # how sure the address is
    Column("mail_key", String(64), nullable=False, server_default=""),  # the same in all deliveries of one mail
    Column("author_id", String(64), nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    Column("html", Text, nullable=False, server_default=""),
    short("raw"),
    document("media", "[]"),
    Column("provider_id", String(400), nullable=False, server_default=""),
    Column("delivery", String(16), nullable=True),
    short("error"),
    Column("is_automatic", Boolean, nullable=False, server_default=text("false")),
    Column("problem", Text, nullable=False, server_default=""),
    short("fact"),
    document("data"),
)
Index("ix_message_interaction", message.c.interaction_id, message.c.seq)
Index("ix_message_customer", message.c.customer_id, message.c.at)
_with_provider_id = message.c.provider_id != ""
Index("ix_message_provider_id", message.c.provider_id, **only(_with_provider_id))
Index("ix_message_mail_key", message.c.mail_key, **only(message.c.mail_key != ""))
_auto_reply = message.c.is_automatic & (message.c.kind == "agent") & (message.c.channel == "email")
Index("ix_message_auto_reply", message.c.at, **only(_auto_reply))

# Everything that leaves, once. queued -> sending -> sent | failed | unknown (P7)
outbox = Table(
    "outbox",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),  # the order within an interaction
    Column("id", String(80), nullable=False, unique=True),
    Column("interaction_id", String(64), nullable=False, index=True),
    Column("message_id", String(80), nullable=True),
    Column("channel", String(16), nullable=False),
    Column("kind", String(20), nullable=False),  # the request's class
    document("body"),
    Column("to_kind", String(16), nullable=False, server_default=""),  # of the address that it reaches
    short("to_address"),
    Column("for_purpose", String(16), nullable=False, server_default=""),  # of the consent it needs; "": none
    Column("state", String(16), nullable=False, server_default="queued"),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    at("due_at"),
    at("created_at"),
    Column("provider_id", String(400), nullable=False, server_default=""),
    short("error"),
)
_to_do = outbox.c.state.in_(["queued", "sending"])
Index("ix_outbox_to_do", outbox.c.channel, outbox.c.due_at, **only(_to_do))
Index("ix_outbox_unknown", outbox.c.seq, **only(outbox.c.state == "unknown"))

media = Table(
    "media",
    metadata,
    Column("ref", String(80), primary_key=True),
    short("name"),
    short("content_type"),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    at("created_at"),
)

# ---- screens -------------------------------------------------------------------------------------------

# A counter row, never a sequence: sequences become visible out of order
desk_counter = Table(
    "desk_counter",
    metadata,
    Column("agent_id", String(64), primary_key=True),
    Column("number", BigInteger, nullable=False),
)

desk_event = Table(
    "desk_event",
    metadata,
    Column("agent_id", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    at("at"),
    document("event"),
)
Index("ix_desk_event_at", desk_event.c.at)

# Which agents have an open desk; the process that has the socket renews the row every few seconds
desk_presence = Table(
    "desk_presence",
    metadata,
    Column("agent_id", String(64), primary_key=True),
    Column("process", String(64), primary_key=True),
    at("seen_at"),
)
