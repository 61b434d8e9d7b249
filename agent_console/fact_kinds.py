"""The kinds of facts in a transcript: what happened, beside what people wrote.

The rule of this file: a kind is stored as it stands here, so it keeps its name for ever. Its words in both languages
are a line of `web/src/desk/words/facts.ts`, which does not compile without them.
"""

from typing import Literal

FactKind = Literal[
    # It comes, and its customer stays or goes
    "entered",
    "place_kept",
    "customer_returned",
    "customer_left",
    "menu_chosen",
    "menu_left",
    "missed",
    "came_late",
    # It is offered and held
    "assigned",
    "offer_declined",
    "offer_expired",
    "offer_agent_lost",
    "accepted",
    "held",
    "resumed",
    "line_change_failed",
    "transferred",
    "boosted",
    "ended",
    "wrapped_up",
    "closed",
    "closed_unfinished",
    "script_picked",
    "statement_not_said",
    # The rules of its queue, or a new policy, decide about it
    "overflow_queue",
    "overflow_callback",
    "overflow_voicemail",
    "overflow_auto_reply",
    "overflow_release",
    "transfer_returned",
    "moved_by_policy",
    "tier_moved_by_policy",
    # The customer is called back, or an agent's telephone is called
    "callback_wished",
    "callback_given",
    "callback_withdrawn",
    "callback_refused",
    "callback_answered",
    "callback_unanswered",
    "dialled",
    "appointment_made",
    "appointment_moved",
    "appointment_cancelled",
    "appointment_due",
    "appointment_missed",
    "voicemail_left",
    "voicemail_lost",
    "agent_line_failed",
    # An agent calls the customer
    "called_out",
    "call_out_failed",
    "machine_answered",
    "machine_left_message",
    # Others are in the call
    "consult_asked",
    "transfer_asked",
    "handed_over",
    "left_to_others",
    "party_joined",
    "party_left",
    "party_unreached",
    # The call is recorded
    "recording_began",
    "recording_not_announced",
    "recording_failed",
    "recording_paused",
    "recording_pause_failed",
    "recording_resumed",
    "recording_resume_failed",
    "recording_stop_failed",
    "recording_step",
    # The customer is in a call and in a chat
    "linked",
    "linked_callback",
    "paused",
    "waits_again",
    "closed_with_call",
    "owed_elsewhere",
    "wrote_elsewhere",
    "left_elsewhere",
]
