"""A widget may send one object of a known event, within its limits."""

import pytest

from channels.webchat.chat_wire import EventRefused, Leave, Open, Say, Typing, parse_event


def test_what_is_said_is_trimmed() -> None:
    said = parse_event("say", [{"id": "m1", "text": "  Grüß Gott,\n林嘉怡 \n"}])
    assert said == Say(id="m1", text="Grüß Gott,\n林嘉怡")


def test_events_need_no_more_than_they_say() -> None:
    assert parse_event("open", []) == Open()
    assert parse_event("typing", [{}]) == Typing()
    assert parse_event("leave", [{}]) == Leave(id="1")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("say", [{"id": "m1", "text": "x" * 4001}]),
        ("say", [{"id": "m1", "text": " \n "}]),
        ("say", [{"id": "m1", "text": "Grüß\0 Gott"}]),
        ("open", [{"page": "/\0"}]),
        ("say", [{"id": "m1", "text": "half a character: \ud800"}]),
        ("say", [{"id": "m1", "text": 7}]),
        ("say", [{"id": "no spaces", "text": "Hello"}]),
        ("say", [{"id": "", "text": "Hello"}]),
        ("say", [{"text": "Hello"}]),
        ("say", ["m1", "Hello"]),
        ("say", [["m1", "Hello"]]),
        ("say", []),
        ("open", [{"chat_id": "../../etc"}]),
        ("open", [{"chat_id": "a" * 32, "token": "ключ"}]),
        ("open", [{"after": -1}]),
        ("open", [{"language": "en\nX: y"}]),
        ("open", [{"surprise": True}]),
        ("received", [{"after": 0, "number": 2**60}]),
        ("received", [{"after": 0, "number": 10**40}]),
        ("erase", [{}]),
        ("__init__", [{}]),
    ],
)
def test_everything_else_is_refused(name: str, data: list[object]) -> None:
    with pytest.raises(EventRefused, match="bad_request"):
        parse_event(name, data)
