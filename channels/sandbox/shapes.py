"""The JSON of the REST API, as the provider writes it.

The rule of this file: each resource has one function. Every key of the provider's schema is there, as null if the
sandbox has no value.
"""

from email.utils import formatdate
from typing import Any, Final

from channels.sandbox.call import Call, Conference, Leg
from channels.sandbox.messages import Medium, Message
from channels.sandbox.recordings import Recording

Json = dict[str, Any]
VERSION: Final = "2010-04-01"


def build_message(message: Message, account_sid: str) -> Json:
    uri = f"/{VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    return {
        "sid": message.sid,
        "account_sid": account_sid,
        "from": message.from_address,
        "to": message.to_address,
        "body": message.body,
        "status": message.status,
        "direction": message.direction,
        "num_segments": str(message.parts),
        "num_media": str(len(message.media)),
        "error_code": int(message.error_code) if message.error_code else None,
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "messaging_service_sid": None,
        "date_created": _date(message.created_at),
        "date_updated": _date(message.updated_at),
        "date_sent": _date(message.sent_at),
        "api_version": VERSION,
        "uri": uri + ".json",
        "subresource_uris": {"media": uri + "/Media.json"},
    }


def build_medium(medium: Medium, message: Message, account_sid: str) -> Json:
    return {
        "sid": medium.sid,
        "account_sid": account_sid,
        "parent_sid": message.sid,
        "content_type": medium.content_type,
        "date_created": _date(message.created_at),
        "date_updated": _date(message.created_at),
        "uri": f"/{VERSION}/Accounts/{account_sid}/Messages/{message.sid}/Media/{medium.sid}.json",
    }


def build_call(call: Call, account_sid: str) -> Json:
    uri = f"/{VERSION}/Accounts/{account_sid}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "account_sid": account_sid,
        "parent_call_sid": None,
        "from": call.from_address,
        "from_formatted": call.from_address,
        "to": call.to_address,
        "to_formatted": call.to_address,
        "status": call.status,
        "direction": call.direction,
        "start_time": _date(call.started_at),
        "end_time": _date(call.ended_at),
        "duration": str(call.duration) if call.is_over else None,
        "answered_by": None,
        "caller_name": None,
        "forwarded_from": None,
        "group_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "trunk_sid": None,
        "date_created": _date(call.created_at),
        "date_updated": _date(call.updated_at),
        "api_version": VERSION,
        "uri": uri + ".json",
        "subresource_uris": {"recordings": uri + "/Recordings.json"},
    }


def build_conference(conference: Conference, account_sid: str) -> Json:
    uri = f"/{VERSION}/Accounts/{account_sid}/Conferences/{conference.sid}"
    return {
        "sid": conference.sid,
        "account_sid": account_sid,
        "friendly_name": conference.name,
        "status": conference.status,
        "region": "us1",
        "reason_conference_ended": conference.ended_because,
        "call_sid_ending_conference": conference.ended_by,
        "date_created": _date(conference.created_at),
        "date_updated": _date(conference.updated_at),
        "api_version": VERSION,
        "uri": uri + ".json",
        "subresource_uris": {"participants": uri + "/Participants.json", "recordings": uri + "/Recordings.json"},
    }


def build_recording(recording: Recording, account_sid: str) -> Json:
    call_sid = recording.call.sid
    return {
        "sid": recording.sid,
        "account_sid": account_sid,
        "call_sid": call_sid,
        "conference_sid": None,
        "status": recording.status,
        "channels": recording.channels,
        "source": recording.source,
        "track": recording.track,
        "duration": str(recording.seconds) if recording.ended_at is not None else None,
        "error_code": None,
        "encryption_details": None,
        "price": None,
        "price_unit": "USD",
        "start_time": _date(recording.started_at),
        "date_created": _date(recording.started_at),
        "date_updated": _date(recording.ended_at or recording.started_at),
        "api_version": VERSION,
        "uri": f"/{VERSION}/Accounts/{account_sid}/Calls/{call_sid}/Recordings/{recording.sid}.json",
    }


def build_participant(leg: Leg, conference: Conference, account_sid: str) -> Json:
    return {
        "call_sid": leg.call.sid,
        "account_sid": account_sid,
        "conference_sid": conference.sid,
        "label": leg.label or None,
        "status": leg.status,
        "muted": leg.is_muted,
        "hold": leg.is_on_hold,
        "coaching": bool(leg.coaches),
        "call_sid_to_coach": leg.coaches or None,
        "start_conference_on_enter": leg.starts,
        "end_conference_on_exit": leg.ends,
        "queue_time": "0",
        "date_created": _date(leg.created_at),
        "date_updated": _date(leg.updated_at),
        "uri": f"/{VERSION}/Accounts/{account_sid}/Conferences/{conference.sid}/Participants/{leg.call.sid}.json",
    }


def _date(at: float | None) -> str | None:
    """RFC 2822 in UTC, with the provider's +0000."""
    return None if at is None else formatdate(at).replace("-0000", "+0000")
