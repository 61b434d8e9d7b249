"""The JSON of the page `/sandbox`, as its README has it.

The rule of this file: each shape has one function, and times are milliseconds since 1970.
"""

import time
from dataclasses import asdict

from channels.sandbox.call import Call, Spoken
from channels.sandbox.faults import Fault
from channels.sandbox.mail import Mail
from channels.sandbox.messages import Message
from channels.sandbox.settings import SandboxCustomer
from channels.sandbox.shapes import Json
from channels.webchat.identity import Identity, sign_identity

SIGNED_FOR_SECONDS = 12 * 3600


def show_customer(customer: SandboxCustomer, identity_secret: str) -> Json:
    """A customer. `identity` is as their bank signs it for the chat widget on its web site."""
    shown: Json = {
        "id": customer.id,
        "name": customer.name,
        "phone": customer.phone,
        "email": customer.email,
        "language": customer.language,
    }
    if customer.tier:
        shown["tier"] = customer.tier
    if identity_secret and customer.email:  # an owner of a bare telephone visits no web site
        expires_at = int(time.time()) + SIGNED_FOR_SECONDS
        identity = Identity(address=customer.email, name=customer.name, expires_at=expires_at)
        shown["identity"] = sign_identity(identity_secret, identity)
    return shown


def build_telephone(number: str) -> SandboxCustomer:
    """Somebody of whom the sandbox only knows that the hub has called them."""
    return SandboxCustomer(number, number, "")


def show_telephone(number: str) -> Json:
    return show_customer(build_telephone(number), "")


def show_call(call: Call, others: list[str], sound_url: str) -> Json:
    """A call. `sound`: the websocket of its sound; empty if the sandbox has none, or the call is over."""
    has_sound = sound_url and not call.is_over
    return {
        "sid": call.sid,
        "direction": "outgoing" if call.direction == "inbound" else "incoming",  # as the customer sees it
        "from": call.from_address,
        "to": call.to_address,
        "status": call.status if call.status != "queued" else "ringing",
        "is_over": call.is_over,
        "is_on_hold": call.leg is not None and call.leg.is_on_hold,
        "with": others,
        "sound": f"{sound_url}/customer?call={call.sid}&secret={call.secret}" if has_sound else "",
        "started_at": _milliseconds(call.created_at),
        "answered_at": _milliseconds(call.answered_at),
        "ended_at": _milliseconds(call.ended_at),
        "transcript": [_show_spoken(spoken) for spoken in call.transcript],
    }


def show_fault(fault: Fault) -> Json:
    shown = asdict(fault)
    return shown if fault.where == "sound" else {name: value for name, value in shown.items() if name != "to"}


def show_text(message: Message, media_base: str) -> Json:
    return {
        "sid": message.sid,
        "by": message.by,
        "from": message.from_address,
        "to": message.to_address,
        "text": message.body,
        "parts": message.parts,
        "at": _milliseconds(message.created_at),
        "status": message.status,
        "media": [
            {
                "number": number,
                "name": medium.name,
                "content_type": medium.content_type,
                "size": len(medium.data),
                "url": f"{media_base}/Messages/{message.sid}/Media/{medium.sid}",
            }
            for number, medium in enumerate(message.media, 1)
        ],
        "problem": message.problem,
    }


def show_mail(mail: Mail, *, whole: bool = False) -> Json:
    shape: Json = {
        "id": mail.id,
        "folder": mail.folder,
        "from": mail.from_address,
        "from_name": mail.from_name,
        "to": mail.to_address,
        "subject": mail.subject,
        "at": _milliseconds(mail.at),
        "is_read": mail.is_read,
        "message_id": mail.message_id,
        "answers": mail.answers,
        "attachments": [
            {"number": number, "name": file.name, "content_type": file.content_type, "size": len(file.data)}
            for number, file in enumerate(mail.files, 1)
        ],
    }
    return {**shape, "text": mail.text, "html": mail.html} if whole else shape


def _show_spoken(spoken: Spoken) -> Json:
    return {
        "number": spoken.number,
        "at": _milliseconds(spoken.at),
        "who": spoken.who,
        "kind": spoken.kind,
        "text": spoken.text,
        "language": spoken.language,
    }


def _milliseconds(at: float | None) -> int | None:
    return None if at is None else round(at * 1000)
