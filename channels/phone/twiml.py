"""Intents as TwiML, the provider's language for calls (twilio.com/docs/voice/twiml).

The rule of this file: one `match` over the intents, and no decisions.
"""

import re
from typing import assert_never

from aiohttp import web
from twilio.twiml.voice_response import VoiceResponse

from channels.channel import LegRole
from channels.phone.intents import AskKey, AskMenu, EndCall, GoOn, Intent, JoinRoom, Play, Record, Say

EVENTS = "start end join leave"
MOST_CHARACTERS = 4096  # of one <Say>: twilio.com/docs/voice/twiml/say
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(*intents: Intent) -> str:
    response = VoiceResponse()
    for intent in intents:
        match intent:
            case Say(text, language):
                response.say(_sayable(text), language=language)
            case Play(url, times):
                response.play(url, loop=times)
            case JoinRoom(room, role, wait_url, events_url, label, starts, is_muted, coaches):
                is_customer = role is LegRole.CUSTOMER
                response.dial().conference(
                    room,
                    participant_label=label or role.value,
                    start_conference_on_enter=starts and not is_customer,
                    end_conference_on_exit=is_customer,  # without the customer there is no call
                    beep="false",
                    wait_url=wait_url,
                    wait_method="POST",
                    status_callback=events_url,
                    status_callback_event=EVENTS,
                    status_callback_method="POST",
                    **({"muted": True} if is_muted else {}),
                    **({"coach": coaches} if coaches else {}),
                )
            case AskKey(words, url, seconds):
                gather = response.gather(input="dtmf", num_digits=1, timeout=seconds, action=url, method="POST")
                for say in words:
                    gather.say(_sayable(say.text), language=say.language)
            case AskMenu(words, url, ear, hints, seconds):
                listens = {"language": ear, "hints": ",".join(hints), "speech_timeout": "auto"} if ear else {}
                gather = response.gather(
                    input="dtmf speech" if ear else "dtmf",
                    num_digits=1,
                    timeout=seconds,
                    action=url,
                    method="POST",
                    **listens,
                )
                for say in words:
                    gather.say(_sayable(say.text), language=say.language)
            case Record(url, events_url, most_seconds, silence_seconds, finish_key):
                response.record(
                    action=url,
                    method="POST",
                    play_beep=True,
                    max_length=most_seconds,
                    timeout=silence_seconds,
                    finish_on_key=finish_key,
                    **(_report_recording(events_url) if events_url else {}),
                )
            case GoOn(url):
                response.redirect(url, method="POST")
            case EndCall():
                response.hangup()
            case _:
                assert_never(intent)
    return str(response)


def _sayable(text: str) -> str:
    """The text without characters that XML 1.0 does not have: a document with one is no document (2.2 Characters)."""
    return _NOT_XML.sub(" ", text)[:MOST_CHARACTERS]


def _report_recording(url: str) -> dict[str, str]:
    return {
        "recording_status_callback": url,
        "recording_status_callback_method": "POST",
        "recording_status_callback_event": "completed absent",
    }


def build_answer(*intents: Intent) -> web.Response:
    """The answer to a voice webhook."""
    return web.Response(text=render(*intents), content_type="text/xml")
