"""The provider's forms about calls, read as notices: a call arrives, legs come and go.

The rule of this file: pure. A notice's key names the leg and what happened to it. So a webhook, its repetition and
the provider's list all give the same notice.
"""

from channels.channel import (
    AgentReady,
    CallAnswered,
    CallArrived,
    CallbackWished,
    IdentityLevel,
    LegJoined,
    LegLeft,
    LegRole,
    MachineAnswered,
)
from channels.twilio.account import CALL_SID, CONFERENCE_SID
from channels.twilio.webhook import BadForm, Form, get_sid, get_text

_FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_ANSWERED = "in-progress"
_UNDER_WAY = frozenset({"queued", "initiated", "ringing", _ANSWERED, "answered"})
_LEG_EVENTS = frozenset({"participant-join", "participant-leave"})
# `AnsweredBy` begins with one of these if no person answered; a machine's value goes on with what it does next
_MACHINES = ("machine_", "fax")
MACHINE = "machine"  # the reason of a leg that a machine or a fax has answered
_REDIRECTED = "participant_updated_via_api"  # the hub moved the leg, and the call goes on
# What the provider writes if the caller withholds the number: a word, or its letters as keys of a dial pad.
_WITHHELD = frozenset(
    {"", "anonymous", "restricted", "unavailable", "unknown", "blocked", "private"}
    | {"+266696687", "+7378742833", "+86282452253", "+8656696", "+2562533", "+7748378"}
)


def parse_arrival(form: Form) -> CallArrived:
    """The call in a voice webhook. Raises BadForm.

    A withheld number becomes an address of this call alone. Otherwise all such callers would be one customer.
    """
    call_id = get_sid(form, "CallSid", CALL_SID)
    from_address = get_text(form, "From")
    if from_address.lower() in _WITHHELD:
        from_address = f"anonymous:{call_id}"
    deliveries = f"phone:{form['AccountSid']}:{call_id}"
    # STIR/SHAKEN level A: the caller's own operator vouches for the number
    is_vouched = form.get("StirVerstat") == "TN-Validation-Passed-A"
    return CallArrived(
        key=f"{deliveries}:inbound",
        call_id=call_id,
        from_address=from_address,
        to_address=get_text(form, "To"),
        identity_level=IdentityLevel.PROVEN if is_vouched else IdentityLevel.CLAIMED,
        country=form.get("FromCountry", ""),
        over_keys=tuple(f"{deliveries}:{status}" for status in sorted(_FINAL)),
    )


def parse_conference_event(form: Form) -> LegJoined | LegLeft | None:
    """The leg that came or went. None for other events (the conference's start and end, mute, hold, speech, or one
    that is not known here), and if the hub moved the leg: the customer hears words, or the agent was brought into the
    room a second time. Raises BadForm.

    The label of an agent's leg is the outbox id of the request that called it.
    """
    event = get_text(form, "StatusCallbackEvent")
    if event not in _LEG_EVENTS:
        return None
    call_id = get_sid(form, "FriendlyName", CALL_SID)
    leg_id = get_sid(form, "CallSid", CALL_SID)
    key = f"phone:{form['AccountSid']}:{leg_id}:{event}:{get_sid(form, 'ConferenceSid', CONFERENCE_SID)}"
    role = LegRole.CUSTOMER if leg_id == call_id else LegRole.AGENT
    outbox_id = form.get("ParticipantLabel", "") if role is LegRole.AGENT else ""
    if event == "participant-join":
        return LegJoined(key, call_id, leg_id, role, outbox_id)
    reason = form.get("ReasonParticipantLeft", "")
    if reason == _REDIRECTED:
        return None
    return LegLeft(key, call_id, leg_id, role, reason, outbox_id)


def parse_call_status(form: Form, call_id: str, outbox_id: str = "") -> LegLeft | CallAnswered | None:
    """The end of a leg, or the answer to our call to a customer. None for any other status. `call_id` is empty for
    the customer's own leg. Raises BadForm."""
    leg_id = get_sid(form, "CallSid", CALL_SID)
    if call_id and not CALL_SID.fullmatch(call_id):
        raise BadForm("call is malformed")
    status = get_text(form, "CallStatus")
    if status == _ANSWERED and outbox_id and not call_id:
        return parse_answer(form, outbox_id)
    if status not in _FINAL:
        return None
    role = LegRole.AGENT if call_id else LegRole.CUSTOMER
    key = f"phone:{form['AccountSid']}:{leg_id}:{status}"
    return LegLeft(key, call_id or leg_id, leg_id, role, status, outbox_id)


def parse_key(form: Form, call_id: str, number: int, key: str) -> CallbackWished | None:
    """The customer's wish to be called back. None if they pressed another key than `key`. Raises BadForm."""
    if get_sid(form, "CallSid", CALL_SID) != call_id:
        raise BadForm("call is not the one that asks")
    if not key or form.get("Digits") != key:
        return None
    return CallbackWished(f"phone:{form['AccountSid']}:{call_id}:callback:{number}", call_id)


def parse_answer(form: Form, outbox_id: str) -> CallAnswered | LegLeft:
    """Who has answered our call to a customer. Both its status and its request for the room tell of that. If the
    provider has recognised a machine (twilio.com/docs/voice/answering-machine-detection), the customer has not
    answered, and their leg has left. Raises BadForm."""
    call_id = get_sid(form, "CallSid", CALL_SID)
    if not outbox_id:
        raise BadForm("o is missing")
    if form.get("AnsweredBy", "").startswith(_MACHINES):
        key = f"phone:{form['AccountSid']}:{call_id}:{MACHINE}"
        return LegLeft(key, call_id, call_id, LegRole.CUSTOMER, MACHINE, outbox_id)
    return CallAnswered(f"phone:{form['AccountSid']}:{call_id}:answered", call_id, outbox_id)


def is_over(status: str) -> bool:
    return status in _FINAL


def parse_ready(form: Form, outbox_id: str) -> AgentReady:
    """The agent who calls out has picked up. Raises BadForm."""
    leg_id = get_sid(form, "CallSid", CALL_SID)
    if not outbox_id:
        raise BadForm("o is missing")
    return AgentReady(f"phone:{form['AccountSid']}:{leg_id}:ready", leg_id, outbox_id)


def parse_agent_leg_end(form: Form, outbox_id: str) -> LegLeft | None:
    """The end of the leg of an agent who called out, whatever room it was in. None for any other status. Raises
    BadForm."""
    leg_id, status = get_sid(form, "CallSid", CALL_SID), get_text(form, "CallStatus")
    if status not in _FINAL:
        return None
    return LegLeft(f"phone:{form['AccountSid']}:{leg_id}:{status}", leg_id, leg_id, LegRole.AGENT, status, outbox_id)


def parse_answered_by(form: Form, outbox_id: str) -> MachineAnswered | None:
    """Who has answered our call to a customer, told while they talk. None for a person, or if nobody knows. Raises
    BadForm."""
    call_id, answered_by = get_sid(form, "CallSid", CALL_SID), form.get("AnsweredBy", "")
    if not outbox_id:
        raise BadForm("o is missing")
    if not answered_by.startswith(_MACHINES):
        return None
    key = f"phone:{form['AccountSid']}:{call_id}:{MACHINE}"
    return MachineAnswered(key, call_id, outbox_id, may_speak=answered_by.startswith("machine_end"))


def is_under_way(status: str) -> bool:
    return status in _UNDER_WAY
