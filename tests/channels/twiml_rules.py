"""The provider's rules for TwiML (twilio.com/docs/voice/twiml and the page of each verb), as a check for tests.

The rule of this file: it knows the verbs, nouns and attributes that the provider documents, and what may stand in
each. Whatever it does not know is wrong. It imports nothing of the product.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

MOST_BYTES = 64 * 1024  # twilio.com/docs/api/errors/11750
MOST_SAID = 4096  # characters of one <Say>
# Say: twilio.com/docs/voice/twiml/say/text-speech. Speech: twilio.com/docs/voice/twiml/gather#languagetags
VOICES = {"en-US", "en-GB", "zh-CN", "zh-HK", "zh-TW", "sv-SE", "da-DK", "nb-NO", "fi-FI", "de-DE", "fr-FR", "es-ES"}
EARS = {"en-US", "en-GB", "cmn-Hans-CN", "sv-SE", "da-DK", "no-NO", "nb-NO", "fi-FI", "de-DE", "fr-FR", "es-ES"}
ROOM_EVENTS = {"start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"}

Rule = Callable[[str], bool]


def one_of(*values: str) -> Rule:
    return lambda value: value in values


def some_of(*values: str) -> Rule:
    return lambda value: bool(value) and set(value.split()) <= set(values)


def number(least: int, most: int = 10**9) -> Rule:
    return lambda value: value.isascii() and value.isdecimal() and least <= int(value) <= most


def is_url(value: str) -> bool:
    url = urlsplit(value)
    return bool(value) and " " not in value and (not url.scheme or url.scheme in ("http", "https"))


def is_keys(value: str) -> bool:
    return re.fullmatch("[0-9*#]*", value) is not None


FLAG, METHOD = one_of("true", "false"), one_of("GET", "POST")
SAY = {"language": one_of(*VOICES), "voice": bool, "loop": number(0)}
PLAY = {"loop": number(0), "digits": lambda value: re.fullmatch("[0-9*#wW]+", value) is not None}
PAUSE = {"length": number(0)}
GATHER: dict[str, Rule] = {
    "action": is_url,
    "method": METHOD,
    "input": one_of("dtmf", "speech", "dtmf speech", "speech dtmf"),
    "timeout": number(1),
    "speechTimeout": lambda value: value == "auto" or number(1)(value),
    "finishOnKey": is_keys,
    "numDigits": number(1),
    "language": one_of(*EARS),
    "hints": lambda value: 0 < len(value) <= 10_000 and all(len(hint) <= 100 for hint in value.split(",")),
    "actionOnEmptyResult": FLAG,
    "bargeIn": FLAG,
    "profanityFilter": FLAG,
}
RECORD: dict[str, Rule] = {
    "action": is_url,
    "method": METHOD,
    "timeout": number(0),
    "finishOnKey": is_keys,
    "maxLength": number(1, 14_400),
    "playBeep": FLAG,
    "trim": one_of("trim-silence", "do-not-trim"),
    "recordingStatusCallback": is_url,
    "recordingStatusCallbackMethod": METHOD,
    "recordingStatusCallbackEvent": some_of("in-progress", "completed", "absent"),
}
DIAL: dict[str, Rule] = {
    "action": is_url,
    "method": METHOD,
    "timeout": number(1, 600),
    "record": one_of("do-not-record", "record-from-answer-dual", "record-from-ringing-dual"),
    "recordingStatusCallback": is_url,
    "recordingStatusCallbackEvent": some_of("in-progress", "completed", "absent"),
    "recordingStatusCallbackMethod": METHOD,
}
CONFERENCE: dict[str, Rule] = {
    "muted": FLAG,
    "beep": one_of("true", "false", "onEnter", "onExit"),
    "startConferenceOnEnter": FLAG,
    "endConferenceOnExit": FLAG,
    "participantLabel": lambda value: 0 < len(value) <= 128,
    "waitUrl": lambda value: not value or is_url(value),
    "waitMethod": METHOD,
    "maxParticipants": number(2, 250),
    "coach": lambda value: re.fullmatch("CA[0-9a-f]{32}", value) is not None,
    "statusCallback": is_url,
    "statusCallbackMethod": METHOD,
    "statusCallbackEvent": some_of(*ROOM_EVENTS),
}
SPOKEN = {"Say": SAY, "Play": PLAY, "Pause": PAUSE}
VERBS: dict[str, dict[str, Rule]] = {
    **SPOKEN,
    "Gather": GATHER,
    "Record": RECORD,
    "Dial": DIAL,
    "Redirect": {"method": METHOD},
    "Hangup": {},
    "Reject": {"reason": one_of("rejected", "busy")},
}
IN_A_ROOM = {"Say", "Play", "Pause", "Redirect"}  # what a waitUrl or holdUrl may answer
LAST = {"Redirect", "Hangup", "Reject"}  # nothing after them is ever carried out


class BrokenTwiml(AssertionError):
    """The provider would refuse the document, or part of it would never be carried out."""


def read_twiml(text: str | bytes, *, in_a_room: bool = False) -> list[Element]:
    """The verbs of a document that keeps every rule. `in_a_room`: it answers a waitUrl. Raises BrokenTwiml."""
    body = text.encode() if isinstance(text, str) else text
    _hold(len(body) <= MOST_BYTES, "the document is too long")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise BrokenTwiml(f"no XML: {error}") from error
    _hold(root.tag == "Response" and not root.attrib, "the document is no <Response>")
    verbs = list(root)
    _hold(bool(verbs), "an empty document ends the call without a word")
    for verb in verbs:
        _hold(not in_a_room or verb.tag in IN_A_ROOM, f"<{verb.tag}> in a room")
        _check_verb(verb)
    for verb in verbs[:-1]:
        _hold(verb.tag not in LAST, f"what follows <{verb.tag}> is never carried out")
    return verbs


def _check_verb(verb: Element) -> None:
    tag, words = verb.tag, (verb.text or "").strip()
    _hold(tag in VERBS, f"<{tag}> is no verb")
    _check_attributes(verb, VERBS[tag])
    _hold(not any((child.tail or "").strip() for child in verb), f"loose text in <{tag}>")
    match tag:
        case "Say":
            _hold(0 < len(words) <= MOST_SAID, "<Say> says nothing, or too much")
        case "Play":
            _hold(is_url(words) or "digits" in verb.attrib, "<Play> plays no address")
        case "Redirect":
            _hold(is_url(words), "<Redirect> leads nowhere")
        case "Gather":
            _hold(not words, "loose text in <Gather>")
            for child in verb:
                _hold(child.tag in SPOKEN, f"<{child.tag}> in <Gather>")
                _check_verb(child)
        case "Dial":
            _hold(len(verb) == 1 and verb[0].tag == "Conference" and not words, "<Dial> dials no conference")
            _hold(0 < len((verb[0].text or "").strip()) <= 128, "the conference has no name")
            _check_attributes(verb[0], CONFERENCE)
        case _:
            _hold(not words, f"loose text in <{tag}>")
    _hold(tag in ("Gather", "Dial") or not len(verb), f"something in <{tag}>")


def _check_attributes(element: Element, rules: dict[str, Rule]) -> None:
    for name, value in element.attrib.items():
        _hold(name in rules, f"<{element.tag}> has no {name}")
        _hold(bool(rules[name](value)), f'{name}="{value}" of <{element.tag}>')


def _hold(is_kept: bool, problem: str) -> None:
    if not is_kept:
        raise BrokenTwiml(problem)
